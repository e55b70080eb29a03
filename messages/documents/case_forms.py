"""What stands in a document of a case: everything the records know, then what somebody typed. What is left is missing, and named.

known(work, case, document)  ─►  facts        missing(form, facts)  ─►  fields nobody has filled
"""

import re
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from messages import documents
from messages.documents.forms import _Local, capital, yuan
from workflows import discretion, evidence, payment, signature, term
from workflows import document as documents_of
from workflows import file as files
from workflows import records as r
from workflows.lawprofile import Term, TermId
from workflows.party import details
from workflows.states import ActState, DocumentState
from workflows.steps import OTHER_CASE
from workflows.work import Work

Facts = dict[str, Any]
OPTIONAL = frozenset(
    {
        "acting",
        "caution",
        "party_legal",
        "party_phone",
        "asked_phone",
        "hearing",
        "pay_ref",
        "served_note",
        "mitigated",
        "alone",
    }
)
"""Left out of the page where nothing is known; everything else has to be filled."""
SERVED = (
    *(
        "order",
        "notice",
        "hearing_notice",
        "hearing_call",
        "preserve",
        "seizure",
        "spot_decision",
        "decision",
        "urge",
        "visit_notice",
    ),
)
"""What is handed to the party, with a receipt."""
LISTS = {
    "questions": ("q", "a"),
    "seized_goods": ("no", "name", "model", "count", "state"),
    "goods": ("no", "name", "model", "count", "state"),
    "calls": ("unit", "number", "signed", "arrived", "reported"),
    "rows": ("no", "number", "title", "day", "pages", "note"),
}
"""Fields that are rows of a table."""
_MARK = re.compile(r"\s*(问|答)\s*[：:]")
LONG = frozenset(
    {
        "found",
        "findings",
        "reasons",
        "discretion",
        "defence",
        "course",
        "review_points",
        "meeting_said",
        "meeting_agreed",
    }
)
"""Fields whose answer is a paragraph: a page gives them room."""


def known(work: Work, case: r.Case, form: str, given: dict[str, Any], say: Any) -> Facts:
    """Every field that the records or a person can fill. `say(key, **facts)` gives a Chinese text of `papers.yaml`."""
    local = _Local(work)
    procedure = work.procedure_of(case.id)
    steps = {s.kind: s for s in work.steps(case.id) if s.state is ActState.RECORDED}
    found: Facts = {
        "case_number": case.number,
        "day": local.day(work.now),
        **_organ(work, case, procedure, say),
        **_matter(work, case, procedure, say),
        **_law(work, case, procedure, say),
        **_party(work, case, say),
        **_officers(work, case, form, procedure, say),
        **_evidence(work, case, say),
        **_calls(work, case, local, say),
        **_earlier(work, case, say),
        "remedy_to": say("people_of_county", county=work.county.name),
        "complain_to": say("justice", county=work.county.name),
        "visit_counts": say("by_tip"),
    }
    if procedure is not None:
        found |= _procedure(work, procedure, local, say) | _payment(work, procedure, local)
    found |= _steps(work, steps, local, say)
    if procedure is not None:
        found |= _seized(work, procedure, steps, local)
        found |= _owed(work, procedure, steps, local, say)
    found |= {name: _typed(name, text) for name, text in given.items()}
    for name in OPTIONAL:
        found.setdefault(name, "")
    return {name: value for name, value in found.items() if value not in (None, "", []) or name in OPTIONAL}


def _organ(work: Work, case: r.Case, procedure: r.Procedure | None, say: Any) -> Facts:
    """The letterhead: by the source of the power for this matter on the day on which it was confirmed (R44)."""
    organ = procedure.organ_id if procedure is not None else case.township_id
    town = next((t for t in work.county.townships if t.id == organ), None)
    name = say("township", county=work.county.name, town=town.name) if town else work.county.unit(organ).name
    if town is None and not name.startswith(work.county.name):
        name = f"{work.county.name}{name.removeprefix('县')}"
    acting = ""
    if procedure is not None and procedure.agreement_id:
        agreement = next((a for a in work.county.agreements if a.id == procedure.agreement_id), None)
        squad = work.county.squad_of(case.township_id).name
        acting = say("acting", organ=name, squad=squad, number=agreement.number if agreement else "")
    return {"organ": name, "acting": acting}


def _matter(work: Work, case: r.Case, procedure: r.Procedure | None, say: Any) -> Facts:
    code = procedure.matter_code if procedure is not None else case.matter_code
    if code is None:
        return {}
    matter = work.county.matter(code)
    verified = procedure.basis_verified if procedure is not None else matter.basis_verified
    return {
        "matter": matter.name,
        "basis": matter.legal_basis or (f"《{matter.law}》{matter.article}" if matter.law and matter.article else ""),
        "caution": "" if verified else say("caution"),
        "power": procedure.power if procedure is not None else "",
    }


def _law(work: Work, case: r.Case, procedure: r.Procedure | None, say: Any) -> Facts:
    """Terms and articles of the law under which the case runs (R43): the general one where no matter is chosen yet."""
    laws = work.book.laws
    if procedure is not None:
        profile = laws.get(procedure.profile_id)
    else:
        profile = laws.of(work.county.matter(case.matter_code)) if case.matter_code else laws.profiles[0]
    alone = procedure is not None and files.alone(work, case.id)
    asked, decide, serve = (profile.terms[t] for t in (TermId.HEARING_ASK, TermId.DECIDE, TermId.SERVE))
    one = profile.simple.one_officer_rule
    return {
        "law_hearing": "、".join(
            dict.fromkeys(_cited(work, rule) for rule in (profile.hearing.rule, asked.rule) if rule)
        ),
        "hearing_within": _span(asked, say),
        "decide_within": _span(decide, say),
        "law_decide": _cited(work, decide.rule),
        "serve_within": _span(serve, say),
        "law_serve": _cited(work, serve.rule),
        "alone": say("alone", article=_cited(work, one)) if alone and one else "",
    }


def _cited(work: Work, rule: str | None) -> str:
    found = work.book.articles.article(rule) if rule else None
    return f"《中华人民共和国{found.law}》{found.article}" if found is not None else ""


def _span(term: Term, say: Any) -> str:
    """五个工作日, 九十日: the length of a term in the words of a paper."""
    return str(say(f"span_{term.unit.value}", count=_han(term.length)))


def _han(number: int) -> str:
    """One to ninety-nine as they are written out."""
    tens, ones = divmod(number, 10)
    digits = " 一二三四五六七八九"
    return (
        f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones] if ones else ''}"
        if number < 100
        else str(number)
    )


def _party(work: Work, case: r.Case, say: Any) -> Facts:
    party = details(work, case.id)
    if party is None:
        return {}
    firm = party.kind == "organisation"
    return {
        "party_name": party.name,
        "party_id_label": say("credit_code" if firm else "id_card"),
        "party_id": party.id_no,
        "party_address": party.address,
        "party_phone": party.phone,
        "party_legal": party.legal_person,
        "asked_name": "" if firm else party.name,
        "asked_id": "" if firm else party.id_no,
        "asked_as": "" if firm else say("party"),
        "asked_phone": "" if firm else party.phone,
        "present": "" if firm else say("party_present", name=party.name),
    }


def _officers(work: Work, case: r.Case, form: str, procedure: r.Procedure | None, say: Any) -> Facts:
    """The two of the act that this paper writes down; `named` are their ids, who alone may sign it."""
    ids = signature.named(work, case, form)
    people = [p for p in map(work.person, ids) if p is not None]
    shown = {c["person"]: c for c in procedure.certificates} if procedure is not None else {}
    named = []
    for person in people:
        number = str(shown.get(person.id, {}).get("number") or person.certificate_no)
        named.append(say("officer", name=person.label, number=number) if number else person.label)
    two = len(people) > 1 or (bool(people) and files.alone(work, case.id))
    return {
        "named": ids,
        "officers": say("and").join(named) if two else "",
        "officers_short": say("and").join(p.label for p in people),
        "contact": say("contact", name=people[0].label, phone=people[0].phone) if people and people[0].phone else "",
    }


def _evidence(work: Work, case: r.Case, say: Any) -> Facts:
    """现场照片3张、视频1段、现场检查笔录1份 …: what the file holds, counted."""
    counts: dict[str, int] = {}
    for one in evidence.of_case(work, case):
        counts[one.kind] = counts.get(one.kind, 0) + 1
    told = [say(f"count_{kind}", count=count) for kind, count in counts.items()]
    for form in ("site_record", "inquiry"):
        count = len(documents_of.in_force(work, case.id, form))
        if count:
            title = work.book.forms.form(form)
            told.append(say("count_paper", title=title.title if title else form, count=count))
    return {"evidence": say("and").join(told), "attached": sum(counts.values()) or ""}


def _earlier(work: Work, case: r.Case, say: Any) -> Facts:
    """What other documents of this case say: the number of the approval, and which are ready to be served."""
    approvals = documents_of.in_force(work, case.id, "visit_approval")
    ready = [d for d in documents_of.in_force(work, case.id) if d.state is DocumentState.SIGNED and d.form in SERVED]
    titles = []
    for one in ready:
        form = work.book.forms.form(one.form)
        titles.append(say("served_title", title=form.title if form else one.form, number=one.number or ""))
    return {"approval_number": approvals[-1].number if approvals else "", "served_titles": say("and").join(titles)}


def _calls(work: Work, case: r.Case, local: _Local, say: Any) -> Facts:
    calls = work.calls_of_case(case.id)
    if not calls:
        return {}
    whistle = work.whistles(case.id)[0]
    rows = [
        {
            "unit": local.unit(c.unit_id),
            "number": c.number,
            "signed": local.time(c.acknowledged_at) or "—",
            "arrived": local.time(c.arrived_at) or "—",
            "reported": local.time(c.reported_at) or "—",
        }
        for c in calls
    ]
    needs = say("and").join(local.choice("bring", code) for code in whistle.bring)
    return {
        "calls": rows,
        "called_units": say("and").join(dict.fromkeys(row["unit"] for row in rows)),
        "called_at": local.time(whistle.opened_at),
        "call_needs": needs,
        "call_when": say("answer_by", at=local.time(calls[0].due_at)),
    }


def _procedure(work: Work, one: r.Procedure, local: _Local, say: Any) -> Facts:
    penalty = _penalty(one, say)
    return {
        "place": one.place,
        "act_day": local.day(one.act_on),
        "found": _sentence(one.found),
        "reasons": _sentence(one.reasons),
        "discretion": _sentence(one.discretion),
        "penalty": penalty,
        "mitigated": _mitigated(work, one, say),
        "pay_ref": (one.pay_ref or "") if one.fine_fen else "",
        "decision_number": one.number or "",
        "reviewer": local.who(one.reviewer),
        "review_day": local.day(one.opinion_at),
        "review_opinion": say(f"opinion_{one.opinion}") if one.opinion else "",
        "review_hash": one.opinion_hash or "",
        "served_how": say(f"served_{one.served_how}") if one.served_how else "",
        "served_at": local.day(one.served_on),
        "served_line": say("served_line", day=local.day(one.served_on), how=say(f"served_{one.served_how}"))
        if one.served_on and one.served_how
        else "",
        "executed_line": say("paid_line", day=local.day(one.paid_on), receipt=one.receipt_no) if one.paid_on else "",
        "inspect_from": "",
    }


def _payment(work: Work, one: r.Procedure, local: _Local) -> Facts:
    """What the payment notice says; nothing before the decision was served, or once it is paid."""
    if not one.fine_fen or not one.pay_ref or one.pay_by is None or one.paid_on is not None:
        return {}
    return {
        "pay_amount": yuan(one.fine_fen),
        "pay_capital": capital(one.fine_fen),
        "pay_day": local.day(one.pay_by),
        "pay_at": work.policy.procedure.pay_at,
        "pay_qr": payment.code(work, one),
    }


def _penalty(one: r.Procedure, say: Any) -> str:
    told = []
    for kind in one.penalties:
        if kind == "fine":
            fen = one.fine_fen or one.told_fen or 0
            told.append(say("penalty_fine", amount=yuan(fen), capital=capital(fen)))
        else:
            told.append(say(f"penalty_{kind}"))
    return str(say("and").join(told))


def _mitigated(work: Work, one: r.Procedure, say: Any) -> str:
    """Why the fine is below the lowest that the article names (第三十二条); empty where it is not."""
    lowest, why = discretion.least(work, one), discretion.reason(work, one)
    if not why or why == OTHER_CASE or lowest is None or not 0 < one.fine_fen < lowest:
        return ""
    found = discretion.why_below(why)
    told = say(f"mitigated_{found['below']}") if found["below"] else say("mitigated_typed", words=why.rstrip("。"))
    return str(say("mitigated", why=told, least=yuan(lowest)))


def _steps(work: Work, steps: dict[str, r.Step], local: _Local, say: Any) -> Facts:
    found: Facts = {}

    def fact(kind: str, key: str) -> str:
        step = steps.get(kind)
        value = step.facts.get(key) if step is not None else None
        return str(value) if value not in (None, "") else ""

    def on(kind: str) -> str:
        step = steps.get(kind)
        return local.day(step.at) if step is not None else ""

    found["findings"] = fact("inspection", "record")
    if "inspection" in steps:
        found["inspect_from"] = local.time(steps["inspection"].at)
    found["demand"] = fact("order", "order_what")
    until = fact("order", "until")
    found["demand_by"] = local.day(date.fromisoformat(until)) if _is_day(until) else until
    found |= _hearing(work, steps, local, say)
    found["filed_day"], found["told_day"], found["sent_review"] = on("filing"), on("told"), on("to_review")
    if fact("statement", "said") == "nothing":
        found["defence"] = say("no_objection")
    return found


def _hearing(work: Work, steps: dict[str, r.Step], local: _Local, say: Any) -> Facts:
    """When, where and by whom, as the notice that stands says; what was said, in the words of whoever held it."""
    called, held = steps.get("hearing_notice"), steps.get("hearing")
    found: Facts = {}
    if called is not None:
        found["hearing_day"] = local.day(date.fromisoformat(str(called.facts["hearing_day"])))
        found["hearing_place"] = str(called.facts.get("hearing_place", ""))
        found["hearing_host"] = local.who(str(called.facts.get("host", "")))
    if held is not None:
        found["hearing_day"], found["hearing_host"] = local.day(held.at), local.who(held.by)
        found["hearing_said"] = str(held.facts.get("hearing_record", ""))
        found["hearing_checked"] = say(f"checked_{held.facts.get('checked', 'signed')}")
    return found


def _seized(work: Work, one: r.Procedure, steps: dict[str, r.Step], local: _Local) -> Facts:
    """From the day of the seizure to the end of its first term; a longer one is approved by itself (行政强制法第二十五条)."""
    taken = steps.get("seizure") or steps.get("seizure_urgent")
    if taken is None or taken.recorded_at is None:
        return {}
    ends = work.book.laws.get(one.profile_id).terms[TermId.SEIZE].ends(taken.recorded_at, work.county)
    return {"seized_from": local.day(taken.recorded_at), "seized_to": local.day(ends)}


def _owed(work: Work, one: r.Procedure, steps: dict[str, r.Step], local: _Local, say: Any) -> Facts:
    """What is demanded, or asked of the court: as on the day of that step, else today (第七十二条)."""
    if not one.fine_fen or one.pay_by is None:
        return {}
    on = next((steps[kind].at for kind in ("court", "urge") if kind in steps), work.now)
    late = term.late_fen(one.fine_fen, one.pay_by, on.astimezone(ZoneInfo(work.county.timezone)).date())
    urged = steps.get("urge")
    return {
        "fine_amount": yuan(one.fine_fen),
        "fine_capital": capital(one.fine_fen),
        "owed_since": local.day(one.pay_by),
        "late_amount": yuan(late),
        "late_until": local.day(on),
        "owed_total": yuan(one.fine_fen + late),
        "decided_day": local.day(one.decided_on),
        "pay_at": work.policy.procedure.pay_at,
        "urged_line": say("served_line", day=local.day(urged.at), how=say(f"served_{urged.facts['how']}"))
        if urged
        else "",
    }


def _sentence(words: str) -> str:
    """What was typed in the chat ends as a sentence where others follow it."""
    return f"{words}。" if words and words[-1] not in "。！？；.!?" else words


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _typed(name: str, text: str) -> Any:
    """A typed field as the template takes it: rows for those that are tables."""
    keys = LISTS.get(name)
    if keys is None:
        return text
    if name == "questions":  # 问：…？答：… on one line is a question and an answer too
        text = _MARK.sub(r"\n\1：", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if name == "questions":
        bare = [line.removeprefix("问：").removeprefix("答：").strip() for line in lines]
        return [{"q": q, "a": a} for q, a in zip(bare[::2], bare[1::2], strict=False)]
    rows = []
    for number, line in enumerate(lines, 1):
        parts = [part.strip() for part in line.replace(",", "，").split("，")]
        wanted = keys[1:]
        row: Facts = {"no": number}
        for key, value in zip(wanted, [*parts, *[""] * len(wanted)], strict=False):
            row[key] = value or "—"
        rows.append(row)
    return rows


def missing(form: str, facts: Facts, county: Path | None = None) -> list[str]:
    """Fields of the template that are not filled; its number is given when it is made."""
    wanted = documents.fields_of(form, county)
    return sorted(name for name in wanted if name not in facts and name != "number")
