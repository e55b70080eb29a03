"""Taps that blow a whistle: one proposal, 〔叫〕 〔换〕 〔再加一家〕, what to bring, 撤哨."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from handlers import matter
from handlers.edge import Press, Toast, button, grid, options, refused, say, swap
from workflows import drill as drills
from workflows import opening as openings
from workflows import permit as permits
from workflows import records as r
from workflows import tip as tips
from workflows import whistle as whistles
from workflows import wish
from workflows.county import Unit, UnitKind
from workflows.policy import Urgency
from workflows.refusals import AlreadyBlown, AlreadyClosed, Gone, NotPlaced, NotYours, NoUnit, SameWhistle
from workflows.states import TipState, WhistleState
from workflows.work import Lane, To, Work

SLOT = "%Y%m%d%H%M"


def whistle(work: Work, press: Press) -> Toast:
    """吹哨: one lead unit is proposed, with the reason."""
    tip = tips.of_ref(work, press.ref)
    seats = press.staff()
    if tip.township_id is None:
        raise NotPlaced()
    by = whistles.blower_of(work, tip.township_id, seats, tip)
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED):
        raise AlreadyClosed()
    proposal = whistles.propose(work, tip)
    units = [proposal.lead] if proposal.lead else []
    draft = open_draft(work, tip, by, units)
    if not units:
        say(work, press.to, "ask.units", **_units_facts(work, tip, draft), keyboard=unit_keyboard(work, tip, draft))
    else:
        say(work, press.to, "ask.whistle", **draft_facts(work, draft), keyboard=draft_keyboard(work, draft))
    return Toast()


def open_draft(work: Work, tip: r.Tip, by: r.Person, units: list[str], *, reason: str = "") -> r.Draft:
    """What is about to be blown. A member on duty may blow 特急 only."""
    member = not tip.hidden and not whistles.may_blow(work, by)
    season = whistles.season_of(work, tip)
    facts: dict[str, Any] = {
        "units": units,
        "urgency": (Urgency.URGENT if tip.urgent or member or season else Urgency.NORMAL).value,
        "season": season.id if season else None,
        "appointment": None,
        "reason": reason,
        "mode": "swap",
        "member": member,
    }
    return work.add(r.Draft(kind="whistle", subject_id=tip.id, by=by.id, facts=facts, at=work.now))


def urgency_of(draft: r.Draft) -> Urgency:
    """A dialog of an earlier version only knew 特急 and 普通."""
    return Urgency(draft.facts.get("urgency") or ("urgent" if draft.facts.get("urgent") else "normal"))


def draft_facts(work: Work, draft: r.Draft) -> dict[str, Any]:
    tip = work.get(r.Tip, draft.subject_id)
    proposal = whistles.propose(work, tip)
    urgency = urgency_of(draft)
    units = draft.facts["units"]
    windows = [openings.stamp_of(work, urgency, unit, tip.matter_code)["window_minutes"] for unit in units]
    swift = work.policy.call.swift if any(openings.is_swift(work, urgency, u, tip.matter_code) for u in units) else None
    season = whistles.season_of(work, tip) if draft.facts.get("season") and urgency is Urgency.URGENT else None
    same = permits.same_open(work, tip)
    waits = {unit: openings.rings_at(work, unit, urgency) for unit in draft.facts["units"]}
    night = {unit: at for unit, at in waits.items() if at > work.now}
    visit = wish.waits_until(work, tip, work.merged_into(tip.id))
    return {
        "waits": [
            {"unit": unit, "at": at.isoformat(), "paused": work.pause_of(work.county.answering(unit)) is not None}
            for unit, at in night.items()
        ],
        "name": tips.display(tip, work),
        "units": draft.facts["units"],
        "rings": [_whom(work, tip, unit, urgency) for unit in draft.facts["units"] if unit not in night],
        "member": draft.facts.get("member", False),
        "urgent": urgency is Urgency.URGENT,
        "appointment": draft.facts.get("appointment"),
        "season": {"zh": season.label, "en": season.label_en} if season else None,
        "swift": [swift.sign_minutes, swift.leave_minutes, swift.arrive_minutes] if swift else None,
        "same": _same(work, same) if same else None,
        "word": permits.needed(work, tip, urgency),
        "reason": draft.facts["reason"],
        "why": proposal.reason,
        "law": proposal.law,
        "ruled": matter.ruled(work, proposal),
        "visit": visit.isoformat() if visit else None,
        "matter": tip.matter_code,
        "co": proposal.co if proposal.co not in draft.facts["units"] else None,
        "window": max(windows, default=work.policy.call_window(urgency).window_minutes),
    }


def _same(work: Work, whistle: r.Whistle) -> dict[str, Any]:
    by = work.person(whistle.blown_by)
    return {
        "name": work.get(r.Case, whistle.case_id).number,
        "at": whistle.opened_at.isoformat(),
        "zh": by.label if by else "",
        "en": (by.label_en or by.label) if by else "",
    }


def _whom(work: Work, tip: r.Tip, unit_id: str, urgency: Urgency) -> dict[str, Any]:
    """Who will ring at this unit, and how near it is: a station answers for its department."""
    department = work.county.department_of(unit_id)
    station = work.county.station(tip.township_id, department) if tip.township_id else None
    people = openings.rung_first(work, unit_id, urgency)
    return {
        "unit": unit_id,
        "dept": department if department != unit_id else None,
        "nearer": station.id if station and station.id != unit_id else None,
        "people": [{"zh": p.label, "en": p.label_en or p.label} for p in people],
    }


def draft_keyboard(work: Work, draft: r.Draft) -> list[list[dict[str, Any]]]:
    ref, urgency, units = draft.ref, urgency_of(draft), draft.facts["units"]
    change = []
    if not draft.facts.get("member"):
        other = "urgent" if urgency is Urgency.NORMAL else "normal"
        later = [button("for_later", "whistle_when", ref)] if whistles.appointments(work) else []
        change = [button(other, "urgency", ref), *later]
    same = permits.same_open(work, work.get(r.Tip, draft.subject_id))
    first = [[button("blow", "blow", ref, style="primary")]]
    if same is not None:
        first = [
            [button("open_same", "show_whistle", same.ref, style="primary")],
            [button("blow_anyway", "blow.forced", ref)],
        ]
    return [
        *first,
        [button("swap_unit", "swap_unit", ref), button("add_unit", "add_unit", ref)],
        *(grid([button("take_off", f"take_off.{u}", ref, unit=u) for u in units]) if len(units) > 1 else []),
        change,
        [button("change_matter", "matters", work.get(r.Tip, draft.subject_id).ref)],
        [button("never_mind", "drop_draft", ref)],
    ]


def _units_facts(work: Work, tip: r.Tip, draft: r.Draft) -> dict[str, Any]:
    return {"name": tips.display(tip, work), "units": draft.facts["units"], "mode": draft.facts["mode"]}


def unit_keyboard(work: Work, tip: r.Tip, draft: r.Draft) -> list[list[dict[str, Any]]]:
    """Every unit that can be called: the co-department of the matter first, the township's stations, then the county's departments."""
    proposal = whistles.propose(work, tip)
    stations = list(work.county.stations(tip.township_id)) if tip.township_id else []
    units = [*stations, *(u for u in work.county.departments() if u.kind is UnitKind.DEPARTMENT)]
    taken = set(draft.facts["units"]) if draft.facts["mode"] != "swap" else set()
    return [
        *_by_kind([u for u in units if u.id not in taken], (proposal.lead, proposal.co), "unit", draft.ref),
        [button("back", "back_to_draft", draft.ref)],
    ]


def _by_kind(units: list[Unit], first: tuple[str | None, ...], verb: str, ref: str) -> list[list[dict[str, Any]]]:
    """Rows of their own for the units of the matter, for the township's stations, for the county's departments."""
    rows: list[list[dict[str, Any]]] = []
    own = [u for u in units if u.id in first]
    stations = [u for u in units if u not in own and u.kind is UnitKind.STATION]
    departments = [u for u in units if u not in own and u.kind is not UnitKind.STATION]
    for group, width in ((own, 2), (stations, 2), (departments, 3)):
        rows += grid([button((u.short, u.name_en), f"{verb}.{u.id}", ref) for u in group], width)
    return rows


def _draft(work: Work, press: Press, *kinds: str) -> tuple[r.Draft, r.Tip, r.Person]:
    """The dialog that a button belongs to; by default one of a whistle that is not blown yet."""
    draft = work.get(r.Draft, press.ref)
    if draft.kind not in (kinds or ("whistle",)):
        raise Gone()
    tip = work.get(r.Tip, draft.subject_id)
    if draft.kind == "extend":
        by = whistles.keeper_of(work, work.get(r.Whistle, draft.facts["whistle"]), press.staff())
    else:
        may = whistles.blower_of if urgency_of(draft) is Urgency.URGENT else whistles.leader_of
        by = may(work, tip.township_id or "", press.staff(), tip)
    if draft.done_at is not None and draft.facts.get("became"):
        raise AlreadyBlown(number=draft.facts["became"])
    if draft.done_at is not None or (permits.waits(draft) and press.verb != "blow"):
        raise AlreadyClosed()
    return draft, tip, by


def swap_unit(work: Work, press: Press) -> Toast:
    return _pick(work, press, "swap")


def add_unit(work: Work, press: Press) -> Toast:
    return _pick(work, press, "add")


def _pick(work: Work, press: Press, mode: str) -> Toast:
    draft, tip, _ = _draft(work, press)
    draft.facts = {**draft.facts, "mode": mode}
    swap(work, press, "ask.units", **_units_facts(work, tip, draft), keyboard=unit_keyboard(work, tip, draft))
    return Toast()


def unit(work: Work, press: Press) -> Toast:
    """A unit was picked: for the draft, or for a whistle that is already blown."""
    draft, _, by = _draft(work, press, "whistle", "extend")
    if not work.county.has_unit(press.arg):
        raise NoUnit()
    if draft.kind == "extend":
        found = work.get(r.Whistle, draft.facts["whistle"])
        draft.done_at = work.now
        call = whistles.extend(work, found, by, press.arg)
        swap(work, press, "note.extended", name=call.number, unit=press.arg)
        return Toast("called")
    units = [press.arg] if draft.facts["mode"] == "swap" else [*draft.facts["units"], press.arg]
    draft.facts = {**draft.facts, "units": list(dict.fromkeys(units))}
    swap(work, press, "ask.whistle", **draft_facts(work, draft), keyboard=draft_keyboard(work, draft))
    return Toast()


def take_off(work: Work, press: Press) -> Toast:
    """去掉一家, before anybody is called. The last one stays: a whistle calls somebody."""
    draft, _, _ = _draft(work, press)
    left = [unit for unit in draft.facts["units"] if unit != press.arg]
    if not left:
        raise NoUnit()
    draft.facts = {**draft.facts, "units": left}
    swap(work, press, "ask.whistle", **draft_facts(work, draft), keyboard=draft_keyboard(work, draft))
    return Toast()


def back_to_draft(work: Work, press: Press) -> Toast:
    draft, _, _ = _draft(work, press, "whistle", "extend")
    if draft.kind == "extend" or not draft.facts["units"]:
        draft.done_at = work.now
        swap(work, press, "note.never_mind")
        return Toast()
    swap(work, press, "ask.whistle", **draft_facts(work, draft), keyboard=draft_keyboard(work, draft))
    return Toast()


def urgency(work: Work, press: Press) -> Toast:
    """特急 rings A, B and the duty room at once; 普通 rings A."""
    draft, tip, _ = _draft(work, press)
    whistles.leader_of(work, tip.township_id or "", press.staff(), tip)
    facts = draft_facts(work, draft)
    asleep = [one for one in facts["waits"] if not one["paused"]]
    if asleep and urgency_of(draft) is Urgency.NORMAL:
        keyboard = [
            *options(work.book.reasons.raise_night, "raise_now", draft.ref),
            [button("back", "back_to_draft", draft.ref)],
        ]
        swap(work, press, "ask.raise_now", name=facts["name"], waits=asleep, keyboard=keyboard)
        return Toast()
    other = Urgency.URGENT if urgency_of(draft) is Urgency.NORMAL else Urgency.NORMAL
    draft.facts = {**draft.facts, "urgency": other.value, "appointment": None, "raised": None, "season": None}
    swap(work, press, "ask.whistle", **draft_facts(work, draft), keyboard=draft_keyboard(work, draft))
    return Toast()


def raise_now(work: Work, press: Press) -> Toast:
    """The reason why a unit is called outside its hours; it stays with the whistle."""
    draft, _, _ = _draft(work, press)
    if work.book.reasons.find("raise_night", press.arg) is None:
        raise Gone()
    draft.facts = {**draft.facts, "urgency": Urgency.URGENT.value, "appointment": None, "raised": press.arg}
    swap(work, press, "ask.whistle", **draft_facts(work, draft), keyboard=draft_keyboard(work, draft))
    return Toast()


def whistle_when(work: Work, press: Press) -> Toast:
    """约个时间: which? Only times that leave the units their working hours to sign."""
    draft, tip, _ = _draft(work, press)
    whistles.leader_of(work, tip.township_id or "", press.staff(), tip)
    zone = ZoneInfo(work.county.timezone)
    times = whistles.appointments(work)
    if not times:
        return Toast("no_times", alert=True)
    keys = [button("slot", f"whistle_at.{at.astimezone(zone):{SLOT}}", draft.ref, at=at.isoformat()) for at in times]
    window = work.policy.call_window(Urgency.APPOINTED).window_minutes
    keyboard = [*grid(keys), [button("back", "back_to_draft", draft.ref)]]
    swap(work, press, "ask.whistle_when", name=tips.display(tip, work), window=window, keyboard=keyboard)
    return Toast()


def whistle_at(work: Work, press: Press) -> Toast:
    """预约: this time. A time that has meanwhile come too near is refused, and the choice is offered anew."""
    draft, tip, _ = _draft(work, press)
    whistles.leader_of(work, tip.township_id or "", press.staff(), tip)
    try:
        at = datetime.strptime(press.arg, SLOT).replace(tzinfo=ZoneInfo(work.county.timezone))
    except ValueError as error:
        raise Gone() from error
    if at not in whistles.appointments(work):
        raise Gone()
    draft.facts = {
        **draft.facts,
        "urgency": Urgency.APPOINTED.value,
        "appointment": at.astimezone(UTC).isoformat(),
        "raised": None,
    }
    swap(work, press, "ask.whistle", **draft_facts(work, draft), keyboard=draft_keyboard(work, draft))
    return Toast()


def drop_draft(work: Work, press: Press) -> Toast:
    draft, _, _ = _draft(work, press)
    draft.done_at = work.now
    swap(work, press, "note.never_mind")
    return Toast()


def blow(work: Work, press: Press) -> Toast:
    """〔叫〕: the second tap of two. A second press finds the draft done and shows what it became."""
    draft, tip, by = _draft(work, press)
    try:
        found = permits.blow(work, draft, tip, by, forced=press.arg == "forced")
    except SameWhistle as same:  # whistled by somebody else while this dialog stood open
        swap(work, press, "ask.whistle", **draft_facts(work, draft), keyboard=draft_keyboard(work, draft))
        return refused(same)
    if found is None:
        asked = draft.facts["asked"]
        units = draft.facts["units"]
        name = tips.display(tip, work)
        swap(work, press, "note.word_asked", name=name, units=units, word=asked["who"], until=asked["until"])
        return Toast("asked")
    bring_dialog(work, press, found)
    return Toast("blown")


def show_whistle(work: Work, press: Press) -> Toast:
    """The whistle that is open already, at the end of the chat."""
    found = work.by_ref(r.Whistle, press.ref)
    whistles.blower_of(work, found.township_id, press.staff(), work.get(r.Tip, work.get(r.Case, found.case_id).tip_id))
    work.send("whistle.opened", "squad", press.to, act="card", subject_id=found.id, lane=Lane.ANSWER)
    return Toast()


def _asked(work: Work, press: Press) -> tuple[r.Draft, r.Tip, r.Person]:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "whistle" or not draft.facts.get("asked"):
        raise Gone()
    tip = work.get(r.Tip, draft.subject_id)
    return draft, tip, permits.who_decides(work, draft, tip, press.staff())


def allow(work: Work, press: Press) -> Toast:
    """同意"""
    draft, tip, by = _asked(work, press)
    permits.allow(work, draft, tip, by)
    swap(work, press, "note.word_given", name=tips.display(tip, work), units=draft.facts["units"], allowed=True)
    return Toast("noted")


def redirect(work: Work, press: Press) -> Toast:
    """改派: which unit instead? Only for the county desk that was asked."""
    draft, tip, by = _asked(work, press)
    if draft.done_at is not None:
        raise AlreadyClosed()
    if not permits.may_redirect(draft):
        raise NotYours()
    if press.arg:
        permits.redirect(work, draft, tip, by, press.arg)
        swap(work, press, "note.redirected", name=tips.display(tip, work), units=draft.facts["units"])
        return Toast("blown")
    proposal, asked = whistles.propose(work, tip), set(draft.facts["units"])
    stations = list(work.county.stations(tip.township_id)) if tip.township_id else []
    units = [*stations, *(u for u in work.county.departments() if u.kind is UnitKind.DEPARTMENT)]
    keyboard = _by_kind([u for u in units if u.id not in asked], (proposal.lead, proposal.co), "redirect", draft.ref)
    back = [button("never_mind", "never_mind", draft.ref)]
    say(work, press.to, "ask.redirect", name=tips.display(tip, work), units=sorted(asked), keyboard=[*keyboard, back])
    return Toast()


def deny(work: Work, press: Press) -> Toast:
    """先不叫"""
    draft, tip, by = _asked(work, press)
    permits.deny(work, draft, tip, by)
    swap(work, press, "note.word_given", name=tips.display(tip, work), units=draft.facts["units"], allowed=False)
    return Toast("noted")


def bring_dialog(work: Work, press: Press, found: r.Whistle) -> None:
    units = [c.unit_id for c in work.calls(found.id)]
    case = work.get(r.Case, found.case_id)
    swap(
        work,
        press,
        "ask.bring",
        name=case.number,
        units=units,
        bring=found.bring,
        keyboard=_bring_keyboard(work, found),
    )


def _bring_keyboard(work: Work, found: r.Whistle) -> list[list[dict[str, Any]]]:
    items = work.book.reasons.bring
    ticked = [
        button(
            (_tick(c.label, c.code in found.bring), _tick(c.label_en, c.code in found.bring)),
            f"item.{c.code}",
            found.ref,
        )
        for c in items
    ]
    return [*grid(ticked, 2), [button("bring_done", "bring_done", found.ref, style="success")]]


def _tick(label: str, on: bool) -> str:
    return f"✅ {label}" if on else label


def _whistle(work: Work, press: Press) -> tuple[r.Whistle, r.Person]:
    found = work.by_ref(r.Whistle, press.ref)
    return found, whistles.keeper_of(work, found, press.staff())


def item(work: Work, press: Press) -> Toast:
    found, by = _whistle(work, press)
    if work.book.reasons.find("bring", press.arg) is None:
        raise Gone()
    whistles.equip(work, found, by, press.arg)
    bring_dialog(work, press, found)
    return Toast("noted")


def bring_done(work: Work, press: Press) -> Toast:
    found, _ = _whistle(work, press)
    case = work.get(r.Case, found.case_id)
    swap(
        work, press, "note.blown", name=case.number, units=[c.unit_id for c in work.calls(found.id)], bring=found.bring
    )
    return Toast("noted")


def bring(work: Work, press: Press) -> Toast:
    """需要带什么, from the board, later."""
    found, _ = _whistle(work, press)
    if found.state is not WhistleState.OPEN:
        raise AlreadyClosed()
    case = work.get(r.Case, found.case_id)
    units = [c.unit_id for c in work.calls(found.id)]
    say(
        work,
        press.to,
        "ask.bring",
        name=case.number,
        units=units,
        bring=found.bring,
        keyboard=_bring_keyboard(work, found),
    )
    return Toast()


def extend(work: Work, press: Press) -> Toast:
    """再加一家, after the whistle was blown."""
    found, by = _whistle(work, press)
    if found.state is not WhistleState.OPEN:
        raise AlreadyClosed()
    case = work.get(r.Case, found.case_id)
    tip = work.get(r.Tip, case.tip_id)
    facts = {
        "units": [c.unit_id for c in work.calls(found.id)],
        "reason": "",
        "mode": "add",
        "whistle": found.id,
    }
    draft = work.add(r.Draft(kind="extend", subject_id=tip.id, by=by.id, facts=facts, at=work.now))
    say(work, press.to, "ask.units", **_units_facts(work, tip, draft), keyboard=unit_keyboard(work, tip, draft))
    return Toast()


def stand_down(work: Work, press: Press) -> Toast:
    """撤哨: one tap, and everyone on the way hears it."""
    found, by = _whistle(work, press)
    whistles.stand_down(work, found, by, "")
    return Toast("stood_down", alert=True)


def propose_from_command(work: Work, to: To, tip: r.Tip, by: r.Person, units: list[str], reason: str) -> None:
    """`/whistle 市监局 交警 …`: the same confirmation as after the button."""
    draft = open_draft(work, tip, by, units, reason=reason)
    say(work, to, "ask.whistle", **draft_facts(work, draft), keyboard=draft_keyboard(work, draft))


def for_tip(work: Work, press: Press) -> Toast:
    """Which matter the command was meant for."""
    draft = work.get(r.Draft, press.ref)
    seats = press.staff()
    if draft.kind != "for_tip":
        raise Gone()
    by = whistles.blower_of(work, draft.subject_id, seats)
    if draft.done_at is not None:
        raise AlreadyClosed()
    draft.done_at = work.now
    facts = draft.facts
    if press.arg in ("new", "drill"):
        drill = press.arg == "drill"
        if drill:
            drills.check(work, facts["units"])
        where, what = facts.get("village"), facts.get("matter")
        tip = whistles.found_by_squad(work, by, draft.subject_id, where, what, drill=drill)
    else:
        tip = work.by_ref(r.Tip, press.arg)
        if tip.township_id != draft.subject_id or tip.hidden:
            raise Gone()
    fresh = open_draft(work, tip, by, facts["units"], reason=facts["reason"])
    swap(work, press, "ask.whistle", **draft_facts(work, fresh), keyboard=draft_keyboard(work, fresh))
    return Toast()


PRESSES = {
    "whistle": whistle,
    "swap_unit": swap_unit,
    "add_unit": add_unit,
    "unit": unit,
    "take_off": take_off,
    "back_to_draft": back_to_draft,
    "urgency": urgency,
    "raise_now": raise_now,
    "whistle_when": whistle_when,
    "whistle_at": whistle_at,
    "drop_draft": drop_draft,
    "blow": blow,
    "show_whistle": show_whistle,
    "allow": allow,
    "redirect": redirect,
    "deny": deny,
    "item": item,
    "bring": bring,
    "bring_done": bring_done,
    "extend": extend,
    "stand_down": stand_down,
    "for_tip": for_tip,
}
