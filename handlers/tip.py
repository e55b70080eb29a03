"""Taps on a tip: the sender's receipt, and the squad's card."""

from datetime import timedelta
from typing import Any

from handlers import duplicate
from handlers.edge import Press, Toast, button, grid, options, say, swap
from workflows import duplicate as duplicates
from workflows import evidence
from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.refusals import AlreadyClosed, Gone, NotYourTip, Stale, WrongChat
from workflows.states import TipState
from workflows.work import Lane, To, Work

# ── the sender ───────────────────────────────────────────────────────────────────────────────────────────────────────


def mine(work: Work, press: Press) -> r.Tip:
    """The presser's own tip, in the presser's own chat: in a group the answer would show whose it is."""
    if press.chat_id is not None:
        raise WrongChat()
    tip = work.by_ref(r.Tip, press.ref)
    if tip.account != press.account:
        raise NotYourTip()
    return tip


def done(work: Work, press: Press) -> Toast:
    """没有了,就这些"""
    tip = mine(work, press)
    tips.submit(work, tip)
    return Toast("sent_on")


def withdraw(work: Work, press: Press) -> Toast:
    tips.withdraw(work, mine(work, press), press.account)
    return Toast("withdrawn")


def real_name(work: Work, press: Press) -> Toast:
    tips.set_named(work, mine(work, press), press.account, press.name or "-")
    return Toast("named", alert=True)


def anonymous(work: Work, press: Press) -> Toast:
    tips.set_named(work, mine(work, press), press.account, None)
    return Toast("anonymous")


def pin(work: Work, press: Press) -> Toast:
    """📍我在现场: one tall button that sends the present position."""
    mine(work, press)
    say(work, press.private, "ask.pin", reply_keyboard="pin")
    return Toast()


def towns(work: Work, press: Press) -> Toast:
    """选村子: first the township …"""
    tip = mine(work, press)
    tips.may_be_placed(tip)
    if tip.township_id:
        return _villages(work, press, tip.township_id)
    buttons = [button((t.name, t.name_en), f"town.{t.id}", tip.ref, tip.rev) for t in work.county.townships]
    swap(work, press, "ask.town", keyboard=[*grid(buttons, 3), [button("skip", "skip", tip.ref, tip.rev)]])
    return Toast()


def town(work: Work, press: Press) -> Toast:
    """… then the village."""
    mine(work, press)
    return _villages(work, press, press.arg)


def _villages(work: Work, press: Press, township_id: str) -> Toast:
    tip = mine(work, press)
    tips.may_be_placed(tip)
    if township_id not in {t.id for t in work.county.townships}:
        raise Gone()
    buttons = [
        button((v.name, v.name), f"village.{v.id}", tip.ref, tip.rev) for v in work.county.villages_of(township_id)
    ]
    swap(
        work,
        press,
        "ask.village",
        keyboard=[*grid(buttons, 3), [button("skip", "skip", tip.ref, tip.rev)]],
        township=township_id,
    )
    return Toast()


def village(work: Work, press: Press) -> Toast:
    tip = mine(work, press)
    tips.place(work, tip, press.account, press.arg)
    return Toast("noted")


def skip(work: Work, press: Press) -> Toast:
    """说不清,先这样: of the question that the button stood under, not of the one that came after it."""
    tip = mine(work, press)
    if tip.state is TipState.COLLECTING and press.rev != tip.rev:
        raise Stale()
    tips.skip_question(work, tip, press.account)
    return Toast("noted")


def matter(work: Work, press: Press) -> Toast:
    tips.name_matter(work, mine(work, press), press.account, press.arg)
    return Toast("noted")


def same(work: Work, press: Press) -> Toast:
    tips.same_or_other(work, mine(work, press), press.account, True)
    return Toast("noted")


def other(work: Work, press: Press) -> Toast:
    tips.same_or_other(work, mine(work, press), press.account, False)
    return Toast("noted")


def appeal(work: Work, press: Press) -> Toast:
    tip = mine(work, press)
    tips.appeal(work, tip, press.account)
    swap(work, press, "note.appealed", sealed=True, receipt=tip.receipt)
    return Toast("appealed")


def fine(work: Work, press: Press) -> Toast:
    mine(work, press)
    return Toast("thanks")


def result(work: Work, press: Press) -> Toast:
    """点开看: the result, folded again after a minute."""
    tips.unfold(work, mine(work, press), press.account)
    return Toast()


def solved(work: Work, press: Press) -> Toast:
    tips.rate(work, mine(work, press), press.account, True)
    return Toast("thanks")


def unsolved(work: Work, press: Press) -> Toast:
    tips.rate(work, mine(work, press), press.account, False)
    return Toast("unsolved", alert=True)


def seen(work: Work, press: Press) -> Toast:
    """别人看到什么: the words as the two who handle it will read them."""
    tip = mine(work, press)
    items = [part for item in tips.as_others_see(work, tip) for part in _parts(item)][:12]
    label = "mask_again" if tip.unmasked else "unmask"
    masked = tip.unmasked or any(item["masks"] for item in items)
    keyboard = [[button("fine", "fine", tip.ref), button(label, label, tip.ref)]] if masked else []
    if tip.voice:
        other = (
            button("voice_no", "voice_no", tip.ref) if tip.voice == "yes" else button("voice_yes", "voice_yes", tip.ref)
        )
        keyboard.append([other])
    draft = work.add(r.Draft(kind="seen", subject_id=tip.id, by=press.account, facts={"lang": press.lang}, at=work.now))
    facts = {"items": items, "plain": tip.unmasked, "keyboard": keyboard}
    work.send("note.seen", "owner", press.private, subject_id=draft.ref, facts=facts, sealed=True, lane=Lane.ANSWER)
    work.due("privacy.fold", draft.ref, work.now + timedelta(seconds=work.policy.notice.fold_seconds))
    return Toast()


def home_yes(work: Work, press: Press) -> Toast:
    """照片是从家里拍的"""
    tips.taken_from_home(work, mine(work, press), press.account, True)
    return Toast("home", alert=True)


def home_no(work: Work, press: Press) -> Toast:
    tips.taken_from_home(work, mine(work, press), press.account, False)
    return Toast("noted")


def no_questions(work: Work, press: Press) -> Toast:
    """别再问了"""
    tips.silence(work, mine(work, press), press.account)
    return Toast("silenced", alert=True)


def unmask(work: Work, press: Press) -> Toast:
    """不用遮"""
    return _masks(work, press, True)


def mask_again(work: Work, press: Press) -> Toast:
    """遮上"""
    return _masks(work, press, False)


def _masks(work: Work, press: Press, plain: bool) -> Toast:
    tip = mine(work, press)
    tips.unmask(work, tip, press.account, plain)
    items = [part for item in tips.as_others_see(work, tip) for part in _parts(item)][:12]
    label = "mask_again" if plain else "unmask"
    keyboard = [[button("fine", "fine", tip.ref), button(label, label, tip.ref)]]
    swap(work, press, "note.seen", sealed=True, items=items, plain=plain, keyboard=keyboard)
    return Toast("noted")


# ── the squad ────────────────────────────────────────────────────────────────────────────────────────────────────────


def handler_of(work: Work, press: Press, tip: r.Tip) -> r.Person:
    """The seat from which the presser may handle this tip: an officer of its squad, or the desk while it has no township."""
    return tips.handler_of(work, tip, press.staff())


def show(work: Work, press: Press) -> Toast:
    """Send the tip's card again, at the end of the chat."""
    tip = tips.of_ref(work, press.ref)
    if not tip.desk or not any(s.role == Role.DESK for s in press.staff()):
        tips.may_see(work, tip, press.staff())
    send_card(work, press.to, tip)
    return Toast()


def send_card(work: Work, to: To, tip: r.Tip) -> None:
    work.send("tip.submitted", "squad", to, lane=Lane.ANSWER, act="card", subject_id=tip.id)


def accept(work: Work, press: Press) -> Toast:
    """受理"""
    tip = tips.of_ref(work, press.ref)
    by = tips.officer_of(work, tip, press.staff())
    case = tips.accept(work, tip, by)
    duplicate.offer(work, press, tip)
    return Toast("accepted", {"number": case.number})


def read(work: Work, press: Press) -> Toast:
    """看原话: only for whoever has taken it, in private, and it is an event."""
    tip = tips.of_ref(work, press.ref)
    by = tips.may_read(work, tip, press.staff())
    send_original(work, press.private, tip, tips.open_original(work, tip, by))
    return Toast("sent_private")


def send_original(work: Work, to: To, tip: r.Tip, items: list[dict[str, Any]]) -> None:
    """Words as protected messages of at most a screenful, pictures and voices after them, sealed with the reader's key until they leave."""
    texts = [part for item in items for part in _parts(item)]
    later = tips.kept_back_until(work, tip)
    pages: list[list[dict[str, Any]]] = [[]]
    for text in texts:
        if pages[-1] and sum(len(t["text"]) for t in pages[-1]) + len(text["text"]) > _PAGE:
            pages.append([])
        pages[-1].append(text)
    for page in pages:
        say(
            work,
            to,
            "note.original",
            sealed=True,
            name=tips.display(tip, work),
            items=page,
            home=tip.home == "yes",
            later=later.isoformat() if later and any(item.get("file_id") for item in items) else None,
            protect=True,
            named=tip.named,
        )
    for item in items:
        facts: dict[str, Any] = {}
        if item["home"] and not item["voice"]:
            continue  # sealed evidence: the view would give away the window
        if item.get("file_id") and item["kind"] in ("photo", "video", "voice", "document"):
            facts = {"kind": item.get("sent_as", item["kind"]), "file_id": item["file_id"]}
        elif "latitude" in item:
            facts = {"kind": "location", "latitude": item["latitude"], "longitude": item["longitude"]}
        if facts:
            heard = item["voice"]
            waits = None if heard else later
            work.send(
                "note.original",
                "owner",
                to,
                act="media",
                subject_id=item["typing"] if heard else tip.id,
                facts=facts,
                sealed=True,
                lane=Lane.ANSWER,
                not_before=waits,
            )


_PAGE = 1500  # characters: an emoji counts twice, and each line carries its time


def _parts(item: dict[str, Any]) -> list[dict[str, Any]]:
    """One message of the sender, in pieces that fit: nothing of it is left out."""
    text = item.get("text", "")
    pieces = [text[i : i + _PAGE] for i in range(0, len(text), _PAGE)] or [""]
    same = {name: item[name] for name in ("at", "kind", "masks", "revised", "silent", "mute", "wait")}
    return [{**same, "text": piece} for piece in pieces]


def look(work: Work, press: Press) -> Toast:
    """到现场看了, or 电话核实了. A tip that nobody has taken yet is taken with it."""
    tip = tips.of_ref(work, press.ref)
    by = tips.officer_of(work, tip, press.staff())
    if tip.state is TipState.SUBMITTED:
        tips.accept(work, tip, by)
    if press.arg == "by_phone":
        tips.look(work, tip, by, "by_phone")
        return Toast("looked")
    tips.look(work, tip, by)
    evidence.ask_shots(work, work.get(r.Case, tip.case_id), by, press.private)
    return Toast("looked")


def decline(work: Work, press: Press) -> Toast:
    """不予受理: why, in the county's list."""
    tip = tips.of_ref(work, press.ref)
    handler_of(work, press, tip)
    if tip.state is not TipState.SUBMITTED:
        raise AlreadyClosed()
    say(
        work,
        press.to,
        "ask.decline",
        name=tips.display(tip, work),
        keyboard=[*options(work.book.reasons.decline, "declined", tip.ref), _never(tip)],
    )
    return Toast()


def _never(tip: r.Tip) -> list[dict[str, Any]]:
    return [button("never_mind", "never_mind", tip.ref)]


def never_mind(work: Work, press: Press) -> Toast:
    """算了: the question goes away, nothing changes."""
    press.staff()
    swap(work, press, "note.never_mind")
    return Toast()


def declined(work: Work, press: Press) -> Toast:
    tip = tips.of_ref(work, press.ref)
    by = handler_of(work, press, tip)
    if work.book.reasons.find("decline", press.arg) is None:
        raise Gone()
    if tips.needs_early_reason(tip) and not tip.desk:
        return ask_early(work, press, tip, {"reason": press.arg})
    tips.decline(work, tip, by, press.arg, None)
    swap(work, press, "note.declined", name=tips.display(tip, work), reason=press.arg)
    return Toast("noted")


def ask_first_check(work: Work, press: Press, tip: r.Tip) -> Toast:
    """首查责任: what must be recorded before anything is passed on, with the buttons that record it."""
    keyboard = [
        [button("look", "look", tip.ref, style="primary"), button("look_by_phone", "look.by_phone", tip.ref)],
        _never(tip),
    ]
    say(work, press.to, "ask.first_check", name=tips.display(tip, work), keyboard=keyboard)
    return Toast()


def ask_early(work: Work, press: Press, tip: r.Tip, facts: dict[str, Any]) -> Toast:
    """Not looked at yet, so turning it away needs a reason of its own."""
    draft = work.add(r.Draft(kind="early", subject_id=tip.id, by=press.seats[0].id, facts=facts, at=work.now))
    keyboard = [*options(work.book.reasons.pass_on_early, "early", draft.ref), _never(tip)]
    swap(work, press, "ask.early", name=tips.display(tip, work), keyboard=keyboard)
    return Toast()


def early(work: Work, press: Press) -> Toast:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "early" or work.book.reasons.find("pass_on_early", press.arg) is None:
        raise Gone()
    tip = work.get(r.Tip, draft.subject_id)
    by = tips.officer_of(work, tip, press.staff())
    if draft.done_at is not None:
        raise AlreadyClosed()
    draft.done_at = work.now
    name = tips.display(tip, work)
    tips.decline(work, tip, by, draft.facts["reason"], press.arg)
    swap(work, press, "note.declined", name=name, reason=draft.facts["reason"])
    return Toast("noted")


def merge(work: Work, press: Press) -> Toast:
    """并案: into which open matter of the township?"""
    tip = tips.of_ref(work, press.ref)
    tips.officer_of(work, tip, press.staff())
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED):
        raise AlreadyClosed()
    likely = [one.tip for one in duplicates.near(work, tip)]
    others = list({t.id: t for t in (*likely, *work.matching_tip(tip))}.values())[:8]
    if not others:
        return Toast("nothing_to_merge", alert=True)
    labels = [(_merge_label(work, t), t.ref) for t in others]
    keyboard = [[button((label, label), f"merge_into.{ref}", tip.ref)] for label, ref in labels]
    say(work, press.to, "ask.merge", name=tips.display(tip, work), keyboard=[*keyboard, _never(tip)])
    return Toast()


def _merge_label(work: Work, tip: r.Tip) -> str:
    where = work.county.village(tip.village_id).name if tip.village_id else ""
    what = work.county.matter(tip.matter_code).short if tip.matter_code else ""
    return f"{tips.display(tip, work)} {where} {what}".strip()[:60]


def merge_into(work: Work, press: Press) -> Toast:
    tip = work.by_ref(r.Tip, press.ref)
    by = tips.officer_of(work, tip, press.staff())
    target = work.by_ref(r.Tip, press.arg)
    tips.merge(work, tip, target, by)
    swap(work, press, "note.merged", name=tips.display(tip, work), into=tips.display(target, work))
    return Toast("noted")


def question(work: Work, press: Press) -> Toast:
    """问一句: the next line typed in private goes to the sender, who stays unknown."""
    tip = tips.of_ref(work, press.ref)
    try:
        handler_of(work, press, tip)
    except AlreadyClosed:  # to the township a hidden tip is one that has ended
        return Toast("question_waits", alert=True)
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED) or work.open_question(tip.id) is not None:
        return Toast("question_waits", alert=True)
    work.ask(press.account, "question", tip.ref)
    say(work, press.private, "ask.question", name=tips.display(tip, work), reply_keyboard="reply")
    return Toast("type_private")


def take_tip(work: Work, press: Press) -> Toast:
    """我来催"""
    tip = tips.of_ref(work, press.ref)
    tips.take(work, tip, tips.desk_of(work, press.staff()))
    swap(work, press, "note.taken", name=tips.display(tip, work))
    return Toast("taken")


PRESSES = {
    "done": done,
    "withdraw": withdraw,
    "real_name": real_name,
    "anonymous": anonymous,
    "pin": pin,
    "towns": towns,
    "town": town,
    "village": village,
    "skip": skip,
    "matter": matter,
    "same": same,
    "other": other,
    "appeal": appeal,
    "fine": fine,
    "result": result,
    "seen": seen,
    "home_yes": home_yes,
    "home_no": home_no,
    "no_questions": no_questions,
    "unmask": unmask,
    "mask_again": mask_again,
    "solved": solved,
    "unsolved": unsolved,
    "show": show,
    "accept": accept,
    "read": read,
    "look": look,
    "decline": decline,
    "declined": declined,
    "early": early,
    "merge": merge,
    "merge_into": merge_into,
    "never_mind": never_mind,
    "question": question,
    "take_tip": take_tip,
}
