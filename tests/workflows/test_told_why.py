"""〔谁收到了什么〕: whoever may look reads for every message and every contact why it was, or was not, sent."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from messages.render import LANGUAGES, Renderer
from tests.messages.samples import DIALOGS
from tests.workflows.lawful import Matter
from tests.workflows.test_undecided import bound
from workflows import answer, delivery, whistle
from workflows import records as r
from workflows.policy import Urgency
from workflows.rulebook import Rulebook

ROOT = Path(__file__).parents[2]


def blown(m: Matter) -> r.Call:
    leader = m.person("QL01S-1")
    tip = whistle.found_by_squad(m.work, leader, "QL01", None, None)
    m.work.flush()
    found = whistle.blow(m.work, tip, leader, ["SJ"], urgency=Urgency.NORMAL)
    m.work.flush()
    return m.work.calls(found.id)[0]


def test_a_step_with_nobody_there_is_named_with_its_time(book: Rulebook) -> None:
    m = Matter(book)
    bound(m, "SJ-1", "QL01S-1", "QL-desk-1")
    call = blown(m)

    m.later(minutes=40)

    seen = delivery.of(m.work, call)
    gaps = [(gap["who"], gap["at"]) for gap in seen["gaps"]]
    due = call.due_at
    assert gaps[:2] == [("post_b", due.isoformat()), ("department_head", due.isoformat())], "the second ran on at once"
    assert seen["rings_at"] is None and not seen["paused"]


def test_a_call_that_waits_says_until_when_and_why(book: Rulebook) -> None:
    m = Matter(book)
    bound(m, "SJ-1", "QL01S-1")
    m.work.add(
        r.Pause(
            unit_id="SJ", why="works", begins_at=m.work.now, ends_at=m.work.now + timedelta(hours=2), begun_by="SJ-H"
        )
    )
    m.work.flush()

    seen = delivery.of(m.work, blown(m))

    assert seen["paused"] and seen["rings_at"] == (m.work.now + timedelta(hours=2)).isoformat()


def test_whoever_was_not_needed_any_more_is_not_said_to_be_still_waiting_for_a_turn(book: Rulebook) -> None:
    m = Matter(book)
    bound(m, "SJ-1", "SJ-2", "QL01S-1")
    call = blown(m)
    before = {one["who"]: one["why"] for one in delivery.not_rung(m.work, call)}

    answer.acknowledge(m.work, call, m.person("SJ-1"))

    after = {one["who"]: one["why"] for one in delivery.not_rung(m.work, call)}
    second = m.person("SJ-2").label
    assert (before[second], after[second]) == ("not_yet", "answered")


def reasons() -> set[str]:
    """Why the program does not send what it had queued for staff, as written in its sources."""
    texts = "".join(
        (ROOT / file).read_text("utf-8") for file in ("bot/sender.py", "workflows/notify.py", "workflows/work.py")
    )
    ended = set(re.findall(r'OutboxState\.DROPPED[^"\n]*"([^"]+)"', texts))
    withheld = set(re.findall(r'return "([a-z ]+)"', texts[texts.index("def withheld") : texts.index("def lane_of")]))
    return {one.replace(" ", "_").replace("'", "") for one in ended | withheld}


OF_NO_READER = {
    "folded": "what a sender reads",
    "erased": "what was of a person who is forgotten",
    "sealed_evidence": "a picture, with the text beside it",
    "cannot_be_cleaned": "a picture, with the text beside it",
    "message_gone": "an edit",
    "topic_gone": "a topic",
    "disabled": "an edit; a message has `stopped` or `blocked`",
    "the_old_groups_message": "an edit",
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_of_the_program_has_words(book: Rulebook, lang: str) -> None:
    text = (ROOT / "messages" / lang / "dialogs.yaml").read_text("utf-8")
    words = text[text.index("\ndeliveries: |") : text.index("\ncalls: |")]

    found = reasons()

    assert {"muted", "no_longer_true", "bundled", "stopped", "left"} <= found
    assert {one for one in found - set(OF_NO_READER) if f'"{one}":' not in words} == set()
    assert Renderer(book).line("dialogs", "deliveries", lang, DIALOGS["deliveries"][0])
