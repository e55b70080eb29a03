"""案件: acts on the spot, the papers a case rests on, and its end.

Three kinds of act: *helping* (one person records it), *enforcement* (two different certified officers, the second confirms on their own
phone at that moment), *penalty* (never here: only by a numbered decision).
"""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflows import authority, gates, reward, whistle
from workflows import outcome as outcomes
from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import tell, to_person
from workflows.reasons import Act as ActChoice
from workflows.reasons import Outcome
from workflows.refusals import (
    AlreadyClosed,
    AlreadyDone,
    AmountWrong,
    Gone,
    NotCertified,
    NotOwner,
    PaperNeeded,
    PaperUnreadable,
    ProcedureOpen,
    SamePerson,
    SecondOfficer,
)
from workflows.states import ActState, CaseState, Stage, TipState, TransferState
from workflows.work import Work

PAPER_OF = {"penalty": "penalty", "no_penalty": "no_penalty", "ordered": "order", "handed_over": "filed"}
"""Which paper an outcome rests on."""
_DOUBLE_TAP = timedelta(minutes=1)
CHECKERS = (Role.SQUAD_LEADER, Role.SQUAD_MEMBER, Role.LEGAL_REVIEWER, Role.DISPATCHER)


def outcome_of(work: Work, code: str | None) -> Outcome:
    found = work.book.reasons.find("outcome", code or "")
    if not isinstance(found, Outcome):
        raise Gone()
    return found


def act_of(work: Work, code: str) -> ActChoice:
    found = work.book.reasons.find("act", code)
    if not isinstance(found, ActChoice):
        raise Gone()
    return found


def of_tip(work: Work, tip: r.Tip) -> r.Case:
    """The open case of an accepted tip. Raises AlreadyClosed."""
    if tip.state is not TipState.ACCEPTED or tip.case_id is None:
        raise AlreadyClosed()
    return work.get(r.Case, tip.case_id)


# ── acts on the spot ─────────────────────────────────────────────────────────────────────────────────────────────────


def certified(work: Work, person: r.Person) -> bool:
    """Whether this officer may enforce today (行政处罚法第四十二条)."""
    return person.may_handle and person.certificate_valid_to is not None and work.today <= person.certificate_valid_to


def colleagues(work: Work, tip: r.Tip, by: r.Person, *, on_duty: bool | None = True) -> list[r.Person]:
    """Certified officers of the same squad who could confirm on their own phone; for a hidden matter only those who were picked."""
    among = work.people(by.unit_id, *tips.OFFICER_ROLES, on_duty=on_duty)
    if tip.hidden:
        among = [p for p in map(work.person, tip.handlers) if p is not None]
    return [
        p
        for p in among
        if p.id != by.id and p.account != by.account and p.id not in tip.conflicted and certified(work, p)
    ]


def do_act(work: Work, tip: r.Tip, by: r.Person, code: str, second: r.Person | None = None) -> r.Act:
    """Record what was done. Helping stands at once; enforcement waits for the second officer's own tap."""
    case = of_tip(work, tip)
    choice = act_of(work, code)
    act = r.Act(case_id=case.id, kind=code, level=choice.kind, by=by.id, proposed_at=work.now)
    if choice.kind == "helping":
        for one in work.acts(case.id):
            if one.kind == code and one.by == by.id and work.now - one.proposed_at < _DOUBLE_TAP:
                raise AlreadyDone(by=by, at=one.proposed_at)
        act.state, act.recorded_at = ActState.RECORDED, work.now
        work.add(act)
        work.record(Kind.ACT_RECORDED, act, by, act=code, level=choice.kind)
    else:
        if not certified(work, by):
            raise NotCertified()
        has_power(work, tip)
        if second is None:
            raise SecondOfficer(names=[p.label for p in colleagues(work, tip, by)])
        if second.id == by.id or second.account == by.account:
            raise SamePerson()
        if not certified(work, second):
            raise NotCertified()
        act.second = second.id
        work.add(act)
        work.record(Kind.ACT_PROPOSED, act, by, act=code, second=second.id)
        tell(
            work,
            Kind.ACT_PROPOSED,
            act,
            to=to_person(work, second),
            act=code,
            name=case.number,
            who=by.label,
            who_en=by.label_en,
        )
    tip.rev += 1
    work.refresh(tip.id)
    return act


def has_power(work: Work, tip: r.Tip) -> None:
    """检查 and 责令改正 are for who has the power over the matter that day; whoever has not, whistles or hands over. Raises GateShut."""
    if tip.matter_code is None or tip.township_id is None:
        return  # nobody knows yet what it is; evidence and talking are always allowed
    power = authority.of(work.county, tip.township_id, tip.matter_code, work.today)
    if not power.may:
        raise gates.no_power(power)


def confirm_act(work: Work, act: r.Act, seats: list[r.Person]) -> None:
    """我在场: the second officer confirms on their own phone, at that moment."""
    by = next((s for s in seats if s.id == act.second), None)
    if by is None:
        raise NotOwner()
    if act.state is not ActState.PROPOSED:
        raise AlreadyDone(by=by, at=act.recorded_at)
    if work.get(r.Case, act.case_id).state is not CaseState.OPEN:
        raise AlreadyClosed()
    if not certified(work, by):
        raise NotCertified()
    act.move(ActState.RECORDED)
    act.recorded_at = work.now
    _act_ends(work, act, by, Kind.ACT_RECORDED)


def drop_act(work: Work, act: r.Act, seats: list[r.Person]) -> None:
    """我不在场: the act does not stand."""
    by = next((s for s in seats if s.id == act.second), None)
    if by is None:
        raise NotOwner()
    if act.state is not ActState.PROPOSED:
        raise AlreadyDone(by=by, at=act.recorded_at)
    act.move(ActState.DROPPED)
    _act_ends(work, act, by, Kind.ACT_DROPPED)


def _act_ends(work: Work, act: r.Act, by: r.Person, kind: Kind) -> None:
    case = work.get(r.Case, act.case_id)
    tip = work.get(r.Tip, case.tip_id)
    work.record(kind, act, by, act=act.kind, level=act.level)
    owner = to_person(work, work.person(act.by))
    tell(work, kind, act, to=owner, act=act.kind, name=case.number, who=by.label, who_en=by.label_en)
    tip.rev += 1
    work.refresh(tip.id)


def postpone(work: Work, tip: r.Tip, by: r.Person) -> datetime:
    """约明早两人来, at the hour when offices begin: the third lawful way when no second officer is there."""
    case = of_tip(work, tip)
    zone = ZoneInfo(work.county.timezone)
    at = datetime.combine(work.today + timedelta(days=1), work.policy.hours.duty_from, zone)
    work.cancel(case.id, "case.visit")
    work.due("case.visit", case.id, at)
    work.record(Kind.ACT_POSTPONED, case, by, until=at.isoformat())
    return at


def visit_due(work: Work, case: r.Case) -> None:
    """Tomorrow has come: the owner is reminded to go with a second officer."""
    if case.state is CaseState.OPEN:
        work.record(Kind.ACT_DUE, case)
        tip = work.get(r.Tip, case.tip_id)
        tell(work, Kind.ACT_DUE, tip, name=case.number)


# ── papers ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_DAY = re.compile(r"(?:(\d{4})\s*[年./-]\s*)?(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?\s*$")
_LAST_YEAR = timedelta(days=60)


def read_paper(line: str, today: date) -> tuple[str, date]:
    """Number and date from one typed line: `云溪责改〔2026〕3号 11月2日`; without a date it is today's. Raises PaperUnreadable."""
    text = line.strip().translate(str.maketrans("[]()【】（）．　", "〔〕〔〕〔〕〔〕. "))
    dated = today
    found = _DAY.search(text)
    if found:
        try:
            dated = date(int(found[1]) if found[1] else today.year, int(found[2]), int(found[3]))
            if not found[1] and dated > today and today - dated.replace(year=today.year - 1) <= _LAST_YEAR:
                dated = dated.replace(year=today.year - 1)  # in January, 12月30日 was last year
        except ValueError as error:
            raise PaperUnreadable() from error
        text = text[: found.start()].strip(" ,，、;；")
    if not 3 <= len(text) <= 60 or not re.search(r"\d", text) or dated > today:
        raise PaperUnreadable()
    return text, dated


def read_day(text: str, today: date) -> date:
    """A typed day: `11月2日`, `2026-11-02`, `11-2`. Raises PaperUnreadable."""
    found = _DAY.fullmatch(text.strip().replace("．", "."))
    if found is None:
        raise PaperUnreadable()
    try:
        day = date(int(found[1]) if found[1] else today.year, int(found[2]), int(found[3]))
    except ValueError as error:
        raise PaperUnreadable() from error
    return day


def name_paper(
    work: Work, case: r.Case, by: r.Person, kind: str, number: str, dated: date, call: r.Call | None = None
) -> r.Paper:
    """A paper named by kind, number and date; it counts once a second person has ticked it."""
    paper = work.add(
        r.Paper(
            case_id=case.id,
            call_id=call.id if call else None,
            kind=kind,
            number=number,
            dated=dated,
            named_by=by.id,
            named_at=work.now,
        )
    )
    work.record(Kind.PAPER_NAMED, paper, by, kind=kind, number=number, dated=dated.isoformat())
    return paper


def checkers(work: Work, case: r.Case, by_id: str) -> list[r.Person]:
    """People of the squad on duty who may tick a paper that somebody else named."""
    squad = work.county.squad_of(case.township_id).id
    namer = work.person(by_id)
    account = namer.account if namer else None
    among = list(work.people(squad, *CHECKERS, on_duty=True))
    if case.hidden:  # the other handler, or the desk
        handlers = map(work.person, work.get(r.Tip, case.tip_id).handlers)
        among = [*(p for p in handlers if p is not None), *work.people(work.county.id, Role.DESK, on_duty=True)]
    return [p for p in among if p.id != by_id and p.account != account]


def ask_check(work: Work, paper: r.Paper, checker: r.Person) -> None:
    """Ask one colleague to compare number and date with the paper itself."""
    case = work.get(r.Case, paper.case_id)
    namer = work.person(paper.named_by)
    facts: dict[str, Any] = {
        "kind": paper.kind,
        "number": paper.number,
        "dated": paper.dated.isoformat(),
        "name": case.number,
    }
    who: dict[str, Any] = {"who": namer.label if namer else "", "who_en": namer.label_en if namer else ""}
    tell(work, Kind.PAPER_NAMED, paper, to=to_person(work, checker), **facts, **who)


def check_paper(work: Work, paper: r.Paper, seats: list[r.Person], right: bool) -> None:
    """核对无误 or 不对, by somebody other than the one who named it. A true and decided case then proposes its reward."""
    case = work.get(r.Case, paper.case_id)
    by = next((s for s in seats if s.id in {p.id for p in checkers(work, case, paper.named_by)}), None)
    if by is None:
        if any(s.id == paper.named_by for s in seats):
            raise SamePerson()
        raise NotOwner()
    if paper.checked_at or paper.rejected_at:
        raise AlreadyDone(by="", at=paper.checked_at or paper.rejected_at)
    kind = Kind.PAPER_CHECKED if right else Kind.PAPER_REJECTED
    if right:
        paper.checked_by, paper.checked_at = by.id, work.now
    else:
        paper.rejected_at = work.now
    work.record(kind, paper, by, number=paper.number)
    tell(work, kind, paper, by=by, name=case.number, number=paper.number, who=by.label, who_en=by.label_en)
    tip = work.get(r.Tip, case.tip_id)
    tip.rev += 1
    work.refresh(tip.id)
    if right:
        reward.propose_if_due(work, case)


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


MOST_COUNTED = 9_999
_COUNT = re.compile(r"(\d{1,5}|[一二两三四五六七八九十])\s*(?:个\s*)?(\D{0,16})")
_SPOKEN = {word: number for number, word in enumerate("一二三四五六七八九十", 1)} | {"两": 2}


def read_count(work: Work, outcome: Outcome, text: str) -> tuple[str, int]:
    """Unit and quantity from a typed line: `5人`, `三户`, or a bare number of the usual unit. Raises AmountWrong."""
    found = _COUNT.fullmatch(unicodedata.normalize("NFKC", text).strip().rstrip("。."))
    if found is None:
        raise AmountWrong(lowest=None, highest=None)
    quantity = _SPOKEN[found[1]] if found[1] in _SPOKEN else int(found[1])
    said = found[2].strip().casefold()
    labels = {code: work.book.reasons.find("unit", code) for code in outcome.units}
    unit = outcome.units[0] if not said else ""
    for code, label in labels.items():
        if (
            label is not None
            and said
            and (said == label.label or said.rstrip("s") == label.label_en.removesuffix("(s)"))
        ):
            unit = code
    if not unit or not 1 <= quantity <= MOST_COUNTED:
        raise AmountWrong(lowest=None, highest=None)
    return unit, quantity


def close(work: Work, case: r.Case, by: r.Person, outcome: Outcome, count: tuple[str, int] | None = None) -> None:
    """结案 with an outcome; a lawful one names its paper. Ends whistles and tips; the sender is told.

    `count`: unit and quantity of what was reached (B-20); without it, one of the usual unit.
    """
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    running = work.procedure_of(case.id)
    if running is not None and running.state not in (Stage.ENDED, Stage.DROPPED):
        raise ProcedureOpen()
    if outcome.lawful and not work.papers(case.id):
        raise PaperNeeded()
    if running is None and (outcome.soft or outcome.lawful):  # a procedure has written down its own
        unit, quantity = count or (next(iter(outcome.units), "item"), 1)
        if (count is not None and unit not in outcome.units) or not 1 <= quantity <= MOST_COUNTED:
            raise Gone()
        outcomes.write_down(work, case.id, by, outcome.code, quantity, unit)
    case.move(CaseState.CLOSED)
    case.closed_at, case.closed_by, case.outcome, case.verdict = work.now, by.id, outcome.code, outcome.verdict
    work.cancel(case.id)
    work.record(Kind.CASE_CLOSED, case, by, outcome=outcome.code, verdict=outcome.verdict)
    for one in work.whistles(case.id):
        whistle.settle(work, one, by)
    tip = work.get(r.Tip, case.tip_id)
    offered = work.open_transfer(tip.id)
    if offered is not None:
        offered.move(TransferState.RETURNED)
        offered.answered_at = work.now
        work.cancel(offered.id)
        work.record(Kind.TRANSFER_RETURNED, offered, by, reason="closed")
    tips.close(work, tip, outcome.verdict, outcome.code)
    reward.propose_if_due(work, case)
