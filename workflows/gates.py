"""What bars a step: one row per rule, with its article, the steps it stands before, and when it is shut.

    check(Attempt) ─► the rules that were passed, or GateShut: named for its gate, worded in `messages/*/gates.yaml`, citing its article

A gate looks at the records and the answers; it changes nothing. A step that waits for a second person passes the gates twice: when it is
taken, and at the moment of that person's own tap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflows import authority, discretion, party, publication, reviewed
from workflows import file as files
from workflows import records as r
from workflows.county import Role, Tier
from workflows.lawprofile import HEAVY, LawProfile, TermId, months_later
from workflows.refusals import Refusal
from workflows.states import ActState, CaseState, Stage
from workflows.steps import BY_KIND, OTHER_CASE, By, Needs, Rule
from workflows.work import Work

Facts = dict[str, Any]


class GateShut(Refusal):
    """A rule of the law bars this step; `gates.yaml` says which and what to do."""

    group = "gates"

    def __init__(self, gate: str = "", article: str = "policy", **facts: Any) -> None:
        super().__init__(cited=article, **facts)
        self.gate, self.article = gate, article

    @property
    def name(self) -> str:
        return self.gate or "gate_shut"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody wants to take a step, with these answers."""

    work: Work
    case: r.Case
    proc: r.Procedure
    rule: Rule
    by: r.Person
    answers: Facts
    second: r.Person | None = None
    confirming: bool = False
    """The second person taps now; before that, the step is only asked for."""

    @property
    def profile(self) -> LawProfile:
        return self.work.book.laws.get(self.proc.profile_id)

    @property
    def fine(self) -> int:
        """The fine that this step sets, in fen: as typed, or as told."""
        if self.answers.get("penalty") == "warning":
            return 0
        given = self.answers.get("fine", self.proc.fine_fen)
        return self.proc.fine_fen if given == "as_told" else int(given or 0)

    @property
    def penalties(self) -> list[str]:
        """The kinds of penalty that this step would set; empty for a decision without penalty."""
        if self.rule.kind == "on_spot":
            return [str(self.answers.get("penalty", "warning"))]
        if self.rule.kind == "report":
            return list(self.answers.get("penalties") or ()) if self.answers.get("proposal") == "penalty" else []
        return list(self.proc.penalties)

    def stands(self, kind: str) -> r.Step | None:
        """The newest recorded step of a kind."""
        found = [s for s in self.work.steps(self.proc.case_id, kind) if s.state is ActState.RECORDED]
        return found[-1] if found else None

    def day(self, key: str) -> date | None:
        given = self.answers.get(key)
        return date.fromisoformat(given) if isinstance(given, str) and given else None


Check = Callable[[Attempt], Facts | None]
"""None: open. Facts: shut, and what the text needs to say why."""


@dataclass(frozen=True, slots=True)
class Gate:
    id: str
    fact: str
    """Number of the rule fact in the county's book of rules: R8."""
    article: str | Callable[[Attempt], str]
    on: frozenset[str]
    shut: Check

    def article_of(self, a: Attempt) -> str:
        return self.article if isinstance(self.article, str) else self.article(a)


def check(a: Attempt) -> list[str]:
    """The rule facts that this step passes, in the order of the table. Raises GateShut at the first that is shut."""
    passed = []
    for gate in GATES:
        if a.rule.kind in gate.on:
            facts = gate.shut(a)
            if facts is not None:
                raise GateShut(gate.id, gate.article_of(a), **facts)
            passed.append(gate.fact)
    return list(dict.fromkeys(passed))


EARLY = frozenset(
    {
        *(
            "stage",
            "first",
            "taken",
            "power",
            "certificate",
            "recusal",
            "firm",
            "party",
            "facts",
            "too_old",
            "elsewhere",
            "child",
        ),
        *(
            "illness",
            "minor",
            "told",
            "statement",
            "hearing_offer",
            "hearing_term",
            "hearing_held",
            "hearing_unwanted",
            "hearing_day",
            "other_host",
        ),
        *(
            "host",
            "reviewer",
            "reviewer_handled",
            "review",
            "opinion_void",
            "remote",
            "crime",
            "seizure_delegated",
            "seizure_alone",
        ),
        *("seizure_twice", "court_early", "court_late", "unpaid", "firm_cap", "extended", "incomplete"),
    }
)
"""Gates that no answer to the step's own questions can open: said before anything is asked."""


def early(a: Attempt, but: str = "", skip: tuple[str, ...] = ()) -> None:
    """Raise GateShut for what bars a step whatever is answered, except `skip`; with `but`, for everything except that gate."""
    for gate in GATES:
        looked = gate.id != but if but else gate.id in EARLY and gate.id not in skip
        if a.rule.kind in gate.on and looked:
            facts = gate.shut(a)
            if facts is not None:
                raise GateShut(gate.id, gate.article_of(a), **facts)


AT_ANSWER: dict[str, tuple[str, ...]] = {
    "act_on": ("future",),
    "day": ("future",),
    "until": ("past",),
    "fine": ("amount", "law_ceiling", "simple_ceiling", "simple_lowest", "heavier"),
    "below": ("below_lowest",),
    "penalties": ("child", "illness", "minor"),
    "hearing_day": ("hearing_soon",),
    "host": ("host",),
    "id_shown": ("id_shown",),
    "told": ("told_on_spot",),
    "heard": ("seizure_heard",),
    "consent": ("electronic",),
    "receipt": ("receipt",),
    "cash_why": ("cash",),
    "names": ("names",),
}
"""Gates that one answer alone can shut: said at that question, which stays open, and not after all the others."""


def answered(a: Attempt, key: str) -> None:
    """Raise GateShut where this answer is barred, whatever is answered after it."""
    for gate in GATES:
        if gate.id in AT_ANSWER.get(key, ()) and a.rule.kind in gate.on:
            facts = gate.shut(a)
            if facts is not None:
                raise GateShut(gate.id, gate.article_of(a), **facts)


def no_power(found: authority.Authority) -> GateShut:
    """The township may not act on this matter today: why, since when, and to whom it belongs."""
    until = found.until.isoformat() if found.until else None
    return GateShut("power", found.rule, why=found.why.value, until=until, owner=found.owner)


# ── what several gates ask ───────────────────────────────────────────────────────────────────────────────────────────


def certified(work: Work, person: r.Person | None) -> bool:
    """Whether somebody may enforce today (行政处罚法第四十二条)."""
    if person is None or not person.may_handle or person.certificate_valid_to is None:
        return False
    return work.today <= person.certificate_valid_to


def heavy(a: Attempt) -> bool:
    """Whether the party has to be told of a hearing (第六十三条); what is a larger amount is the county's number."""
    return bool(set(a.penalties) & HEAVY) or hearing_due(a.profile, a.proc)


def hearing_due(profile: LawProfile, proc: r.Procedure) -> bool:
    """What the party was told of counts, also where its statement has lowered the fine since."""
    return profile.hearing_due(proc.party_kind, proc.penalties, max(proc.fine_fen, proc.told_fen or 0))


def review_why(work: Work, proc: r.Procedure) -> list[str]:
    """Why a legal review is needed before the decision (第五十八条); empty: it is not."""
    found = []
    if "public_interest" in proc.marks:
        found.append("public_interest")
    if wants_hearing(work, proc):
        found.append("hearing")
    if "complex" in proc.marks:
        found.append("complex")
    return found


def wants_hearing(work: Work, proc: r.Procedure) -> bool:
    """The party has asked for one."""
    asked = work.steps(proc.case_id, "hearing_asked")
    return bool(asked) and asked[-1].facts.get("asked") == "yes"


def fined_before(work: Work, proc: r.Procedure) -> r.Procedure | None:
    """A fine of the same party for the same matter, by whichever unit, around the same day: maybe the same act (第二十九条)."""
    mine = work.party_of(proc.case_id)
    if mine is None or not mine.mark:
        return None
    around = timedelta(days=work.policy.procedure.same_act_days)
    for other in work.procedures_of_party(mine.mark):
        if other.case_id == proc.case_id or not other.fine_fen or other.decided_on is None:
            continue
        near = proc.act_on is None or other.act_on is None or abs(proc.act_on - other.act_on) <= around
        if near and _same_matter(work, proc, other):
            return other
    return None


def punished_before(work: Work, proc: r.Procedure) -> Facts | None:
    """By which unit, and under which number, this act may have been fined already: here, or by a department that was called to it."""
    for call in work.calls_of_case(proc.case_id):
        if call.outcome == "penalty":
            number = next((p.number for p in work.papers(proc.case_id) if p.call_id == call.id), call.number)
            return {"number": number, "unit": call.unit_id}
    other = fined_before(work, proc)
    return None if other is None else {"number": work.get(r.Case, other.case_id).number, "unit": other.organ_id}


def _same_matter(work: Work, one: r.Procedure, other: r.Procedure) -> bool:
    """The same item, or one that shares a department: an act may be listed twice under two laws."""
    a, b = work.county.matter(one.matter_code), work.county.matter(other.matter_code)
    return a.code == b.code or bool({a.dept_code, *a.co_dept_codes} & {b.dept_code, *b.co_dept_codes})


def leaders(work: Work, proc: r.Procedure) -> list[r.Person]:
    """负责人 of the organ in whose name it is done: the township's leader, or the head of the delegating department."""
    if proc.organ_id == proc.township_id:
        return list(work.people(proc.township_id, Role.TOWNSHIP_LEADER))
    return list(work.people(proc.organ_id, Role.DEPARTMENT_HEAD))


def handlers(proc: r.Procedure) -> set[str]:
    return {p for p in (proc.officer_a, proc.officer_b) if p}


def investigators(work: Work, proc: r.Procedure) -> set[str]:
    """Who has investigated: the officers of the case, before and now, and whoever took or confirmed an officer's step or act of it."""
    took = handlers(proc) | set(proc.recused) | {proc.matter_by}
    for step in work.steps(proc.case_id):
        if BY_KIND[step.kind].by is By.OFFICER:
            took |= {step.by} | ({step.second} if step.second and BY_KIND[step.kind].needs is Needs.SECOND else set())
    for act in work.acts(proc.case_id):
        took |= {act.by} | ({act.second} if act.second else set())
    return took


def under_14(a: Attempt) -> bool:
    known = party.details(a.work, a.proc.case_id)
    age = known.age_on(a.proc.act_on or a.work.today) if known and known.kind == "person" else None
    return "under_14" in a.proc.marks or (age is not None and age < 14)


def grown_up(a: Attempt) -> bool:
    known = party.details(a.work, a.proc.case_id)
    age = known.age_on(a.proc.act_on or a.work.today) if known and known.kind == "person" else None
    return a.proc.party_kind == "organisation" or (age is not None and age >= 18)


# ── the gates ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _wrong_stage(a: Attempt) -> Facts | None:
    return None if a.proc.state in a.rule.stages else {"stage": a.proc.state.value}


def _missing_first(a: Attempt) -> Facts | None:
    """Something else stands before this step."""
    if a.rule.after and a.stands(a.rule.after) is None:
        alternative = {"seizure": "seizure_urgent"}.get(a.rule.after)
        if alternative is None or a.stands(alternative) is None:
            return {"step": a.rule.after}
    return None


def _twice_taken(a: Attempt) -> Facts | None:
    names = {"paid": ("paid", "cash")}.get(a.rule.unless, (a.rule.unless,) if a.rule.unless else ())
    done = any((found := a.stands(name)) is not None and final(found) for name in names)
    return {"step": a.rule.kind} if done else None


def final(step: r.Step) -> bool:
    """Whether what was recorded settles the matter: a party that has not answered yet, or had nothing to say, may still speak."""
    open_answers = {"hearing_asked": ("asked", "silent"), "statement": ("said", "nothing")}
    key, value = open_answers.get(step.kind, ("", ""))
    return not key or step.facts.get(key) != value


def _power(a: Attempt) -> Facts | None:
    found = authority.of(a.work.county, a.proc.township_id, a.proc.matter_code, a.work.today)
    if found.may and found.organ_id == a.proc.organ_id:
        return None
    return {"why": found.why.value, "until": found.until.isoformat() if found.until else None, "owner": found.owner}


def _power_rule(a: Attempt) -> str:
    return authority.of(a.work.county, a.proc.township_id, a.proc.matter_code, a.work.today).rule


def _uncertified(a: Attempt) -> Facts | None:
    if not a.rule.enforces or certified(a.work, a.by):
        return None
    return {"who": a.by.label, "who_en": a.by.label_en}


def _one_officer(a: Attempt) -> Facts | None:
    if a.rule.needs is not Needs.SECOND:
        return None
    if a.profile.simple.one_officer_if_recorded and a.rule.kind == "on_spot" and a.answers.get("recorded") == "yes":
        return None
    other = a.second
    if other is None or other.id == a.by.id or (other.account is not None and other.account == a.by.account):
        return {"count": a.profile.officers}
    return None if certified(a.work, other) else {"count": a.profile.officers}


def _officers_rule(a: Attempt) -> str:
    """Which article wants the second officer: the law's own for decisions on the spot, where it has one."""
    own = a.profile.simple.one_officer_rule if a.rule.kind == "on_spot" else None
    return own or a.profile.officers_rule


def _must_step_aside(a: Attempt) -> Facts | None:
    tip = a.work.find(r.Tip, a.case.tip_id)
    barred = {*a.proc.recused, *(tip.conflicted if tip else ())}
    phones = accounts(a.work, barred)
    for one in (a.by, a.second):
        if one is not None and (one.id in barred or one.account in phones):
            return {"who": one.label, "who_en": one.label_en}
    return None


def _id_not_shown(a: Attempt) -> Facts | None:
    asked = any(q.key == "id_shown" for q in a.rule.asks)
    return {} if asked and a.answers.get("id_shown") != "yes" else None


def _firm(a: Attempt) -> Facts | None:
    if a.proc.party_kind != "organisation" or a.stands("firm_approval") or a.stands("firm_urgent"):
        return None
    return {}


def _visited_enough(a: Attempt) -> Facts | None:
    """The county's yearly cap of visits to one firm; a visit after somebody's tip does not count, and is never barred by it (54号文)."""
    tip, mine = a.work.find(r.Tip, a.case.tip_id), a.work.party_of(a.proc.case_id)
    cap = a.work.policy.procedure.firm_visits_per_year
    if tip is None or not tip.by_staff or mine is None or not mine.mark or a.confirming:
        return None
    visits = 0
    for other in a.work.procedures_of_party(mine.mark):
        own = a.work.find(r.Tip, a.work.get(r.Case, other.case_id).tip_id)
        approved = [s for s in a.work.steps(other.case_id, "firm_approval") if s.at.year == a.work.now.year]
        visits += len(approved) if own is not None and own.by_staff else 0
    return {"cap": cap} if visits >= cap else None


def _extended_enough(a: Attempt) -> Facts | None:
    done = [s for s in a.work.steps(a.proc.case_id, "decide_more") if s.state is ActState.RECORDED]
    return {"count": a.profile.decide_extensions} if len(done) >= a.profile.decide_extensions else None


def _party_unknown(a: Attempt) -> Facts | None:
    known = party.details(a.work, a.proc.case_id)
    return {} if known is None or not known.name else None


def _facts_unknown(a: Attempt) -> Facts | None:
    return {} if not (a.proc.found and a.proc.place and a.proc.act_on) else None


def _too_old(a: Attempt) -> Facts | None:
    if a.proc.act_on is None or (a.rule.kind != "filing" and not a.penalties):
        return None
    found_on = a.case.opened_at.astimezone(ZoneInfo(a.work.county.timezone)).date()
    if (months := a.profile.limit_months) is not None:
        return {"years": 0, "months": months} if months_later(a.proc.act_on, months) < found_on else None
    years = a.profile.limit_years_harm if "harm" in a.proc.marks else a.profile.limit_years
    gone = _years_before(found_on, years)
    return {"years": years, "months": 0} if a.proc.act_on < gone else None


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _filed_elsewhere(a: Attempt) -> Facts | None:
    mine = a.work.party_of(a.proc.case_id)
    if mine is None or not mine.mark:
        return None
    for other in a.work.procedures_of_party(mine.mark):
        filed = other.state not in (Stage.OPENED, Stage.DROPPED, Stage.ENDED)
        filed = filed and a.work.get(r.Case, other.case_id).state is CaseState.OPEN
        if (
            other.case_id != a.proc.case_id
            and filed
            and other.matter_code == a.proc.matter_code
            and _same_day(a.proc, other)
        ):
            return {"number": a.work.get(r.Case, other.case_id).number}
    return None


def _same_day(one: r.Procedure, other: r.Procedure) -> bool:
    return one.act_on is not None and one.act_on == other.act_on


def _fined_twice(a: Attempt) -> Facts | None:
    if not a.fine or "fine" not in a.penalties or a.answers.get("distinct"):
        return None
    return punished_before(a.work, a.proc)


def _above_simple(a: Attempt) -> Facts | None:
    ceiling = a.profile.simple.ceiling_fen(a.proc.party_kind)
    return {"ceiling_fen": ceiling, "kind": a.proc.party_kind} if a.fine > ceiling else None


def _above_law(a: Attempt) -> Facts | None:
    """More than the matter's own article allows, where the county's table knows the whole of it (D-11)."""
    most = a.work.county.most_fen(a.proc.matter_code, a.proc.party_kind)
    if "fine" not in a.penalties or most is None or a.fine <= most:
        return None
    return {"most_fen": most, "basis": a.work.county.matter(a.proc.matter_code).legal_basis}


def _simple_lowest(a: Attempt) -> Facts | None:
    """Where even the lowest sum is more than may be fined on the spot, mitigating is not for one who decides on the spot."""
    least, ceiling = discretion.least(a.work, a.proc), a.profile.simple.ceiling_fen(a.proc.party_kind)
    if "fine" not in a.penalties or least is None or least <= ceiling or not discretion.whole(a.work, a.proc):
        return None
    return {"least_fen": least, "ceiling_fen": ceiling, "basis": a.work.county.matter(a.proc.matter_code).legal_basis}


def below_lowest(a: Attempt) -> Facts | None:
    """A sum below the lowest of the article without the circumstance that allows it; what stood for the same sum before, stands."""
    least = discretion.least(a.work, a.proc)
    sets = (
        a.rule.kind in discretion.SETTING
        and "fine" in a.penalties
        and (a.rule.kind != "statement" or "fine" in a.answers)
    )
    if not sets or least is None or not 0 < a.fine < least:
        return None
    given = a.answers.get("below")
    untrue = (given == "young" and grown_up(a)) or (given == OTHER_CASE and discretion.whole(a.work, a.proc))
    if given and not untrue:
        return None
    same = a.rule.kind in ("statement", "decision") and a.fine == a.proc.fine_fen
    if same and discretion.reason(a.work, a.proc):
        return None
    return {"least_fen": least, "basis": a.work.county.matter(a.proc.matter_code).legal_basis}


def _no_amount(a: Attempt) -> Facts | None:
    return {} if "fine" in a.penalties and a.fine <= 0 else None


def _minor(a: Attempt) -> Facts | None:
    return {} if a.penalties and {"minor", "corrected", "harmless"} <= set(a.proc.marks) else None


def _child(a: Attempt) -> Facts | None:
    return {} if a.penalties and under_14(a) else None


def _ill(a: Attempt) -> Facts | None:
    return {} if a.penalties and "mental_illness" in a.proc.marks else None


def _not_told_on_spot(a: Attempt) -> Facts | None:
    return None if a.answers.get("told") == "yes" else {}


def _not_told(a: Attempt) -> Facts | None:
    return {} if a.penalties and a.stands("told") is None else None


def _not_heard(a: Attempt) -> Facts | None:
    return {} if a.penalties and a.stands("statement") is None else None


def _heavier(a: Attempt) -> Facts | None:
    told = a.proc.told_fen
    return {"told_fen": told} if told is not None and a.fine > told else None


def _other_than_reviewed(a: Attempt) -> Facts | None:
    """What is decided is what the reviewer looked at; a lower fine comes from the party's statement, before the review."""
    return {} if a.penalties and a.proc.opinion == "passed" and a.fine != a.proc.fine_fen else None


def _hearing_unoffered(a: Attempt) -> Facts | None:
    return {} if heavy(a) and a.stands("hearing_asked") is None else None


def _hearing_term(a: Attempt) -> Facts | None:
    """Silence counts only after the party's five working days; a waiver counts at once."""
    asked = a.stands("hearing_asked")
    if asked is None or asked.facts.get("asked") != "silent":
        return None
    ends = hearing_ask_ends(a)
    return {"until": ends.isoformat()} if ends is not None and a.work.now <= ends else None


def hearing_ask_ends(a: Attempt) -> datetime | None:
    told = a.stands("told")
    if told is None or told.recorded_at is None:
        return None
    return a.profile.terms[TermId.HEARING_ASK].ends(told.recorded_at, a.work.county)


def _hearing_unheld(a: Attempt) -> Facts | None:
    asked = a.stands("hearing_asked")
    wanted = asked is not None and asked.facts.get("asked") == "yes"
    return {} if wanted and a.stands("hearing") is None else None


def _hearing_unwanted(a: Attempt) -> Facts | None:
    asked = a.stands("hearing_asked")
    return {} if asked is None or asked.facts.get("asked") != "yes" else None


def _hearing_too_soon(a: Attempt) -> Facts | None:
    day = a.day("hearing_day")
    if day is None:
        return None
    least = a.profile.terms[TermId.HEARING_NOTICE].ends(a.work.now, a.work.county).date()
    return {"least": least.isoformat()} if day <= least else None


def _hearing_not_yet(a: Attempt) -> Facts | None:
    notice = a.stands("hearing_notice")
    day = str(notice.facts.get("hearing_day", "")) if notice else ""
    return {"day": day} if day and a.work.today < date.fromisoformat(day) else None


def _host_investigated(a: Attempt) -> Facts | None:
    took = investigators(a.work, a.proc)
    return {} if a.by.id in took or a.by.account in accounts(a.work, took) else None


def _other_host(a: Attempt) -> Facts | None:
    """The organ appoints who holds it; whoever else would, is told who that is."""
    notice = a.stands("hearing_notice")
    host = a.work.person(str(notice.facts.get("host") or "")) if notice else None
    if host is None or host.id == a.by.id:
        return None
    return {"who": host.label, "who_en": host.label_en or host.label}


def _no_such_host(a: Attempt) -> Facts | None:
    """Appointed is somebody who did not investigate."""
    took = investigators(a.work, a.proc)
    host = a.work.person(str(a.answers.get("host") or ""))
    if a.answers.get("host") is None:
        return None  # not asked yet
    return {} if host is None or host.id in took or host.account in accounts(a.work, took) else None


def accounts(work: Work, people: set[str]) -> set[str]:
    """On whose phones these people are bound."""
    return {p.account for p in map(work.person, people) if p is not None and p.account is not None}


def _reviewer_handled(a: Attempt) -> Facts | None:
    touched = investigators(a.work, a.proc)
    return {} if a.by.id in touched or a.by.account in accounts(a.work, touched) else None


def _not_reviewer(a: Attempt) -> Facts | None:
    return None if a.by.may_review else {}


def _no_opinion(a: Attempt) -> Facts | None:
    if not a.penalties or not review_why(a.work, a.proc):
        return None
    return None if a.proc.opinion == "passed" else {"returned": a.proc.opinion == "returned"}


def _opinion_void(a: Attempt) -> Facts | None:
    if a.proc.opinion != "passed" or not a.penalties:
        return None
    return None if a.proc.opinion_hash == reviewed.looked_at(a.work, a.proc) else {}


def _undiscussed(a: Attempt) -> Facts | None:
    return {} if "complex" in a.proc.marks and a.answers.get("discussed") != "yes" else None


def _uneducated(a: Attempt) -> Facts | None:
    return {} if not a.penalties and a.answers.get("educated") != "yes" else None


def _not_leader(a: Attempt) -> Facts | None:
    if a.rule.needs is not Needs.LEADER or not a.confirming:
        return None
    second = a.second
    able = second is not None and second.id in {p.id for p in leaders(a.work, a.proc)}
    officers = {a.by.id, *handlers(a.proc)}
    own = second is not None and (second.id in officers or second.account in accounts(a.work, officers))
    return None if able and not own else {}


def _delegated_seizure(a: Attempt) -> Facts | None:
    return {} if a.proc.power == Tier.DELEGATED.value else None


def _unheard_seizure(a: Attempt) -> Facts | None:
    return {} if a.answers.get("heard") != "yes" else None


def _seized_alone(a: Attempt) -> Facts | None:
    """Two officers: the second one has confirmed something of this case before, or confirms this."""
    return {} if a.proc.officer_b is None and a.rule.kind == "seizure" else None


def _seized_twice_longer(a: Attempt) -> Facts | None:
    return {} if a.stands("seizure_more") is not None else None


def _remote_unchecked(a: Attempt) -> Facts | None:
    if "remote" not in a.proc.marks or not a.penalties:
        return None
    done = a.stands("remote_checked")
    fine = done is not None and done.facts.get("technical") == "yes" and done.facts.get("places_public") == "yes"
    return None if fine else {}


def _crime(a: Attempt) -> Facts | None:
    if "crime" not in a.proc.marks or not a.penalties:
        return None
    decided = a.stands("crime_decided")
    settled = decided is not None and (decided.facts.get("hand") == "no" or a.stands("crime_handed") is not None)
    return None if settled else {}


def _unserved_electronic(a: Attempt) -> Facts | None:
    return {} if a.answers.get("how") == "electronic" and a.answers.get("consent") != "yes" else None


def _cash(a: Attempt) -> Facts | None:
    limit = a.profile.cash.yuan * 100
    small = a.answers.get("cash_why") == "small"
    return {"limit_fen": limit} if small and a.proc.fine_fen > limit else None


def _no_receipt(a: Attempt) -> Facts | None:
    return {} if not str(a.answers.get("receipt", "")).strip() else None


def _future(a: Attempt) -> Facts | None:
    """A day on which something happened cannot be still to come, nor before the act itself."""
    for key in ("act_on", "day"):
        day = a.day(key)
        if day is None:
            continue
        if day > a.work.today or (key == "day" and a.proc.decided_on is not None and day < a.proc.decided_on):
            return {"day": day.isoformat()}
    return None


def _past(a: Attempt) -> Facts | None:
    """A term given to somebody cannot lie behind."""
    day = a.day("until")
    return {"day": day.isoformat()} if day is not None and day < a.work.today else None


def _demolition(a: Attempt) -> Facts | None:
    if a.answers.get("result") != "demolition":
        return None
    notice, served = a.stands("demolition_notice"), a.proc.served_on
    if notice is None or served is None:
        return {"until": None}
    ends = remedies_end(a.profile, a.work, served).date()
    own = date.fromisoformat(str(notice.facts["until"]))
    last = max(ends, own)
    return {"until": last.isoformat()} if a.work.today <= last else None


def remedies_end(profile: LawProfile, work: Work, served: date) -> datetime:
    """When the party can neither appeal nor sue any more."""
    start = datetime.combine(served, time(12), ZoneInfo(work.county.timezone))
    return max(profile.terms[t].ends(start, work.county) for t in (TermId.RECONSIDER, TermId.SUE))


def _court_early(a: Attempt) -> Facts | None:
    """First the demand, ten working days, and both remedies over."""
    urged, served = a.stands("urge"), a.proc.served_on
    if urged is None or urged.recorded_at is None or served is None:
        return None  # the gate of the step before says so
    waits = a.profile.terms[TermId.URGE].ends(urged.recorded_at, a.work.county)
    last = max(waits, remedies_end(a.profile, a.work, served))
    return {"until": last.isoformat()} if a.work.now <= last else None


def _court_late(a: Attempt) -> Facts | None:
    if a.proc.served_on is None:
        return None
    last = a.profile.terms[TermId.COURT].ends(remedies_end(a.profile, a.work, a.proc.served_on), a.work.county)
    return {"until": last.isoformat()} if a.work.now > last else None


def _unpaid(a: Attempt) -> Facts | None:
    """Paid, or carried out (or given up) by the court."""
    return {} if a.proc.fine_fen and a.proc.paid_on is None and a.stands("court_done") is None else None


def _incomplete(a: Attempt) -> Facts | None:
    """What the law wants in the file (第四十七条) is there before the case is closed; who can supply what is missing is said."""
    must, _ = files.at_end(a.work.book.forms, files.of(a.work, a.case))
    return {"lacks": spoken_lacks(a.work, must)} if must else None


def _unexplained(a: Attempt) -> Facts | None:
    """What no law asks for may be missing, but the leader reads why."""
    _, may = files.at_end(a.work.book.forms, files.of(a.work, a.case))
    return {"lacks": spoken_lacks(a.work, may)} if may and not a.answers.get("without") else None


def spoken_lacks(work: Work, lacks: list[files.Lack]) -> list[Facts]:
    """As a text takes them."""
    forms = work.book.forms
    found = []
    for one in lacks:
        form = forms.form(one.form)
        title, title_en = (form.title, form.title_en) if form else ("", "")
        found.append({"what": one.what, "title": title, "title_en": title_en, "by": one.by, "count": one.count})
    return found


def _unreviewed_publication(a: Attempt) -> Facts | None:
    return {} if a.proc.party_kind == "person" and a.answers.get("names") == "full" else None


def _unfit_summary(a: Attempt) -> Facts | None:
    """Nothing in it that names a person, or leads to whoever sent the tip."""
    text = str(a.answers.get("summary", publication.BY_MATTER))
    what = "" if text == publication.BY_MATTER else publication.unfit(a.work, a.proc, text)
    return {"what": what} if what else None


def _never_public(a: Attempt) -> Facts | None:
    found = publication.barred(a.work, a.proc)
    return {"why": found[0]} if found is not None else None


def _never_public_rule(a: Attempt) -> str:
    found = publication.barred(a.work, a.proc)
    return found[1] if found is not None else "CF48"


ALL = frozenset(BY_KIND)
_ENFORCING = frozenset(k for k, rule in BY_KIND.items() if rule.enforces)
_DECIDING = frozenset({"on_spot", "decision"})
_PUBLIC = frozenset({"publish", "republish", "unpublished"})

GATES: tuple[Gate, ...] = (
    Gate("stage", "course", "CF54", ALL, _wrong_stage),
    Gate("first", "course", "CF54", ALL, _missing_first),
    Gate("taken", "course", "CF54", ALL, _twice_taken),
    Gate("power", "R1", _power_rule, frozenset({"filing", "on_spot", "decision", "report", "told", "inspection", "order"}), _power),
    Gate("certificate", "R8", "CF42", _ENFORCING, _uncertified),
    Gate("recusal", "R9", "CF43", ALL - {"party", "marks", "officers"}, _must_step_aside),
    Gate("two_officers", "R8", _officers_rule, ALL, _one_officer),
    Gate("id_shown", "R19", "CF55", ALL, _id_not_shown),
    Gate("firm", "R42", "policy", frozenset({"inspection"}), _firm),
    Gate("firm_cap", "R42", "policy", frozenset({"firm_approval"}), _visited_enough),
    Gate("extended", "R43", lambda a: a.profile.terms[TermId.DECIDE].rule or "policy", frozenset({"decide_more"}), _extended_enough),
    Gate("future", "dates", "CF54", ALL, _future),
    Gate("past", "dates", "CF54", ALL, _past),
    Gate("party", "R23", "CF59", frozenset({"on_spot", "report", "told", "decision", "inquiry"}), _party_unknown),
    Gate("facts", "R18", "CF54", frozenset({"filing", "on_spot", "report"}), _facts_unknown),
    Gate("too_old", "R6", lambda a: a.profile.limit_rule, frozenset({"filing", "on_spot", "decision"}), _too_old),
    Gate("elsewhere", "R2", "CF25", frozenset({"filing"}), _filed_elsewhere),
    Gate("child", "R45", "CF30", _DECIDING | {"report"}, _child),
    Gate("illness", "R45", "CF31", _DECIDING | {"report"}, _ill),
    Gate("minor", "R5", "CF33", _DECIDING | {"report"}, _minor),
    Gate("amount", "R23", "CF59", _DECIDING | {"report"}, _no_amount),
    Gate("law_ceiling", "D11", "CF59", _DECIDING | {"report"}, _above_law),
    Gate("simple_ceiling", "R16", lambda a: a.profile.simple.rule, frozenset({"on_spot"}), _above_simple),
    Gate("simple_lowest", "R16", lambda a: a.profile.simple.rule, frozenset({"on_spot"}), _simple_lowest),
    Gate("below_lowest", "D11", "CF32", _DECIDING | {"report", "statement"}, below_lowest),
    Gate("told_on_spot", "R17", "CF44", frozenset({"on_spot"}), _not_told_on_spot),
    Gate("told", "R10", "CF44", frozenset({"decision"}), _not_told),
    Gate("statement", "R11", "CF45", frozenset({"decision", "to_review"}), _not_heard),
    Gate("heavier", "R11", "CF45", frozenset({"decision", "statement"}), _heavier),
    Gate("hearing_offer", "R26", "CF63", frozenset({"decision", "to_review"}), _hearing_unoffered),
    Gate("hearing_term", "R26", "CF64", frozenset({"decision", "to_review"}), _hearing_term),
    Gate("hearing_held", "R26", "CF63", frozenset({"decision", "to_review"}), _hearing_unheld),
    Gate("hearing_unwanted", "R26", "CF64", frozenset({"hearing_notice"}), _hearing_unwanted),
    Gate("hearing_soon", "R26", "CF64", frozenset({"hearing_notice"}), _hearing_too_soon),
    Gate("hearing_day", "R26", "CF64", frozenset({"hearing"}), _hearing_not_yet),
    Gate("host", "R26", "CF64", frozenset({"hearing"}), _host_investigated),
    Gate("reviewer", "R22", "CF58", frozenset({"opinion", "remote_checked", *_PUBLIC}), _not_reviewer),
    Gate("host", "R26", "CF64", frozenset({"hearing_notice"}), _no_such_host),
    Gate("other_host", "R26", "CF64", frozenset({"hearing"}), _other_host),
    Gate("reviewer_handled", "R22", "CF58", frozenset({"opinion", "remote_checked"}), _reviewer_handled),
    Gate("review", "R22", "CF58", frozenset({"decision"}), _no_opinion),
    Gate("opinion_void", "R22", "CF58", frozenset({"decision"}), _opinion_void),
    Gate("as_reviewed", "R22", "CF58", frozenset({"decision"}), _other_than_reviewed),
    Gate("remote", "R7", "CF41", _DECIDING, _remote_unchecked),
    Gate("crime", "R37", "YS3", _DECIDING, _crime),
    Gate("twice", "R4", "CF29", _DECIDING, _fined_twice),
    Gate("discussed", "R21", "CF57", frozenset({"decision"}), _undiscussed),
    Gate("educated", "R5", "CF33", frozenset({"decision"}), _uneducated),
    Gate("leader", "R21", "CF57", ALL, _not_leader),
    Gate("seizure_delegated", "R32", "QZ17", frozenset({"seizure", "seizure_urgent"}), _delegated_seizure),
    Gate("seizure_alone", "R32", "QZ18", frozenset({"seizure"}), _seized_alone),
    Gate("seizure_heard", "R32", "QZ18", frozenset({"seizure", "seizure_urgent"}), _unheard_seizure),
    Gate("seizure_twice", "R32", "QZ25", frozenset({"seizure_more"}), _seized_twice_longer),
    Gate("electronic", "R25", "CF61", frozenset({"service"}), _unserved_electronic),
    Gate("cash", "R28", lambda a: a.profile.cash.rule, frozenset({"cash"}), _cash),
    Gate("receipt", "R27", lambda a: a.profile.cash.receipt_rule, frozenset({"cash", "paid"}), _no_receipt),
    Gate("demolition", "R33", "QZ44", frozenset({"executed"}), _demolition),
    Gate("court_early", "R27", "QZ54", frozenset({"court"}), _court_early),
    Gate("court_late", "R27", "QZ53", frozenset({"court"}), _court_late),
    Gate("unpaid", "R27", "CF67", frozenset({"end"}), _unpaid),
    Gate("incomplete", "R13", "CF47", frozenset({"end"}), _incomplete),
    Gate("unexplained", "R13", "CF47", frozenset({"end"}), _unexplained),
    Gate("unpublishable", "R15", _never_public_rule, frozenset({"publish", "republish"}), _never_public),
    Gate("names", "R15", "CF50", frozenset({"publish", "republish"}), _unreviewed_publication),
    Gate("summary", "R15", "CF50", frozenset({"publish", "republish"}), _unfit_summary),
)  # fmt: skip
