"""One typed line names a paper by number and date; anything else is asked again."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.case import read_paper
from workflows.refusals import PaperUnreadable

TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("line", "number", "dated"),
    [
        ("云溪责改〔2026〕3号 11月2日", "云溪责改〔2026〕3号", TODAY),
        ("云溪责改〔2026〕3号", "云溪责改〔2026〕3号", TODAY),
        ("云溪责改[2026]3号,2026年10月30日", "云溪责改〔2026〕3号", date(2026, 10, 30)),
        ("云溪责改（2026）3号 2026-10-30", "云溪责改〔2026〕3号", date(2026, 10, 30)),
        ("  青市监处罚【2026】12号 10/30 ", "青市监处罚〔2026〕12号", date(2026, 10, 30)),
        ("青市监处罚〔2025〕12号 2025.12.30", "青市监处罚〔2025〕12号", date(2025, 12, 30)),
        ("云溪责改〔2026〕3号2月28日", "云溪责改〔2026〕3号", date(2026, 2, 28)),
    ],
)
def test_number_and_date_are_read(line: str, number: str, dated: date) -> None:
    assert read_paper(line, TODAY) == (number, dated)


def test_in_january_a_date_without_a_year_is_last_december() -> None:
    assert read_paper("云溪责改〔2026〕98号 12月30日", date(2027, 1, 4)) == ("云溪责改〔2026〕98号", date(2026, 12, 30))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "已经发了",
        "云溪责改",
        "11月2日",
        "2026-11-02",
        "3号",
        "云溪责改〔2026〕3号 2月30日",
        "云溪责改〔2026〕3号 13月1日",
        "云溪责改〔2026〕3号 11月3日",
        "云溪责改〔2026〕3号 12月31日",
        "云溪责改〔2027〕3号 2027年1月1日",
        "号" * 60 + "1",
    ],
)
def test_what_names_no_paper_is_refused(line: str) -> None:
    with pytest.raises(PaperUnreadable):
        read_paper(line, TODAY)


@given(st.text(max_size=120))
def test_any_line_is_either_a_paper_of_today_or_earlier_or_refused(line: str) -> None:
    try:
        number, dated = read_paper(line, TODAY)
    except PaperUnreadable:
        return

    assert dated <= TODAY
    assert 3 <= len(number) <= 60 and number == number.strip()
    assert any(char.isdigit() for char in number)
