"""Whatever somebody types arrives as it was typed: escaped, cut to one message, and never as markup of ours."""

import pytest

from bot.sandbox.markup import parse_html, units
from messages.render import LANGUAGES, Renderer, plain
from tests.messages import samples

HOSTILE = [
    "<b>重要</b>",
    "</blockquote><a href='https://example.org'>点这里</a>",
    "a & b &amp; &#60; &lt;b&gt;",
    "{{ county }} {% raw %}",
    "\u202e反着写\u202c\u2066隔离\u2069",
    "👩‍👩‍👧‍👦🏴\U000e0067\U000e007f🔥",
    "一\x00二",
    "<tg-time unix='x'>",
    "长" * 6000,
    "<&>" * 2000,
    "🔥" * 6000,
]


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def said(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def shown(html: str) -> str:
    """What a client shows; raises if Telegram would refuse the markup or the length."""
    text, entities = parse_html(html)
    assert units(text) <= 4096
    assert not [e for e in entities if e["type"] == "text_link"]
    return text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_reaches_the_owner_as_it_was_typed(texts: Renderer, lang: str, said: str):
    html = texts.message("tip.answered", lang, "owner", {"name": samples.NAME, "text": said, "item": "text"})

    text = shown(html)
    assert said.strip("\x00")[:30] in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_reaches_the_sender_cut_but_unharmed(texts: Renderer, lang: str, said: str):
    html = texts.message("tip.asked", lang, "source", {"question": said, "receipt": samples.RECEIPT})

    text = shown(html)
    assert said[:30] in text
    assert samples.RECEIPT in text.replace(" ", ""), "what comes after the question is still there"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_original_opens_whatever_it_holds(texts: Renderer, lang: str, said: str):
    items = [{**samples.ITEM, "text": said} for _ in range(3)]
    html = texts.message("note.original", lang, "owner", {**samples.DIALOGS["original"][1], "items": items})

    assert said[:30] in shown(html)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("template, audience", [("whistle.opened", "squad"), ("call.opened", "liaison")])
def test_a_reason_typed_by_an_officer_stays_text(texts: Renderer, lang: str, template: str, audience: str, said: str):
    facts = {**samples.MESSAGES[template][0], "reason": said}

    assert said[:30] in shown(texts.message(template, lang, audience, facts))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_number_and_a_voucher_typed_by_hand_stay_text(texts: Renderer, lang: str, said: str):
    """Lines that a person typed come back in the answer."""
    short = said[:60]
    paper = texts.message(
        "note.paper_named", lang, "owner", {"name": samples.CALL, "number": short, "dated": samples.DAY}
    )
    voucher = texts.message(
        "note.paid", lang, "owner", {"amount_fen": 1, "tail": "1875", "voucher": short, "at": samples.T0}
    )
    number = texts.message("note.no_case", lang, "owner", {"number": said})

    assert short[:20] in shown(paper)
    assert short[:20] in shown(voucher)
    shown(number)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_word_that_is_no_unit_fits_into_the_pop_up(texts: Renderer, lang: str, said: str):
    names = ["County Comprehensive Administrative Enforcement Bureau and Urban Management Bureau"] * 6
    facts = {"word": said, "suggestions": ["综合行政执法局"] * 6, "suggestions_en": names}

    assert len(texts.line("refusals", "unknown_unit", lang, facts)) <= 200


def test_what_looks_like_an_escape_in_a_persons_words_stays_as_typed() -> None:
    assert plain("<b>&amp;lt;b&amp;gt;</b> &amp; &lt;i&gt;") == "&lt;b&gt; & <i>"
