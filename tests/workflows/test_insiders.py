"""Words and names of insiders: what makes the bot ask once whether village or township people are involved."""

import pytest

from workflows import insiders
from workflows.rulebook import Rulebook
from workflows.terms import Insiders, Terms


def _terms(book: Rulebook, people: str = "村支书 C.长 队长", officers: str = "执法+打人 吃拿卡要 (收)+钱") -> Terms:
    return book.terms.model_copy(update={"insiders": Insiders(people=people, officers=officers)})


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("村支书占了河滩", (), "people"),
        ("河滩被占了", (), ""),
        ("找c.长", (), "people"),  # as the county writes it, sign by sign
        ("找cc长", (), ""),
        ("队\u3000长", (), ""),
        ("执法的人打人", (), "officer"),
        ("打人的是执法的", (), "officer"),
        ("打人的是村支书", (), "people"),
        ("执法的来过", (), ""),
        ("\uff08收\uff09他的钱", (), "officer"),  # wide or narrow brackets are the same
        ("收他的钱", (), ""),
        ("他们吃拿卡要,村支书也在", (), "officer"),  # how an officer behaved goes before who is involved
        ("刘建国家占道", ("刘建国", "周"), "people"),
        ("周家占道", ("刘建国", "周"), ""),  # one character is no name
        ("刘.国家占道", ("刘.国",), "people"),
        ("刘建国家占道", ("刘.国",), ""),
        ("", ("刘建国",), ""),
    ],
)
def test_insiders_are_found_to_the_letter(book: Rulebook, text: str, names: tuple[str, ...], found: str) -> None:
    assert insiders.about(text, _terms(book), names) == found


def test_a_county_that_lacks_words_of_one_sort_is_not_asked_about_them(book: Rulebook) -> None:
    assert insiders.about("村支书和执法的人打人", _terms(book, "表弟", "吃拿卡要"), ()) == ""
    assert insiders.about("村支书和执法的人打人", _terms(book, "表弟+村支书", "执法+打人"), ()) == "officer"
