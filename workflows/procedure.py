"""办案程序: from a confirmed matter to the end, step by step; every gate that a step passed is written down with it.

    begin ─► take(step) ─► recorded at once, or asked of a second officer or the leader ─► confirm | refuse ─► what the step changes

What bars a step is in `workflows/gates.py`, which steps there are in `workflows/steps.py`, the clocks in `workflows/term.py`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from workflows import authority, discretion, gates, hearing, hours, party, publication, reviewed, term
from workflows import case as cases
from workflows import document as documents
from workflows import file as files
from workflows import outcome as outcomes
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.gates import Attempt, GateShut
from workflows.lawprofile import TermId
from workflows.notify import tell, to_people, to_person
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotOwner
from workflows.states import MOVES, ActState, CaseState, DocumentState, Stage
from workflows.steps import BY_KIND, RESULTS, Ask, By, Needs, Rule, of_course
from workflows.work import Work

OFFICER_ROLES = (Role.SQUAD_LEADER, Role.SQUAD_MEMBER)
Answers = dict[str, Any]


# ── the beginning ────────────────────────────────────────────────────────────────────────────────────────────────────


def begin(work: Work, case: r.Case, by: r.Person, matter_code: str, course: str) -> r.Procedure:
    """The officer confirms matter, organ, law and course (D-11). Raises GateShut where the township may not act today."""
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    earlier = work.procedure_of(case.id)
    if earlier is not None:
        raise AlreadyDone(by=work.person(earlier.matter_by), at=earlier.opened_at)
    if case.hidden or case.drill:
        raise GateShut("elsewhere_handled" if case.hidden else "drill", "CF50" if case.hidden else "policy")
    if not gates.certified(work, by):
        raise GateShut("certificate", "CF42", who=by.label, who_en=by.label_en)
    tip = work.find(r.Tip, case.tip_id)
    if tip is not None and by.id in tip.conflicted:
        raise GateShut("recusal", "CF43", who=by.label, who_en=by.label_en)
    power = authority.of(work.county, case.township_id, matter_code, work.today)
    if power.tier is None:
        raise gates.no_power(power)
    second = _second_of_acts(work, case, by)
    proc = work.add(
        r.Procedure(
            case_id=case.id,
            township_id=case.township_id,
            kind=course,
            opened_at=work.now,
            matter_code=matter_code,
            matter_by=by.id,
            power=power.tier.value,
            organ_id=power.organ_id,
            agreement_id=power.agreement_id,
            agreement_text=next((a.text for a in work.county.agreements if a.id == power.agreement_id), None),
            profile_id=work.book.laws.of(work.county.matter(matter_code)).id,
            basis_verified=power.verified,
            officer_a=by.id,
            officer_b=second.id if second else None,
            certificates=[_certificate(one) for one in (by, second) if one is not None],
        )
    )
    case.matter_code = matter_code
    work.record(
        Kind.PROCEDURE_OPENED, proc, by, course=course, matter=matter_code, power=proc.power, organ=proc.organ_id,
        profile=proc.profile_id, second=proc.officer_b,
    )  # fmt: skip
    return proc


def _second_of_acts(work: Work, case: r.Case, by: r.Person) -> r.Person | None:
    """The colleague with whom this officer inspected or gave an order before the procedure, confirmed on that colleague's own phone."""
    tip = work.find(r.Tip, case.tip_id)
    for act in reversed(work.acts(case.id)):
        if act.level == "enforcement" and act.state is ActState.RECORDED and by.id in (act.by, act.second):
            other = work.person(act.second if act.by == by.id else act.by)
            if other is None or other.account == by.account or not gates.certified(work, other):
                continue
            if tip is None or other.id not in tip.conflicted:
                return other
    return None


def _certificate(person: r.Person) -> dict[str, Any]:
    """What the certificate said on the day; it may be changed in the county's files later."""
    valid = person.certificate_valid_to
    return {
        "person": person.id,
        "label": person.label,
        "number": person.certificate_no,
        "valid_to": valid.isoformat() if valid else None,
    }


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def applies(work: Work, proc: r.Procedure, only: str) -> bool:
    """Whether a step or question that is for some cases only is for this one."""
    profile = work.book.laws.get(proc.profile_id)
    known: dict[str, Callable[[], bool]] = {
        "": lambda: True,
        "organisation": lambda: proc.party_kind == "organisation",
        "person": lambda: proc.party_kind == "person",
        "fine": lambda: "fine" in proc.penalties,
        "no_penalty": lambda: not proc.penalties,
        "hearing": lambda: gates.hearing_due(profile, proc) or gates.wants_hearing(work, proc),
        "review": lambda: bool(gates.review_why(work, proc)),
        "fined_before": lambda: gates.punished_before(work, proc) is not None,
        "publishable": lambda: publication.open_for(work, proc),
        "shown": lambda: publication.shown(proc),
        "extendable": lambda: profile.decide_extensions > 0,
        "alone": lambda: proc.officer_b is None,
        "one_officer": lambda: profile.simple.one_officer_if_recorded,
        "lacking": lambda: bool(files.at_end(work.book.forms, files.of(work, work.get(r.Case, proc.case_id)))[1]),
    }
    return known[only]() if only in known else only in proc.marks


def asks(tried: Attempt, ask: Ask) -> bool:
    """Whether a question of this step is for this case, as it has been answered so far."""
    if ask.only == "below":
        return gates.below_lowest(tried) is not None
    return applies(tried.work, tried.proc, ask.only)


def offered(work: Work, proc: r.Procedure, seats: list[r.Person]) -> list[Rule]:
    """The steps that are lawful next and that one of these seats may take, those of the course first."""
    done = {s.kind for s in work.steps(proc.case_id) if s.state is ActState.RECORDED}
    settled = {s.kind for s in work.steps(proc.case_id) if s.state is ActState.RECORDED and gates.final(s)}
    waiting = {s.kind for s in work.steps(proc.case_id) if s.state is ActState.PROPOSED}
    found = []
    for rule in of_course(proc.kind):
        after = not rule.after or rule.after in done or (rule.after == "seizure" and "seizure_urgent" in done)
        ended = rule.unless in settled or (rule.unless == "paid" and "cash" in done)
        fresh = rule.kind not in waiting and (rule.again or rule.kind not in settled)
        lawful = proc.state in rule.stages and after and not ended and fresh and applies(work, proc, rule.only)
        if lawful and _seat(work, proc, rule, seats) is not None:
            found.append(rule)
    ready = [rule for rule in found if rule.kind != "decision" or _decidable(work, proc, done)]
    return sorted(ready, key=lambda rule: not rule.main)


def _decidable(work: Work, proc: r.Procedure, done: set[str]) -> bool:
    """The decision is offered when nothing of the course stands before it any more."""
    if not proc.penalties:
        return True
    if "statement" not in done or proc.state is Stage.INVESTIGATED:
        return False
    return not gates.review_why(work, proc) or proc.opinion == "passed"


def _seat(work: Work, proc: r.Procedure, rule: Rule, seats: list[r.Person]) -> r.Person | None:
    """The seat from which somebody may take a step: an officer of the squad, who may chair, or its reviewer."""
    squad = work.county.squad_of(proc.township_id).id
    mine = [s for s in seats if s.unit_id == squad]
    if rule.by is By.REVIEWER:
        return next((s for s in mine if s.may_review and s.id not in gates.handlers(proc)), None)
    if rule.by is By.HOST:
        able = {p.id for p in hearing.hosts(work, proc)}
        among = sorted((s for s in seats if s.id in able), key=lambda s: s.id != hearing.appointed(work, proc))
        return next(iter(among), None)
    handlers = [s for s in mine if s.id in gates.handlers(proc)]
    return next(iter(handlers), None) or next((s for s in mine if s.role in OFFICER_ROLES), None)


def seat_for(work: Work, proc: r.Procedure, kind: str, seats: list[r.Person]) -> r.Person:
    """The same, or NotOwner."""
    found = _seat(work, proc, rule_of(kind), seats)
    if found is None:
        raise NotOwner()
    return found


def rule_of(kind: str) -> Rule:
    found = BY_KIND.get(kind)
    if found is None:
        raise Gone()
    return found


def attempt(
    work: Work, proc: r.Procedure, kind: str, by: r.Person, answers: Answers, second: r.Person | None = None
) -> Attempt:
    return Attempt(work, work.get(r.Case, proc.case_id), proc, rule_of(kind), by, answers, second)


def take(
    work: Work,
    proc: r.Procedure,
    kind: str,
    by: r.Person,
    answers: Answers,
    second: r.Person | None = None,
    words: str | None = None,
) -> r.Step:
    """Take a step: recorded at once, or asked of whoever must confirm. Raises GateShut, and nothing has changed."""
    tried = attempt(work, proc, kind, by, answers, second)
    _still_open(tried.case, tried.rule)
    passed = _may(tried)
    step = work.add(
        r.Step(
            case_id=proc.case_id,
            kind=kind,
            by=by.id,
            second=second.id if second else None,
            at=work.now,
            facts={k: v for k, v in answers.items() if k not in _sealed(tried.rule)},
            gates=passed,
            words=party.seal_words(work, proc.case_id, words) if words else None,
        )
    )
    if tried.rule.needs is Needs.LEADER or (tried.rule.needs is Needs.SECOND and second is not None):
        asked = gates.leaders(work, proc) if tried.rule.needs is Needs.LEADER else [second]
        if not to_people(work, [p for p in asked if p is not None]):
            raise GateShut("leader_absent" if tried.rule.needs is Needs.LEADER else "second_absent", tried.rule.why)
        work.record(Kind.STEP_ASKED, step, by, step=kind, second=step.second, gates=passed)
        facts = step_facts(work, step, by)
        tell(work, Kind.STEP_ASKED, step, to=to_people(work, [p for p in asked if p is not None]), **facts)
        return step
    _stands(work, tried, step)
    return step


def stand(work: Work, proc: r.Procedure, kind: str, by: r.Person, second: r.Person, answers: Answers) -> r.Step:
    """Both officers have tapped already, on the paper that records the step: it stands. Raises GateShut, and nothing has changed."""
    tried = Attempt(work, work.get(r.Case, proc.case_id), proc, rule_of(kind), by, answers, second, confirming=True)
    _still_open(tried.case, tried.rule)
    passed = _may(tried)
    step = r.Step(case_id=proc.case_id, kind=kind, by=by.id, second=second.id, at=work.now, facts=answers, gates=passed)
    _stands(work, tried, work.add(step))
    return step


def _may(tried: Attempt) -> list[str]:
    """The rule facts that it passes; a form that was begun while it was lawful is asked again whether it still is. Raises GateShut."""
    passed = gates.check(tried)
    fits(tried)
    return passed


def fits(tried: Attempt) -> None:
    """Raise GateShut for a step of the other course, or of a case that is not, or not any more, one of those it is for."""
    rule, proc = tried.rule, tried.proc
    if rule.course not in ("both", proc.kind) or not applies(tried.work, proc, rule.only):
        raise GateShut("not_for_this", rule.why, step=rule.kind)


def _still_open(case: r.Case, rule: Rule) -> None:
    """A closed case takes only what belongs after its end: 备案, 公开, 撤回. Raises AlreadyClosed."""
    if case.state is not CaseState.OPEN and Stage.ENDED not in rule.stages:
        raise AlreadyClosed()


def _sealed(rule: Rule) -> set[str]:
    return {ask.key for ask in rule.asks if ask.sealed}


def step_facts(work: Work, step: r.Step, who: r.Person) -> dict[str, Any]:
    proc = work.procedure_of(step.case_id)
    fine = step.facts.get("fine")
    if fine == "as_told" and proc is not None:
        fine = proc.fine_fen
    elif fine is None and proc is not None and proc.number is not None and "fine" in proc.penalties:
        fine = proc.fine_fen  # what is asked after the decision is asked about that sum
    return {
        "name": work.get(r.Case, step.case_id).number,
        "step": step.kind,
        "who": who.label,
        "who_en": who.label_en or who.label,
        "fine_fen": fine,
        "rule": rule_of(step.kind).why,
        "verified": proc.basis_verified if proc else False,
        "without": str(step.facts.get("without", "")),
        **_beside_the_sum(work, proc, step),
        "matter": proc.matter_code if proc else "",
        "penalties": _penalties(proc, step),
        "leader": rule_of(step.kind).needs is Needs.LEADER,
    }


def _penalties(proc: r.Procedure | None, step: r.Step) -> list[str]:
    """What the step itself says, else what the case has come to."""
    if step.facts.get("penalties"):
        return list(step.facts["penalties"])
    if step.facts.get("penalty"):
        return [str(step.facts["penalty"])]
    return list(proc.penalties) if proc is not None else []


def _beside_the_sum(work: Work, proc: r.Procedure | None, step: r.Step) -> dict[str, Any]:
    """Whoever confirms a sum reads the range with its source, and why it is below that (D-11)."""
    told = (
        step.facts.get("penalties", [step.facts.get("penalty")]) if step.kind != "decision" else proc and proc.penalties
    )
    if proc is None or step.kind not in discretion.SETTING or "fine" not in (told or ()):
        return {"fines": None, "whole": False, "basis": "", "below": "", "below_words": ""}
    why = str(step.facts.get("below") or (discretion.reason(work, proc) if step.kind == "decision" else ""))
    return {**discretion.fine_range(work, proc.matter_code, proc.party_kind), **discretion.why_below(why)}


def confirm(work: Work, step: r.Step, seats: list[r.Person]) -> None:
    """The second officer's, or the leader's, own tap at that moment. Every gate is passed once more."""
    proc = _proc(work, step)
    by = _asked_seat(work, proc, step, seats)
    if step.state is not ActState.PROPOSED:
        raise AlreadyDone(by=work.person(step.second), at=step.recorded_at)
    case = work.get(r.Case, step.case_id)
    _still_open(case, rule_of(step.kind))
    taker = work.get(r.Person, step.by)
    tried = Attempt(work, case, proc, rule_of(step.kind), taker, dict(step.facts), by, confirming=True)
    step.gates = _may(tried)
    step.second = by.id
    _stands(work, tried, step)
    tell(work, Kind.STEP_RECORDED, step, to=to_person(work, taker), **step_facts(work, step, by))


def refuse(work: Work, step: r.Step, seats: list[r.Person]) -> None:
    """Not agreed, or not there: the step does not stand."""
    proc = _proc(work, step)
    by = _asked_seat(work, proc, step, seats)
    if step.state is not ActState.PROPOSED:
        raise AlreadyDone(by=work.person(step.second), at=step.recorded_at)
    step.second = by.id
    step.move(ActState.DROPPED)
    work.record(Kind.STEP_DROPPED, step, by, step=step.kind)
    tell(work, Kind.STEP_DROPPED, step, to=to_person(work, work.person(step.by)), **step_facts(work, step, by))


def _proc(work: Work, step: r.Step) -> r.Procedure:
    found = work.procedure_of(step.case_id)
    if found is None:
        raise Gone()
    return found


def _asked_seat(work: Work, proc: r.Procedure, step: r.Step, seats: list[r.Person]) -> r.Person:
    if rule_of(step.kind).needs is Needs.LEADER:
        able = {p.id for p in gates.leaders(work, proc)}
        found = next((s for s in seats if s.id in able), None)
    else:
        found = next((s for s in seats if s.id == step.second), None)
    if found is None:
        raise NotOwner()
    return found


def _stands(work: Work, tried: Attempt, step: r.Step) -> None:
    """The step is recorded, and what follows from it."""
    proc, rule = tried.proc, tried.rule
    step.move(ActState.RECORDED)
    step.recorded_at = work.now
    work.record(Kind.STEP_RECORDED, step, tried.by, step=step.kind, second=step.second, gates=step.gates)
    second = work.person(step.second)
    if rule.needs is Needs.SECOND and second is not None:
        together(proc, second)
    if step.facts.get("id_shown") == "yes":
        proc.id_shown_at = work.now
    if rule.to is not None and rule.kind != "opinion":
        proc.move(rule.to)
    EFFECTS.get(step.kind, _nothing)(work, proc, step)
    proc.rev += 1
    _opinion_holds(work, proc, step)
    tip = work.find(r.Tip, tried.case.tip_id)
    if tip is not None:
        work.refresh(tip.id)


def together(proc: r.Procedure, second: r.Person) -> None:
    """The second officer of the case is the one who confirmed last; every certificate that was shown stays on record."""
    if second.id != proc.officer_a:
        proc.officer_b = second.id
    if second.id not in {one["person"] for one in proc.certificates}:
        proc.certificates = [*proc.certificates, _certificate(second)]


def _opinion_holds(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """A change after the opinion voids it: the reviewer and the officers are told, and it is reviewed anew (第五十八条)."""
    if step.kind not in ("opinion", "decision"):
        reviewed.recheck(work, proc, step.kind)


def handed_to_police(work: Work, case: r.Case, offered_by: str) -> None:
    """The police have signed for what the leader decided to hand over: that is the step, at the hour at which they did (YS6)."""
    proc = work.procedure_of(case.id)
    if proc is None or not police_due(work, proc):
        return
    by = work.get(r.Person, offered_by)
    step = r.Step(case_id=case.id, kind="crime_handed", by=by.id, at=work.now, facts={"receipt": case.number})
    _stands(work, Attempt(work, case, proc, rule_of("crime_handed"), by, step.facts), work.add(step))


def police_due(work: Work, proc: r.Procedure) -> bool:
    """The leader has decided that it goes to the police, and they have not signed for it yet."""
    steps = {s.kind: s for s in work.steps(proc.case_id) if s.state is ActState.RECORDED}
    decided = steps.get("crime_decided")
    return decided is not None and decided.facts.get("hand") == "yes" and "crime_handed" not in steps


def fall_away(work: Work, case: r.Case, by: r.Person, because: str) -> None:
    """The case goes to another unit: its procedure here ends with it, and no clock of it rings any more."""
    proc = work.procedure_of(case.id)
    if proc is None or proc.state in (Stage.ENDED, Stage.DROPPED) or Stage.DROPPED not in MOVES[Stage][proc.state]:
        return
    proc.move(Stage.DROPPED)
    proc.ended_at = work.now
    term.stop(work, proc)
    work.record(Kind.PROCEDURE_DROPPED, proc, by, because=because)


# ── what each step changes ───────────────────────────────────────────────────────────────────────────────────────────

Effect = Callable[[Work, r.Procedure, r.Step], None]


def _nothing(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """The record itself is all."""


def _party(work: Work, proc: r.Procedure, step: r.Step) -> None:
    proc.party_kind = str(step.facts["party_kind"])


def _facts(work: Work, proc: r.Procedure, step: r.Step) -> None:
    proc.act_on = date.fromisoformat(str(step.facts["act_on"]))
    proc.place, proc.found = str(step.facts["place"]), str(step.facts["found"])


def _marks(work: Work, proc: r.Procedure, step: r.Step) -> None:
    proc.marks = list(step.facts.get("marks") or ())


def _officers(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """回避: the one named steps aside; the other one, or whoever asked, goes on."""
    who = str(step.facts["who"])
    leaving = proc.officer_a if who == "officer_a" else proc.officer_b
    if leaving is None:
        return
    proc.recused = [*proc.recused, leaving]
    if who == "officer_a":
        taker = work.get(r.Person, step.by)
        proc.officer_a = proc.officer_b or (taker.id if taker.id != leaving else leaving)
        if proc.officer_a == taker.id and taker.id not in {one["person"] for one in proc.certificates}:
            proc.certificates = [*proc.certificates, _certificate(taker)]
    proc.officer_b = None


def _filing(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.begin(work, proc, TermId.DECIDE)


def _firm_urgent(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.begin(work, proc, TermId.FIRM_MAKE_UP)


def _firm_approved(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.stop(work, proc, TermId.FIRM_MAKE_UP)


def _keep(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.begin(work, proc, TermId.KEEP)


def _keep_end(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.stop(work, proc, TermId.KEEP)


def _seizure(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.begin(work, proc, TermId.SEIZE)


def _seizure_urgent(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.begin(work, proc, TermId.SEIZE)
    term.begin(work, proc, TermId.SEIZE_REPORT)


def _seizure_report(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.stop(work, proc, TermId.SEIZE_REPORT)


def _seizure_more(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """Thirty days more, from the end of the first thirty."""
    first = next((t.ends for t in term.running(work, proc) if t.term is TermId.SEIZE), work.now)
    term.stop(work, proc, TermId.SEIZE)
    term.begin(work, proc, TermId.SEIZE_MORE, first)


def _seizure_end(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.stop(work, proc, TermId.SEIZE, TermId.SEIZE_MORE)


def _decide_more(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """Once more as long, from the end of the running term."""
    ends = next((t.ends for t in term.running(work, proc) if t.term is TermId.DECIDE), work.now)
    term.begin(work, proc, TermId.DECIDE, ends)


def _crime(work: Work, proc: r.Procedure, step: r.Step) -> None:
    if "crime" not in proc.marks:
        proc.marks = [*proc.marks, "crime"]
    term.begin(work, proc, TermId.CRIME_DECIDE)


def _crime_decided(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.stop(work, proc, TermId.CRIME_DECIDE)
    if step.facts.get("hand") == "yes":
        term.begin(work, proc, TermId.CRIME_HAND)


def _crime_handed(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.stop(work, proc, TermId.CRIME_HAND)
    outcome(work, proc, work.person(step.by), "hand_over", 1, "item")


def _report(work: Work, proc: r.Procedure, step: r.Step) -> None:
    penal = step.facts.get("proposal") == "penalty"
    proc.penalties = list(step.facts.get("penalties") or ()) if penal else []
    proc.fine_fen = int(step.facts.get("fine") or 0) if "fine" in proc.penalties else 0
    proc.discretion, proc.reasons = str(step.facts["discretion"]), str(step.facts["reasons"])


def _told(work: Work, proc: r.Procedure, step: r.Step) -> None:
    _handed_over(work, proc, step, "notice", "hearing_notice")
    proc.told_fen = proc.fine_fen
    if gates.hearing_due(work.book.laws.get(proc.profile_id), proc):
        term.begin(work, proc, TermId.HEARING_ASK)


def _statement(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """Reasons that hold are taken up: the fine is lowered, never raised (第四十五条)."""
    given = step.facts.get("fine", "as_told")
    if step.facts.get("upheld") == "yes" and given != "as_told":
        proc.fine_fen = int(given)


def _hearing_asked(work: Work, proc: r.Procedure, step: r.Step) -> None:
    if step.facts.get("asked") != "silent":
        term.stop(work, proc, TermId.HEARING_ASK)


def _hearing_notice(work: Work, proc: r.Procedure, step: r.Step) -> None:
    hearing.announce(work, proc, step)


def _hearing(work: Work, proc: r.Procedure, step: r.Step) -> None:
    hearing.held(work, proc, work.get(r.Person, step.by))


def _to_review(work: Work, proc: r.Procedure, step: r.Step) -> None:
    proc.opinion = "waiting"
    term.begin(work, proc, TermId.REVIEW)
    work.record(Kind.REVIEW_ASKED, proc, step.by, why=gates.review_why(work, proc))
    people = term.reviewers(work, proc)
    name = work.get(r.Case, proc.case_id).number
    why = gates.review_why(work, proc)
    tell(work, Kind.REVIEW_ASKED, proc, to=to_people(work, people), name=name, matter=proc.matter_code, why=why)


def _opinion(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.stop(work, proc, TermId.REVIEW)
    proc.reviewer, proc.opinion_at = step.by, work.now
    proc.opinion, proc.opinion_why = str(step.facts["pass"]), list(step.facts.get("why") or ())
    proc.opinion_hash = reviewed.looked_at(work, proc)
    if proc.opinion == "passed":
        proc.move(Stage.REVIEWED)
    reviewer = work.get(r.Person, step.by)
    name = work.get(r.Case, proc.case_id).number
    tell(
        work, Kind.REVIEW_GIVEN, proc, to=to_person(work, work.person(proc.officer_a)), name=name,
        passed=proc.opinion == "passed", why=proc.opinion_why, who=reviewer.label, who_en=reviewer.label_en or reviewer.label,
    )  # fmt: skip
    work.record(Kind.REVIEW_GIVEN, proc, step.by, passed=proc.opinion == "passed", why=proc.opinion_why)


def preset_number(work: Work, proc: r.Procedure) -> str:
    """云溪罚决〔2026〕3号: in the register of the organ in whose name it is done (第五十二条, R44)."""
    if proc.number is None:
        series = "simple" if proc.kind == "simple" else "ordinary" if proc.penalties else "no_penalty"
        count = work.next_decision_number(proc.organ_id, series, work.today.year)
        word = work.policy.procedure.number_words[series]
        short = work.county.unit(proc.organ_id).short.removesuffix("镇").removesuffix("乡")
        proc.number = f"{short}{word}〔{work.today.year}〕{count}号"
    return proc.number


def _on_spot(work: Work, proc: r.Procedure, step: r.Step) -> None:
    kind = str(step.facts["penalty"])
    proc.penalties = [kind]
    proc.fine_fen = int(step.facts.get("fine") or 0) if kind == "fine" else 0
    given = str(step.facts.get("discretion", ""))
    proc.discretion = "" if given == "standard" else given
    _decided(work, proc, step)
    term.begin(work, proc, TermId.FILE_BACK)


def _decision(work: Work, proc: r.Procedure, step: r.Step) -> None:
    given = step.facts.get("fine", "as_told")
    if given != "as_told":
        proc.fine_fen = int(given)
    _decided(work, proc, step)
    term.stop(work, proc, TermId.DECIDE)


def _decided(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """The decision has its number and day; the file has its paper, checked by whoever confirmed; nothing is typed twice."""
    number = preset_number(work, proc)
    proc.decided_on = work.today
    if proc.fine_fen:
        proc.pay_ref = _reference(work, proc)  # the decision itself says it
    proc.decided_by = step.second if proc.kind == "ordinary" else step.by
    case, by = work.get(r.Case, proc.case_id), work.get(r.Person, step.by)
    kind = "penalty" if proc.penalties else "no_penalty"
    paper = cases.name_paper(work, case, by, kind, number, work.today)
    if step.second is not None:
        paper.checked_by, paper.checked_at = step.second, work.now
        work.record(Kind.PAPER_CHECKED, paper, step.second, number=number)
    for penalty in proc.penalties:
        quantity = proc.fine_fen if penalty == "fine" else 1
        outcome(work, proc, by, penalty, quantity, "yuan" if penalty == "fine" else "item", penalty=True)
    if not proc.penalties:
        outcome(work, proc, by, "educate", 1, "person" if proc.party_kind == "person" else "item")
    term.begin(work, proc, TermId.SERVE)


def outcome(
    work: Work, proc: r.Procedure, by: r.Person | None, kind: str, quantity: int, unit: str, *, penalty: bool = False
) -> r.Outcome:
    return outcomes.write_down(work, proc.case_id, by, kind, quantity, unit, penalty=penalty)


def _order(work: Work, proc: r.Procedure, step: r.Step) -> None:
    outcome(work, proc, work.person(step.by), "order", 1, "item")


def _handed_over(work: Work, proc: r.Procedure, step: r.Step, *forms: str) -> None:
    """The signed papers of this step are served with it."""
    by = work.get(r.Person, step.by)
    for form in forms:
        for one in documents.in_force(work, proc.case_id, form):
            if one.state is DocumentState.SIGNED:
                documents.serve(work, one, by)


def _service(work: Work, proc: r.Procedure, step: r.Step) -> None:
    _handed_over(work, proc, step, "decision", "spot_decision")
    proc.served_on, proc.served_how = work.today, str(step.facts["how"])
    term.stop(work, proc, TermId.SERVE)
    if proc.fine_fen and proc.paid_on is None:
        ends = term.begin(work, proc, TermId.PAY)
        proc.pay_by = ends.date()
        over = gates.remedies_end(work.book.laws.get(proc.profile_id), work, work.today)
        term.begin(work, proc, TermId.COURT, over)
    term.begin(work, proc, TermId.RECONSIDER)
    term.begin(work, proc, TermId.SUE)
    if publication.barred(work, proc) is None:
        term.begin(work, proc, TermId.PUBLISH)


def _reference(work: Work, proc: r.Procedure) -> str:
    """缴款识别号: sixteen digits from the case's own secret, with a check digit; names nobody."""
    digits = str(int(work.vault.mark("payment", proc.id)[:14], 16))[:15].rjust(15, "0")
    total = sum((9 - n % 8) * int(d) for n, d in enumerate(digits))
    return f"{digits}{(10 - total % 10) % 10}"


def _paid(work: Work, proc: r.Procedure, step: r.Step) -> None:
    proc.paid_on = date.fromisoformat(str(step.facts["day"])) if step.facts.get("day") else work.today
    proc.receipt_no = str(step.facts["receipt"]).strip()
    term.stop(work, proc, TermId.PAY, TermId.COURT)


def _urge(work: Work, proc: r.Procedure, step: r.Step) -> None:
    _handed_over(work, proc, step, "urge")


def _court(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.stop(work, proc, TermId.COURT)


def _court_done(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """What the court brought in goes to the treasury and not past us: the file holds its ruling, no receipt of a bank."""
    term.stop(work, proc, TermId.PAY)
    if step.facts["court_how"] == "court_paid":
        outcome(work, proc, work.person(step.by), "fine", proc.fine_fen, "yuan")


def _hardship(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """暂缓或分期 (第六十六条): the last day moves; the reminder with it."""
    term.stop(work, proc, TermId.PAY)
    proc.pay_by = date.fromisoformat(str(step.facts["until"]))


def _file_back(work: Work, proc: r.Procedure, step: r.Step) -> None:
    term.stop(work, proc, TermId.FILE_BACK)


def _executed(work: Work, proc: r.Procedure, step: r.Step) -> None:
    kind = str(step.facts["result"])
    unit = RESULTS[kind]
    given = int(step.facts["quantity"])  # typed like money: in hundredths
    outcome(work, proc, work.person(step.by), kind, given if unit in ("yuan", "m2") else given // 100, unit)


def _publish(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """The reviewer's word puts it on the public page; a correction takes the same address."""
    names, summary = str(step.facts.get("names", "masked")), str(step.facts.get("summary", ""))
    publication.publish(work, proc, step.by, names, summary)
    term.stop(work, proc, TermId.PUBLISH)


def _unpublished(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """不公开, with the reason."""
    term.stop(work, proc, TermId.PUBLISH)


def _revoke(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """Changed or revoked: what was published is withdrawn within the term (第四十八条); what was not, is not any more."""
    term.stop(work, proc, TermId.PUBLISH)
    if publication.shown(proc):
        term.begin(work, proc, TermId.WITHDRAW)


def _withdraw(work: Work, proc: r.Procedure, step: r.Step) -> None:
    publication.withdraw(work, proc, step.by)
    term.stop(work, proc, TermId.WITHDRAW)


def _end(work: Work, proc: r.Procedure, step: r.Step) -> None:
    """结案: the case closes with the outcome that the decision gives it, on the paper that is there already."""
    proc.ended_at = work.now
    kept = (TermId.PUBLISH, TermId.FILE_BACK)
    term.stop(work, proc, *(t for t in TermId if t not in kept))
    case = work.get(r.Case, proc.case_id)
    by = work.get(r.Person, step.by)
    cases.close(work, case, by, cases.outcome_of(work, "penalty" if proc.penalties else "no_penalty"))


def _drop(work: Work, proc: r.Procedure, step: r.Step) -> None:
    proc.ended_at = work.now
    term.stop(work, proc)


EFFECTS: dict[str, Effect] = {
    "party": _party,
    "facts": _facts,
    "marks": _marks,
    "officers": _officers,
    "filing": _filing,
    "firm_urgent": _firm_urgent,
    "firm_approval": _firm_approved,
    "keep": _keep,
    "keep_end": _keep_end,
    "seizure": _seizure,
    "seizure_urgent": _seizure_urgent,
    "seizure_report": _seizure_report,
    "seizure_more": _seizure_more,
    "seizure_end": _seizure_end,
    "decide_more": _decide_more,
    "crime": _crime,
    "crime_decided": _crime_decided,
    "crime_handed": _crime_handed,
    "order": _order,
    "report": _report,
    "told": _told,
    "statement": _statement,
    "hearing_asked": _hearing_asked,
    "hearing_notice": _hearing_notice,
    "hearing": _hearing,
    "to_review": _to_review,
    "opinion": _opinion,
    "on_spot": _on_spot,
    "decision": _decision,
    "service": _service,
    "cash": _paid,
    "paid": _paid,
    "hardship": _hardship,
    "urge": _urge,
    "court": _court,
    "court_done": _court_done,
    "file_back": _file_back,
    "executed": _executed,
    "publish": _publish,
    "republish": _publish,
    "unpublished": _unpublished,
    "revoke": _revoke,
    "withdraw": _withdraw,
    "end": _end,
    "drop": _drop,
}


# ── days that a button offers ────────────────────────────────────────────────────────────────────────────────────────


def offered_day(work: Work, option: str) -> date:
    """The day behind `today`, `yesterday`, `in_15_days`, `in_8_workdays`."""
    today = work.today
    if option == "today":
        return today
    if option == "yesterday":
        return today - timedelta(days=1)
    count = int("".join(c for c in option if c.isdigit()))
    if option.endswith("workdays"):
        return hours.after_workdays(work.now, count, work.county).date()
    return today + timedelta(days=count)


def four_moments(work: Work, case: r.Case) -> dict[str, Any]:
    """首查责任 (T-02): who owns the first check, and when it was found, checked, secured and filed; None: not yet."""
    tip = work.get(r.Tip, case.tip_id)
    looked = work.events_of(tip.id, Kind.TIP_LOOKED)
    shots = [e.at for e in work.evidence(case.id)] + [a.proposed_at for a in work.acts(case.id) if a.kind == "record"]
    filed = [s.recorded_at for s in work.steps(case.id, "filing", "on_spot") if s.state is ActState.RECORDED]
    owner = looked[0].by if looked else tip.owner_id
    return {
        "owner": owner,
        "found": tip.first_at,
        "checked": tip.first_look_at or (looked[0].at if looked else None),
        "secured": min(shots) if shots else None,
        "filed": next(iter(filed), None),
    }
