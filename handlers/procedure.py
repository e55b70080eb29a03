"""办案 in the chat: what is lawful next, short questions one by one, the second officer and the leader on their own phones.

A form is a Draft: every answer is kept as soon as it is given, so it survives a restart and goes on where it stopped. What is personal goes
into the sealed record of the party, never into the draft. Questions come in private, for what is typed may name somebody.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handlers import filepage, public
from handlers.edge import Press, Toast, button, grid, people_buttons, say, swap
from handlers.matter import matters
from workflows import approval, authority, discretion, gates, hearing, paperwork, party, procedure, reviewed, term
from workflows import case as cases
from workflows import document as documents
from workflows import file as files
from workflows import records as r
from workflows import tip as tips
from workflows.forms import Form
from workflows.gates import GateShut
from workflows.refusals import AlreadyClosed, AmountWrong, Gone, NotOwner, PaperUnreadable, Stale
from workflows.states import ActState, CaseState, Stage
from workflows.steps import OTHER_CASE, Ask, Needs
from workflows.work import To, Work

Buttons = list[list[dict[str, Any]]]
TICKED = "✓"
"""Stands in a draft for an answer that is sealed elsewhere."""


# ── where the case stands ────────────────────────────────────────────────────────────────────────────────────────────


def procedure_view(work: Work, proc: r.Procedure) -> dict[str, Any]:
    """What the card of a procedure shows; nothing of the party but whether it is known."""
    case = work.get(r.Case, proc.case_id)
    known = party.details(work, proc.case_id)
    waiting = [s for s in work.steps(proc.case_id) if s.state is ActState.PROPOSED]
    agreement = next((a.number for a in work.county.agreements if a.id == proc.agreement_id), "")
    moments = procedure.four_moments(work, case)
    late = term.late_fen(proc.fine_fen, proc.pay_by, work.today) if proc.pay_by and not proc.paid_on else 0
    return {
        "name": case.number,
        "course": proc.kind,
        "stage": proc.state.value,
        "matter": proc.matter_code,
        "organ": proc.organ_id,
        "power": proc.power,
        "agreement": agreement,
        "verified": proc.basis_verified,
        "party": bool(known and known.name),
        "facts": bool(proc.found),
        "penalties": list(proc.penalties),
        "fine_fen": proc.fine_fen,
        **discretion.of_card(work, proc),
        "number": proc.number,
        "opinion": proc.opinion,
        "opinion_why": list(proc.opinion_why) if proc.opinion == "returned" else [],
        "pay_ref": proc.pay_ref if proc.pay_by and proc.paid_on is None else None,
        "pay_by": proc.pay_by.isoformat() if proc.pay_by else None,
        "late_fen": late,
        "paid": proc.paid_on.isoformat() if proc.paid_on else None,
        "public": public.view(work, proc),
        "hearing": _hearing(work, proc),
        "waiting": [s.kind for s in waiting],
        "terms": [
            {"term": t.term.value, "ends": t.ends.isoformat(), "verified": t.verified} for t in term.running(work, proc)
        ],
        "moments": [
            (k, moments[k].isoformat() if moments[k] else None) for k in ("found", "checked", "secured", "filed")
        ],
    }


def _hearing(work: Work, proc: r.Procedure) -> dict[str, Any] | None:
    """When, where and by whom, until it has been held."""
    found = hearing.notice(work, proc)
    return hearing.facts(work, proc, found) if found is not None and proc.state is Stage.TOLD else None


def next_buttons(work: Work, proc: r.Procedure, seats: list[r.Person]) -> Buttons:
    """Forms that were begun, then the steps that are lawful next."""
    mine, case = {s.id for s in seats}, work.get(r.Case, proc.case_id)
    begun = [d for d in work.open_drafts(proc.id, "step") if d.by in mine]
    forms = [[button("form", "law_resume", d.ref, step=d.facts["step"])] for d in begun[-2:]]
    rules = procedure.offered(work, proc, seats)
    main = [[button("step", f"step.{x.kind}", proc.ref, style="primary", step=x.kind)] for x in rules if x.main]
    more = [button("step", f"step.{x.kind}", proc.ref, step=x.kind) for x in rules if not x.main]
    papers = [
        button((f"📄 {x.title}", f"📄 {x.title_en}"), f"doc.{x.code}", case.ref) for x in _papers(work, proc, seats)
    ]
    police = []
    if procedure.police_due(work, proc) and work.open_transfer(case.tip_id) is None:
        police = [[button("transfer", "transfer", work.get(r.Tip, case.tip_id).ref, style="primary")]]
    pay = [[button("pay_code", "pay_code", proc.ref)]] if proc.pay_ref and proc.pay_by and proc.paid_on is None else []
    look, read = _reading(work, case, seats)
    return [*forms, *police, *main, *look, *pay, *grid(papers, 2), *grid(more, 2), *read]


def second_button(proc: r.Procedure) -> dict[str, Any]:
    """定第二名执法员: from wherever it is missing."""
    return button("step", "step.second", proc.ref, step="second")


def _reading(work: Work, case: r.Case, seats: list[r.Person]) -> tuple[Buttons, Buttons]:
    """A reviewer reads what the case rests on, evidence and papers; officers find it under 〔卷宗〕."""
    if not any(s.may_review for s in seats):
        return [], []
    ref = work.get(r.Tip, case.tip_id).ref
    look = [button("see_evidence", "see_evidence", ref)] if any(e.file_id for e in work.evidence(case.id)) else []
    made = [(work.book.forms.form(d.form), d.ref) for d in documents.in_force(work, case.id)]
    papers = [button((f"📄 {f.title}", f"📄 {f.title_en}"), "doc_get", ref) for f, ref in made if f is not None]
    row = [*look, *filepage.offered(work, ref)]
    return [row] if row else [], grid(papers, 2)


def _papers(work: Work, proc: r.Procedure, seats: list[r.Person]) -> list[Form]:
    """What is due and not made, for the officers of the squad, who make it."""
    squad = work.county.squad_of(proc.township_id).id
    officer = any(s.unit_id == squad and s.role in procedure.OFFICER_ROLES for s in seats)
    return paperwork.wanted(work, proc) if officer else []


def show(work: Work, proc: r.Procedure, seats: list[r.Person], to: To) -> None:
    reviewed.recheck(work, proc)
    say(
        work,
        to,
        "note.procedure",
        since=[],
        first=False,
        keyboard=next_buttons(work, proc, seats),
        **procedure_view(work, proc),
    )


def _case_of(work: Work, ref: str) -> r.Case:
    """The case that a button of a case or of its tip means."""
    try:
        return work.by_ref(r.Case, ref)
    except Gone:
        return work.get(r.Case, work.by_ref(r.Tip, ref).case_id)


def of_squad(work: Work, township_id: str, seats: list[r.Person]) -> r.Person:
    squad = work.county.squad_of(township_id).id
    found = next((s for s in seats if s.unit_id == squad), None)
    if found is None:
        raise NotOwner()
    return found


def law(work: Work, press: Press) -> Toast:
    """办案: where the procedure stands, or how it could begin."""
    case = _case_of(work, press.ref)
    seats, tip = press.staff(), work.get(r.Tip, case.tip_id)
    if case.drill:
        raise GateShut("drill", "policy")
    if case.hidden:  # the county keeps it from the township: no procedure here, a department takes it over
        tips.officer_of(work, tip, seats)
        say(
            work,
            press.private,
            "note.kept_away",
            name=case.number,
            keyboard=[[button("transfer", "transfer", tip.ref)]],
        )
        return Toast() if press.chat_id is None else Toast("see_private")
    by = of_squad(work, case.township_id, seats)
    proc = work.procedure_of(case.id)
    if proc is not None:
        show(work, proc, seats, press.private)
        return Toast() if press.chat_id is None else Toast("type_private")
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    code = case.matter_code or tip.matter_code
    if code is None:  # which one it is, is said once, in the one dialog for it
        return matters(work, replace(press, ref=tip.ref))
    ask_begin(work, case, tip, code, by, press.private)
    return Toast() if press.chat_id is None else Toast("type_private")


# ── the beginning ────────────────────────────────────────────────────────────────────────────────────────────────────


def ask_begin(work: Work, case: r.Case, tip: r.Tip, code: str, by: r.Person, to: To) -> None:
    """本镇可办 or not, in whose name, and which course (D-11)."""
    draft = work.add(r.Draft(kind="begin", subject_id=case.id, by=by.id, facts={"matter": code}, at=work.now))
    power = authority.of(work.county, case.township_id, code, work.today)
    hint = work.county.matter(code).procedure_hint
    courses = sorted(("simple", "ordinary"), key=lambda one: one != hint)
    keyboard = [[button("course", f"law_begin.{c}", draft.ref, course=c)] for c in courses] if power.may else []
    say(
        work,
        to,
        "ask.begin",
        name=case.number,
        matter=code,
        may=power.may,
        why=power.why.value,
        until=power.until.isoformat() if power.until else None,
        rule=power.rule,
        organ=power.organ_id,
        agreement=power.agreement_number,
        owner=power.owner,
        verified=power.verified,
        keyboard=[*keyboard, [button("other_item", "matters", tip.ref)]],
    )


def _begin_draft(work: Work, press: Press) -> tuple[r.Draft, r.Case, r.Person]:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "begin":
        raise Gone()
    if draft.done_at is not None:
        raise AlreadyClosed()
    by = next((s for s in press.staff() if s.id == draft.by), None)
    if by is None:
        raise NotOwner()
    return draft, work.get(r.Case, draft.subject_id), by


def law_begin(work: Work, press: Press) -> Toast:
    """简易 or 普通: the officer confirms matter, organ and course."""
    draft, case, by = _begin_draft(work, press)
    if press.arg not in ("simple", "ordinary"):
        raise Gone()
    proc = procedure.begin(work, case, by, draft.facts["matter"], press.arg)
    draft.done_at = work.now
    show(work, proc, press.seats, press.private)
    return Toast("noted")


# ── one step, question by question ───────────────────────────────────────────────────────────────────────────────────


def step(work: Work, press: Press) -> Toast:
    """A step is begun; what bars it whatever is answered, is said at once."""
    return start(work, press, work.by_ref(r.Procedure, press.ref), press.arg)


def law_without(work: Work, press: Press) -> Toast:
    """写明理由，照样结案: what no law asks for is missing, and the leader will read why."""
    return start(work, press, work.by_ref(r.Procedure, press.ref), "end", known=True)


def start(work: Work, press: Press, proc: r.Procedure, kind: str, *, known: bool = False) -> Toast:
    """The first question of a step, or what the file lacks before it can be closed (`known`: that has been read)."""
    by = procedure.seat_for(work, proc, kind, press.staff())
    tried = procedure.attempt(work, proc, kind, by, {})
    if kind == "end":
        gates.early(tried, skip=("incomplete",))
        must, may = files.at_end(work.book.forms, files.of(work, tried.case))
        if must or (may and not known):
            return _lacking(work, press, proc, must, may)
    gates.early(tried)
    procedure.fits(tried)
    for old in work.open_drafts(proc.id, "step"):
        if old.by == by.id and old.facts["step"] == kind:
            old.done_at = work.now
    draft = work.add(
        r.Draft(
            kind="step",
            subject_id=proc.id,
            by=by.id,
            facts={"step": kind, "answers": {}, "ticks": []},
            at=work.now,
        )
    )
    if kind == "marks":
        draft.facts = {**draft.facts, "ticks": list(proc.marks)}
    _go_on(work, proc, draft, press.seats, press.private, press)
    return Toast() if press.chat_id is None else Toast("type_private")


def _lacking(work: Work, press: Press, proc: r.Procedure, must: list[files.Lack], may: list[files.Lack]) -> Toast:
    """What is missing before 结案 and who can supply it, each with the button that supplies it."""
    case = work.get(r.Case, proc.case_id)
    tip = work.get(r.Tip, case.tip_id)
    keys = []
    for one in (*must, *may):
        form = work.book.forms.form(one.form)
        if form is not None:
            keys.append(button((f"📄 {form.title}", f"📄 {form.title_en}"), f"doc.{form.code}", case.ref))
        elif one.what == "evidence":
            keys.append(button("evidence", "evidence", tip.ref))
        elif one.what == "officers":
            keys.append(second_button(proc))
    anyway = [] if must else [[button("close_without", "law_without", proc.ref)]]
    say(
        work,
        press.private,
        "note.lacks",
        name=case.number,
        must=gates.spoken_lacks(work, must),
        may=gates.spoken_lacks(work, may),
        keyboard=[*grid(keys, 2), *anyway],
    )
    return Toast() if press.chat_id is None else Toast("see_private")


def current(work: Work, proc: r.Procedure, draft: r.Draft) -> Ask | None:
    """The next question of a form that applies and is not answered."""
    answers = draft.facts["answers"]
    by = work.get(r.Person, draft.by)
    tried = procedure.attempt(work, proc, draft.facts["step"], by, _answers(work, proc, draft))
    for ask in tried.rule.asks:
        if ask.key in answers or not procedure.asks(tried, ask):
            continue
        if ask.when is None or _holds(answers, *ask.when):
            return ask
    return None


def _holds(answers: Mapping[str, Any], key: str, value: str) -> bool:
    given = answers.get(key)
    return value in given if isinstance(given, list) else given == value


def _go_on(
    work: Work, proc: r.Procedure, draft: r.Draft, seats: list[r.Person], to: To, press: Press | None = None
) -> None:
    """The next question; after the last one, who confirms; then the step is taken."""
    ask = current(work, proc, draft)
    name = work.get(r.Case, proc.case_id).number
    kind = draft.facts["step"]
    rule = procedure.rule_of(kind)
    if ask is not None:
        _put(work, name, draft, ask, to, press)
        return
    account = to.account or ""
    work.unask(account)
    answers = _answers(work, proc, draft)
    alone = kind == "on_spot" and answers.get("recorded") == "yes"
    if rule.needs is Needs.SECOND and not alone:
        by = work.get(r.Person, draft.by)
        gates.early(procedure.attempt(work, proc, kind, by, answers), but="two_officers")
        tip = work.get(r.Tip, work.get(r.Case, proc.case_id).tip_id)
        others = [p for p in cases.colleagues(work, tip, by, on_duty=None) if p.id not in proc.recused]
        others.sort(key=lambda p: (p.id != proc.officer_b, not p.on_duty))
        keyboard = [*people_buttons(others[:8], "law_second", draft.ref), [button("put_aside", "law_aside", draft.ref)]]
        if press is not None and press.chat_id is None:
            swap(work, press, "ask.law_second", name=name, step=kind, found=bool(others), keyboard=keyboard)
        else:
            say(work, to, "ask.law_second", name=name, step=kind, found=bool(others), keyboard=keyboard)
        return
    _finish(work, proc, draft, seats, to, None)


def _put(work: Work, name: str, draft: r.Draft, ask: Ask, to: To, press: Press | None, again: bool = False) -> None:
    """One short question with its buttons; where words are wanted, the next typed line is the answer."""
    account = to.account or ""
    at = len(draft.facts["answers"])
    ticks = draft.facts.get("ticks", [])
    if ask.kind == "many":
        rows = [
            button("ticked" if o in ticks else "option", f"law_tick.{o}", draft.ref, at, option=o) for o in ask.options
        ]
        keyboard = [*grid(rows, 2), [button("ticks_done", "law_ticks", draft.ref, at, style="success")]]
    else:
        keyboard = grid(
            [button("option", f"law_opt.{o}", draft.ref, at, option=o) for o in _options(work, draft, ask)], 2
        )
        if ask.kind == "person":
            people = _people(work, work.get(r.Procedure, draft.subject_id), ask)[:10]
            keyboard = grid(
                [button((p.label, p.label_en or p.label), f"law_opt.{p.id}", draft.ref, at) for p in people], 2
            )
    keyboard = [*keyboard, [button("put_aside", "law_aside", draft.ref)]]
    if ask.kind in ("text", "day", "money"):
        work.ask(account, "law_step", draft.ref, key=ask.key)
    else:
        work.unask(account)
    why = procedure.rule_of(draft.facts["step"]).why
    facts = {
        **_range(work, draft, ask),
        "name": name,
        "step": draft.facts["step"],
        "key": ask.key,
        "why": why,
        "secret": ask.sealed,
        "again": again,
    }
    if press is not None and press.chat_id is None:
        swap(work, press, "ask.step", keyboard=keyboard, **facts)
    else:
        say(work, to, "ask.step", keyboard=keyboard, **facts)


def _range(work: Work, draft: r.Draft, ask: Ask) -> dict[str, Any]:
    """With the questions for which an officer needs it, and no other."""
    proc = work.get(r.Procedure, draft.subject_id)
    if ask.key not in ("fine", "below", "discretion"):
        return {"fines": None, "whole": False, "basis": ""}
    return discretion.fine_range(work, proc.matter_code, proc.party_kind)


def _options(work: Work, draft: r.Draft, ask: Ask) -> tuple[str, ...]:
    """The buttons of a question; that another case of the article applies is offered only where there is one."""
    whole = ask.key == "below" and discretion.whole(work, work.get(r.Procedure, draft.subject_id))
    return tuple(o for o in ask.options if not (whole and o == OTHER_CASE))


def _people(work: Work, proc: r.Procedure, ask: Ask) -> list[r.Person]:
    """Whom a question may be answered with."""
    known = {"host": hearing.hosts}
    return known[ask.key](work, proc) if ask.kind == "person" else []


def _answers(work: Work, proc: r.Procedure, draft: r.Draft) -> dict[str, Any]:
    return {k: v for k, v in draft.facts["answers"].items() if not isinstance(v, dict)}


def _words(work: Work, proc: r.Procedure, draft: r.Draft) -> str | None:
    """What the party said, taken out of the draft's seal."""
    kept = draft.facts["answers"].get("words")
    owner = work.party_of(proc.case_id)
    if not isinstance(kept, dict) or owner is None or owner.key is None:
        return None
    return str(work.vault.unseal(owner.key, bytes.fromhex(kept["sealed"])))


def _finish(
    work: Work, proc: r.Procedure, draft: r.Draft, seats: list[r.Person], to: To, second: r.Person | None
) -> None:
    by = work.get(r.Person, draft.by)
    kind = draft.facts["step"]
    taken = procedure.take(work, proc, kind, by, _answers(work, proc, draft), second, _words(work, proc, draft))
    draft.done_at = work.now
    name = work.get(r.Case, proc.case_id).number
    if taken.state is ActState.PROPOSED:
        waits = "leader" if second is None else "second"
        who = second or next(iter(gates.leaders(work, proc)), by)
        say(
            work,
            to,
            "note.step_waits",
            name=name,
            step=kind,
            waits=waits,
            who=who.label,
            who_en=who.label_en or who.label,
        )
        return
    show(work, proc, seats, to)


def _draft(work: Work, press: Press) -> tuple[r.Draft, r.Procedure]:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "step":
        raise Gone()
    if draft.by not in {s.id for s in press.staff()}:
        raise NotOwner()
    if draft.done_at is not None:
        raise AlreadyClosed()
    return draft, work.get(r.Procedure, draft.subject_id)


def _asked(work: Work, proc: r.Procedure, draft: r.Draft, press: Press, *kinds: str) -> Ask:
    """The question that this button answers. Raises Stale when it is not the one that is open now."""
    ask = current(work, proc, draft)
    if ask is None or press.rev != len(draft.facts["answers"]) or (kinds and ask.kind not in kinds):
        raise Stale()
    return ask


def answer(work: Work, proc: r.Procedure, draft: r.Draft, ask: Ask, given: Any) -> None:
    """Keep one answer: in the draft, or sealed with the party where it is personal."""
    kept: Any = given
    if ask.sealed:
        kept = _seal(work, proc, draft, ask, str(given))
    if ask.key == "party_kind":
        known = party.details(work, proc.case_id) or party.Details()
        party.keep(work, work.get(r.Case, proc.case_id), replace(known, kind=given))
    draft.facts = {**draft.facts, "answers": {**draft.facts["answers"], ask.key: kept}, "ticks": []}
    by = work.get(r.Person, draft.by)
    gates.answered(procedure.attempt(work, proc, draft.facts["step"], by, _answers(work, proc, draft)), ask.key)


def _seal(work: Work, proc: r.Procedure, draft: r.Draft, ask: Ask, given: str) -> Any:
    if draft.facts["step"] == "party":
        known = party.details(work, proc.case_id) or party.Details()
        if given:
            party.keep(work, work.get(r.Case, proc.case_id), replace(known, **{ask.key: given}))
        return TICKED
    sealed = party.seal_words(work, proc.case_id, given)
    if sealed is None:
        raise GateShut("party", "CF59")
    return {"sealed": sealed.hex()}


def law_opt(work: Work, press: Press) -> Toast:
    """One of the choices, or the button beside a question that may be typed."""
    draft, proc = _draft(work, press)
    ask = _asked(work, proc, draft, press, "one", "text", "day", "money", "person")
    if press.arg not in ask.options and press.arg not in {p.id for p in _people(work, proc, ask)}:
        raise Gone()
    given: Any = press.arg
    if ask.kind == "day":
        given = procedure.offered_day(work, press.arg).isoformat()
    elif press.arg == "later":
        given = ""
    elif press.arg == "same_place":
        given = _place(work, proc)
    elif press.arg == "at_township":
        given = work.county.township(proc.township_id).name
    answer(work, proc, draft, ask, given)
    _go_on(work, proc, draft, press.seats, press.private, press)
    return Toast()


def _place(work: Work, proc: r.Procedure) -> str:
    tip = work.get(r.Tip, work.get(r.Case, proc.case_id).tip_id)
    town = work.county.township(proc.township_id).name
    village = work.county.village(tip.village_id).name if tip.village_id else ""
    return f"{town}{village}"


def law_tick(work: Work, press: Press) -> Toast:
    draft, proc = _draft(work, press)
    ask = _asked(work, proc, draft, press, "many")
    if press.arg not in ask.options:
        raise Gone()
    ticks = list(draft.facts.get("ticks", []))
    ticks.remove(press.arg) if press.arg in ticks else ticks.append(press.arg)
    draft.facts = {**draft.facts, "ticks": ticks}
    _put(work, work.get(r.Case, proc.case_id).number, draft, ask, press.private, press)
    return Toast()


def law_ticks(work: Work, press: Press) -> Toast:
    """好了"""
    draft, proc = _draft(work, press)
    ask = _asked(work, proc, draft, press, "many")
    answer(work, proc, draft, ask, list(draft.facts.get("ticks", [])))
    _go_on(work, proc, draft, press.seats, press.private, press)
    return Toast()


def typed_step(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """The typed answer to the question that is open. What cannot be read is asked again; nothing that was answered is lost."""
    draft = work.get(r.Draft, prompt.ref)
    proc = work.get(r.Procedure, draft.subject_id)
    if draft.done_at is not None or draft.by not in {s.id for s in seats}:
        raise Gone()
    ask = current(work, proc, draft)
    name = work.get(r.Case, proc.case_id).number
    if ask is None or ask.key != prompt.facts.get("key"):
        raise Stale()
    before = dict(draft.facts)
    try:
        answer(work, proc, draft, ask, _read(work, ask, text))
        _go_on(work, proc, draft, seats, to)
    except (AmountWrong, PaperUnreadable):
        _put(work, name, draft, ask, to, None, again=True)
    except GateShut as shut:
        draft.facts = before
        keyboard: Buttons = [
            [button("form", "law_resume", draft.ref, step=before["step"])],
            [button("put_aside", "law_aside", draft.ref)],
        ]
        say(work, to, "note.gate", name=name, gate=shut.name, facts=shut.spoken, keyboard=keyboard)


def _read(work: Work, ask: Ask, text: str) -> Any:
    if ask.kind == "money":
        return approval.read_yuan(text)
    if ask.kind == "day":
        return cases.read_day(text, work.today).isoformat()
    said = " ".join(text.split())
    if not said:
        raise PaperUnreadable()
    return said[: ask.longest]


def law_second(work: Work, press: Press) -> Toast:
    """The colleague who was there; asked on that colleague's own phone."""
    draft, proc = _draft(work, press)
    other = work.get(r.Person, press.arg)
    if other.unit_id != work.get(r.Person, draft.by).unit_id:
        raise Gone()
    if current(work, proc, draft) is not None:
        raise Stale()
    _finish(work, proc, draft, press.seats, press.private, other)
    return Toast("asked_colleague")


def law_aside(work: Work, press: Press) -> Toast:
    """先放着: nothing is lost; it goes on from the card of the case."""
    draft, proc = _draft(work, press)
    work.unask(press.account)
    swap(work, press, "note.put_aside", name=work.get(r.Case, proc.case_id).number, step=draft.facts["step"])
    return Toast()


def law_resume(work: Work, press: Press) -> Toast:
    """接着填"""
    draft, proc = _draft(work, press)
    _go_on(work, proc, draft, press.seats, press.private)
    return Toast()


# ── on the other phone ───────────────────────────────────────────────────────────────────────────────────────────────


def step_yes(work: Work, press: Press) -> Toast:
    """同意, of the second officer or the leader."""
    found = work.by_ref(r.Step, press.ref)
    procedure.confirm(work, found, press.staff())
    swap(work, press, "note.step_agreed", name=work.get(r.Case, found.case_id).number, step=found.kind)
    return Toast("noted")


def step_no(work: Work, press: Press) -> Toast:
    found = work.by_ref(r.Step, press.ref)
    procedure.refuse(work, found, press.staff())
    swap(work, press, "note.step_refused", name=work.get(r.Case, found.case_id).number, step=found.kind)
    return Toast("noted")


PRESSES = {
    "law": law,
    "law_begin": law_begin,
    "step": step,
    "law_without": law_without,
    "law_opt": law_opt,
    "law_tick": law_tick,
    "law_ticks": law_ticks,
    "law_second": law_second,
    "law_aside": law_aside,
    "law_resume": law_resume,
    "step_yes": step_yes,
    "step_no": step_no,
}
