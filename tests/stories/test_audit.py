"""Whoever changes, deletes, inserts or cuts off what was written down is found, and the row is named."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import audit as notes
from bot.settings import BadSetting
from tests.county import County
from tests.stories.walks import reward_announced
from workflows import audit
from workflows import records as r
from workflows.events import Kind

_OFF = ("DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete")


async def _sql(county: County, *statements: str, **values: object) -> None:
    """What an administrator of the database could do behind our back; a decision that is under way ends first."""
    county.tampered = True

    def change() -> None:
        with county.app.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})

    await asyncio.to_thread(change)


async def _found(county: County, *, noted: bool = True) -> list[tuple[str, int, str]]:
    known = county.app.audit_notes.notes.read()[0] if noted else {}
    report = await county.app.store.read(lambda work: audit.verify(work, known))
    return [(p.what, p.seq, p.detail) for p in report.problems]


async def _paid(county: County) -> r.Case:
    villager, _, code = await reward_announced(county)
    finance = county.office.finance
    finance.ignores(), villager.ignores()
    await finance.says(f"/pay {code}")
    await finance.presses("已付款")
    await finance.says("PZ-1")
    assert await _found(county) == []
    return county.one(r.Case)


def _seal_of(county: County, kind: str) -> int:
    return county.events(kind)[0].seq or 0


async def test_a_whole_matter_is_one_chain_and_whole(county: County) -> None:
    case = await _paid(county)

    events = sorted((e for e in county.events() if e.case_id == case.id), key=lambda e: e.seq or 0)

    assert [e.seq for e in events] == list(range(1, len(events) + 1)) and len(events) > 8
    assert all(e.chain == case.id and e.mac for e in events)
    assert {"case.opened", "paper.checked", "reward.approved", "reward.paid", "ledger.entered"} <= {
        e.kind for e in events
    }
    head = county.one(r.Chain, id=case.id)
    assert (head.count, head.head) == (len(events), events[-1].mac)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE event SET by = 'QL01S-9' WHERE kind = 'paper.checked'", "changed"),
        ("UPDATE event SET at = '2026-11-01 00:00:00' WHERE kind = 'paper.checked'", "changed"),
        ("UPDATE event SET facts = '{\"number\": \"x\"}' WHERE kind = 'paper.checked'", "changed"),
        ("DELETE FROM event WHERE kind = 'paper.checked'", "missing"),
        (
            'INSERT INTO event (kind, subject, subject_id, case_id, "by", at, facts) '
            "SELECT 'paper.checked', 'paper', 'x', id, 'QL01S-9', '2026-11-02 01:00:00', '{}' FROM \"case\"",
            "inserted",
        ),
    ],
)
async def test_a_row_that_was_changed_taken_out_or_put_in_is_named(county: County, change: str, what: str) -> None:
    await _paid(county)
    place = 0 if what == "inserted" else _seal_of(county, "paper.checked")

    await _sql(county, change)

    found = await _found(county, noted=False)
    assert [(w, seq) for w, seq, _ in found] == [(what, place)]
    assert what == "missing" or "paper.checked" in found[0][2]


async def test_a_tail_cut_off_with_its_head_is_told_by_the_note_outside(county: County) -> None:
    case = await _paid(county)
    count = county.one(r.Chain, id=case.id).count
    notes_ = county.app.audit_notes
    notes_.notes.path.unlink(missing_ok=True)
    assert await notes_.if_due() and not await notes_.if_due(), "one note a day"

    await _sql(
        county,
        *_OFF,
        "DELETE FROM event WHERE chain = :chain AND seq > :kept",
        "UPDATE chain SET count = :kept, head = (SELECT mac FROM event WHERE chain = :chain AND seq = :kept) WHERE id = :chain",
        "DELETE FROM ledger WHERE kind = 'paid'",
        chain=case.id,
        kept=count - 3,
    )

    assert await _found(county, noted=False) == [], "without the note nobody could tell"
    assert await _found(county) == [("cut_off", count - 3, str(count))]


async def test_a_tail_cut_off_without_its_head_is_told_at_once(county: County) -> None:
    case = await _paid(county)
    count = county.one(r.Chain, id=case.id).count

    await _sql(county, "DELETE FROM event WHERE chain = :chain AND seq > :kept", chain=case.id, kept=count - 2)

    found = await _found(county, noted=False)
    assert found[0] == ("cut_off", count - 2, str(count))
    assert any(what == "ledger_inserted" for what, _, _ in found), "the payment is left without its event"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE ledger SET amount_fen = 900000 WHERE kind = 'paid'", "ledger_changed"),
        ("UPDATE ledger SET note = 'PZ-2' WHERE kind = 'paid'", "ledger_changed"),
        ("DELETE FROM ledger WHERE kind = 'paid'", "ledger_missing"),
        (
            'INSERT INTO ledger (reward_id, tip_id, kind, amount_fen, taken_from, put_into, budget, "by", at, note) '
            "VALUES ('x', 'y', 'paid', 900000, 'reserved:SJ:2026', 'paid:SJ:2026', 'SJ', 'QL-finance-1', '2026-11-02 01:00:00', '')",
            "ledger_inserted",
        ),
    ],
)
async def test_a_ledger_entry_that_was_changed_taken_out_or_put_in_is_named(
    county: County, change: str, what: str
) -> None:
    await _paid(county)

    await _sql(county, *_OFF, change)

    found = await _found(county)
    assert [w for w, _, _ in found] == [what] and "paid" in found[0][2]


async def test_erasing_a_person_leaves_the_chain_whole(county: County) -> None:
    await _paid(county)

    account = county.one(r.Tip).account
    await _sql(county, "UPDATE identity SET key = NULL, chat = NULL, name = NULL WHERE account = :who", who=account)
    await _sql(county, "DELETE FROM tipitem", "UPDATE outbox SET sealed = NULL, sent_text = NULL")

    assert await _found(county) == []


async def test_events_from_before_the_chains_are_taken_in_once(county: County) -> None:
    case = await _paid(county)
    await _sql(county, "DELETE FROM chain", "UPDATE event SET chain = NULL, seq = NULL, mac = NULL")
    await _sql(county, "DELETE FROM event WHERE kind = 'ledger.entered'")

    taken = await county.app.store.decide(audit.adopt)

    assert taken == len([e for e in county.events() if e.case_id and e.kind != "ledger.entered"])
    assert await county.app.store.decide(audit.adopt) == 0
    assert await _found(county) == []
    assert county.one(r.Chain, id=case.id).count == len([e for e in county.events() if e.chain == case.id])


async def test_a_note_that_was_touched_is_refused(county: County, tmp_path: Path) -> None:
    kept = notes.Notes(tmp_path / "notes.jsonl", county.app.vault)
    kept.write(county.now.date(), {"a": (1, "x")})
    kept.write(county.now.date(), {"a": (2, "y"), "b": (1, "z")})
    assert kept.read()[0] == {"a": (2, "y"), "b": (1, "z")}

    kept.path.write_bytes(kept.path.read_bytes().replace(b'"a":[1', b'"a":[3'))

    with pytest.raises(BadSetting, match="line 1 is not as it was written"):
        kept.read()


async def test_a_note_looks_only_at_what_has_grown_since_the_last_one(county: County, monkeypatch) -> None:
    """A county's past costs nothing; after a backup was put back everything is looked at again."""
    monkeypatch.setattr(audit, "_UNDER_WAY", 0)
    case = await _paid(county)
    notes_ = county.app.audit_notes
    notes_.notes.path.unlink(missing_ok=True)
    await notes_.if_due()
    assert case.id in notes_.notes.read()[0]

    day, since = notes_.notes.last()
    yesterday = day - timedelta(days=1)

    assert await county.app.store.read(notes._grown, day, since) is None
    _, still, of, mark = await county.app.store.read(notes._grown, yesterday, since)
    assert still == {} and of >= 1 and mark == since
    await county.app.store.decide(lambda work: work.record(Kind.PAPER_CHECKED, work.get(r.Case, case.id), "QL01S-1"))
    _, grown, _, _ = await county.app.store.read(notes._grown, yesterday, since)
    chain = county.one(r.Chain, id=case.id)
    assert grown == {case.id: (chain.count, chain.head)}
    _, all_again, _, _ = await county.app.store.read(notes._grown, yesterday, (since[0], "of another history"))
    assert all_again[case.id] == (chain.count, chain.head) and len(all_again) == of


async def test_the_command_names_the_case_and_ends_with_one(county: County, monkeypatch, capsys) -> None:
    from bot.cli import main

    case = await _paid(county)
    settings = county.settings()
    for name in ("bot_token", "vault_key", "database_url"):
        value = getattr(settings, name)
        monkeypatch.setenv(f"WHISTLE_{name.upper()}", value if isinstance(value, str) else value.get_secret_value())
    assert await asyncio.to_thread(main, ["audit", "verify"]) == 0
    assert capsys.readouterr().out.startswith("whole: ")

    await _sql(county, "UPDATE event SET by = 'QL01S-9' WHERE kind = 'paper.checked'")

    assert await asyncio.to_thread(main, ["audit", "verify"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{case.number}: row {_seal_of(county, 'paper.checked')} was changed (paper.checked)"
    assert told[-1].startswith("1 problems: ")
