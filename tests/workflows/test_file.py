"""What a file lacks is what was taken out of it, whoever took it; the index is in the county's order."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workflows.file import File, Held, Lack, Piece, due, index, lacks
from workflows.rulebook import Rulebook
from workflows.states import DocumentState, EvidenceState, Stage

T0 = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
SIMPLE = (Stage.OPENED, Stage.DECIDED, Stage.SERVED, Stage.EXECUTED, Stage.ENDED)
CONDITIONS = (
    "organisation",
    "hearing",
    "hearing_set",
    "heard",
    "review",
    "ordered",
    "kept",
    "called",
    "urged",
    "court",
)


def _whole(book: Rulebook, dice: random.Random) -> File:
    """A file at some stage that has all it needs there, and perhaps more."""
    course = dice.choice(("simple", "ordinary"))
    stage = dice.choice(SIMPLE if course == "simple" else list(Stage))
    only = frozenset(name for name in CONDITIONS if dice.random() < 0.3)
    file = File(
        number=f"云溪-2026-{dice.randrange(1, 2000):04d}",
        course=course,
        stage=stage,
        only=only,
        officers=2,
        fine=dice.random() < 0.6,
        receipt_no="0012345",
        pieces=tuple(
            Piece(dice.choice(("photo", "video", "record")), EvidenceState.KEPT, f"{n:064x}", T0 + timedelta(minutes=n))
            for n in range(dice.randrange(1, 12))
        ),
    )
    made = [
        Held(form.code, dice.choice((DocumentState.MADE, DocumentState.SIGNED, DocumentState.SERVED)), f"{form.code}-{n}",
             T0 + timedelta(hours=n), 1, form.signers)
        for n, form in enumerate(due(book.forms, file))
    ]  # fmt: skip
    dice.shuffle(made)
    return replace(file, documents=tuple(made))


def test_two_hundred_files_lack_exactly_what_was_taken_out(book: Rulebook) -> None:
    dice = random.Random(147)
    taken_out = 0
    for _ in range(200):
        file = _whole(book, dice)
        assert lacks(book.forms, file) == [], file
        wanted: set[Lack] = set()
        forms = {form.code: form for form in due(book.forms, file)}
        kept: list[Held] = []
        for one in file.documents:
            form = forms[one.form]
            fate = dice.choice(("keep", "keep", "keep", "gone", "void", "unsigned"))
            if fate in ("gone", "void"):
                wanted.add(Lack("document", one.form, form.by))
                if fate == "void":
                    kept.append(replace(one, state=DocumentState.VOID))
            elif fate == "unsigned":
                wanted.add(Lack("signature", one.form, form.by, form.signers))
                kept.append(replace(one, signatures=0))
            else:
                kept.append(one)
        if dice.random() < 0.2:
            file = replace(file, pieces=())
            begins = Stage.DECIDED if file.course == "simple" else Stage.INVESTIGATED
            if list(Stage).index(file.stage) >= list(Stage).index(begins):
                wanted.add(Lack("evidence"))
        if file.fine and dice.random() < 0.3:
            file = replace(file, receipt_no="")
            if file.stage in (Stage.EXECUTED, Stage.ENDED):
                wanted.add(Lack("payment"))
        if dice.random() < 0.4:
            file = replace(file, agreement="示例委托〔2026〕1号", agreement_text=dice.choice(("", "0" * 64)))
            if not file.agreement_text:
                wanted.add(Lack("agreement", by="desk"))
        if dice.random() < 0.2:
            file = replace(file, officers=1)
            if file.course == "ordinary" and file.stage is not Stage.OPENED:
                wanted.add(Lack("officers"))
        taken_out += len(wanted)

        assert set(lacks(book.forms, replace(file, documents=tuple(kept)))) == wanted

    assert taken_out > 200, "the test takes things out"


def test_a_case_that_no_procedure_has_begun_lacks_nothing(book: Rulebook) -> None:
    assert lacks(book.forms, File(number="云溪-2026-0001")) == []


@pytest.mark.parametrize(
    ("course", "stage", "only", "wanted"),
    [
        ("ordinary", Stage.FILED, (), {"filing"}),
        ("ordinary", Stage.INVESTIGATED, (), {"filing", "site_record", "inquiry", "report"}),
        ("ordinary", Stage.TOLD, ("hearing",), {"filing", "site_record", "inquiry", "report", "notice", "hearing_notice"}),
        ("ordinary", Stage.DECIDED, ("review",), {"filing", "site_record", "inquiry", "report", "notice", "review", "decision"}),
        ("ordinary", Stage.HEARD, ("hearing_set", "heard"),
         {"filing", "site_record", "inquiry", "report", "notice", "hearing_call", "hearing_record"}),
        ("simple", Stage.SERVED, ("urged", "court"), {"spot_decision", "receipt", "urge", "court_request"}),
        ("simple", Stage.DECIDED, (), {"spot_decision"}),
        ("simple", Stage.ENDED, ("organisation",), {"visit_approval", "visit_notice", "spot_decision", "receipt", "closing"}),
        ("ordinary", Stage.DROPPED, (), {"filing"}),
    ],
)  # fmt: skip
def test_what_must_be_there_follows_from_course_stage_and_conditions(
    book: Rulebook, course: str, stage: Stage, only: tuple[str, ...], wanted: set[str]
) -> None:
    file = File(number="1", course=course, stage=stage, only=frozenset(only))
    assert {form.code for form in due(book.forms, file)} == wanted


def test_the_index_is_in_the_countys_order_and_keeps_what_was_voided(book: Rulebook) -> None:
    held = (
        Held("decision", DocumentState.SERVED, "罚决3", T0 + timedelta(days=9), 2, 1),
        Held("decision", DocumentState.VOID, "罚决2", T0 + timedelta(days=8), 2, 1),
        Held("review", DocumentState.SIGNED, "法审1", T0 + timedelta(days=7), 1, 1),
        Held("site_record", DocumentState.SIGNED, "检1", T0, 2, 2),
        Held("filing", DocumentState.SIGNED, "立1", T0 + timedelta(days=1), 1, 2),
        Held("index", DocumentState.MADE, "", T0 + timedelta(days=10), 1, 0),
    )
    pieces = tuple(Piece("photo", EvidenceState.KEPT, f"{n:064x}", T0) for n in range(3))
    file = File(number="1", course="ordinary", stage=Stage.SERVED, documents=held, pieces=pieces)

    found = [(e.volume, e.no, e.form or e.kind, e.number, e.count, e.marks) for e in index(book.forms, file)]

    assert found == [
        ("main", 1, "site_record", "检1", 1, ()),
        ("main", 2, "photo", "", 3, ("00000000", "00000000", "00000000")),
        ("main", 3, "decision", "罚决2", 1, ("void",)),
        ("main", 4, "decision", "罚决3", 1, ()),
        ("aside", 1, "filing", "立1", 1, ()),
        ("aside", 2, "review", "法审1", 1, ()),
    ]
