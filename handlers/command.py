"""Slash commands. Each has a button that does the same; a stranger's command of the staff is refused politely and logged."""

from collections.abc import Callable
from typing import Any

from telegram import Message, Update
from telegram.ext import ContextTypes

from handlers import (
    board,
    deskshift,
    mytips,
    own,
    people,
    phone,
    privacy,
    procedure,
    reply,
    review,
    roster,
    rota,
    stats,
    whistle,
    window,
)
from handlers.claim import pay_code
from handlers.edge import Press, Toast, button, grid, puzzled, say, understood
from handlers.message import _may_report as may_report
from handlers.said import Said
from messages import cards
from workflows import drill as drills
from workflows import records as r
from workflows import reward as rewards
from workflows import tip as tips
from workflows import whistle as whistles
from workflows.county import Role
from workflows.events import SECRET, Kind
from workflows.places import find_places
from workflows.refusals import NotBound, NoUnit, OldButton, Refusal, UnknownUnit, WrongChat
from workflows.states import CaseState, RewardState, TipState
from workflows.tip import Item
from workflows.unitnames import find_units
from workflows.work import Work

Verb = Callable[[Work, Said], None]


# ── everyone ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def help_(work: Work, said: Said) -> None:
    roles = [s.role for s in said.seats]
    listed = roster.menu_of(roles)
    every = dict.fromkeys([*listed, *roster.more_of(roles)])
    keyboard = grid([button((f"/{name}", f"/{name}"), f"do.{name}", "-") for name in every if name != "help"], 3)
    say(work, said.to, "note.help", roles=roles, commands=listed, keyboard=keyboard)


def tip(work: Work, said: Said) -> None:
    """/tip: nothing to fill in, just speak."""
    say(work, said.me, "note.tip")


def mytips_(work: Work, said: Said) -> None:
    mytips.command(work, said.account, said.me)


def reward(work: Work, said: Said) -> None:
    """/reward: what is under way. A squad sees the steps of its own cases; the county the amounts, and no case."""
    seat = said.seat(*_REWARD_ROLES)
    own = None if seat.unit_id == work.county.id else work.county.unit(seat.unit_id).township_ids[0]
    shown = (RewardState.PROPOSED, RewardState.ANNOUNCED, RewardState.CLAIMED, RewardState.PAID)
    newest = work.newest_rewards(own, *shown, limit=12)
    found = [(one, work.get(r.Case, one.case_id)) for one in newest]
    listed = [
        {
            "name": case.number if own else one.ref[:4],
            "amount_fen": None if own or not one.amount_fen else one.amount_fen,
            "step": rewards.STEPS[one.state],
            "state": one.state.value,
            "lapses_at": one.lapses_at.isoformat() if one.lapses_at else None,
        }
        for one, case in found
    ]
    may_reverse = seat.role in work.policy.reward.reverse_roles
    keyboard = [
        button("reverse", "reverse", one.ref, number=one.ref[:4])
        for one, _ in found
        if may_reverse and one.state is not RewardState.PROPOSED
    ]
    keyboard += [button("papers", "papers", one.ref, number=one.ref[:4]) for one, _ in found[-6:]]
    if seat.role in work.policy.reward.payer_roles:
        keyboard += [button("payouts", "payouts.blank", "-"), button("payouts_named", "payouts.named", "-")]
    say(work, said.me, "note.rewards", rewards=listed, keyboard=grid(keyboard, 2))


_REWARD_ROLES = (Role.SQUAD_LEADER, Role.DESK, Role.LEADER_ON_DUTY, Role.FINANCE, Role.SUPERVISOR)


def lang(work: Work, said: Said) -> None:
    """/lang: one's own language; in the group of one's own unit, the group's."""
    if said.chat_id is not None and not said.foreign and said.seats:
        keys = [[button("chinese", "group_lang.zh", "-"), button("english", "group_lang.en", "-")]]
        say(work, said.to, "ask.group_language", keyboard=keys)
        return
    say(
        work, said.me, "ask.language", keyboard=[[button("chinese", "lang.zh", "-"), button("english", "lang.en", "-")]]
    )


def cancel(work: Work, said: Said) -> None:
    say(work, said.me, "note.cancelled" if work.unask(said.account) else "note.nothing_to_cancel")


# ── staff ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def report(work: Work, said: Said) -> None:
    """/report: photo, place, matter: three taps."""
    said.seat(Role.GRID_INSPECTOR)
    say(work, said.me, "ask.pin_inspector", reply_keyboard="pin")


def onduty(work: Work, said: Said) -> None:
    roster.duty(work, said.account, True)


def offduty(work: Work, said: Said) -> None:
    roster.duty(work, said.account, False)


def _squad_seat(work: Work, said: Said) -> tuple[r.Person, str]:
    seat = said.seat(Role.SQUAD_LEADER, Role.SQUAD_MEMBER, Role.DISPATCHER)
    return seat, work.county.unit(seat.unit_id).township_ids[0]


def tips_(work: Work, said: Said) -> None:
    """/tips: what waits and what is being handled in the township."""
    _, township = _squad_seat(work, said)
    found = work.tips_of_township(township, TipState.SUBMITTED, TipState.ACCEPTED, limit=12)
    listed = [
        {
            "name": tips.display(t, work),
            "state": t.state.value,
            "place": cards.place_facts(t),
            "matter": t.matter_code,
            "due_at": due.isoformat() if (due := tips.shown_due(work, t)) else None,
            "breached": t.breached_at is not None,
        }
        for t in found
    ]
    keyboard = grid([button((x["name"], x["name"]), "show", t.ref) for x, t in zip(listed, found, strict=True)], 2)  # type: ignore[arg-type]
    say(work, said.to, "note.tips", tips=listed, keyboard=keyboard)


def cases(work: Work, said: Said) -> None:
    """/cases: the newest of the township."""
    _, township = _squad_seat(work, said)
    found = work.cases_of_township(township)
    stages = work.stages_of([c.id for c in found])
    listed = [
        {
            "name": c.number,
            "state": c.state.value,
            "matter": c.matter_code,
            "outcome": c.outcome,
            "stage": stages.get(c.id),
            "at": c.opened_at.isoformat(),
        }
        for c in found
    ]
    shown = [(c, work.get(r.Tip, c.tip_id)) for c in found if c.state is CaseState.OPEN]
    say(
        work,
        said.to,
        "note.cases",
        cases=listed,
        keyboard=grid([button((c.number, c.number), "show", t.ref) for c, t in shown], 2),
    )


def case(work: Work, said: Said) -> None:
    """/case 云溪-2026-0147: what happened when."""
    _, township = _squad_seat(work, said)
    number = said.line.replace(" ", "").upper()
    if not number:
        cases(work, said)
        return
    found = work.case_numbered(number) or next(
        (c for c in work.cases_of_township(township, limit=200) if number and c.number.endswith(number)), None
    )
    if found is None or found.township_id != township or found.hidden:
        say(work, said.to, "note.no_case", number=said.line)
        return
    happened = [
        *work.events_of(found.tip_id),
        *work.events_of(found.id),
        *(e for w in work.whistles(found.id) for e in work.events_of(w.id)),
        *(e for c in work.calls_of_case(found.id) for e in work.events_of(c.id)),
    ]
    known = [e for e in happened if e.by != "source" and e.kind not in SECRET]
    known.sort(key=lambda e: (e.at, e.id or 0))
    lines = [
        {"kind": e.kind, "at": e.at.isoformat(), "who": _label(work, e.by, "zh"), "who_en": _label(work, e.by, "en")}
        for e in known[-25:]
    ]
    source = work.get(r.Tip, found.tip_id)
    is_open = found.state is CaseState.OPEN
    keyboard = [[button("show", "show", source.ref), button("lawful", "law", found.ref)]] if is_open else []
    say(
        work,
        said.to,
        "note.case",
        name=found.number,
        state=found.state.value,
        outcome=found.outcome,
        matter=found.matter_code,
        events=lines,
        keyboard=keyboard,
    )
    proc = work.procedure_of(found.id)
    if proc is not None:
        procedure.show(work, proc, said.seats, said.me)


def _label(work: Work, person_id: str, language: str) -> str:
    person = work.person(person_id)
    if person is None:
        return ""
    return person.label if language == "zh" else person.label_en or person.label


def calls(work: Work, said: Said) -> None:
    """/calls: what this unit still has to answer; a head sees the stations of the department too."""
    reply.calls_command(work, said.seats, said.me)


def open_(work: Work, said: Said) -> None:
    """/open: who has not answered yet, how long, whom to phone."""
    said.seat(Role.DESK, Role.LEADER_ON_DUTY, Role.SUPERVISOR)
    waiting = [c for c in work.open_calls() if c.acknowledged_at is None]
    listed = [{**cards.call_facts(work, c)} for c in waiting]
    silent = [
        {
            "name": tips.display(t, work),
            "place": cards.place_facts(t),
            "matter": t.matter_code,
            "due_at": due.isoformat(),
            "breached": t.breached_at is not None,
        }
        for t in work.tips_waiting(TipState.SUBMITTED)
        if (due := tips.shown_due(work, t)) is not None
    ]
    keyboard = grid([button("take_one", "take_call", c.ref, name=c.number) for c in waiting if c.breached_at][:8], 1)
    if any(seat.role in (Role.DESK, Role.LEADER_ON_DUTY) for seat in said.seats):
        keyboard.append([button("drill", "drill", "-")])
    if any(seat.role == Role.DESK for seat in said.seats):
        keyboard.append([button("precedents", "precedents", "-"), button("hotspots", "hotspots", "-")])
        keyboard.append([button("public_due", "public_due", "-")])
    say(work, said.me, "note.open", calls=listed[:20], tips=silent[:20], keyboard=keyboard)


def whistle_(work: Work, said: Said) -> None:
    """/whistle 市监局 交警 河口集市占道经营"""
    if not said.seats:
        raise NotBound()
    township = whistles.township_of(work, said.seats)
    by = whistles.blower_of(work, township, said.seats)
    found = find_units(said.line, work.county, township)
    if found.unknown or found.ambiguous:
        word = found.unknown[0].word if found.unknown else found.ambiguous[0].word
        candidates = found.unknown[0].suggestions if found.unknown else found.ambiguous[0].candidates
        raise UnknownUnit(
            word=word, suggestions=[u.short for u in candidates], suggestions_en=[u.name_en for u in candidates]
        )
    if not found.units:
        raise NoUnit()
    units = [u.id for u in found.units]
    in_topic = _tip_of_topic(work, said)
    if in_topic is not None:
        whistle.propose_from_command(work, said.to, in_topic, by, units, found.reason)
        return
    places = find_places(found.reason, work.county)
    village = next((v.id for v in places.villages if v.township_id == township), None)
    guesses = work.book.matcher.guess(found.reason) if found.reason else []
    facts: dict[str, Any] = {
        "units": units,
        "reason": found.reason,
        "village": village,
        "matter": guesses[0].code if guesses else None,
    }
    draft = work.add(r.Draft(kind="for_tip", subject_id=township, by=by.id, facts=facts, at=work.now))
    open_tips = work.tips_of_township(township, TipState.ACCEPTED, TipState.SUBMITTED, limit=6)
    choices = [[button((_name(work, t), _name(work, t)), f"for_tip.{t.ref}", draft.ref)] for t in open_tips]
    drill = [[button("as_drill", "for_tip.drill", draft.ref)]] if drills.today(work, units) else []
    say(
        work,
        said.to,
        "ask.for_tip",
        units=units,
        reason=found.reason,
        keyboard=[*choices, [button("new_matter", "for_tip.new", draft.ref, style="primary")], *drill],
    )


def _name(work: Work, t: r.Tip) -> str:
    where = work.county.village(t.village_id).name if t.village_id else ""
    what = work.county.matter(t.matter_code).short if t.matter_code else ""
    return f"{tips.display(t, work)} {where} {what}".strip()[:60]


def _tip_of_topic(work: Work, said: Said) -> r.Tip | None:
    if said.chat_id is None or said.thread is None:
        return None
    found = work.tip_of_topic(said.chat_id, said.thread)
    return found if found is not None and found.state in (TipState.SUBMITTED, TipState.ACCEPTED) else None


def pay(work: Work, said: Said) -> None:
    """/pay without a code: the next typed line is the code."""
    by = said.seat(*work.policy.reward.payer_roles)
    work.ask(said.account, "pay", by.id)
    say(work, said.me, "ask.pay", reply_keyboard="reply")


def rota_(work: Work, said: Said) -> None:
    """/rota, or /rota 市监局"""
    rota.open_rotas(work, said.me, said.seats, _units_named(work, said))


def people_(work: Work, said: Said) -> None:
    """/people, or /people 市监局"""
    people.open_people(work, said.me, said.seats, _units_named(work, said))


def _units_named(work: Work, said: Said) -> list[str]:
    """The unit that the line names, if it names any. Raises UnknownUnit."""
    if not said.line:
        return []
    if work.county.has_unit(said.line.upper()):
        return [said.line.upper()]
    own = next((s for s in said.seats if work.county.unit(s.unit_id).township_ids), None)
    found = find_units(said.line, work.county, work.county.unit(own.unit_id).township_ids[0] if own else None)
    if not found.units:
        raise UnknownUnit(word=said.line.split()[0], suggestions=[], suggestions_en=[])
    return [unit.id for unit in found.units]


def mute(work: Work, said: Said) -> None:
    """/mute: one's own reminders rest; what else one may set stands below."""
    own.mute_command(work, said.seats, said.me)


def stop(work: Work, said: Said) -> None:
    """/stop: nothing is sent any more, until /start."""
    own.stop_command(work, said.seats, said.me)


COMMANDS: dict[str, Verb] = {
    "mute": mute,
    "stop": stop,
    "help": help_,
    "tip": tip,
    "mytips": mytips_,
    "lang": lang,
    "cancel": cancel,
    "report": report,
    "onduty": onduty,
    "offduty": offduty,
    "tips": tips_,
    "cases": cases,
    "case": case,
    "calls": calls,
    "open": open_,
    "phone": phone.phone,
    "shift": deskshift.shift,
    "whistle": whistle_,
    "extend": window.extend_,
    "apply": window.apply_,
    "pay": pay,
    "reward": reward,
    **privacy.COMMANDS,
    **board.COMMANDS,
    "review": review.review,
    "rota": rota_,
    "people": people_,
    "stats": stats.stats,
}


def do(work: Work, press: Press) -> Toast:
    """A button that does what its command does."""
    verb = COMMANDS.get(press.arg)
    if verb is None:
        raise OldButton()
    verb(work, Said.pressed(work, press))
    return Toast()


PRESSES = {"do": do}


async def on_command(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Any slash command except /start."""
    message, edge = update.effective_message, context.bot_data["edge"]
    if message is None or message.text is None or update.edited_message is not None:
        return
    word, line = [*message.text.split(None, 1), ""][:2]
    name, _, meant_for = word.lstrip("/").lower().partition("@")
    if meant_for and meant_for != edge.bot_username.lower():
        return
    try:
        if name == "pay" and line.strip():
            if message.chat.type != "private":
                raise WrongChat()
            await pay_code(edge, message, line)
            return
        await edge.store.decide(_decide, message, name, line)
    except Refusal as refusal:
        await edge.store.decide(note_refusal, message, name, refusal)


def _decide(work: Work, message: Message, name: str, line: str) -> None:
    said = Said(work, message, line)
    verb = COMMANDS.get(name)
    if _says_something(work, said, name):
        _hear_as_tip(work, said, message, name)
        return
    if verb is None:
        if said.private and puzzled(work, said.account):
            help_(work, said)
        return
    verb(work, said)
    understood(work, said.account)


def _says_something(work: Work, said: Said, name: str) -> bool:
    """Whether a villager's or an inspector's command has a tip behind it: nothing that was said is lost."""
    if not said.private or not said.line or not may_report(said.seats):
        return False
    if name in ("tip", "report"):
        return True
    places = find_places(said.line, work.county)
    named = bool(places.villages or places.candidates or places.townships)
    return name not in COMMANDS and (named or bool(work.book.matcher.guess(said.line)))


def _hear_as_tip(work: Work, said: Said, message: Message, name: str) -> None:
    item = Item(kind="text", message=said.message, text=said.line if name in COMMANDS else message.text or "")
    inspector = next((s for s in said.seats if s.role == Role.GRID_INSPECTOR), None)
    tips.hear(work, said.account, said.lang, item, inspector=inspector)


def note_refusal(work: Work, message: Message, name: str, refusal: Refusal) -> None:
    """Logged, and answered with the reason."""
    said = Said(work, message, "")
    by = said.seats[0].id if said.seats else "stranger"
    work.record(
        Kind.PRESS_REFUSED,
        r.Draft(ref=name[:16], kind="command", subject_id="", by=by, at=work.now),
        by,
        command=name[:32],
        why=refusal.name,
    )
    say(work, said.to, "note.refused_command", rule=refusal.name, facts=refusal.spoken, group=refusal.group)
