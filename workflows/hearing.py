"""听证 (行政处罚法第六十三、六十四条): who may hold it, what the notice tells the host, and the reminder of the day before.

hearing_asked(yes) ─► hearing_notice: day (more than seven working days ahead), place, host ─► the host's own phone records it ─► 已听证
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflows import gates
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import tell, to_people
from workflows.states import ActState, CaseState, Stage
from workflows.work import Work

REMIND = "hearing.remind"
_HOSTS = (Role.SQUAD_LEADER, Role.SQUAD_MEMBER, Role.LEGAL_REVIEWER, Role.DISPATCHER)


def hosts(work: Work, proc: r.Procedure) -> list[r.Person]:
    """Who may hold a hearing: joined, of the squad, and neither investigating nor stepping aside, on no phone either."""
    tip = work.find(r.Tip, work.get(r.Case, proc.case_id).tip_id)
    out = {*gates.investigators(work, proc), *proc.recused, *(tip.conflicted if tip else ())}
    phones = gates.accounts(work, out)
    squad = work.county.squad_of(proc.township_id).id
    among = sorted(work.people(squad, *_HOSTS), key=lambda p: (p.role != Role.LEGAL_REVIEWER, p.id))
    return [p for p in among if p.id not in out and p.account not in phones]


def notice(work: Work, proc: r.Procedure) -> r.Step | None:
    """The notice that stands: the newest."""
    found = [s for s in work.steps(proc.case_id, "hearing_notice") if s.state is ActState.RECORDED]
    return found[-1] if found else None


def appointed(work: Work, proc: r.Procedure) -> str | None:
    """Who was appointed to hold it (指定); None: nobody yet."""
    found = notice(work, proc)
    return str(found.facts["host"]) if found is not None and found.facts.get("host") else None


def facts(work: Work, proc: r.Procedure, found: r.Step) -> dict[str, Any]:
    """As a text takes it."""
    host = work.person(str(found.facts.get("host", "")))
    return {
        "name": work.get(r.Case, proc.case_id).number,
        "day": str(found.facts["hearing_day"]),
        "place": str(found.facts.get("hearing_place", "")),
        "who": host.label if host else "",
        "who_en": (host.label_en or host.label) if host else "",
    }


def announce(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """The host learns of it at once, and on the day before; a later notice takes the place of an earlier one."""
    work.cancel(proc.id, REMIND)
    host = work.person(str(step.facts.get("host", "")))
    if host is None:
        return
    zone = ZoneInfo(work.county.timezone)
    eve = date.fromisoformat(str(step.facts["hearing_day"])) - timedelta(days=1)
    at = datetime.combine(eve, work.policy.hours.duty_from, zone)
    if at > work.now:
        work.due(REMIND, proc.id, at)
    work.record(Kind.HEARING_APPOINTED, proc, step.by, host=host.id, day=step.facts["hearing_day"])
    tell(work, Kind.HEARING_APPOINTED, proc, to=to_people(work, [host]), **facts(work, proc, step))


def remind(work: Work, proc: r.Procedure) -> None:
    """Tomorrow is the day: the host and both officers read when and where."""
    found = notice(work, proc)
    if found is None or proc.state is not Stage.TOLD or work.get(r.Case, proc.case_id).state is not CaseState.OPEN:
        return
    people = [work.person(p) for p in (found.facts.get("host"), proc.officer_a, proc.officer_b) if p]
    work.record(Kind.HEARING_REMINDED, proc, day=found.facts["hearing_day"])
    known = [p for p in people if p is not None]
    tell(work, Kind.HEARING_REMINDED, proc, to=to_people(work, known), **facts(work, proc, found))


def held(work: Work, proc: r.Procedure, by: r.Person) -> None:
    """It has taken place: nobody is reminded any more, and the officers of the case go on."""
    work.cancel(proc.id, REMIND)
    people = [p for p in map(work.person, (proc.officer_a, proc.officer_b)) if p is not None]
    work.record(Kind.HEARING_HELD, proc, by)
    name = work.get(r.Case, proc.case_id).number
    tell(
        work,
        Kind.HEARING_HELD,
        proc,
        to=to_people(work, people),
        name=name,
        who=by.label,
        who_en=by.label_en or by.label,
    )
