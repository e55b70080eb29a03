"""What people set for themselves: /mute and its button, own extra reminders, status notices, /stop."""

from handlers.edge import Press, Toast, button, grid, say, swap
from workflows import own
from workflows import records as r
from workflows.refusals import Gone
from workflows.work import To, Work


def _settings(work: Work, account: str) -> list[list[dict[str, object]]]:
    identity = work.identity(account)
    muted = identity.muted_until is not None and identity.muted_until > work.now
    first = button("unmute", "unmute", "-") if muted else _mute_button(work)
    offered = dict.fromkeys([*work.policy.notice.own_minutes, *identity.own_minutes])
    minutes = [
        button("minutes_on", f"own_minutes.{m}", "-", minutes=m)
        if m in identity.own_minutes
        else button("minutes_off", f"own_minutes.{m}", "-", minutes=m)
        for m in sorted(offered)
    ]
    notices = (
        button("notices_off", "notices.on", "-") if identity.notices_off else button("notices_on", "notices.off", "-")
    )
    return [[first], *grid(minutes, 2), [notices]]


def _mute_button(work: Work) -> dict[str, object]:
    return button("mute", "mute", "-", minutes=work.policy.notice.mute_minutes)


def _muted_until(work: Work, account: str) -> str | None:
    until = work.identity(account).muted_until
    return until.isoformat() if until is not None and until > work.now else None


def mute_command(work: Work, seats: list[r.Person], to: To) -> None:
    """/mute. Raises NotBound."""
    account = to.account or ""
    own.mute(work, seats, account)
    say(work, to, "note.own", muted_until=_muted_until(work, account), keyboard=_settings(work, account))


def mute(work: Work, press: Press) -> Toast:
    """静音: from a call's card or reminder, or from the settings."""
    until = own.mute(work, press.staff(), press.account)
    say(
        work,
        press.private,
        "note.own",
        muted_until=_muted_until(work, press.account),
        keyboard=_settings(work, press.account),
    )
    return Toast("muted", {"at": until.isoformat()})


def unmute(work: Work, press: Press) -> Toast:
    """取消静音"""
    own.unmute(work, press.staff(), press.account)
    _draw(work, press)
    return Toast("noted")


def own_minutes(work: Work, press: Press) -> Toast:
    """One more reminder so many minutes after each ring, or no more."""
    if not press.arg.isdecimal():
        raise Gone()
    own.toggle_minutes(work, press.staff(), press.account, int(press.arg))
    _draw(work, press)
    return Toast("noted")


def notices(work: Work, press: Press) -> Toast:
    """进展通知"""
    own.set_notices(work, press.staff(), press.account, off=press.arg == "off")
    _draw(work, press)
    return Toast("noted")


def _draw(work: Work, press: Press) -> None:
    if press.chat_id is None:  # in a group it would stand in place of everybody's card
        swap(
            work,
            press,
            "note.own",
            muted_until=_muted_until(work, press.account),
            keyboard=_settings(work, press.account),
        )


def stop_command(work: Work, seats: list[r.Person], to: To) -> None:
    """/stop: the answer is the last thing that is said."""
    served = own.stop(work, to.account or "")
    labels, labels_en = [s.label for s in served], [s.label_en or s.label for s in served]
    keyboard = [[button("start_again", "start_again", "-", style="success")]]
    say(work, to, "note.stopped", staff=bool(seats), labels=labels, labels_en=labels_en, keyboard=keyboard)


def start_again(work: Work, press: Press) -> Toast:
    """恢复接收: what /start does."""
    own.start(work, press.account)
    swap(work, press, "note.started")
    return Toast("noted")


PRESSES = {
    "mute": mute,
    "unmute": unmute,
    "own_minutes": own_minutes,
    "notices": notices,
    "start_again": start_again,
}
