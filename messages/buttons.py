"""Which buttons a message carries, and in which order. Only those that the state allows are drawn.

Callback data is `1:<verb>:<ref>:<rev>`, at most 64 bytes; a choice rides in the verb after a dot (`decline.dispute`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workflows import approval, arrival, crew, eligibility, evidence, explanation, promise, supplement, window
from workflows import bundle as bundles
from workflows import permit as permits
from workflows import records as r
from workflows import tip as tips
from workflows import transfer as transfers
from workflows import visit as visits
from workflows.call import PROVEN
from workflows.events import Kind
from workflows.notify import Audience
from workflows.reasons import Choice
from workflows.states import (
    CallState,
    CaseState,
    DisputeState,
    DocumentState,
    ExplanationState,
    PhoneState,
    RevealState,
    RewardState,
    ShiftState,
    SwapState,
    TipState,
    TransferState,
    WhistleState,
)
from workflows.steps import BY_KIND, Needs
from workflows.work import CALL_ENDED, TIP_OPEN, Work

VERSION = "1"


@dataclass(slots=True)
class Button:
    """`label` is a key of buttons.yaml, or a pair of words (Chinese, English) that come from the county's data.

    Nobody changes it; it is not frozen because a receipt has five, and those take four times as long to make.
    """

    label: str | tuple[str, str]
    verb: str = ""
    ref: str = ""
    rev: int = 0
    facts: dict[str, Any] | None = None
    url: str | None = None
    style: str | None = None

    @property
    def data(self) -> str:
        return f"{VERSION}:{self.verb}:{self.ref}:{self.rev}"


def ref_of(data: str) -> str:
    """What a button's data names; empty where that cannot be told. Only a hint for fetching ahead: `handlers/press.py` reads the whole."""
    parts = data.split(":")
    return parts[2] if len(parts) == 4 else ""


Keyboard = list[list[Button]]
_LISTED = 12
"""Calls with buttons of their own on one list."""


def rows_of(buttons: list[Button], width: int) -> Keyboard:
    return [buttons[i : i + width] for i in range(0, len(buttons), width)]


def choices(group: tuple[Choice, ...], verb: str, ref: str, rev: int = 0, width: int = 2) -> Keyboard:
    """One button per choice of the county's list."""
    return rows_of([Button((c.label, c.label_en), f"{verb}.{c.code}", ref, rev) for c in group], width)


# ── the sender ───────────────────────────────────────────────────────────────────────────────────────────────────────


def receipt(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    ref, rev = tip.ref, tip.rev
    state = tips.shown_state(work, tip)
    named = "anonymous" if tip.named else "real_name"
    past = [] if tip.hidden or tip.insider == "told" else [[Button("past", "past", ref, rev)]]
    if tip.asks == "past":
        return [[Button("past_yes", "past_yes", ref, rev), Button("past_no", "past_no", ref, rev)]]
    if tip.voice == "asked" and tip.asks != "same" and state in TIP_OPEN:
        first = [Button("voice_yes", "voice_yes", ref, rev), Button("voice_no", "voice_no", ref, rev)]
        second = [*(past[0] if past else [])]
        if state is not TipState.ACCEPTED:
            second.append(Button("withdraw", "withdraw", ref, rev))
        return [line for line in (first, second) if line]
    seen = [Button("seen", "seen", ref, rev)] if (tip.texts or tip.voice) and not tip.by_inspector else []
    if seen and past and state is not TipState.COLLECTING:
        past = [[*past[0], *seen]]
    elif state is not TipState.COLLECTING:
        past = [seen] if seen else past
    if tip.home == "asked" and not tip.asks and state in (TipState.COLLECTING, TipState.SUBMITTED, TipState.ACCEPTED):
        away = [[Button("withdraw", "withdraw", ref, rev)]] if state is not TipState.ACCEPTED else []
        return [[Button("home_yes", "home_yes", ref, rev), Button("home_no", "home_no", ref, rev)], *away, *past]
    later = [Button("visit_later", "visit_later", ref, rev)] if visits.may_ask(work, tip) else []
    if state is TipState.SUBMITTED:
        last = [*later, Button("withdraw", "withdraw", ref, rev)]
        return [*([last] if tip.by_inspector else [[Button(named, named, ref, rev), *last]]), *past]
    if state is TipState.ACCEPTED and not tip.by_staff:
        return [[*later, Button("threatened", "threatened", ref, rev)], *past]
    if state is not TipState.COLLECTING:
        return []
    if tip.asks == "same":
        return [[Button("same", "same", ref, rev), Button("other", "other", ref, rev)]]
    if tip.asks == "village":
        full = [
            Button((f"{work.county.township(v.township_id).name}{v.name}",) * 2, f"village.{v.id}", ref, rev)
            for v in map(work.county.village, tip.candidates)
        ]
        return [*rows_of(full, 1), [Button("skip", "skip", ref, rev)]]
    if tip.asks == "where":
        return [
            [Button("pin", "pin", ref, rev)],
            [Button("pick_village", "towns", ref, rev), Button("skip", "skip", ref, rev)],
            *past,
        ]
    if tip.asks == "what":
        offered = [work.county.matter(code) for code in what_to_offer(work, tip)]
        width = 3 if tip.by_inspector else 2
        fields = work.county.categories
        named_ones = [
            Button((m.short, f"{fields.get(m.dept_code, ('', ''))[1]}: {m.short}"), f"matter.{m.code}", ref, rev)
            for m in offered[:width]
        ]
        return [*[[b] for b in named_ones], [Button("other_matter" if tip.by_inspector else "skip", "skip", ref, rev)]]
    last_row = [Button("withdraw", "withdraw", ref, rev)]
    return [[Button("done", "done", ref, rev, style="success")], [*(past[0] if past else []), *last_row]]


def what_to_offer(work: Work, tip: r.Tip) -> list[str]:
    """Matters to tap: those the words suggest, else the township's everyday ones."""
    if tip.guesses:
        return tip.guesses
    common = [
        row.matter_code
        for row in work.county.township_matters
        if row.township_id == tip.township_id and row.holds_on(work.today)
    ]
    wanted = [m for m in ("CG022", "CG013", "NY002", "SL001") if work.county.has_matter(m)]
    return list(dict.fromkeys([*[c for c in wanted if c in common], *wanted, *common]))[:3]


def declined(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    if tips.shown_state(work, tip) is not TipState.DECLINED or tip.appealed_at:
        return []
    return [[Button("appeal", "appeal", tip.ref), Button("fine", "fine", tip.ref)]]


def result(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    shown = tip.shown_until is not None and tip.shown_until > work.now
    if not shown:
        return [[Button("open_notice", "result", tip.ref)]]
    threatened = [Button("threatened", "threatened", tip.ref)]
    if tip.rated:
        return [threatened]
    return [[Button("solved", "solved", tip.ref), Button("unsolved", "unsolved", tip.ref)], threatened]


def reward_notice(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    reward = work.get(r.Reward, subject_id)
    shown = reward.shown_until is not None and reward.shown_until > work.now
    ref = reward.ref
    if reward.state is RewardState.ANNOUNCED and shown:
        return [
            [Button("picture", "picture", ref), Button("other_ways", "other_ways", ref)],
            [Button("keep", "keep", ref), Button("waive", "waive", ref)],
        ]
    if reward.state in (RewardState.ANNOUNCED, RewardState.REFUSED) and not shown:
        return [[Button("open_notice", "reward", ref)]]
    return []


def evidence_card(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    case = work.get(r.Case, subject_id)
    if case.state is not CaseState.OPEN or not evidence.missing_shots(work, case):
        return []
    return [[Button("no_shots", "no_shots", case.ref)]]


def supplement_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    draft = work.get(r.Draft, subject_id)
    if draft.done_at is not None or draft.facts["stage"] not in supplement.OPEN:
        return []
    return [
        [
            Button("i_shoot", "supplement_begin", draft.ref, style="success"),
            Button("unable", "supplement_no", draft.ref),
        ]
    ]


def supplement_handed_in(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    draft = work.get(r.Draft, subject_id)
    if draft.done_at is not None:
        return []
    return [
        [Button("look_first", "supplement_see", draft.ref)],
        [
            Button("take_in", "supplement_take", draft.ref, style="success"),
            Button("leave_out", "supplement_drop", draft.ref),
        ],
    ]


def document_signed(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    found = work.get(r.Document, subject_id)
    if found.state is not DocumentState.MADE:
        return []
    return [[Button("doc_get", "doc_get", found.ref), Button("doc_sign", "doc_sign", found.ref, style="success")]]


# ── the squad ────────────────────────────────────────────────────────────────────────────────────────────────────────


def tip_card(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    reader = work.person(getattr(row, "person_id", None))
    if reader is not None and reader.role == "desk" and not tip.desk:
        return []  # the desk has passed it on
    if not tips.sees(work, tip, reader):
        return []
    ref, rev = tip.ref, tip.rev
    if tip.desk and tip.hidden and tip.state is TipState.SUBMITTED:
        return [
            [Button("desk_read", "desk_read", ref, rev), Button("ask_source", "question", ref, rev)],
            [Button("pick_handlers", "pick", ref, rev, style="primary"), Button("pass_on", "pass_on", ref, rev)],
            [Button("decline", "decline", ref, rev), Button("recuse", "recuse", ref, rev)],
        ]
    if tip.desk and tip.state is TipState.SUBMITTED:
        if work.open_transfer(tip.id):
            return [[Button("ask_source", "question", ref, rev)]]
        across = [Button("transfer", "transfer", ref, rev)] if transfers.crosses(work, tip) else []
        return [
            [Button("assign", "assign", ref, rev, style="primary"), Button("ask_source", "question", ref, rev)],
            [*across, Button("decline", "decline", ref, rev)],
        ]
    if tip.state is TipState.SUBMITTED:
        return [
            [Button("accept", "accept", ref, rev, style="success"), Button("decline", "decline", ref, rev)],
            [Button("merge", "merge", ref, rev), Button("settle", "settle", ref, rev)],
            [Button("whistle", "whistle", ref, rev, style="primary"), Button("transfer", "transfer", ref, rev)],
        ]
    if tip.state is TipState.ACCEPTED:
        first = [
            Button("merge", "merge", ref, rev),
            Button("settle", "settle", ref, rev),
            Button("set_matter", "matters", ref, rev),
        ]
        second = [Button("whistle", "whistle", ref, rev, style="primary"), Button("transfer", "transfer", ref, rev)]
        if work.open_transfer(tip.id):
            second = second[:1]
        if not tip.drill:
            second.append(Button("law", "law", ref, rev))
        if tip.two:
            second.append(Button("split", "split", ref, rev))
        look = [] if tip.first_look_at else [Button("look", "look", ref, rev)]
        third = [
            *look,
            *([] if tip.by_staff else [Button("read", "read", ref, rev), Button("ask_source", "question", ref, rev)]),
        ]
        last = [Button("close", "close", ref, rev, style="success"), Button("recuse", "recuse", ref, rev)]
        file = [
            Button("evidence", "evidence", ref, rev),
            Button("documents", "documents", ref, rev),
            Button("file", "file", ref, rev),
        ]
        return [row for row in (first, second, third, file, last) if row]
    return []


def tip_escalated(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    if tip.state is not TipState.SUBMITTED:
        return []
    person = work.person(getattr(row, "person_id", None))
    if person is not None and person.role == "desk":
        return [[Button("take_tip", "take_tip", tip.ref, tip.rev)]]
    if person is not None and person.role in ("squad_leader", "squad_member"):
        return [[Button("accept", "accept", tip.ref, tip.rev, style="success")]]
    return []


def tip_reminded(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    if tip.desk:
        return [[Button("show", "show", tip.ref, tip.rev)]]
    return [[Button("accept", "accept", tip.ref, tip.rev, style="success")]] if tip.state is TipState.SUBMITTED else []


def appealed(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    return [
        [Button("uphold", "uphold", tip.ref), Button("give_back", "give_back", tip.ref)],
        [Button("desk_read", "desk_read", tip.ref)],
    ]


def asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    return [] if tip.no_questions else [[Button("no_questions", "no_questions", tip.ref)]]


def conflicted(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    if tip.state is not TipState.ACCEPTED:
        return []
    stays = [] if tip.owner_id in tip.conflicted else [Button("no_change", "no_change", tip.ref)]
    return [[Button("change_owner", "change_owner", tip.ref), Button("pick_handlers", "pick", tip.ref)], stays]


def threatened(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    person = work.person(getattr(row, "person_id", None))
    mark = [Button("recuse", "recuse", tip.ref)] if tip.township_id else []
    if person is None or person.role != "desk":
        return [mark] if mark else []
    return [[Button("ask_source", "question", tip.ref), Button("pick_handlers", "pick", tip.ref)], mark]


def reveal_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    reveal = work.get(r.Reveal, subject_id)
    if reveal.state is not RevealState.ASKED:
        return []
    return [[Button("consent", "consent", reveal.ref), Button("refuse_reveal", "refuse_reveal", reveal.ref)]]


def reveal_consented(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    reveal = work.get(r.Reveal, subject_id)
    return [[Button("open_notice", "open_reveal", reveal.ref)]] if reveal.state is RevealState.CONSENTED else []


def voice_queued(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    typing = work.get(r.Typing, subject_id)
    return [] if typing.done_at else [[Button("hear", "hear", typing.ref), Button("unclear", "unclear", typing.ref)]]


def unsolved(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    tip = work.get(r.Tip, subject_id)
    return [[Button("reassign", "reassign", tip.ref), Button("recuse", "recuse", tip.ref)]]


def act_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    act = work.get(r.Act, subject_id)
    return [[Button("present", "present", act.ref, style="success"), Button("absent", "absent", act.ref)]]


def step_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    step = work.get(r.Step, subject_id)
    keys = [[Button("agree", "step_yes", step.ref, style="success"), Button("disagree", "step_no", step.ref)]]
    if BY_KIND[step.kind].needs is Needs.LEADER and work.outside.public_url:  # who decides reads first
        keys.append([Button("file_page", "file_page", work.get(r.Tip, work.get(r.Case, step.case_id).tip_id).ref)])
    return keys


def go_on(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    """From what is told about a procedure to the case itself."""
    found = work.find(r.Step, subject_id) or work.find(r.Procedure, subject_id)
    return [] if found is None else [[Button("go_on", "law", work.get(r.Case, found.case_id).ref)]]


def review_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    return [[Button("go_on", "law_look", work.get(r.Procedure, subject_id).ref)]]


def paper_wrong(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    paper = work.get(r.Paper, subject_id)
    case = work.get(r.Case, paper.case_id)
    return [[Button("name_again", "name_again", case.ref)]]


def paper_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    paper = work.get(r.Paper, subject_id)
    return [[Button("right", "right", paper.ref, style="success"), Button("wrong", "wrong", paper.ref)]]


# ── the whistle and its calls ────────────────────────────────────────────────────────────────────────────────────────


def whistle_card(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    whistle = work.get(r.Whistle, subject_id)
    calls = work.calls(whistle.id)
    if whistle.state is not WhistleState.OPEN:
        return [_ratings(c, c.unit_id) for c in calls if c.reported_at is None and promise.may_be_rated(work, c)]
    here = [
        Button("here", "here", c.ref, c.rev, {"unit": c.unit_id})
        for c in calls
        if c.arrival not in PROVEN and c.state not in (CallState.STOOD_DOWN, CallState.CLOSED, CallState.REPORTED)
    ]
    last = [Button("add_unit", "extend", whistle.ref, whistle.rev), Button("bring", "bring", whistle.ref, whistle.rev)]
    open_left = any(c.state not in CALL_ENDED for c in calls)
    off = [[Button("stand_down", "stand_down", whistle.ref, whistle.rev, style="danger")]] if open_left else []
    told = [Button("deliveries", "deliveries", whistle.ref)]
    return [*rows_of(here, 2), last, *rows_of(_one_unit(whistle, calls), 2), told, *off]


def _one_unit(whistle: r.Whistle, calls: Sequence[r.Call]) -> list[Button]:
    """升级 and 撤一家: on the spot where one unit is meant, else it is asked which."""
    rising = [c for c in calls if window.may_rise(c)]
    live = [c for c in calls if c.state not in CALL_ENDED]
    found = []
    if len(rising) == 1:
        found.append(Button("rise", f"rise.{window.level(rising[0])}", rising[0].ref, rising[0].rev))
    elif rising:
        found.append(Button("rise", "rise_which", whistle.ref, whistle.rev))
    if len(live) > 1:
        found.append(Button("call_off", "call_off_which", whistle.ref, whistle.rev))
    return found


def announced(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    whistle = work.get(r.Whistle, subject_id)
    if whistle.state is not WhistleState.OPEN:
        return []
    return [[Button("stand_down", "stand_down", whistle.ref, whistle.rev, style="danger")]]


def permit_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    draft = work.get(r.Draft, subject_id)
    if draft.done_at is not None:
        return []
    redirect = [[Button("redirect", "redirect", draft.ref)]] if permits.may_redirect(draft) else []
    return [[Button("allow", "allow", draft.ref, style="success"), Button("deny", "deny", draft.ref)], *redirect]


def not_left(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if call.state not in (CallState.OPEN, CallState.ACKNOWLEDGED):
        return []
    return [[Button("depart", "depart", call.ref, call.rev, style="success")]]


def _ratings(call: r.Call, unit_id: str | None = None) -> list[Button]:
    """Helped · so-so · did not help: for one unit, which is named where several stand on one card."""
    facts, ref, rev = {"unit": unit_id}, call.ref, call.rev
    return [
        Button("rate_good", "rate.good", ref, rev, facts),
        Button("rate_fair", "rate.fair", ref, rev),
        Button("rate_poor", "rate.poor", ref, rev),
    ]


def reported(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    return [_ratings(call)] if promise.may_be_rated(work, call) else []


def promise_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if call.state is not CallState.ACKNOWLEDGED or arrival.promise_of(call) is not None:
        return []
    ref, rev = call.ref, call.rev
    appoint = [Button("appoint", "appoint", ref, rev)] if promise.slots(work, call) else []
    return [
        [Button("in30", "promise.in30", ref, rev), Button("in60", "promise.in60", ref, rev)],
        [*appoint, Button("cannot_come", "cannot_come", ref, rev)],
    ]


def progress_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if call.state not in arrival.WAITED_FOR:
        return []
    ref, rev = call.ref, call.rev
    return [
        [Button("on_the_way", "on_the_way", ref, rev, style="success"), Button("arrive", "arrive", ref, rev)],
        [Button("cannot_come", "cannot_come", ref, rev)],
    ]


def cannot_come(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if not promise.waits_for_desk(call):
        return []
    ref, rev = call.ref, call.rev
    return [
        [Button("advice", "advice", ref, rev), Button("later", "later", ref, rev)],
        [Button("send_other", "send_other", ref, rev)],
    ]


def report_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    return [] if call.state in CALL_ENDED else [[Button("report", "report", call.ref, call.rev, style="success")]]


def call_card(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if call.state in CALL_ENDED:
        return []
    ref, rev = call.ref, call.rev
    first, second = [], []
    if call.state is CallState.OPEN:
        first.append(Button("acknowledge", "acknowledge", ref, rev, style="success"))
    if call.departed_at is None and call.arrived_at is None:
        first.append(Button("depart", "depart", ref, rev))
    if call.arrived_at is None:
        second.append(Button("arrive", "arrive", ref, rev))
    second.append(Button("report", "report", ref, rev))
    third = [Button("not_ours", "dispute", ref, rev)] if work.dispute_of(call.id) is None else []
    if call.acknowledged_at is not None and explanation.may_explain(work, call):
        third.append(Button("explain", "explain", ref, rev))
    going = [Button("hand_on", "hand_on", ref, rev)] if crew.may_hand_on(work, call) else []
    shared = any(e.file_id for e in evidence.of_case(work, work.get(r.Case, call.case_id)))
    pictures = [Button("pictures", "pictures", ref, rev)] if shared else []
    last = [Button("deliveries", "deliveries", ref)]
    return [row for row in (first, second, [*third, *pictures], going, last) if row]


def calls_waiting(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    """签收 for each that waits, then for all of them; the others can be opened."""
    found = bundles.list_with(work, getattr(row, "account", None), subject_id)
    live = [c for c in bundles.calls_of(work, found) if c.state not in CALL_ENDED] if found else []
    waiting = [c for c in live if c.state is CallState.OPEN]
    keys = []
    for call in live[:_LISTED]:
        show = Button((call.number, call.number), "show_call", call.ref)
        sign = Button("sign_one", "acknowledge", call.ref, call.rev, {"name": call.number})
        keys.append([sign, Button("details", "show_call", call.ref)] if call in waiting else [show])
    if found and len(waiting) > 1:
        keys.append([Button("sign_all", "sign_all", found.ref, style="success")])
    return keys


def _mute(work: Work) -> Button:
    return Button("mute", "mute", "-", 0, {"minutes": work.policy.notice.mute_minutes})


def call_nudged(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    """An own reminder has the buttons of whoever was rung, or of the step that was told."""
    call = work.get(r.Call, subject_id)
    person = work.person(getattr(row, "person_id", None))
    rung = person is not None and person.id in call.called
    return call_reminded(work, subject_id) if rung else call_escalated(work, subject_id, row)


def call_reminded(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if call.state is not CallState.OPEN:
        return []
    buttons = [Button("acknowledge", "acknowledge", call.ref, call.rev, style="success")]
    if work.dispute_of(call.id) is None:
        buttons.append(Button("not_ours", "dispute", call.ref, call.rev))
    return [buttons, [_mute(work)]]


def call_escalated(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if call.state is not CallState.OPEN:
        return []
    person = work.person(getattr(row, "person_id", None))
    if person is not None and person.role in ("desk", "leader_on_duty"):
        return [*watching(call, person.role), [Button("deliveries", "deliveries", call.ref)]]
    group = work.group(getattr(row, "chat_id", None) or 0)
    own = group is not None and group.unit_id in work.county.answering(call.unit_id)
    if own or (person is not None and person.role == "department_head"):
        return [[Button("acknowledge", "acknowledge", call.ref, call.rev, style="success")]]
    return []


def watching(call: r.Call, role: str = "desk") -> Keyboard:
    """What whoever watches for the county can do about a silent unit."""
    ref, rev = call.ref, call.rev
    up = [Button("report_up", "report_up", ref, rev)] if role == "desk" else []
    return [
        [Button("take_call", "take_call", ref, rev), Button("not_reached", "not_reached", ref, rev)],
        [Button("by_phone", "by_phone", ref, rev), *_rise(call)],
        [Button("reassign_call", "reassign_call", ref, rev), *up],
    ]


def shift_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    shift = work.get(r.Shift, subject_id)
    paper = [Button("print_shift", "print_shift", shift.ref)] if work.outside.public_url else []
    mine = [Button("take_over", "take_over", shift.ref, style="success")] if shift.state is ShiftState.ENDED else []
    return [row for row in ([*mine, *paper],) if row]


def call_breached(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    explain = [[Button("explain", "explain", call.ref, call.rev)]] if explanation.may_explain(work, call) else []
    return [*call_reminded(work, subject_id, row), *explain]


def explanation_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    found = work.get(r.Explanation, subject_id)
    ref, rev = found.ref, found.rev
    if found.state is ExplanationState.GIVEN:
        return [
            [Button("explain_stands", "explain_stands", ref, rev), Button("explain_waives", "explain_waives", ref, rev)]
        ]
    if found.state is ExplanationState.PROPOSED:
        return [[Button("agree", "agree", ref, rev), Button("disagree", "disagree", ref, rev)]]
    return []


def undelivered_desk(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if call.state is not CallState.OPEN:
        return []
    ref, rev = call.ref, call.rev
    return [[Button("by_phone", "by_phone", ref, rev), Button("not_reached", "not_reached", ref, rev)]]


def undelivered_desk_of_answer(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    return undelivered_desk(work, work.get(r.PhoneAnswer, subject_id).call_id, row)


def phone_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    answer = work.get(r.PhoneAnswer, subject_id)
    if answer.state in (PhoneState.CONFIRMED, PhoneState.DENIED):
        return []
    return [[Button("phone_yes", "phone_yes", answer.ref, style="success"), Button("phone_no", "phone_no", answer.ref)]]


def whistler_told(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    whistle = work.get(r.Whistle, call.whistle_id)
    if call.state in CALL_ENDED or whistle.state is not WhistleState.OPEN:
        return []
    off = Button("stand_down", "stand_down", whistle.ref, whistle.rev, style="danger")
    spoke = [Button("spoke", "spoke", call.ref, call.rev)] if call.state is CallState.OPEN else []
    return [[*spoke, *_rise(call)], [off]]


def _rise(call: r.Call) -> list[Button]:
    """The level that the reader sees rides in the button: pressed later, it is compared."""
    return [Button("rise", f"rise.{window.level(call)}", call.ref, call.rev)] if window.may_rise(call) else []


def arrived(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if call.arrival in PROVEN:
        return []
    return [[Button("here", "here", call.ref, call.rev, {"unit": call.unit_id})]]


def held_desk(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    call = work.get(r.Call, subject_id)
    if call.window.get("review") == "proposed":
        return [[Button("agree", "review_agree", call.ref), Button("disagree", "review_disagree", call.ref)]]
    if call.window.get("review") != "held":
        return []
    return [[Button("count_breach", "count_breach", call.ref), Button("waive_breach", "waive_breach", call.ref)]]


def dispute_desk(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    dispute = work.get(r.Dispute, subject_id)
    if dispute.state is not DisputeState.RAISED:
        return []
    return [
        [
            Button("rule_theirs", "rule_theirs", dispute.ref, dispute.rev),
            Button("rule_not_theirs", "rule_not_theirs", dispute.ref, dispute.rev),
        ]
    ]


def transfer_offered(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    transfer = work.get(r.Transfer, subject_id)
    if transfer.state is not TransferState.OFFERED:
        return []
    return [
        [
            Button("received", "received", transfer.ref, transfer.rev, style="success"),
            Button("hand_back", "hand_back", transfer.ref, transfer.rev),
        ]
    ]


def reward_asked(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    """Whoever signs first also says how much, by which rule, and who shares; the others say yes or no."""
    reward = work.get(r.Reward, subject_id)
    reader = work.person(getattr(row, "person_id", None))
    if reward.state is not RewardState.PROPOSED:
        return []
    signer = approval.open_signer(work, reward)
    if reader is not None and (
        signer is None or reader.id not in {p.id for p in approval.may_sign(work, reward, signer)}
    ):
        return []
    ref, rev = reward.ref, reward.rev
    yes_no = [Button("approve", "approve", ref, rev, style="success"), Button("refuse", "refuse", ref, rev)]
    if reward.amount_fen == 0:
        yes_no = yes_no[1:]
    return [*([] if reward.signatures else _how_much(work, reward)), yes_no]


def _how_much(work: Work, reward: r.Reward) -> Keyboard:
    ref, rev = reward.ref, reward.rev
    case = work.get(r.Case, reward.case_id)
    row = work.policy.reward.row(reward.rule)
    drawn: Keyboard = []
    if row is not None and row.grades:
        drawn.append([Button((g.label, g.label_en), f"grade.{g.id}", ref, rev) for g in row.grades])
    elif reward.lowest_fen < reward.highest_fen:
        offered = [Button(_yuan(fen), f"amount.{fen}", ref, rev) for fen in offers(reward)]
        drawn += [*rows_of(offered, 3), [Button("other_amount", "amount.other", ref, rev)]]
    others = [c for c in eligibility.choices_for(work, case) if reward.kind == "reward"]
    usual = eligibility.row_for(work, case)
    if others and usual is not None:
        offered_rules = [c for c in (usual, *others) if c.id != reward.rule]
        drawn += [[Button((c.label[:16], c.label_en[:40]), f"rule.{c.id}", ref, rev)] for c in offered_rules]
    if "later_tips" in reward.flags and reward.amount_fen:
        if "half" not in reward.flags:
            drawn.append([Button("share_half", "share.half", ref, rev)])
        if "equal" not in reward.flags:
            drawn.append([Button("share_equal", "share.equal", ref, rev)])
        if set(reward.flags) & {"half", "equal"}:
            drawn.append([Button("share_none", "share.none", ref, rev)])
    return drawn


def _yuan(fen: int) -> tuple[str, str]:
    whole = f"{fen // 100}" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}"
    return f"{whole}元", f"{whole} yuan"


def offers(reward: r.Reward) -> list[int]:
    """A few round amounts of a span, its ends among them."""
    low, high = reward.lowest_fen, reward.highest_fen
    step = 10_000 if high - low >= 40_000 else 1_000
    between = [(low + (high - low) * part // 4) // step * step for part in (1, 2, 3)]
    return sorted({low, high, *(fen for fen in between if low < fen < high)})


def reward_overdue(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    reward = work.get(r.Reward, subject_id)
    return [[Button("approve", "approve", reward.ref, reward.rev, style="success")]] if reward.amount_fen else []


def reversal_asked(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    draft = work.get(r.Draft, subject_id)
    if draft.done_at is not None:
        return []
    return [[Button("agree", "reversal_agree", draft.ref), Button("disagree", "reversal_refuse", draft.ref)]]


def reward_stuck(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    reward = work.get(r.Reward, subject_id)
    return [[Button("release", "release", reward.ref)]] if reward.state is RewardState.CLAIMED else []


# ── duty ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def handed_over(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    """A card for each open call of the unit."""
    rota = work.get(r.Rota, subject_id)
    listed = {one["name"] for one in (getattr(row, "facts", None) or {}).get("open", ())}
    open_now = [c for c in work.open_calls([rota.unit_id]) if c.number in listed]
    return rows_of([Button((c.number, c.number), "show_call", c.ref, c.rev) for c in open_now], 1)


def pause_began(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    pause = work.get(r.Pause, subject_id)
    over = pause.ended_at is not None or pause.ends_at <= work.now
    return [] if over else [[Button("resume", "pause_end", pause.ref)]]


def roll_called(work: Work, subject_id: str, _row: Any = None) -> Keyboard:
    drill = work.get(r.Drill, subject_id)
    return [] if drill.closed_at is not None else [[Button("on_post", "drill_here", drill.ref, style="success")]]


def swap_offered(work: Work, subject_id: str, row: Any = None) -> Keyboard:
    swap = work.get(r.Swap, subject_id)
    if swap.state is not SwapState.OFFERED:
        return []
    return [
        [
            Button("i_will", "take_shift", swap.ref, swap.rev, style="success"),
            Button("cannot", "decline_shift", swap.ref),
        ]
    ]


Draw = Callable[..., Keyboard]
_A = Audience

KEYBOARDS: dict[tuple[str, str], Draw] = {
    (Kind.TIP_OPENED, _A.SOURCE): receipt,
    (Kind.TIP_DECLINED, _A.SOURCE): declined,
    (Kind.TIP_CLOSED, _A.SOURCE): result,
    (Kind.REWARD_ANNOUNCED, _A.SOURCE): reward_notice,
    (Kind.REWARD_REFUSED, _A.SOURCE): reward_notice,
    (Kind.REWARD_REMINDED, _A.SOURCE): reward_notice,
    (Kind.DOCUMENT_SIGNED, _A.CONCERNED): document_signed,
    (evidence.CARD, _A.CONCERNED): evidence_card,
    (Kind.SUPPLEMENT_ASKED, _A.CONCERNED): supplement_asked,
    (Kind.SUPPLEMENT_HANDED_IN, _A.OWNER): supplement_handed_in,
    (Kind.TIP_SUBMITTED, _A.SQUAD): tip_card,
    (Kind.TIP_REMINDED, _A.ON_DUTY): tip_reminded,
    (Kind.TIP_ESCALATED, _A.STEP): tip_escalated,
    (Kind.TIP_APPEALED, _A.DESK): appealed,
    (Kind.TIP_UNSOLVED, _A.DESK): unsolved,
    (Kind.VOICE_QUEUED, _A.DESK): voice_queued,
    (Kind.VOICE_REMINDED, _A.DESK): voice_queued,
    (Kind.VOICE_OVERDUE, _A.DESK): voice_queued,
    (Kind.VOICE_OVERDUE, _A.LEADER_ON_DUTY): voice_queued,
    (Kind.TIP_ASKED, _A.SOURCE): asked,
    (Kind.TIP_CONFLICTED, _A.DESK): conflicted,
    (Kind.REVEAL_ASKED, _A.STEP): reveal_asked,
    (Kind.REVEAL_CONSENTED, _A.OWNER): reveal_consented,
    (Kind.TIP_THREATENED, _A.STEP): threatened,
    (Kind.ACT_PROPOSED, _A.SECOND): act_asked,
    (Kind.STEP_ASKED, _A.SECOND): step_asked,
    **dict.fromkeys(
        (
            (kind, _A.OWNER)
            for kind in (
                Kind.STEP_RECORDED,
                Kind.STEP_DROPPED,
                Kind.TERM_REMINDED,
                Kind.TERM_ENDED,
                Kind.TERM_MOVED,
                Kind.REVIEW_GIVEN,
                Kind.REVIEW_VOIDED,
            )
        ),
        go_on,
    ),
    (Kind.HEARING_APPOINTED, _A.CONCERNED): go_on,
    (Kind.HEARING_REMINDED, _A.CONCERNED): go_on,
    (Kind.HEARING_HELD, _A.CONCERNED): go_on,
    (Kind.REVIEW_ASKED, _A.SECOND): review_asked,
    (Kind.PAPER_NAMED, _A.SECOND): paper_asked,
    (Kind.PAPER_REJECTED, _A.LEADER): paper_wrong,
    (Kind.WHISTLE_OPENED, _A.SQUAD): whistle_card,
    (Kind.WHISTLE_ANNOUNCED, _A.LEADER): announced,
    (Kind.WHISTLE_ASKED, _A.APPROVER): permit_asked,
    (Kind.CALL_NOT_LEFT, _A.LIAISON): not_left,
    (Kind.CALL_NOT_LEFT, _A.WHISTLER): whistler_told,
    (Kind.CALL_OPENED, _A.LIAISON): call_card,
    (bundles.LIST, _A.LIAISON): calls_waiting,
    (Kind.CALL_REMINDED, _A.LIAISON): call_reminded,
    (Kind.CALL_NUDGED, _A.STEP): call_nudged,
    (Kind.CALL_BREACHED, _A.LIAISON): call_breached,
    (Kind.SHIFT_ENDED, _A.SECOND): shift_asked,
    (Kind.SHIFT_UNCLAIMED, _A.LEADER_ON_DUTY): shift_asked,
    (Kind.EXPLANATION_GIVEN, _A.DESK): explanation_asked,
    (Kind.EXPLANATION_PROPOSED, _A.SECOND): explanation_asked,
    (Kind.EXPLANATION_RETURNED, _A.DESK): explanation_asked,
    (Kind.EXPLANATION_OVERDUE, _A.DESK): explanation_asked,
    (Kind.EXPLANATION_OVERDUE, _A.LEADER_ON_DUTY): explanation_asked,
    (Kind.CALL_BREACHED, _A.WHISTLER): whistler_told,
    (Kind.CALL_ESCALATED, _A.STEP): call_escalated,
    (Kind.CALL_REOPENED, _A.WHISTLER): whistler_told,
    (Kind.CALL_UNDELIVERED, _A.DESK): undelivered_desk,
    (Kind.PHONE_ASKED, _A.STEP): undelivered_desk,
    (Kind.PHONE_SIGNED, _A.LIAISON): phone_asked,
    (Kind.PHONE_DENIED, _A.DESK): undelivered_desk_of_answer,
    (Kind.CALL_ARRIVED, _A.WHISTLER): arrived,
    (Kind.CALL_HELD, _A.DESK): held_desk,
    (Kind.CALL_REVIEW_PROPOSED, _A.SECOND): held_desk,
    (Kind.CALL_REVIEW_RETURNED, _A.DESK): held_desk,
    (Kind.CALL_REVIEW_OVERDUE, _A.DESK): held_desk,
    (Kind.CALL_REVIEW_OVERDUE, _A.LEADER_ON_DUTY): held_desk,
    (Kind.CALL_PROMISE_ASKED, _A.LIAISON): promise_asked,
    (Kind.CALL_CANNOT_COME, _A.DESK): cannot_come,
    (Kind.CALL_PROGRESS_ASKED, _A.LIAISON): progress_asked,
    (Kind.CALL_REOPENED, _A.LIAISON): call_reminded,
    (Kind.CALL_REPORT_ASKED, _A.LIAISON): report_asked,
    (Kind.CALL_REPORTED, _A.WHISTLER): reported,
    (Kind.DISPUTE_RAISED, _A.DESK): dispute_desk,
    (Kind.DISPUTE_OVERDUE, _A.DESK): dispute_desk,
    (Kind.DISPUTE_OVERDUE, _A.LEADER_ON_DUTY): dispute_desk,
    (Kind.TRANSFER_OFFERED, _A.UNIT): transfer_offered,
    (Kind.TRANSFER_REMINDED, _A.UNIT): transfer_offered,
    (Kind.REWARD_PROPOSED, _A.APPROVER): reward_asked,
    (Kind.REWARD_OVERDUE, _A.APPROVER): reward_overdue,
    (Kind.REWARD_REVERSAL_ASKED, _A.SECOND): reversal_asked,
    (Kind.REWARD_STUCK, _A.DESK): reward_stuck,
    (Kind.ROTA_HANDED_OVER, _A.INCOMING): handed_over,
    (Kind.SWAP_OFFERED, _A.CONCERNED): swap_offered,
    (Kind.PAUSE_BEGAN, _A.DESK): pause_began,
    (Kind.DRILL_CALLED, _A.CONCERNED): roll_called,
}


def keyboard_of(work: Work, template: str, audience: str, subject_id: str | None, row: Any = None) -> Keyboard:
    """The buttons of a message as its record stands now."""
    draw = KEYBOARDS.get((template, audience))
    return draw(work, subject_id, row) if draw and subject_id else []
