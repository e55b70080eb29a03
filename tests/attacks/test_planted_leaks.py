"""Each attack test can fail: the very same test, on a story with one leak planted where that role looks, raises."""

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attacks import test_who_sent_it as attacks
from tests.attacks.story import LATITUDE, MASKED, WORDS, Story
from tests.county import PLANTED_ID, PLANTED_NAME, PLANTED_PHONE

CASE = "云溪-2026-0147"
SEATS = ("SJ-1", "SJ-H", "CG-1", "CG-2", "CG-H", "QL-desk-1", "QL-finance-1", "QL-leader-1", "neighbour")


def database(text: str, folder: Path) -> bytes:
    """A database file that holds this text in one row."""
    path = folder / "made.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE event (facts TEXT)")
        made.execute("INSERT INTO event VALUES (?)", (f"{CASE} {text}",))
    made.close()
    return path.read_bytes()


@pytest.fixture
def clean(tmp_path: Path) -> Story:
    """A story in which nobody learns anything."""
    owner = f"{WORDS[0]} {WORDS[1]} {WORDS[3]} sendPhoto {LATITUDE:.3f}"
    quiet = {name: f"{name} heard of {CASE}" for name in ("group", "QL01S-2", "QL01S-5", *SEATS)}
    story = Story(
        receipt="482716305",
        account=hashlib.sha256(b"account").hexdigest()[:32],
        case_number=CASE,
        reward_code="482177301956004231875",
        files=("AgACAgUAAxkBAAI-photo-file", "AwACAgUAAxkBAAI-voice-file"),
        log="tip.submitted call.opened",
        pages="whistle_events_total 3",
    )
    papers = {f"desk: paper {n}.docx 0": f"{CASE} a sum" for n in range(3)}
    story.exports |= {**papers, "the database as text": "INSERT INTO", "what opened, discipline": "who and when"}
    story.sent |= {"QL01S-1": [b"\xff\xd8 one", b"\xff\xd8 two"], "SJ-1": [b"PK a paper"]}
    story.raw = (b"a stretch of the picture", b"PhoneMaker")
    story.chats |= {**quiet, "QL01S-1": owner, "QL-finance-1": "a sum and a code", "neighbour": "a receipt"}
    story.snapshots |= {f"whistle.db-wal {n}": b"pages" for n in range(4)}
    story.snapshots["whistle.db at the end, stopped"] = database("nothing", tmp_path)
    return story


Planter = Callable[[Story, str, Path], Story]


def in_chat(name: str) -> Planter:
    def plant(story: Story, leak: str, _: Path) -> Story:
        return replace(story, chats={**story.chats, name: f"{story.chats[name]} {leak}"})

    return plant


def in_paper(story: Story, leak: str, _: Path) -> Story:
    return replace(story, exports={**story.exports, "desk: paper 1.docx 0": f"{CASE} {leak}"})


def in_dump(story: Story, leak: str, _: Path) -> Story:
    return replace(story, exports={**story.exports, "the database as text": f"a row of the table: {leak}"})


def in_log(story: Story, leak: str, _: Path) -> Story:
    return replace(story, log=f"{story.log} {leak}")


def in_pages(story: Story, leak: str, _: Path) -> Story:
    return replace(story, pages=f"{story.pages} {leak}")


def in_wal(story: Story, leak: str, _: Path) -> Story:
    return replace(story, snapshots={**story.snapshots, "whistle.db-wal 2": f"page {leak}".encode()})


def in_backup(story: Story, leak: str, _: Path) -> Story:
    return replace(story, snapshots={**story.snapshots, "copy.db at noon": b"\x00" + leak.encode("utf-16-le")})


def in_table(story: Story, leak: str, folder: Path) -> Story:
    stopped = database(leak, folder)
    return replace(story, snapshots={**story.snapshots, "whistle.db at the end, stopped": stopped})


def _liaison(story: Story) -> None:
    attacks.test_whoever_is_called_rules_pays_or_lives_next_door_learns_nothing(story, "SJ-1")


def _head(story: Story) -> None:
    attacks.test_whoever_is_called_rules_pays_or_lives_next_door_learns_nothing(story, "SJ-H")


def _neighbour(story: Story) -> None:
    attacks.test_whoever_is_called_rules_pays_or_lives_next_door_learns_nothing(story, "neighbour")


ROLES: dict[str, tuple[Callable[[Story], None], Planter]] = {
    "squad group": (attacks.test_a_squad_member_with_every_chat_learns_neither_who_nor_what, in_chat("group")),
    "squad member": (attacks.test_a_squad_member_with_every_chat_learns_neither_who_nor_what, in_chat("QL01S-5")),
    "owner": (attacks.test_the_owner_reads_the_words_and_cannot_tell_whose_they_are, in_chat("QL01S-1")),
    "liaison": (_liaison, in_chat("SJ-1")),
    "department head": (_head, in_chat("SJ-H")),
    "villager next door": (_neighbour, in_chat("neighbour")),
    "anybody": (attacks.test_nobody_else_of_the_county_learns_anything, in_chat("QL-leader-1")),
    "administrator, log of the database": (
        attacks.test_a_database_administrator_with_file_and_wal_finds_nothing,
        in_wal,
    ),
    "administrator, backup": (attacks.test_a_database_administrator_with_file_and_wal_finds_nothing, in_backup),
    "administrator, table tool": (attacks.test_a_database_administrator_with_a_table_tool_finds_nothing, in_table),
    "thief with an export": (attacks.test_a_thief_with_an_export_finds_nothing, in_paper),
    "thief with a dump": (attacks.test_a_thief_with_an_export_finds_nothing, in_dump),
    "operator, log lines": (attacks.test_an_operator_with_all_log_lines_and_figures_finds_nothing, in_log),
    "operator, figures": (attacks.test_an_operator_with_all_log_lines_and_figures_finds_nothing, in_pages),
}
WHO = {
    "id": str(PLANTED_ID),
    "unkeyed hash of the id": hashlib.sha256(str(PLANTED_ID).encode()).hexdigest(),
    "short unkeyed hash": hashlib.md5(str(PLANTED_ID).encode()).hexdigest(),  # noqa: S324 (what an attacker would try)
    "name": PLANTED_NAME,
    "phone": PLANTED_PHONE,
    "hash of the phone": hashlib.sha1(PLANTED_PHONE.encode()).hexdigest(),  # noqa: S324
}


@pytest.mark.parametrize("role", ROLES)
def test_without_a_leak_the_role_finds_nothing(clean: Story, role: str) -> None:
    """The assertions are those of the role's own attack; that each of them can fail is shown by the next test."""
    look, _ = ROLES[role]

    assert look(clean) is None


@pytest.mark.parametrize("form", WHO)
@pytest.mark.parametrize("role", ROLES)
def test_one_planted_leak_is_found(clean: Story, tmp_path: Path, role: str, form: str) -> None:
    look, plant = ROLES[role]

    with pytest.raises(AssertionError):
        look(plant(clean, WHO[form], tmp_path))


@pytest.mark.parametrize("what", ["words", "picture", "place"])
@pytest.mark.parametrize(
    "role", ["squad group", "liaison", "department head", "operator, log lines", "thief with an export"]
)
def test_words_pictures_and_places_are_found_too(clean: Story, tmp_path: Path, role: str, what: str) -> None:
    leak = {"words": WORDS[0], "picture": clean.files[0], "place": f"{LATITUDE:.4f}"}[what]
    look, plant = ROLES[role]

    with pytest.raises(AssertionError):
        look(plant(clean, leak, tmp_path))


def test_a_file_of_telegrams_or_an_exact_pin_at_the_owner_is_found(clean: Story, tmp_path: Path) -> None:
    look = attacks.test_the_owner_gets_no_file_of_telegrams_and_no_exact_position
    look(clean)

    for leak in (clean.files[0], str(LATITUDE)):
        with pytest.raises(AssertionError):
            look(in_chat("QL01S-1")(clean, leak, tmp_path))


def test_a_picture_as_it_came_is_found_in_a_chat_an_export_and_a_file(clean: Story) -> None:
    raw = clean.raw[0]
    leaks = (
        (
            attacks.test_no_file_that_reaches_a_phone_is_the_one_that_came_or_says_what_the_camera_wrote,
            "sent",
            [b"\xff\xd8" + raw],
        ),
        (attacks.test_a_thief_with_an_export_finds_nothing, "exports", raw.hex()),
        (attacks.test_the_raw_picture_and_its_camera_are_in_no_file_of_the_house, "snapshots", b"\x00" + raw),
    )
    for look, where, leak in leaks:
        look(clean)
        with pytest.raises(AssertionError):
            look(replace(clean, **{where: {**getattr(clean, where), "SJ-1": leak}}))


def test_a_masked_span_at_the_owner_is_found(clean: Story, tmp_path: Path) -> None:
    attacks.test_what_was_masked_reaches_nobody_not_even_the_owner(clean)

    with pytest.raises(AssertionError):
        attacks.test_what_was_masked_reaches_nobody_not_even_the_owner(in_chat("QL01S-1")(clean, MASKED, tmp_path))
