"""Rows that are written many at a time are the rows that SQLAlchemy would write one by one."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, event, inspect, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, col, select

from bot.store import Store
from tests.bot.conftest import rows
from workflows import records as r
from workflows import rows as many
from workflows import tip as tips
from workflows.states import OutboxState, TipState
from workflows.work import _USUAL, Work, _columns

pytestmark = pytest.mark.both_engines
NOW = datetime(2026, 11, 2, 1, 0, 0, 123456, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))


def _tip(receipt: str, **more: Any) -> r.Tip:
    return r.Tip(receipt=receipt, account="a", first_at=NOW, last_item_at=NOW.astimezone(BEIJING), **more)


def _full(receipt: str, **more: Any) -> r.Tip:
    window = {"window_minutes": 10, "名": [1, None]}
    found = _tip(receipt, numbers=["110"], window=window, urgent=True, township_id="QL01", **more)
    found.submitted_at = NOW
    return found.move(TipState.SUBMITTED)


def _values(record: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in ("_sa_instance_state", "id", "ref")}


async def test_a_new_tip_is_read_back_as_it_was_made(store: Store) -> None:
    made = await store.decide(lambda work: [work.add(_tip("100000001")), work.add(_full("100000002"))])

    for tip, found in zip(made, sorted(rows(store, r.Tip), key=lambda tip: tip.receipt), strict=True):
        assert _values(found) == _values(tip) and (found.id, found.ref) == (tip.id, tip.ref)
        assert found.last_item_at.tzinfo is UTC


@pytest.mark.parametrize("more", [{}, {"handlers": ["a"], "hidden": True, "reopened": 2}], ids=["usual", "other"])
async def test_what_is_kept_does_not_depend_on_how_many_are_written_at_once(store: Store, more: dict[str, Any]) -> None:
    """The plain way, by the unit of work, against the many: every column, in the words of the database."""

    def plainly(work: Work) -> None:
        work.session.info.pop("unwritten", None)
        one = _full("100000001", **more)
        work.session.add(one)
        work.session.info.pop("unwritten", None)  # so the session writes it itself
        work.session.flush()

    await store.decide(plainly)
    await store.decide(lambda work: work.add(_full("100000002", **more)))
    with store.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM tip ORDER BY receipt").mappings().all()
    one, other = ({k: v for k, v in row.items() if k not in ("id", "ref", "receipt")} for row in kept)

    assert one == other


async def test_usual_rows_and_others_stand_in_their_order_and_hold_the_same_either_way(store: Store) -> None:
    """A row that differs from a blank one elsewhere is written with all of its columns, between those that do not."""
    row = {"kind": "tip.opened", "subject": "tip", "by": "source", "at": NOW, "facts": {"名": "'\"\\"}}
    bare = {"case_id": None, "chain": None, "seq": None, "mac": None}
    chained = [{"case_id": "c", "chain": "c", "seq": number, "mac": "00"} for number in range(4)]
    made = [{**row, **more, "subject_id": str(n)} for n, more in enumerate([bare, chained[1], bare, bare, chained[2]])]
    table, usual = r.Event.__table__, ("kind", "subject", "subject_id", "by", "at", "facts")  # type: ignore[attr-defined]

    def write(work: Work) -> None:
        many.write(work.session.connection(), table, made, usual=usual)
        many.write(work.session.connection(), table, [{**one, "seq": one["seq"] and one["seq"] + 2} for one in made])

    await store.decide(write)

    with store.engine.connect() as connection:
        kept = [{**one} for one in connection.exec_driver_sql("SELECT * FROM event ORDER BY id").mappings()]
    ours = [{k: v for k, v in one.items() if k not in ("id", "seq")} for one in kept if one["kind"] == "tip.opened"]
    assert ours[:5] == ours[5:]
    assert [one["subject_id"] for one in ours[:5]] == list("01234")


async def test_what_a_villager_tells_is_written_as_what_is_usual(store: Store) -> None:
    """Text, picture or voice, in danger or not, known place or not: whatever else hearing sets belongs into `_USUAL`."""
    said = ("石桥村有人在河里电鱼", "我家门口的下水道堵了", "快来人,着火了", "他们在河里挖沙", "村支书的亲戚占了河滩")
    items = [tips.Item(kind="text", message=n, text=text) for n, text in enumerate(said)]
    items += [tips.Item(kind=kind, message=9, content={"file_id": "f"}) for kind in ("photo", "voice")]

    def hear(work: Work) -> dict[str, list[dict[str, Any]]]:
        made = [tips.hear(work, work.meet(n).account, "zh", item) for n, item in enumerate(items)]
        pending = {"tipitem": work.pending.items, "event": work.pending.events, "outbox": work.pending.outbox}
        people = [work.identity(one.account) for one in made]
        return pending | {"tip": [vars(one) for one in made], "identity": [vars(one) for one in people]}

    for name, written in (await store.decide(hear)).items():
        model = {m.__tablename__: m for m in _USUAL}[name]
        columns = _columns(model) if name in ("tip", "identity") else tuple(written[0])
        rest, blank = many._rest(inspect(model).local_table, columns, _USUAL[model])
        assert [rest(row) for row in written] == [blank] * len(written), name


async def test_a_new_record_may_still_change_in_its_batch_and_in_later_ones(store: Store) -> None:
    def change(work: Work) -> r.Tip:
        tip = work.add(_tip("100000001"))
        work.flush()
        assert inspect(tip).persistent and not inspect(tip).modified
        tip.township_id = "QL02"
        assert [one.id for one in work.newest_tips("a")] == [tip.id]
        assert work.session.exec(select(r.Tip).where(col(r.Tip.township_id) == "QL02")).one() is tip
        return tip

    tip = await store.decide(change)
    await store.decide(lambda work: setattr(work.get(r.Tip, tip.id), "township_id", "QL03"))

    assert [one.township_id for one in rows(store, r.Tip)] == ["QL03"]


async def test_a_query_between_sees_what_is_new(store: Store) -> None:
    """Whoever asks the session beside `Work` sees what was added a moment ago, without asking for a flush."""

    def ask(work: Work) -> tuple[list[r.Tip], int]:
        tip = work.add(_tip("100000001"))
        found = work.session.exec(select(r.Tip)).all()
        return [tip, *found], work.tips_since("a", NOW - timedelta(hours=1))

    found, since = await store.decide(ask)

    assert found[0] is found[1] and len(found) == 2
    assert since == 1


async def test_a_receipt_that_is_taken_is_refused_among_many(store: Store) -> None:
    def twice(work: Work) -> None:
        for receipt in ("100000001", "100000002", "100000001"):
            work.add(_tip(receipt))

    with pytest.raises(IntegrityError):
        await store.decide(twice)

    assert rows(store, r.Tip) == []


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises((ValueError, StatementError)):
        await store.decide(lambda work: work.add(_tip("100000001", ended_at=NOW.replace(tzinfo=None))))

    assert rows(store, r.Tip) == []


async def test_a_message_that_waits_already_is_written_once(store: Store) -> None:
    def write(work: Work) -> None:
        row = {
            "act": "send",
            "lane": 1,
            "template": "t",
            "audience": "source",
            "lang": "zh",
            "state": OutboxState.QUEUED,
        }
        row |= {"queued_at": NOW, "not_before": NOW, "attempts": 0, "facts": None, "drill": False}  # the rest: defaults
        table = r.Outbox.__table__  # type: ignore[attr-defined]
        many.write(work.session.connection(), table, [{**row, "dedupe": name} for name in "aab"], unless="dedupe")
        many.write(work.session.connection(), table, [], unless="dedupe")

    await store.decide(write)

    assert sorted(row.dedupe or "" for row in rows(store, r.Outbox)) == ["a", "b"]


async def test_many_rows_are_kept_to_the_letter_and_numbered_in_their_order(store: Store) -> None:
    said = ["", "'\";--", "\\x00", "\\n\n\t", "{a,b}", "NULL", "null", "😀一", "\x7f\x1f"]
    row = {"act": "send", "lane": 1, "audience": "source", "lang": "zh", "state": OutboxState.QUEUED, "drill": False}
    row |= {"queued_at": NOW, "not_before": NOW.astimezone(BEIJING), "attempts": 0}
    new = [
        {**row, "template": text, "facts": {text: [text, None, 1.5, True]}, "sealed": text.encode() + b"\0\xff"}
        for text in said
    ]
    table = r.Outbox.__table__  # type: ignore[attr-defined]

    await store.decide(lambda work: many.write(work.session.connection(), table, new))

    found = sorted(rows(store, r.Outbox), key=lambda one: one.id or 0)
    assert [{name: getattr(one, name) for name in new[0]} for one in found] == new


async def test_only_new_updates_are_written_and_named(store: Store) -> None:
    table = r.Inbox.__table__  # type: ignore[attr-defined]

    def write(work: Work, *numbers: int) -> list[tuple[int, str | None]]:
        row = {"chat": "c", "payload": b"\0", "received_at": NOW, "state": "received", "claimed_by": None}
        found = many.write_new(
            work.session.connection(),
            table,
            [{**row, "update_id": number} for number in numbers],
            unless="update_id",
            returning=("update_id", "claimed_by"),
        )
        return [tuple(one) for one in found]

    assert await store.decide(write, 2**60, 7) == [(2**60, None), (7, None)]
    assert await store.decide(write, 7, 8) == [(8, None)]


async def test_what_is_changed_is_kept_to_the_letter_and_counted(store: Store) -> None:
    table = r.Outbox.__table__  # type: ignore[attr-defined]
    row = {"act": "send", "lane": 1, "template": "t", "audience": "source", "lang": "zh", "drill": False}
    row |= {"queued_at": NOW, "not_before": NOW, "attempts": 0}
    given = {name: bindparam(f"new_{name}") for name in ("sealed", "facts", "sent_at", "sent_message")}
    statement = update(table).where(table.c.id == bindparam("row"), table.c.state == OutboxState.SENDING)
    statement = statement.values(given | {"state": OutboxState.SENT, "error": None})
    changes = [
        {
            "row": number,
            "new_sealed": b"\0\xff" * number or None,
            "new_facts": {"名": [number, None, "'\"\\"]},
            "new_sent_at": (NOW + timedelta(hours=number)).astimezone(BEIJING) if number else None,
            "new_sent_message": 2**31 - 1 - number,
        }
        for number in range(3)
    ]

    def write(work: Work) -> int:
        states = (OutboxState.SENDING, OutboxState.SENDING, OutboxState.QUEUED)
        many.write(work.session.connection(), table, [{**row, "state": one, "error": "x"} for one in states])
        ids = work.session.exec(select(r.Outbox.id).order_by(col(r.Outbox.id))).all()
        for one, found in zip(changes, ids, strict=True):
            one["row"] = found
        return many.change(work.session.connection(), statement, changes)

    assert await store.decide(write) == 2

    found = sorted(rows(store, r.Outbox), key=lambda one: one.id or 0)
    assert [one.state for one in found] == [OutboxState.SENT, OutboxState.SENT, OutboxState.QUEUED]
    for one, told in list(zip(found, changes, strict=True))[:2]:
        assert {"row": one.id} | {f"new_{name}": getattr(one, name) for name in given} == told
        assert one.error is None
    assert (found[2].error, found[2].sealed, found[2].sent_at) == ("x", None, None)


@pytest.mark.postgres_only
async def test_the_planner_sees_no_constant_of_what_is_changed(store: Store) -> None:
    """It could begin with an index of what it believes to be few rows, and walk through all that ever were."""
    table = r.Outbox.__table__  # type: ignore[attr-defined]
    statement = update(table).where(table.c.id == bindparam("row"), table.c.state == OutboxState.SENDING)
    asked: list[tuple[str, Any]] = []

    def write(work: Work) -> int:
        connection = work.session.connection()
        event.listen(connection, "before_cursor_execute", lambda *_: asked.append(_[2:4]))
        return many.change(connection, statement.values(error="x"), [{"row": number} for number in range(3)])

    assert await store.decide(write) == 0
    (text, given), *_ = asked
    assert "sending" not in text and "json_to_recordset" in text
    assert list(given) == ["rows"] and given["rows"].count('"sending"') == 3


async def test_however_many_values_are_asked_for_the_answer_is_right(store: Store) -> None:
    """With one statement of one text, which is written and prepared once."""
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    there, state = col(r.Tip.receipt), col(r.Tip.state)

    def find(work: Work, names: list[str]) -> tuple[list[str], list[str], int]:
        found = select(r.Tip.receipt).where(there.in_(bindparam("names", expanding=True))).order_by(there)
        others = select(r.Tip.receipt).where(there.not_in(names)).order_by(there)
        moved = update(r.Tip).where(there.in_(names), state.in_([TipState.COLLECTING])).values(texts=1)
        return (
            list(work.session.exec(found, params={"names": names})),
            list(work.session.exec(others)),
            work.session.execute(moved).rowcount,  # type: ignore[attr-defined]
        )

    names = [f"10000000{number}" for number in range(5)]
    await store.decide(lambda work: [work.add(_tip(name)) for name in names])
    asked.clear()
    for number in range(6):
        some = [*names[:number], "'\"\\{},", "NULL"][: number or None] if number else []
        taken = [name for name in names if name in some]
        assert await store.decide(find, some) == (taken, [n for n in names if n not in some], len(taken))

    assert len({text for text in asked if "receipt" in text}) == 3
    assert not [text for text in asked if "IN (" in text.replace("IN (SELECT value FROM json_each", "")]


async def test_rows_of_two_shapes_are_refused_before_anything_of_them_is_lost(store: Store) -> None:
    row = {"kind": "call.breach", "subject_id": "c", "due_at": NOW, "facts": {}}
    more, others = {**row, "attempts": 3}, {**row, "attempts": 3}
    del others["facts"]

    def write(work: Work, one: dict[str, Any], usual: tuple[str, ...]) -> None:
        many.write(work.session.connection(), r.Deadline.__table__, [row, one], usual=usual)  # type: ignore[attr-defined]

    for usual in ((), ("kind", "subject_id", "due_at")):
        with pytest.raises(ValueError, match="different columns"):
            await store.decide(write, more, usual)
        with pytest.raises(KeyError, match="facts"):
            await store.decide(write, others, usual)

    assert rows(store, r.Deadline) == []


async def test_what_was_deleted_is_not_found_any_more(store: Store) -> None:
    def find(work: Work) -> list[bool]:
        draft = work.add(r.Draft(kind="k", subject_id="s", by="", facts={}, at=work.now))
        found = [work.find(r.Draft, draft.ref) is draft]
        for step in (work.session.flush, lambda: work.session.delete(draft), work.session.flush):
            step()
            found.append(work.find(r.Draft, draft.ref) is draft)
        return found

    assert await store.decide(find) == [True, True, True, False]


async def test_the_columns_of_what_is_made_daily_are_named_as_its_fields(store: Store) -> None:
    for model in (r.Identity, r.Tip):
        assert list(inspect(model).column_attrs.keys()) == list(inspect(model).local_table.c.keys())
        with Session(store.engine) as session:
            assert session.exec(select(model)).all() == []


async def test_what_strangers_tell_in_one_batch_is_told_apart_and_counted_before_and_after_it_is_written(
    store: Store,
) -> None:
    def told(work: Work) -> list[tuple[list[str], list[str], int, int]]:
        first, second = work.meet(41).account, work.meet(42).account
        seen = []
        for receipt, account in (("100000001", first), ("100000002", second), ("100000003", first)):
            work.add(r.Tip(receipt=receipt, account=account, first_at=NOW, last_item_at=NOW))
            counted = [work.tips_since(account, NOW - timedelta(hours=1)) for account in (first, second)]
            if receipt == "100000003":
                work.flush()
            found = [sorted(one.receipt for one in work.newest_tips(account)) for account in (first, second)]
            seen.append((*found, *counted))
        assert work.tips_since(first, NOW + timedelta(seconds=1)) == 0
        return seen

    seen = await store.decide(told)

    assert seen == [
        (["100000001"], [], 1, 0),
        (["100000001"], ["100000002"], 1, 1),
        (["100000001", "100000003"], ["100000002"], 2, 1),
    ]


async def test_a_stranger_who_is_asked_something_in_the_batch_is_asked_it(store: Store) -> None:
    def ask(work: Work) -> tuple[r.Prompt | None, r.Prompt | None]:
        asked, other = work.meet(41).account, work.meet(42).account
        before = work.prompt(asked)
        work.ask(asked, "phone", "REF")
        return before, work.prompt(asked) if work.prompt(other) is None else None

    before, after = await store.decide(ask)

    assert before is None and after is not None and after.verb == "phone"


async def test_rows_that_hold_more_are_written_with_the_columns_that_are_named_and_none_may_lack_one(
    store: Store,
) -> None:
    row = {"kind": "call.breach", "subject_id": "c", "due_at": NOW, "attempts": 2, "elsewhere": object()}
    columns = ("kind", "subject_id", "due_at", "attempts")
    table = r.Deadline.__table__  # type: ignore[attr-defined]

    await store.decide(lambda work: many.write(work.session.connection(), table, [row], columns=columns))
    with pytest.raises(KeyError):
        await store.decide(lambda work: many.write(work.session.connection(), table, [{"kind": "x"}], columns=columns))

    assert [(one.kind, one.attempts, one.facts) for one in rows(store, r.Deadline)] == [("call.breach", 2, {})]
