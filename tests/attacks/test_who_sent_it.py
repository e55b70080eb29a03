"""Each role searches all that it can reach for whoever sent a tip, in every form; it finds nothing."""

import asyncio
import base64
from collections.abc import Iterator

import pytest

from tests.attacks.story import ANSWER, LATITUDE, MASKED, SPOKEN, WORDS, Story, binary, live_through, rows_of, shapes
from workflows.rulebook import Rulebook


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, book: Rulebook) -> Iterator[Story]:
    """Lived through once; every role then looks at what it left behind."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield asyncio.run(live_through(tmp_path_factory.mktemp("attack"), book, monkeypatch))


def found(needles: list[str], haystack: str) -> list[str]:
    return [needle for needle in needles if needle in haystack]


def test_the_search_would_find_it(story: Story) -> None:
    """The same needles hit where they must: the owner read the words, the villager's picture and pin reached the owner."""
    owner = story.chats["QL01S-1"]

    assert all(words in owner for words in WORDS[:2]) and ANSWER in owner
    assert SPOKEN in owner and "sendVoice" not in owner and "sendVoice" in story.chats["QL-desk-1"], (
        "typed, and heard by the desk alone"
    )
    assert "sendPhoto" in owner and f"{LATITUDE:.3f}" in owner, "the picture and the spot came through"
    assert story.case_number in story.chats["group"] and story.case_number in story.chats["SJ-1"]


def test_a_squad_member_with_every_chat_learns_neither_who_nor_what(story: Story) -> None:
    squad = [name for name in story.chats if name.startswith("QL01S-") and name != "QL01S-1"]
    assert {"QL01S-2", "QL01S-5"} <= set(squad)

    for name in ["group", *squad]:
        assert found([*story.who, *story.what], story.chats[name]) == [], name


def test_the_owner_reads_the_words_and_cannot_tell_whose_they_are(story: Story) -> None:
    assert found(story.who, story.chats["QL01S-1"]) == []


def test_the_owner_gets_no_file_of_telegrams_and_no_exact_position(story: Story) -> None:
    """The picture is a new file, the pin a square of thirty metres: neither can be matched with what Telegram holds."""
    assert found(list(story.files), story.chats["QL01S-1"]) == []
    assert str(LATITUDE) not in story.chats["QL01S-1"]


def test_the_senders_words_lie_in_messages_that_cannot_be_forwarded(story: Story) -> None:
    texts = [(text, protected) for text, protected in story.protected["QL01S-1"] if any(w in text for w in WORDS)]

    assert len(texts) >= 2
    assert all(protected for _, protected in texts), [text[:60] for text, protected in texts if not protected]


@pytest.mark.parametrize(
    "role", ["SJ-1", "SJ-H", "CG-1", "CG-2", "CG-H", "QL-desk-1", "QL-finance-1", "QL-leader-1", "neighbour"]
)
def test_whoever_is_called_rules_pays_or_lives_next_door_learns_nothing(story: Story, role: str) -> None:
    assert story.chats[role], "this role has heard something"
    assert found([*story.who, *story.what], story.chats[role]) == []


def test_nobody_else_of_the_county_learns_anything(story: Story) -> None:
    for name, reach in story.chats.items():
        if name != "QL01S-1":
            assert found([*story.who, *story.what], reach) == [], name


def test_finance_pays_a_code_and_never_learns_for_which_case(story: Story) -> None:
    assert story.case_number not in story.chats["QL-finance-1"]
    assert "河口" not in story.chats["QL-finance-1"]


def test_the_claim_code_is_in_nobodys_reach_but_the_counters(story: Story) -> None:
    for name, reach in story.chats.items():
        if name != "QL-finance-1":
            assert story.reward_code not in "".join(c for c in reach if c.isdigit()), name


def test_a_database_administrator_with_file_and_wal_finds_nothing(story: Story) -> None:
    secret = [needle for needle in [*story.who, *story.what] if needle not in (story.receipt, story.account)]
    assert any("wal" in name for name in story.snapshots) and len(story.snapshots) >= 5

    for name, content in story.snapshots.items():
        for needle in [*secret, story.reward_code]:
            for shape in shapes(needle):
                assert shape not in content, f"{name} holds {needle!r}"
        for number in binary():
            assert number not in content, f"{name} holds a number in the clear"


def test_a_database_administrator_with_a_table_tool_finds_nothing(story: Story) -> None:
    secret = [needle for needle in [*story.who, *story.what] if needle not in (story.receipt, story.account)]
    stopped = next(c for name, c in story.snapshots.items() if name == "whistle.db at the end, stopped")

    rows = rows_of(stopped)

    assert story.case_number in rows
    assert found([*secret, story.reward_code], rows) == []


def test_an_operator_with_all_log_lines_and_figures_finds_nothing(story: Story) -> None:
    assert "tip.submitted" in story.log and "whistle_events_total" in story.pages and "tip." not in story.pages

    assert found([*story.who, *story.what, story.reward_code], story.log) == []
    assert found([*story.who, *story.what, story.reward_code], story.pages) == []


def test_a_thief_with_an_export_finds_nothing(story: Story) -> None:
    """Papers as DOCX with all their parts, lists, who opened what, the database as text."""
    papers = [name for name in story.exports if name.endswith(".docx 0") or ".docx" in name]
    assert len(papers) >= 3 and story.case_number in "".join(story.exports[name] for name in papers)
    secret = [
        needle
        for needle in [*story.who, *story.what, story.reward_code]
        if needle not in (story.receipt, story.account)
    ]

    for name, content in story.exports.items():
        assert found(secret, content) == [], name
        if name != "the database as text":
            assert found([story.receipt, story.account], content) == [], name
        for raw in story.raw:
            for form in (raw.hex(), raw.hex().upper(), base64.b64encode(raw).decode()[:-4]):
                assert form not in content, f"{name} holds the picture"


def test_no_file_that_reaches_a_phone_is_the_one_that_came_or_says_what_the_camera_wrote(story: Story) -> None:
    owner = story.sent["QL01S-1"]
    assert sum(content.startswith(b"\xff\xd8") for content in owner) >= 2, "both pictures came through, drawn anew"

    for name, files in story.sent.items():
        for content in files:
            assert [raw for raw in story.raw if raw in content] == [], name


def test_the_raw_picture_and_its_camera_are_in_no_file_of_the_house(story: Story) -> None:
    for name, content in story.snapshots.items():
        assert [raw for raw in story.raw if raw in content] == [], name


def test_what_was_masked_reaches_nobody_not_even_the_owner(story: Story) -> None:
    for name, reach in story.chats.items():
        assert MASKED[3:] not in reach, name
