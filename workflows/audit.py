"""Has anybody changed what was written down? Each case's events form a chain of HMACs under a key that is not in the database.

    mac 1 = HMAC(key, "" + event 1)    mac 2 = HMAC(key, mac 1 + event 2)    …    head = mac n, with its count

A changed, missing or inserted row breaks its chain where it stands. A tail that is cut off together with its head is told by the notes that
a process writes every day outside the database (`bot/audit.py`). Money that moves is an event of its case too (`ledger.entered`), so the
ledger is compared with the chain entry by entry. Events hold nothing of a villager: erasing a person leaves every chain whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import SQLModel, col

from workflows import records as r
from workflows.events import Kind
from workflows.work import Work, audited

GENESIS = "-"
"""The head that says: what was written before this version has been taken into the chains."""
_PAGE = 2_000
_UNDER_WAY = 1_000
"""Events of transactions that have taken their numbers and are not committed yet: at most so many."""


@dataclass(frozen=True)
class Problem:
    """One row that is not as it was written. `what`: changed | missing | inserted | cut_off | no_head | ledger_changed |
    ledger_missing | ledger_inserted."""

    what: str
    chain: str
    seq: int
    detail: str = ""


@dataclass(frozen=True)
class Report:
    chains: int
    events: int
    entries: int
    problems: tuple[Problem, ...]


def adopt(work: Work) -> int:
    """Take events from before the chains into them, once; returns how many."""
    if work.find(r.Chain, GENESIS) is not None:
        return 0
    work.add(r.Chain(id=GENESIS, count=0, head=""))
    work.flush()
    table = SQLModel.metadata.tables["event"]
    loose = select(r.Event).where(col(r.Event.case_id).is_not(None), col(r.Event.chain).is_(None))
    adopted = 0
    for event in work.session.execute(loose.order_by(col(r.Event.id))).scalars().all():
        row = {"chain": event.case_id, **event.model_dump(exclude={"chain", "seq", "mac"})}
        work.link([row])
        sealed = {"chain": row["chain"], "seq": row["seq"], "mac": row["mac"]}
        work.session.execute(update(table).where(table.c.id == event.id).values(**sealed))
        adopted += 1
    for entry in work.session.execute(select(r.LedgerEntry)).scalars().all():
        reward = work.find(r.Reward, entry.reward_id or None)
        subject = reward or r.Chain(id=entry.tip_id.rpartition(":")[0])  # a grant belongs to its budget's chain
        work.record(Kind.LEDGER_ENTERED, subject, entry.by, **entry_facts(entry))
    return adopted


def entry_facts(entry: r.LedgerEntry) -> dict[str, Any]:
    """A ledger entry as its event holds it."""
    return {
        "tip": entry.tip_id,
        "entry": entry.kind,
        "fen": entry.amount_fen,
        "from": entry.taken_from,
        "to": entry.put_into,
        "budget": entry.budget,
        "note": entry.note,
        "entered_at": entry.at.astimezone(UTC).isoformat(),
        "entered_by": entry.by,
    }


def heads(work: Work, since: int = 0) -> dict[str, tuple[int, str]]:
    """Chain → count and head, for the notes that are kept outside; of those only that have grown after this event, where one is given."""
    chain, event = SQLModel.metadata.tables["chain"].c, SQLModel.metadata.tables["event"].c
    query = select(chain.id, chain.count, chain.head).where(chain.id != GENESIS)
    if since:
        query = query.where(chain.id.in_(select(event.chain).where(event.id > since)))
    return {name: (count, head) for name, count, head in work.session.execute(query)}


def mark(work: Work) -> tuple[int, str]:
    """A sealed event that every transaction under way is younger than, and its seal: from there on the next note looks. (0, "") is none."""
    event = SQLModel.metadata.tables["event"].c
    newest = work.session.execute(select(func.max(event.id))).scalar() or 0
    sealed = select(event.id, event.mac).where(event.id <= newest - _UNDER_WAY, event.mac.is_not(None))
    found = work.session.execute(sealed.order_by(event.id.desc()).limit(1)).first()
    return (found.id, found.mac) if found else (0, "")


def stands(work: Work, place: tuple[int, str]) -> bool:
    """Whether that event is still the one it was: a database that was put back has another there, or none."""
    event = SQLModel.metadata.tables["event"].c
    return bool(place[0]) and work.session.execute(select(event.mac).where(event.id == place[0])).scalar() == place[1]


def chains(work: Work) -> int:
    chain = SQLModel.metadata.tables["chain"].c
    return work.session.execute(select(func.count()).where(chain.id != GENESIS)).scalar() or 0


def verify(work: Work, noted: Mapping[str, tuple[int, str]] | None = None) -> Report:
    """Walk every chain and the ledger. `noted`: what was written down outside, chain → count and head at that time."""
    noted = noted or {}
    known = heads(work)
    problems: list[Problem] = []
    spoken: dict[tuple[str, str], dict[str, Any]] = {}
    counts: dict[str, int] = {}
    macs: dict[str, str] = {}
    wanted: dict[tuple[str, int], str] = {(chain, count): head for chain, (count, head) in noted.items() if count}
    events = 0
    for row in _events(work):
        events += 1
        chain, seq = row.chain or "", row.seq or 0
        before = counts.get(chain, 0)
        if seq != before + 1:
            what = "missing" if seq > before + 1 else "inserted"
            problems.append(Problem(what, chain, before + 1 if what == "missing" else seq, row.kind))
            if what == "inserted":
                continue
        elif work.vault.link(macs.get(chain, ""), audited(row.model_dump())) != row.mac:
            problems.append(Problem("changed", chain, seq, row.kind))
        counts[chain], macs[chain] = seq, row.mac or ""
        if (chain, seq) in wanted and wanted[chain, seq] != row.mac:
            problems.append(Problem("changed", chain, seq, "not as noted outside"))
        if row.kind == Kind.LEDGER_ENTERED:
            spoken[str(row.facts["tip"]), str(row.facts["entry"])] = {**row.facts, "chain": chain, "seq": seq}
    problems += _ends(known, counts, macs, noted)
    problems += [Problem("inserted", e.case_id or "", 0, f"{e.kind} without a seal") for e in _unsealed(work)]
    entries, of_ledger = _ledger(work, spoken)
    return Report(len(known), events, entries, tuple(problems + of_ledger))


def _events(work: Work) -> Iterable[r.Event]:
    """Sealed events by chain and place, a page at a time."""
    last: tuple[str, int, int] = ("", -1, -1)
    query = select(r.Event).where(col(r.Event.chain).is_not(None))
    order = (col(r.Event.chain), col(r.Event.seq), col(r.Event.id))
    while True:
        chain, seq, row_id = last
        after = (
            (col(r.Event.chain) > chain)
            | ((col(r.Event.chain) == chain) & (col(r.Event.seq) > seq))
            | ((col(r.Event.chain) == chain) & (col(r.Event.seq) == seq) & (col(r.Event.id) > row_id))
        )
        page = work.session.execute(query.where(after).order_by(*order).limit(_PAGE)).scalars().all()
        yield from page
        if len(page) < _PAGE:
            return
        last = (page[-1].chain or "", page[-1].seq or 0, page[-1].id or 0)
        for one in page:
            work.session.expunge(one)


def _unsealed(work: Work) -> list[r.Event]:
    """Events of a case outside its chain: nothing of ours writes such a row."""
    if work.find(r.Chain, GENESIS) is None:
        return []
    query = select(r.Event).where(col(r.Event.case_id).is_not(None), col(r.Event.chain).is_(None))
    return list(work.session.execute(query).scalars().all())


def _ends(
    known: Mapping[str, tuple[int, str]],
    counts: Mapping[str, int],
    macs: Mapping[str, str],
    noted: Mapping[str, tuple[int, str]],
) -> list[Problem]:
    """Does each chain end where its head says, and not before what was noted outside?"""
    problems = []
    for chain in sorted({*known, *counts, *noted}):
        found = counts.get(chain, 0)
        count, head = known.get(chain, (None, ""))
        outside = noted.get(chain, (0, ""))[0]
        if found < outside or (count is not None and found < count):
            problems.append(Problem("cut_off", chain, found, str(max(outside, count or 0))))
        elif count is None:
            problems.append(Problem("no_head", chain, found))
        elif found > count:
            problems.append(Problem("inserted", chain, count + 1, "after the head"))
        elif macs.get(chain, "") != head:
            problems.append(Problem("changed", chain, found, "the head"))
    return problems


def _ledger(work: Work, spoken: Mapping[tuple[str, str], Mapping[str, Any]]) -> tuple[int, list[Problem]]:
    """Every entry has its event with the same figures, and every event its entry."""
    problems = []
    left = dict(spoken)
    entries = work.session.execute(select(r.LedgerEntry).order_by(col(r.LedgerEntry.id))).scalars().all()
    for entry in entries:
        said = left.pop((entry.tip_id, entry.kind), None)
        where = f"{entry.kind} {entry.amount_fen}"
        if said is None:
            problems.append(Problem("ledger_inserted", entry.case_id or entry.budget, 0, where))
        elif any(said[name] != value for name, value in entry_facts(entry).items()):
            problems.append(Problem("ledger_changed", str(said["chain"]), int(said["seq"]), where))
    for (_, kind), said in left.items():
        problems.append(Problem("ledger_missing", str(said["chain"]), int(said["seq"]), f"{kind} {said['fen']}"))
    return len(entries), problems


def name_of(work: Work, chain: str) -> str:
    """How a chain is called to a person: the case's number, or the budget."""
    case = work.find(r.Case, chain)
    return case.number if case is not None else chain
