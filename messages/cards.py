"""What a live card shows: from records to the facts of its template, read anew each time it is drawn."""

from collections.abc import Callable
from typing import Any

from workflows import approval, arrival, authority, evidence, ledger, reach, ringing, wish
from workflows import board as boards
from workflows import bundle as bundles
from workflows import call as calls
from workflows import held as helds
from workflows import records as r
from workflows import tip as tips
from workflows import visit as visits
from workflows import whistle as whistles
from workflows.eligibility import FLAGS
from workflows.events import Kind
from workflows.notify import squad_unit
from workflows.reward_rules import RewardRow, Thanks
from workflows.states import CallState, EvidenceState, RewardState, TipState, WhistleState
from workflows.work import BOARD, CALL_ENDED, TIP_OPEN, Work

View = Callable[[Work, str, str | None], dict[str, Any] | None]


def step_of(work: Work, tip: r.Tip) -> str:
    """收到 · 核查 · 处理 · 结果, as the sender sees it."""
    if tip.state in (TipState.COLLECTING, TipState.SUBMITTED):
        return "received"
    if tip.state is TipState.ACCEPTED:
        return "handling" if (tip.case_id and work.whistles(tip.case_id)) or tip.first_look_at else "checking"
    if tip.state is TipState.MERGED:
        final = work.find(r.Tip, tip.merged_into)
        return step_of(work, final) if final is not None and final.state in TIP_OPEN else "ended"
    return "ended"


def place_facts(tip: r.Tip) -> dict[str, Any]:
    return {"township": tip.township_id, "village": tip.village_id, "grid": tip.grid_id}


def _label(work: Work, person_id: str | None) -> dict[str, str] | None:
    person = work.person(person_id)
    if person is None:
        return None
    return {"zh": person.label, "en": person.label_en or person.label, "phone": person.phone}


def _contact(work: Work, person_id: str) -> dict[str, Any] | None:
    """Whom to phone; whose messages typically come late is marked, without any figure."""
    person, label = work.person(person_id), _label(work, person_id)
    return {**label, "slow": ringing.is_slow(work, person)} if label and person else None


def receipt(work: Work, subject_id: str, _person: str | None) -> dict[str, Any] | None:
    """The sender's receipt: number, what happens next, the one thing that is missing."""
    tip = work.find(r.Tip, subject_id)
    if tip is None:
        return None
    return {
        "receipt": tip.receipt,
        "state": tips.shown_state(work, tip).value,
        "home": tip.home == "asked",
        "voice": tip.voice == "asked",
        "wish": tip.wish if visits.may_ask(work, tip) else "",
        "wish_until": tip.wish_until.isoformat() if tip.wish_until else None,
        "asks": tip.asks,
        "place": place_facts(tip),
        "known_place": tip.village_id is not None,
        "matter": tip.matter_code,
        "named": tip.named,
        "urgent": tip.urgent,
        "inspector": tip.by_inspector,
        "hidden": tip.hidden,
        "officer": tip.insider == "officer",
        "window": (tip.window or {}).get("window_minutes") or work.policy.tip.normal.window_minutes,
        "items": tip.texts + tip.photos + tip.videos + tip.voices + tip.files,
        "same": _receipt_of(work, tip.same_as),
    }


def _receipt_of(work: Work, tip_id: str | None) -> str | None:
    tip = work.find(r.Tip, tip_id)
    return tip.receipt if tip else None


def tip_card(work: Work, subject_id: str, person: str | None) -> dict[str, Any] | None:
    """The squad's card: matter and place, never the sender's words."""
    tip = work.find(r.Tip, subject_id)
    if tip is None:
        return None
    shown = tips.sees(work, tip, work.person(person))
    squad = squad_unit(work, tip)
    case = work.find(r.Case, tip.case_id)
    power = (
        authority.of(work.county, tip.township_id, tip.matter_code, work.today)
        if tip.township_id and tip.matter_code
        else None
    )
    proposal = whistles.propose(work, tip)
    duty = work.people(squad, *tips.OFFICER_ROLES, on_duty=True) if squad and not tip.desk else []
    if tip.hidden:
        duty = [p for p in map(work.person, tip.handlers) if p is not None]
    transfer = work.open_transfer(tip.id)
    typings = work.typings_of(tip.id) if tip.voice else []
    due_at = tips.shown_due(work, tip)
    also = work.merged_into(tip.id)
    waits = wish.waits_until(work, tip, also)
    return {
        "name": tips.display(tip, work) if shown else tip.letters,
        "state": tip.state.value if shown else TipState.WITHDRAWN.value,
        "urgent": tip.urgent,
        "place": place_facts(tip),
        "matter": tip.matter_code,
        "guesses": tip.guesses,
        "hidden": tip.hidden_why if tip.hidden else "",
        "barred": [c for c in (_label(work, i) for i in tip.conflicted) if c] if shown else [],
        "named": tip.named,
        "inspector": tip.by_inspector,
        "staff": tip.by_staff,
        "desk": tip.desk and shown,
        "maybe": _maybe(work, tip) if tip.desk and shown and tip.township_id is None else [],
        "photos": tip.photos,
        "videos": tip.videos,
        "voices": tip.voices,
        "files": tip.files,
        "texts": tip.texts,
        "typing": sum(t.done_at is None for t in typings),
        "typed": sum(t.outcome == "typed" for t in typings),
        "unclear": sum(t.outcome == "unclear" for t in typings),
        "due_at": due_at.isoformat() if due_at else None,
        "breached_at": due_at.isoformat() if due_at and tip.breached_at else None,
        "wait_until": waits.isoformat() if waits and not tip.first_look_at else None,
        "together": wish.goes_with_others(tip, also) and not tip.first_look_at,
        "duty": [{"zh": p.label, "en": p.label_en or p.label} for p in duty[:2]],
        "authority": power.tier.value if power and power.tier else None,
        "power": {"why": power.why.value, "until": power.until.isoformat() if power.until else None} if power else None,
        "lead": proposal.lead,
        "owner": _label(work, tip.owner_id) if shown else None,
        "accepted_at": tip.accepted_at.isoformat() if tip.accepted_at else None,
        "looked_at": tip.first_look_at.isoformat() if tip.first_look_at else None,
        "reason": tip.reason,
        "outcome": case.outcome if case and shown else None,
        "merged": len(also),
        "merged_name": tips.display(work.get(r.Tip, tip.merged_into), work) if tip.merged_into else None,
        "acts": [{"kind": a.kind, "state": a.state.value} for a in work.acts(case.id)] if case and shown else [],
        "papers": [
            {"number": p.number, "kind": p.kind, "checked": p.checked_at is not None} for p in work.papers(case.id)
        ]
        if case and shown
        else [],
        "evidence": len(evidence.of_case(work, case)) if case and shown else 0,
        "transfer": {"unit": transfer.unit_id, "at": transfer.offered_at.isoformat()} if transfer and shown else None,
        "taken": _label(work, tip.taken_by),
        "question": shown and work.open_question(tip.id) is not None,
    }


def _maybe(work: Work, tip: r.Tip) -> list[dict[str, str]]:
    """Where it may be: names that stand twice, a slip of the pen, a position between two townships, a place across several."""
    return [{"township": work.county.village(v).township_id, "village": v} for v in tip.candidates]


def call_facts(work: Work, call: r.Call) -> dict[str, Any]:
    """One call as a line of the board."""
    dispute = work.dispute_of(call.id)
    given = arrival.promise_of(call)
    arrive_by = arrival.arrive_by(work, call) if call.arrived_at is None else None
    reopened = arrival.reopened_at(call)
    failed = {e.facts["person"] for e in work.events_of(call.id, Kind.CALL_UNDELIVERED)}
    return {
        "number": call.number,
        "unit": call.unit_id,
        "state": call.state.value,
        "due_at": call.due_at.isoformat(),
        "appointment": call.window.get("appointment"),
        "rings_at": call.window.get("rings_at") if not call.called else None,
        "paused": bool(call.window.get("paused")) and not call.called,
        "breached_at": call.breached_at.isoformat() if call.breached_at else None,
        "counts": call.counts,
        "review": "held" if call.window.get("review") in helds.PENDING else call.window.get("review"),
        "late_seconds": call.late_seconds,
        "acknowledged_at": call.acknowledged_at.isoformat() if call.acknowledged_at else None,
        "acknowledged_by": _label(work, call.acknowledged_by),
        "promised_at": given["given_at"] if given else None,
        "arrive_by": arrive_by.isoformat() if arrive_by else None,
        "advised": bool(call.window.get("advised_at")),
        "cannot_come": call.window.get("cannot_come"),
        "reopened_at": reopened.isoformat() if reopened else None,
        "rating": call.window.get("rating"),
        "departed_at": call.departed_at.isoformat() if call.departed_at else None,
        "arrived_at": call.arrived_at.isoformat() if call.arrived_at else None,
        "arrival": call.arrival,
        "reported_at": call.reported_at.isoformat() if call.reported_at else None,
        "outcome": call.outcome,
        "dispute": dispute.state.value if dispute else None,
        "contacts": [{**c, "failed": i in failed} for i in call.called if (c := _contact(work, i)) is not None],
        "undelivered": bool(failed) and failed >= set(call.called),
        "taken": _label(work, call.taken_by),
        "note": call.window.get("note"),
        "plan": call.window.get("plan") if call.taken_by else None,
        "reassigned": call.window.get("reassigned"),
        **_phone_facts(work, call),
    }


def _phone_facts(work: Work, call: r.Call) -> dict[str, Any]:
    """What the telephone has settled: who signed for the unit, who was not reached, whether the leader has spoken to them."""
    answer = reach.phone_answer(work, call)
    tries = call.window.get("not_reached")
    spoken = call.window.get("spoken") if call.state is CallState.OPEN else None
    explained = work.explanation_of(call.id) if call.breached_at else None
    signed = answer is not None and call.acknowledged_by == answer.signed_by
    return {
        "phone": {"state": answer.state.value, "to": _label(work, answer.spoke_to)} if answer and signed else None,
        "explained": {"reason": explained.reason, "state": explained.state.value} if explained else None,
        "ring": ringing.shown(work, call),
        "not_reached": {"times": len(tries), "at": tries[-1]["at"]} if tries else None,
        "spoken": {"at": spoken["at"], "until": spoken["until"], "by": _label(work, spoken["by"])} if spoken else None,
    }


def _code(call: r.Call) -> str | None:
    """The code that proves an arrival, while it is still of use; on the squad's card alone."""
    over = call.state in CALL_ENDED or call.arrival in calls.PROVEN
    return None if over else arrival.code_of(call)


def whistle_card(work: Work, subject_id: str, _person: str | None) -> dict[str, Any] | None:
    """The one live card of a whistle in the squad's chat: who has signed, who is where, how long is left."""
    whistle = work.find(r.Whistle, subject_id)
    if whistle is None:
        return None
    case = work.get(r.Case, whistle.case_id)
    tip = work.get(r.Tip, case.tip_id)
    return {
        "name": case.number,
        "state": whistle.state.value,
        "urgent": whistle.urgency == "urgent",
        "appointment": whistle.appointment.isoformat() if whistle.appointment else None,
        "place": place_facts(tip),
        "matter": tip.matter_code,
        "reason": whistle.reason,
        "bring": whistle.bring,
        "opened_at": whistle.opened_at.isoformat(),
        "by": _label(work, whistle.blown_by),
        "calls": [{**call_facts(work, c), "code": _code(c)} for c in work.calls(whistle.id)],
    }


def call_card(work: Work, subject_id: str, person_id: str | None) -> dict[str, Any] | None:
    """A liaison's card: by when, where, what, what to bring, whom to phone, on which legal ground."""
    call = work.find(r.Call, subject_id)
    if call is None:
        return None
    whistle = work.get(r.Whistle, call.whistle_id)
    case = work.get(r.Case, call.case_id)
    tip = work.get(r.Tip, case.tip_id)
    others = [c.unit_id for c in work.calls(whistle.id) if c.id != call.id]
    person = work.person(person_id)
    waits = arrival.visit_waits(work, call)
    return {
        **call_facts(work, call),
        "urgent": whistle.urgency == "urgent",
        "place": place_facts(tip),
        "township": case.township_id,
        "matter": tip.matter_code,
        "reason": whistle.reason,
        "bring": whistle.bring,
        "opened_at": call.opened_at.isoformat(),
        "leader": _label(work, whistle.blown_by),
        "others": others,
        "evidence": sum(bool(e.file_id) for e in evidence.of_case(work, case)),
        "by_page": bool(work.outside.public_url),
        "stepped_in": person is not None and person.post in ("B", "duty_room") and call.breached_at is not None,
        "whistle_open": whistle.state is WhistleState.OPEN,
        "wait_until": waits.isoformat() if waits and call.arrived_at is None else None,
        "together": arrival.goes_with_others(work, call) and call.arrived_at is None,
    }


def calls_waiting(work: Work, subject_id: str, account: str | None) -> dict[str, Any] | None:
    """Several calls of one person on one list: which wait, which are signed."""
    found = bundles.list_with(work, account, subject_id)
    if found is None:
        return None
    listed = bundles.calls_of(work, found)
    return {
        "calls": [{**call_facts(work, c), **_where(work, c)} for c in listed],
        "waiting": sum(c.state is CallState.OPEN for c in listed),
    }


def _where(work: Work, call: r.Call) -> dict[str, Any]:
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    return {"place": place_facts(tip), "matter": tip.matter_code}


def crew_page(work: Work, call: r.Call) -> dict[str, Any]:
    """What those who go see on their page: where, what, by when, what to bring, how far it has come. No word of the sender's."""
    whistle = work.get(r.Whistle, call.whistle_id)
    case = work.get(r.Case, call.case_id)
    facts = call_facts(work, call)
    kept = ("number", "unit", "state", "advised", "arrive_by", "outcome", "note")
    times = ("acknowledged_at", "departed_at", "arrived_at", "reported_at")
    return {
        **{name: facts[name] for name in (*kept, *times)},
        "urgent": whistle.urgency == "urgent",
        "township": case.township_id,
        **_where(work, call),
        "bring": whistle.bring,
        "leader": _label(work, whistle.blown_by),
        "over": call.state in CALL_ENDED,
        "wait_until": waits.isoformat() if (waits := arrival.visit_waits(work, call)) else None,
        "together": arrival.goes_with_others(work, call),
        "outcomes": [{"code": c.code, "zh": c.label, "en": c.label_en} for c in work.book.reasons.outcome],
    }


def shift_page(work: Work, shift: r.Shift) -> dict[str, Any]:
    """The desk's page as it stood when the shift ended, with room for two signatures."""
    return {
        "page": shift.page,
        "ended_at": shift.ended_at.isoformat(),
        "ended_by": _label(work, shift.ended_by),
        "taken_by": _label(work, shift.taken_by),
        "taken_at": shift.taken_at.isoformat() if shift.taken_at else None,
    }


def evidence_card(work: Work, subject_id: str, _person: str | None) -> dict[str, Any] | None:
    """What has come in for a case, what is still on its way, and which of the three first shots are there."""
    case = work.find(r.Case, subject_id)
    if case is None:
        return None
    pieces = evidence.of_case(work, case)
    asked = bool(work.drafts_of(case.id, "shots"))
    missing = evidence.missing_shots(work, case)
    there = {e.shot for e in pieces if e.shot}
    return {
        "name": case.number,
        "kept": sum(e.state is EvidenceState.KEPT for e in pieces),
        "coming": sum(e.state is not EvidenceState.KEPT for e in pieces),
        "same": sum(e.same_as is not None for e in pieces),
        "alike": sum(e.like is not None for e in pieces),
        "shots": [{"shot": one, "there": one in there} for one in evidence.SHOTS]
        if asked and (missing or there)
        else [],
        "next": missing[0] if missing else None,
    }


def board(work: Work, subject_id: str, _person: str | None) -> dict[str, Any] | None:
    """The open calls of a township or of the county, by what is due next."""
    unit = subject_id.partition(":")[2]
    found = boards.calls_of(work, subject_id)
    listed = [{**call_facts(work, c), **_where(work, c)} for c in found[: boards.SHOWN]]
    return {"township": None if unit == work.county.id else unit, "calls": listed, "more": len(found) - len(listed)}


def result(work: Work, subject_id: str, _person: str | None) -> dict[str, Any] | None:
    """The sender's result: neutral until it is tapped open. For a merged tip, the result of the matter it went into."""
    tip = work.find(r.Tip, subject_id)
    if tip is None:
        return None
    final = work.find(r.Tip, tip.merged_into) if tip.merged_into else tip
    case = work.find(r.Case, final.case_id if final else None)
    return {
        "open": tip.shown_until is not None and tip.shown_until > work.now,
        "receipt": tip.receipt,
        "outcome": case.outcome if case else None,
        "rated": tip.rated,
        "closed": final is not None and final.state is TipState.CLOSED,
    }


def reward_card(work: Work, subject_id: str, _person: str | None) -> dict[str, Any] | None:
    """The sender's reward: neutral until it is tapped open, the code only then."""
    reward = work.find(r.Reward, subject_id)
    if reward is None:
        return None
    tip = work.get(r.Tip, reward.tip_id)
    shown = reward.shown_until is not None and reward.shown_until > work.now
    code = work.unseal(tip.account, reward.code) if shown and reward.code else None
    return {
        "open": shown,
        "state": reward.state.value,
        "kind": reward.kind,
        "receipt": tip.receipt,
        "amount_fen": reward.amount_fen,
        "code": code,
        "lapses_at": reward.lapses_at.isoformat() if reward.lapses_at else None,
        "reason": reward.refused_reason,
        "windows": windows_of(work, reward),
    }


def windows_of(work: Work, reward: r.Reward) -> list[dict[str, str]]:
    """Where it can be collected: never at a unit that had to do with the matter."""
    case = work.get(r.Case, reward.case_id)
    near = {
        case.township_id,
        work.county.squad_of(case.township_id).id,
        *(c.unit_id for c in work.calls_of_case(case.id)),
    }
    return [{"zh": w.label, "en": w.label_en} for w in work.policy.reward.windows if w.unit not in near]


def reward_asked(work: Work, subject_id: str, person_id: str | None) -> dict[str, Any] | None:
    """What a signer reads: how much, by which rule and from where, what to look at, who has signed. Finance sees no case."""
    reward = work.find(r.Reward, subject_id)
    if reward is None:
        return None
    case = work.get(r.Case, reward.case_id)
    reader = work.person(person_id)
    blind = reader is not None and reader.role in work.policy.reward.payer_roles
    rule = rule_of(work, reward)
    paper = next((p for p in work.papers(case.id) if p.checked_at), None)
    signers = work.policy.reward.signers
    undecided = reward.state is RewardState.PROPOSED
    return {
        "name": None if blind else case.number,
        "ref": reward.ref[:4],
        "state": reward.state.value,
        "kind": reward.kind,
        "matter": None if blind else case.matter_code,
        "paper": {"kind": paper.kind, "number": paper.number} if paper and not blind else None,
        "amount_fen": reward.amount_fen,
        "lowest_fen": reward.lowest_fen,
        "highest_fen": reward.highest_fen,
        "rule": {"zh": rule.label, "en": rule.label_en, "source": rule.source, "source_en": rule.source_en},
        "base_fen": reward.base_fen,
        "shares": [s.amount_fen for s in work.shares_of(reward.id)],
        "flags": [f for f in reward.flags if f in FLAGS],
        "budget": reward.budget,
        "left_fen": ledger.left(work, reward.budget) if undecided else None,
        "signed": [
            {"zh": signers[s["signer"]].label, "en": signers[s["signer"]].label_en, "who": _label(work, str(s["by"]))}
            for s in reward.signatures
        ],
        "next": _next_signer(work, reward) if undecided else None,
        "reason": reward.refused_reason,
    }


def _next_signer(work: Work, reward: r.Reward) -> dict[str, str] | None:
    name = approval.open_signer(work, reward)
    signer = work.policy.reward.signers.get(name or "")
    return {"zh": signer.label, "en": signer.label_en} if signer else None


def rule_of(work: Work, reward: r.Reward) -> RewardRow | Thanks:
    """The rule that a reward was proposed under, in the version of that day."""
    rules = work.book.policy.on(reward.rule_from or work.today).reward
    return (rules.thanks if reward.rule == "thanks" else rules.row(reward.rule)) or rules.thanks


VIEWS: dict[str, View] = {
    Kind.TIP_OPENED.value: receipt,
    Kind.TIP_SUBMITTED.value: tip_card,
    Kind.WHISTLE_OPENED.value: whistle_card,
    Kind.CALL_OPENED.value: call_card,
    bundles.LIST: calls_waiting,
    BOARD: board,
    evidence.CARD: evidence_card,
    Kind.TIP_CLOSED.value: result,
    Kind.REWARD_PROPOSED.value: reward_asked,
    Kind.REWARD_ANNOUNCED.value: reward_card,
    Kind.REWARD_REFUSED.value: reward_card,
}
