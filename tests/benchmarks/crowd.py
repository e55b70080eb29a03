"""Open calls in bulk: the crowd in which a figure or a limit is measured."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from workflows import records as r
from workflows.policy import Urgency
from workflows.states import TipState
from workflows.work import Work


def open_calls(work: Work, ends: list[datetime], units: list[str]) -> None:
    """Open calls whose windows end at these instants, each with whistle, case and tip, signed by nobody, called A of its unit; in bulk."""
    window = work.policy.call_window(Urgency.NORMAL).model_dump(mode="json")
    leader = next(s for s in work.county.all_seats if s.role == "squad_leader" and s.unit_id == "QL01S")
    account = work.find(r.Person, leader.id).account
    batch, made = r.new_id()[-6:], datetime.now(UTC)
    blank = {
        r.Tip: r.Tip(receipt="", account=account, by_staff=True, state=TipState.ACCEPTED, township_id="QL01",
                     first_at=made, last_item_at=made, owner_id=leader.id),
        r.Case: r.Case(number="", township_id="QL01", tip_id="", opened_at=made),
        r.Whistle: r.Whistle(case_id="", township_id="QL01", blown_by=leader.id, opened_at=made),
        r.Call: r.Call(number="", whistle_id="", case_id="", unit_id="", opened_at=made, due_at=made),
    }  # fmt: skip
    first = {s.unit_id: s.id for s in work.county.all_seats if s.role == "liaison" and s.post == "A"}
    plain = {model: row.model_dump() for model, row in blank.items()}
    rows: dict[Any, list[dict[str, Any]]] = {model: [] for model in plain}
    due: list[dict[str, Any]] = []
    for number, due_at in enumerate(ends):
        unit = units[number % len(units)]
        opened = due_at - timedelta(minutes=window["window_minutes"])
        name = f"基-{batch}-{number}"
        tip, case, whistle, call = ids = [r.new_id() for _ in range(4)]
        own = {
            r.Tip: {"receipt": f"{batch}{number}", "case_id": case, "first_at": opened, "last_item_at": opened},
            r.Case: {"number": name, "tip_id": tip, "opened_at": opened},
            r.Whistle: {"case_id": case, "opened_at": opened},
            r.Call: {
                "number": f"{name}-1", "whistle_id": whistle, "case_id": case, "unit_id": unit, "opened_at": opened,
                "due_at": due_at, "called": [first[unit]], "window": {**window, "rings_at": None, "code": "0000"},
            },
        }  # fmt: skip
        for (model, values), key in zip(own.items(), ids, strict=True):
            rows[model].append({**plain[model], "id": key, "ref": r.new_ref(), **values})
        reminded = window["remind_at"] if due_at > work.now + timedelta(hours=1) else []
        moments = [("call.remind", opened + timedelta(minutes=m)) for m in reminded] + [("call.breach", due_at)]
        due += [{"kind": k, "subject_id": call, "due_at": at, "facts": {"left": 5}, "attempts": 0} for k, at in moments]
    connection = work.session.connection()
    for model, found in rows.items():
        for start in range(0, len(found), 5000):
            connection.execute(insert(SQLModel.metadata.tables[str(model.__tablename__)]), found[start : start + 5000])
    connection.execute(insert(SQLModel.metadata.tables["deadline"]), due)
