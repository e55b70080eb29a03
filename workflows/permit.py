"""May this whistle be blown now, and whose word does it need first?

〔叫〕 ─► too many open? refused with the count ─► the same matter whistled already? its link, or 仍要另叫
      ─► the 4th of a day, or a county that goes by its desk: asked ─► yes · another unit · no · no word for so long: blown, and marked so
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workflows import records as r
from workflows import tip as tips
from workflows import whistle as whistles
from workflows.county import Role, UnitKind
from workflows.events import Kind
from workflows.notify import on_duty, tell, to_person
from workflows.policy import Urgency
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotYours, NoUnit, Refusal, SameWhistle, TooManyWhistles
from workflows.states import CaseState, TipState
from workflows.work import To, Work

CALLABLE = (UnitKind.DEPARTMENT, UnitKind.STATION)
WORDS = {"township_leader": Role.TOWNSHIP_LEADER, "desk": Role.DESK}
"""Who may be asked."""


def same_open(work: Work, tip: r.Tip) -> r.Whistle | None:
    """An open whistle for the same place and matter in another case of the township. Neither is known: nothing is the same."""
    if tip.village_id is None or tip.matter_code is None or tip.township_id is None or tip.hidden or tip.drill:
        return None
    for whistle in work.open_whistles(tip.township_id):
        case = work.get(r.Case, whistle.case_id)
        other = work.get(r.Tip, case.tip_id)
        same = (other.village_id, other.matter_code) == (tip.village_id, tip.matter_code)
        if same and other.id != tip.id and not case.hidden:
            return whistle
    return None


def _counted(work: Work, found: list[r.Whistle]) -> list[r.Whistle]:
    """Neither 特急 nor what the township does not see."""
    return [w for w in found if w.urgency != Urgency.URGENT and not work.get(r.Case, w.case_id).hidden]


def needed(work: Work, tip: r.Tip, urgency: Urgency) -> str | None:
    """Whose word is needed first, a key of WORDS; 特急 needs nobody's unless policy says so."""
    rule = work.policy.whistle
    if tip.hidden or tip.drill or tip.township_id is None:
        return None
    if urgency in rule.via_desk:
        return "desk"
    if urgency is Urgency.URGENT or rule.free_per_day is None:
        return None
    zone = ZoneInfo(work.county.timezone)
    midnight = datetime.combine(work.today, datetime.min.time(), zone)
    today = _counted(work, list(work.whistles_since(tip.township_id, midnight)))
    return "township_leader" if len(today) >= rule.free_per_day else None


def _asked(work: Work, tip: r.Tip, who: str) -> list[To]:
    return on_duty(work, work.county.id if who == "desk" else tip.township_id or "", WORDS[who])


def blow(work: Work, draft: r.Draft, tip: r.Tip, by: r.Person, *, forced: bool = False) -> r.Whistle | None:
    """〔叫〕. None: it waits for somebody's word. Raises TooManyWhistles, SameWhistle."""
    urgency = Urgency(draft.facts["urgency"])
    if draft.facts.get("asked"):
        raise AlreadyDone(by=by, at=datetime.fromisoformat(draft.facts["asked"]["at"]))
    at = draft.facts.get("appointment")
    if at and not whistles.may_appoint(work, datetime.fromisoformat(at)):
        raise Gone()
    _check_count(work, tip, urgency)
    same = same_open(work, tip)
    if same is not None and not forced:
        raise SameWhistle(number=work.get(r.Case, same.case_id).number)
    draft.facts = {**draft.facts, "beside": work.get(r.Case, same.case_id).number if same else None}
    who = needed(work, tip, urgency)
    to = _asked(work, tip, who) if who else []
    if who is None or not to:
        return _blow(work, draft, tip, by, unconfirmed="nobody" if who else None)
    until = work.now + timedelta(minutes=work.policy.whistle.confirm_minutes)
    draft.facts = {**draft.facts, "asked": {"who": who, "at": work.now.isoformat(), "until": until.isoformat()}}
    units = draft.facts["units"]
    work.record(Kind.WHISTLE_ASKED, tip, by, who=who, units=units, until=until.isoformat())
    work.due("whistle.lapse", draft.ref, until)
    tell(
        work,
        Kind.WHISTLE_ASKED,
        draft,
        to=to,
        name=tips.display(tip, work),
        why=who,
        units=units,
        reason=draft.facts["reason"],
        until=until.isoformat(),
        who=by.label,
        who_en=by.label_en or by.label,
        township=tip.township_id,
        village=tip.village_id,
        grid=tip.grid_id,
        matter=tip.matter_code,
    )
    return None


def _check_count(work: Work, tip: r.Tip, urgency: Urgency) -> None:
    if urgency is Urgency.URGENT or tip.hidden or tip.drill or tip.township_id is None:
        return
    limit = work.policy.whistle.open_normal_per_township
    count = len(_counted(work, list(work.open_whistles(tip.township_id))))
    if count >= limit:
        raise TooManyWhistles(count=count, limit=limit)


def _blow(
    work: Work, draft: r.Draft, tip: r.Tip, by: r.Person, *, unconfirmed: str | None = None, word: str | None = None
) -> r.Whistle:
    at = draft.facts.get("appointment")
    found = whistles.blow(
        work,
        tip,
        by,
        draft.facts["units"],
        urgency=Urgency(draft.facts["urgency"]),
        appointment=datetime.fromisoformat(at) if at else None,
        reason=draft.facts["reason"],
        raised=draft.facts.get("raised"),
        season=draft.facts.get("season"),
        beside=draft.facts.get("beside"),
        unconfirmed=unconfirmed,
        word=word,
    )
    draft.done_at = work.now
    draft.facts = {**draft.facts, "became": work.get(r.Case, found.case_id).number}
    return found


def waits(draft: r.Draft) -> bool:
    """Whether it waits for somebody's word."""
    return draft.done_at is None and bool(draft.facts.get("asked"))


def who_decides(work: Work, draft: r.Draft, tip: r.Tip, seats: list[r.Person]) -> r.Person:
    """The seat that was asked, or another of its kind. Raises NotYours."""
    who = draft.facts.get("asked", {}).get("who", "")
    unit = work.county.id if who == "desk" else tip.township_id
    for seat in seats:
        if seat.role == WORDS.get(who) and seat.unit_id == unit:
            return seat
    raise NotYours()


def allow(work: Work, draft: r.Draft, tip: r.Tip, by: r.Person) -> r.Whistle:
    """同意: it is blown in the name of whoever asked."""
    if draft.done_at is not None:
        raise AlreadyClosed()
    asker = work.get(r.Person, draft.by)
    found = _blow(work, draft, tip, asker, word=by.id)
    work.cancel(draft.ref)
    _answer(work, draft, tip, by, "allowed")
    return found


def may_redirect(draft: r.Draft) -> bool:
    """改派 is the county desk's: it knows whose remit it is."""
    return waits(draft) and draft.facts["asked"]["who"] == "desk"


def redirect(work: Work, draft: r.Draft, tip: r.Tip, by: r.Person, unit_id: str) -> r.Whistle:
    """改派: yes, but this unit comes instead. It is blown in the name of whoever asked, who hears of it. Raises NoUnit, NotYours."""
    if draft.done_at is not None:
        raise AlreadyClosed()
    if not may_redirect(draft):
        raise NotYours()
    if not work.county.has_unit(unit_id) or work.county.unit(unit_id).kind not in CALLABLE:
        raise NoUnit()
    draft.facts = {**draft.facts, "units": [unit_id], "instead_of": draft.facts["units"]}
    found = _blow(work, draft, tip, work.get(r.Person, draft.by), word=by.id)
    work.cancel(draft.ref)
    _answer(work, draft, tip, by, "redirected")
    return found


def deny(work: Work, draft: r.Draft, tip: r.Tip, by: r.Person) -> None:
    """先不叫: whoever asked hears it, and may phone, or make it 特急 with a reason of the facts."""
    if draft.done_at is not None:
        raise AlreadyClosed()
    draft.done_at = work.now
    work.cancel(draft.ref)
    _answer(work, draft, tip, by, "denied")


def lapse(work: Work, draft: r.Draft) -> None:
    """No word for so long: a whistle does not die of silence. It is blown and marked as unconfirmed."""
    if draft.done_at is not None:
        return
    tip = work.get(r.Tip, draft.subject_id)
    asker = work.get(r.Person, draft.by)
    case = work.find(r.Case, tip.case_id)
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED) or (case and case.state is not CaseState.OPEN):
        draft.done_at = work.now  # the matter has ended meanwhile
        return
    try:
        _blow(work, draft, tip, asker, unconfirmed="no_word")
    except Refusal:
        draft.done_at = work.now  # somebody has called these units meanwhile
        return
    _answer(work, draft, tip, None, "lapsed")


def _answer(work: Work, draft: r.Draft, tip: r.Tip, by: r.Person | None, answer: str) -> None:
    work.record(Kind.WHISTLE_DECIDED, tip, by, answer=answer)
    tell(
        work,
        Kind.WHISTLE_DECIDED,
        tip,
        to=to_person(work, work.person(draft.by)),
        by=by,
        name=tips.display(tip, work),
        answer=answer,
        asked=draft.facts["asked"]["who"],
        units=draft.facts["units"],
        instead_of=draft.facts.get("instead_of"),
        who=by.label if by else "",
        who_en=(by.label_en or by.label) if by else "",
    )
