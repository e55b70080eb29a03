"""The tone, as far as a machine can hold it: well-formed, short, kind, plain towards villagers, silent about sources towards staff."""

import re

import pytest

from bot.sandbox.markup import parse_html, units
from messages.render import LANGUAGES, Renderer, plain
from tests.messages import samples
from tests.messages.gallery import blocks, messages, short_texts, variants
from workflows.notify import FOLDED

OPENED_BY_A_TAP = {("tip.closed", "open"), ("reward.announced", "open"), ("reward.refused", "open")}
VILLAGER_DIALOGS = (
    *("other_ways", "word", "word_kept"),
    *("greeting", "tip", "say_it", "sorry", "pin", "town", "village", "appealed"),
    *("language", "cancelled", "nothing_to_cancel", "pin_inspector"),
)
VILLAGER_TOASTS = (
    "new_code",
    "extended",
    "noted",
    "thanks",
    "sent_on",
    "withdrawn",
    "named",
    "anonymous",
    "appealed",
    "unsolved",
    "kept",
    "waived",
)
JARGON = (
    "属实",
    "立案",
    "移送",
    "受理",
    "并案",
    "吹哨",
    "案件",
    "线索",
    "督办",
    "首查",
    "执法事项",
    "当事人",
    "违法",
    "举报",
)
GIVES_AWAY = ("举报", "奖励", "奖金", "违法", "线索", "reward", "illegal", "tip")
THREATS = ("必须", "否则", "追究", "问责", "严禁", "通报", "must ", "or else")


def villager_messages(texts: Renderer, lang: str) -> list[tuple[str, str]]:
    """(title, text) of whatever a sender reads in the chat."""
    found = []
    for template, audience in blocks():
        if audience == "source":
            for number, facts in enumerate(variants(template, audience)):
                found.append((f"{template} #{number}", plain(texts.message(template, lang, audience, facts))))
    for key in VILLAGER_DIALOGS:
        found += [(key, plain(texts.line("dialogs", key, lang, facts))) for facts in samples.DIALOGS[key]]
    found.append(("welcome", plain(texts.line("dialogs", "welcome", lang, {"roles": []}))))
    return found


def length(text: str) -> int:
    """Characters as a person reads them: blanks are free, a group of digits is one thing to read."""
    return len(re.sub(r"\s", "", re.sub(r"\d[\d ]*\d", "0", text)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_message_is_markup_that_telegram_takes_and_fits_into_one(texts: Renderer, lang: str):
    for title, html in messages(texts, lang):
        text, _ = parse_html(html)
        assert text.strip(), title
        assert units(text) <= 4096, title
        assert "  " not in text and "\n\n\n" not in text, title
        assert not re.search(r"None|undefined|\{\{|\}\}|%\}|&lt;|&amp;", text), (title, text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_first_line_is_short(texts: Renderer, lang: str):
    """The line that shows in the list of chats. Lists and questions to staff name their matter in it too."""
    limit = 45 if lang == "zh" else 110
    for title, html in messages(texts, lang):
        if not title.startswith(("dialog", "tip.opened")):
            first = plain(html).splitlines()[0]
            assert length(first) <= limit, (title, first)


def test_what_a_villager_reads_is_at_most_110_characters(texts: Renderer):
    for title, text in villager_messages(texts, "zh"):
        if not title.startswith("tip.asked"):  # carries the words of whoever asks
            assert length(text) <= 110, (title, length(text), text)


def test_a_villager_reads_no_jargon(texts: Renderer):
    for title, text in villager_messages(texts, "zh"):
        said = text.replace("立案办理", "")  # the county's own words for one outcome, in its reasons.yaml
        assert not [word for word in JARGON if word in said], (title, text)
    for key in VILLAGER_TOASTS:
        assert not [word for word in JARGON if word in texts.line("toasts", key, "zh")], key


def test_a_villager_is_addressed_as_nin(texts: Renderer):
    for title, text in [*villager_messages(texts, "zh"), *short_texts(texts, "zh", "toasts")]:
        assert not re.search(r"你(?!好)", text), (title, text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_that_arrives_unasked_gives_itself_away_on_a_locked_screen(texts: Renderer, lang: str):
    """A result or reward shows its contents only after a tap; whoever sees the phone first sees a neutral line."""
    for template, audience in blocks():
        if audience != "source":
            continue
        for facts in variants(template, audience):
            if (template, "open") in OPENED_BY_A_TAP and facts["open"]:
                continue
            first = plain(texts.message(template, lang, audience, facts)).splitlines()[0]
            assert not [
                word for word in GIVES_AWAY if re.search(rf"\b{word}\b" if word.isascii() else word, first.lower())
            ], (template, first)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("template", ["tip.closed", "reward.announced", "reward.refused"])
def test_a_folded_notice_holds_nothing_but_the_neutral_line(texts: Renderer, template: str, lang: str):
    folded = [
        facts
        for facts in samples.MESSAGES[template]
        if not facts["open"] and facts.get("state", "announced") in ("announced", "refused")
    ]
    assert folded

    for facts in folded:
        text = texts.message(template, lang, "source", facts)
        assert text == {"zh": "您有一条新答复。", "en": "There is a new answer for you."}[lang]


SHOWN_AT_ONCE = {
    "tip.opened": "the answer to what was just written, beside the words themselves",
    "tip.emergency": "the number to dial comes before everything",
    "tip.threatened": "the answer to a press: 110 first",
    "tip.accepted": "says only that somebody has it",
    "tip.reassigned": "says only that somebody else has it",
    "reward.reminded": "says only that an answer waits",
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_tells_a_sender_something_is_folded(texts: Renderer, lang: str):
    """A new text to a sender is folded, or its reason not to be stands above."""
    live = {"tip.closed", "reward.announced", "reward.refused"}
    told = {template for template, audience in blocks() if audience == "source"}

    assert told == set(SHOWN_AT_ONCE) | live | {kind.value for kind in FOLDED}
    for kind in FOLDED:
        folded = [facts for facts in samples.MESSAGES[kind.value] if "folded" in facts]
        assert folded, kind
        for facts in folded:
            neutral = {"zh": "您有一条新答复。", "en": "There is a new answer for you."}[lang]
            assert texts.message(kind.value, lang, "source", facts) == neutral


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_receipt_is_read_by_its_sender_alone(texts: Renderer, lang: str):
    for template, audience in blocks():
        if audience != "source":
            for facts in variants(template, audience):
                digits = re.sub(
                    r"\D", "", texts.message(template, lang, audience, {**facts, "receipt": samples.RECEIPT})
                )
                assert samples.RECEIPT not in digits, (template, audience)


def test_a_squad_card_says_what_to_answer_when_asked_where_it_came_from(texts: Renderer):
    for facts in samples.MESSAGES["tip.submitted"]:
        text = texts.message("tip.submitted", "zh", "squad", facts)
        comes_from_outside = facts["state"] in ("submitted", "accepted") and not facts["staff"]
        assert ("问起来源，只答：依法检查，线索来源保密。" in text) is comes_from_outside


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_call_tells_by_when_where_what_and_whom_to_phone(texts: Renderer, lang: str):
    text = plain(texts.message("call.opened", lang, "liaison", samples.MESSAGES["call.opened"][0]))

    for wanted in ("09:43", "河口村", "000-701001", samples.CALL):
        assert wanted in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_undelivered_call_looks_different_from_a_silent_one(texts: Renderer, lang: str):
    silent, unheard = (
        texts.message("call.escalated", lang, "step", samples.MESSAGES["call.escalated"][n]) for n in (0, 6)
    )
    word = {"zh": "未送达", "en": "not delivered"}[lang]

    assert word in unheard
    assert word not in silent


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lateness_is_said_to_the_second(texts: Renderer, lang: str):
    late = texts.message("call.opened", lang, "liaison", samples.MESSAGES["call.opened"][4])

    assert "03:13" in late


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nobody_is_threatened(texts: Renderer, lang: str):
    every = [
        *messages(texts, lang),
        *(line for group in ("toasts", "refusals", "buttons") for line in short_texts(texts, lang, group)),
    ]
    for title, text in every:
        assert not [word for word in THREATS if word in text.lower()], (title, text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_toast_fits_into_its_line_and_a_refusal_into_its_pop_up(texts: Renderer, lang: str):
    toast = 60 if lang == "zh" else 120
    for key, text in short_texts(texts, lang, "toasts"):
        assert 0 < len(text) <= toast, (key, len(text), text)
    for key, text in short_texts(texts, lang, "refusals"):
        assert 0 < len(text) <= 190, (key, len(text), text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refused_command_gets_the_reason_as_a_message(texts: Renderer, lang: str):
    """What a pop-up would say after a tap; a typed word stays text."""
    for rule, rows in samples.REFUSALS.items():
        for facts in rows:
            told = texts.message("note.refused_command", lang, "owner", {"rule": rule, "facts": facts})
            assert plain(told) == texts.line("refusals", rule, lang, facts)
    typed = {"word": "<b>", "suggestions": [], "suggestions_en": []}
    assert "&lt;b&gt;" in texts.message("note.refused_command", lang, "owner", {"rule": "unknown_unit", "facts": typed})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_short_texts_carry_no_markup(texts: Renderer, lang: str):
    for group in ("buttons", "toasts", "refusals", "commands", "words"):
        for key, text in short_texts(texts, lang, group):
            assert not re.search(r"<|&lt;|&#|\n", text), (group, key, text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_button_fits_on_a_narrow_phone(texts: Renderer, lang: str):
    limit = 16 if lang == "zh" else 40
    for key, text in short_texts(texts, lang, "buttons"):
        if key not in ("take_one", "here", "phone_one", "sign_one", "this_one"):  # carry a number or a unit's name
            assert length(text) <= limit, (key, text)


def test_a_rule_that_rests_on_an_article_prints_it(texts: Renderer):
    for key in ("second_officer", "not_certified"):
        for facts in samples.REFUSALS.get(key, [{}]):
            assert "《行政处罚法》第四十二条" in texts.line("refusals", key, "zh", facts)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_button_that_a_text_names_exists(texts: Renderer, lang: str):
    """〔受理〕 in a text sends a person looking for that button."""
    marks = r"〔([^〔〕]{1,20})〕" if lang == "zh" else r"\[([A-Z][^\[\]]{1,30})\]"
    labels = {text for _, text in short_texts(texts, lang, "buttons")}
    prefixes = {text.split("：")[0].split(":")[0] for text in labels}
    for title, html in [*messages(texts, lang), *short_texts(texts, lang, "refusals")]:
        for named in re.findall(marks, plain(html)):
            if not re.fullmatch(r"\d{4}|重发", named):  # the year in a paper's number; the mark of a repeat
                assert named in prefixes, (title, named)


def test_a_phone_number_is_written_so_that_every_client_makes_it_a_link(texts: Renderer):
    phone = texts._env["zh"].filters["phone"]

    assert phone("13900001111") == "+86 13900001111"
    assert phone("0571-88000000") == "+86 571-88000000"
    assert phone("000-903100") == "000-903100"


@pytest.mark.parametrize(
    ("lang", "there", "at_home"), [("zh", "人在现场再按", "在家别按"), ("en", "only if you are there", "at home")]
)
def test_a_position_is_asked_for_only_on_the_spot_with_the_warning(
    texts: Renderer, lang: str, there: str, at_home: str
) -> None:
    """Pressed at home it would send the house."""
    asked = texts.message("tip.opened", lang, "source", {**samples._RECEIPT, "asks": "where", "state": "collecting"})

    line = next(line for line in plain(asked).splitlines() if "📍" in line)
    assert there in line and at_home in line
