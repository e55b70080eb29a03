"""A case of 云溪镇 and the people around it, in memory: what the tests of procedures begin with."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, col, select

from bot import database
from bot.vault import MasterVault, new_master_key
from handlers.clock import DUE
from workflows import document as documents
from workflows import evidence, gates, paperwork, party, procedure, roster
from workflows import file as files
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import ActState, Stage, TipState
from workflows.work import Work

START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # Monday 09:00 in the county
SEATS = {
    "a": "QL01S-5",
    "b": "QL01S-6",
    "other": "QL01S-7",
    "squad_leader": "QL01S-1",
    "reviewer": "QL01S-3",
    "reviewer_2": "QL01S-4",
    "stranger": "QL02S-5",
    "head": "JT-H",
}
YES = {"id_shown": "yes"}
FACTS = {"act_on": "2026-11-01", "place": "河口村桥头", "found": "在路边倾倒生活垃圾约两袋。"}
REPORT = {
    "proposal": "penalty",
    "penalties": ["fine"],
    "fine": 30_000,
    "discretion": "初次,数量少",
    "reasons": "事实清楚。",
}
_PREPARED: dict[int, tuple[bytes, MasterVault]] = {}


def _prepare(book: Rulebook) -> tuple[bytes, MasterVault]:
    """The county with its people bound, once a run."""
    if id(book) not in _PREPARED:
        vault = MasterVault(new_master_key())
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        database.migrate(engine)
        with Session(engine, expire_on_commit=False) as session:
            work = Work(session, START, book, vault)
            roster.seat_everyone(work)
            work.flush()
            leader = book.county.seats(role="township_leader", unit_id="QL01")[0].id
            for number, seat in enumerate([*SEATS.values(), leader]):
                work.get(r.Person, seat).account = work.meet(7_000_000 + number).account
            work.flush()
            session.commit()
        raw = engine.raw_connection()
        held: Any = raw.driver_connection
        _PREPARED[id(book)] = (held.serialize(), vault)
        engine.dispose()
    return _PREPARED[id(book)]


class Matter:
    """One case and its procedure; `now` moves only by `later`."""

    def __init__(self, book: Rulebook, course: str = "ordinary", matter: str = "XZ004", township: str = "QL01") -> None:
        content, vault = _prepare(book)
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.deserialize(content)
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        self.work = Work(Session(engine, expire_on_commit=False), START, book, vault)
        self.leader = self.person(book.county.seats(role="township_leader", unit_id="QL01")[0].id)
        self.case = self.opened(township)
        self.course, self.matter = course, matter
        self.proc: r.Procedure = None  # type: ignore[assignment]

    def opened(self, township: str = "QL01", number: str = "云溪-2026-0147") -> r.Case:
        work = self.work
        tip = work.add(
            r.Tip(
                receipt=str(abs(hash(number)))[:9], account="somebody", by_staff=True, state=TipState.ACCEPTED, township_id=township,
                village_id="QL01V03", first_at=work.now, last_item_at=work.now, owner_id=SEATS["a"], accepted_at=work.now,
            )
        )  # fmt: skip
        case = work.add(r.Case(number=number, township_id=township, tip_id=tip.id, opened_at=work.now))
        tip.case_id = case.id
        work.flush()
        return case

    def person(self, name: str) -> r.Person:
        return self.work.get(r.Person, SEATS.get(name, name))

    def begin(self, by: str = "a") -> Matter:
        self.proc = procedure.begin(self.work, self.case, self.person(by), self.matter, self.course)
        return self

    def knows(self, **details: str) -> Matter:
        """Party and facts are on record."""
        known = {"name": "某甲", "id_no": "110101198001011234", "address": "河口村1号", **details}
        party.keep(self.work, self.case, party.Details(**known))
        self.do("party", party_kind=known.get("kind", "person"))
        self.do("facts", **FACTS)
        return self

    def take(self, kind: str, by: str = "a", second: str | None = None, **answers: Any) -> r.Step:
        other = self.person(second) if second else None
        return procedure.take(self.work, self.proc, kind, self.person(by), answers, other)

    def do(self, kind: str, by: str = "a", **answers: Any) -> r.Step:
        """Take a step and have it confirmed by whoever has to."""
        needs = procedure.rule_of(kind).needs.value
        step = self.take(kind, by, "b" if needs == "second" else None, **answers)
        if step.state is ActState.PROPOSED:
            leaders = gates.leaders(self.work, self.proc)
            procedure.confirm(self.work, step, [self.person("b")] if needs == "second" else leaders)
        self.work.flush()
        return step

    def filed(self) -> Matter:
        self.begin().knows()
        self.do("inspection", record="现场有两袋垃圾。", **YES)
        self.do("filing")
        return self

    def told(self, **report: Any) -> Matter:
        self.filed()
        self.do("report", **{**REPORT, **report})
        self.do("told", how="direct")
        return self

    def answered(self, **report: Any) -> Matter:
        self.told(**report)
        self.do("statement", said="nothing")
        return self

    def paper(self, form: str, **facts: str) -> r.Document:
        """One document, printed by the first officer."""
        one = documents.begin(self.work, self.case, documents.form_of(self.work, form), self.person("a"))
        documents.reserve(self.work, one)
        return documents.made(self.work, one, self.person("a"), {"for": form, **facts}, "0" * 64, None, 1)

    def signed(self, form: str) -> r.Document:
        """… and signed by all who have to."""
        one = self.paper(form)
        by = documents.form_of(self.work, form).by
        held = self.work.steps(self.case.id, "hearing")
        host = [held[-1].by] if held else []
        seats = {"officer": ["a", "b"], "leader": [self.leader.id], "reviewer": ["reviewer"], "host": host}[by]
        for seat in seats[: documents.form_of(self.work, form).signers]:
            paperwork.sign(self.work, one, self.person(seat))
        return one

    def whole(self, *but: str) -> Matter:
        """The file has all that it needs to be closed, except these forms."""
        if not self.work.evidence(self.case.id):
            evidence.add(self.work, self.case, self.person("a"), evidence.Sent(kind="record", words="两袋垃圾。"))
        file = replace(files.of(self.work, self.case), stage=Stage.ENDED)
        for lack in files.lacks(self.work.book.forms, file):
            if lack.what == "document" and lack.form not in but:
                self.signed(lack.form)
        self.work.flush()
        return self

    def later(self, **span: float) -> Matter:
        """Time passes, and whatever falls due is done in its order."""
        target = self.work.now + timedelta(**span)
        while True:
            self.work.flush()
            rows = [
                row
                for row in self.work.session.exec(select(r.Deadline)).all()
                if row.done_at is None and row.due_at <= target
            ]
            if not rows:
                break
            row = min(rows, key=lambda one: one.due_at)
            self.at(max(row.due_at, self.work.now))
            row.done_at, row.outcome = self.work.now, "done"
            DUE[row.kind](self.work, row)
        self.at(target)
        return self

    def at(self, moment: datetime) -> None:
        self.work.now = moment
        self.work._policy = None

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        self.work.flush()
        rows = self.work.session.exec(select(r.Event).order_by(col(r.Event.id))).all()
        return [{"kind": e.kind, **e.facts} for e in rows if not kinds or e.kind in kinds]

    def messages(self, template: str) -> list[str]:
        """To whom messages of one kind were addressed."""
        self.work.flush()
        rows = self.work.session.exec(select(r.Outbox).order_by(col(r.Outbox.id))).all()
        return [row.person_id or "" for row in rows if row.template == template]
