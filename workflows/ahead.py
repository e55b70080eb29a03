"""What many due rows or messages need, fetched ahead in a dozen statements: a thousand windows that end in the same second cost no
thirty each, and a message no twenty.

Only reads. A verb that does not find something here asks for it itself: this is never needed for the right answer.
"""

from collections.abc import Iterable, Sequence

from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.leaving import Leaving
from workflows.work import Work

_SERVING = (Role.LIAISON, Role.DEPARTMENT_HEAD, Role.SQUAD_LEADER)


def look_up(work: Work, rows: Sequence[r.Deadline]) -> None:
    """The records that these rows are about, and who serves the units that will be told."""
    calls = work.load(r.Call, [row.subject_id for row in rows if row.kind.startswith("call.")])
    briefs = work.load_briefs(calls)
    tips = work.load(r.Tip, [row.subject_id for row in rows if row.kind.startswith("tip.")])
    work.load_events(Kind.CALL_UNDELIVERED, [call.id for call in calls])
    called = [one for call in calls for one in call.called]
    people = work.load(r.Person, [*called, *(one.blown_by for one in briefs), *(tip.owner_id for tip in tips)])
    units = {unit for call in calls for unit in work.county.answering(call.unit_id)}
    townships = {*(one.township_id for one in briefs), *(tip.township_id for tip in tips)}
    units |= {work.county.squad_of(one).id for one in townships if one}
    work.rotas_of(units)
    serving = [seat for seat in work.seats_in(units) if seat.role in _SERVING]
    work.load(r.Identity, [seat.account for seat in (*people, *serving)])


def look_up_speakers(work: Work, accounts: Iterable[str], pressed: Iterable[str]) -> None:
    """Who wrote or pressed, for everybody of a crowd at once: most have never spoken before. `pressed`: what their buttons name."""
    known = work.load(r.Identity, work.present(r.Identity, accounts))
    work.load_seats(one.account for one in known)
    calls = work.load_refs(r.Call, pressed)
    if not calls:
        return
    work.load(r.Whistle, [call.whistle_id for call in calls])
    cases = work.load(r.Case, [call.case_id for call in calls])
    work.load(r.Tip, [case.tip_id for case in cases])
    work.load_merged(case.tip_id for case in cases)
    work.load_deliveries(call.id for call in calls)


def read_messages(work: Work, said: Sequence[tuple[str, str]]) -> None:
    """What villagers have written, by account, compared in one pass; staff mostly answer what they were asked. After `look_up_speakers`."""
    known = {one.account for one in work.load(r.Identity, [account for account, _ in said])}
    work.book.matcher.read_ahead(text for account, text in said if account not in known or not work.seats_of(account))


def look_up_messages(work: Work, rows: Sequence[Leaving]) -> None:
    """The records from which these messages will be drawn; those about calls need most."""
    subjects = [row.subject_id for row in rows]
    work.load(r.Identity, [row.account for row in rows])
    calls = work.load(r.Call, [row.subject_id for row in rows if row.template.startswith("call.")])
    whistles = work.load(r.Whistle, [call.whistle_id for call in calls])
    cases = work.load(r.Case, [call.case_id for call in calls])
    known = {call.id for call in calls}
    work.load(r.Tip, [*(one for one in subjects if one not in known), *(case.tip_id for case in cases)])
    named = [one for call in calls for one in (*call.called, call.acknowledged_by, call.taken_by)]
    work.load(r.Person, [*named, *(row.person_id for row in rows), *(whistle.blown_by for whistle in whistles)])
    work.load_attached(row.subject_id for row in rows if row.template == Kind.TIP_SUBMITTED and row.subject_id)
    if not calls:
        return
    work.load_merged(case.tip_id for case in cases)
    whistle_of = {call.id: call.whistle_id for call in calls}
    work.load_queued_calls(
        (row.account, whistle_of[row.subject_id]) for row in rows if row.account and row.subject_id in whistle_of
    )
    work.load_children(r.Call, "whistle_id", [whistle.id for whistle in whistles])
    for model in (r.Dispute, r.Explanation, r.Ring):
        work.load_children(model, "call_id", known)
    work.load_children(r.Evidence, "case_id", [case.id for case in cases])
    work.load_events(Kind.CALL_UNDELIVERED, known)
