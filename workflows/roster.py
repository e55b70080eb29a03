"""Who holds which seat, who is on duty, and how people join: one-time invitations bound to role and unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from workflows import records as r
from workflows.county import Role, UnitKind
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import CodeDead, Gone, NotBound, NotYours
from workflows.states import InvitationState
from workflows.work import Work


@dataclass(frozen=True, slots=True)
class Joined:
    """What somebody has become by a code."""

    person: r.Person | None
    group: r.Group | None


def seat_everyone(work: Work) -> int:
    """Bring the seats of the county's files into the records; those already there keep their binding. Returns how many are new."""
    new = 0
    seated = {person.id: person for person in work.everyone()}
    for seat in work.county.all_seats:
        known = seated.get(seat.id)
        if known is None:
            known = work.add(
                r.Person(id=seat.id, role=seat.role.value, unit_id=seat.unit_id, label=seat.label, on_duty=seat.on_duty)
            )
            new += 1
        written = {
            "role": seat.role.value,
            "unit_id": seat.unit_id,
            "label": seat.label,
            "label_en": seat.label_en,
            "post": seat.post,
            "phone": seat.phone,
            "grid_id": seat.grid_id,
            "certificate_no": seat.certificate_no,
            "certificate_valid_to": seat.certificate_valid_to,
            "may_handle": seat.may_handle and seat.certificate_status == "有效",
            "may_review": seat.may_review,
        }
        for name, value in written.items():
            if getattr(known, name) != value:
                setattr(known, name, value)
    return new


def invite(work: Work, code: str, role: str, unit_id: str, *, group: bool = False) -> r.Invitation:
    """A one-time code for a seat of this role at this unit, or for the unit's group chat."""
    offered = work.add(
        r.Invitation(
            code_hash=work.vault.mark("invitation", code),
            role=role,
            unit_id=unit_id,
            group=group,
            offered_at=work.now,
            expires_at=work.now + timedelta(hours=work.policy.invitation_hours),
        )
    )
    work.record(Kind.INVITATION_OFFERED, offered, role=role, unit=unit_id, group=group)
    return offered


def _open_invitation(work: Work, code: str) -> r.Invitation:
    found = work.find(r.Invitation, work.vault.mark("invitation", code))
    if found is None or found.state is not InvitationState.OFFERED:
        raise CodeDead()
    if work.now > found.expires_at:
        raise CodeDead()
    return found


def join(work: Work, account: str, code: str) -> r.Person:
    """`/start CODE`: the account takes the first free seat of that role and unit, or a new one. Raises CodeDead."""
    invitation = _open_invitation(work, code)
    if invitation.group:
        raise CodeDead()
    free = [p for p in work.people(invitation.unit_id, invitation.role, bound=None) if p.account is None]
    taken = work.people(invitation.unit_id, invitation.role, bound=None)
    seat = free[0] if free else _another_seat(work, invitation.role, invitation.unit_id, taken)
    invitation.move(InvitationState.USED)
    invitation.used_at, invitation.person_id = work.now, seat.id
    bind(work, seat, account)
    return seat


def _another_seat(work: Work, role: str, unit_id: str, taken: Sequence[r.Person]) -> r.Person:
    """A seat beside those of the county's files. A liaison without a post would never be rung: A first, then B."""
    number = len(taken) + 1
    unit = work.county.unit(unit_id)
    post = ""
    if role == Role.LIAISON:
        post = "B" if any(p.post == "A" for p in taken) else "A"
    return work.add(
        r.Person(
            id=f"{unit_id}-{role}-{number}",
            role=role,
            unit_id=unit_id,
            label=f"{unit.short}{number}",
            label_en=f"{unit.name_en} {number}",
            post=post,
            grid_id=unit_id if role == Role.GRID_INSPECTOR else None,
        )
    )


def bind(work: Work, seat: r.Person, account: str) -> None:
    """This account sits here from now on. What it had asked for as a sender, to be forgotten one day, is off: staff stay."""
    if (identity := work.find(r.Identity, account)) is not None:
        identity.forget = False
    seat.account, seat.bound_at, seat.on_duty = account, work.now, True
    work.record(Kind.PERSON_BOUND, seat, seat, role=seat.role, unit=seat.unit_id)


def bind_group(work: Work, chat_id: int, forum: bool, code: str) -> r.Group:
    """`/start CODE` in a group: the unit's cards appear here. Raises CodeDead."""
    invitation = _open_invitation(work, code)
    if not invitation.group:
        raise CodeDead()
    invitation.move(InvitationState.USED)
    invitation.used_at = work.now
    return seat_group(work, chat_id, forum, invitation.unit_id)


def seat_group(work: Work, chat_id: int, forum: bool, unit_id: str) -> r.Group:
    group = work.group(chat_id)
    if group is None:
        group = work.add(
            r.Group(chat_id=chat_id, unit_id=unit_id, forum=forum, lang=work.county.info.language, bound_at=work.now)
        )
    group.unit_id, group.forum, group.left_at = unit_id, forum, None
    work.record(Kind.GROUP_BOUND, group, unit=unit_id, forum=forum)
    return group


def speak_in_group(work: Work, chat_id: int, seats: Sequence[r.Person], lang: str) -> r.Group:
    """From now on the group reads this language, its standing cards too. Raises Gone for no group of ours, NotYours."""
    group = work.group(chat_id)
    if group is None or group.left_at is not None:
        raise Gone()
    by = next((s for s in seats if s.unit_id == group.unit_id), None)
    if by is None:
        raise NotYours()
    if group.lang != lang:
        group.lang = lang
        work.record(Kind.GROUP_SPEAKS, group, by, unit=group.unit_id, lang=lang)
        work.refresh(*work.subjects_shown_in(chat_id))
    return group


def expire(work: Work, invitation: r.Invitation) -> None:
    if invitation.state is InvitationState.OFFERED and work.now > invitation.expires_at:
        invitation.move(InvitationState.EXPIRED)


def set_duty(work: Work, seats: list[r.Person], on_duty: bool) -> list[r.Person]:
    """上岗 or 下岗 for every seat of the account that has duty. Raises NotBound."""
    changed = [s for s in seats if s.role in HAS_DUTY]
    if not changed:
        raise NotBound()
    for seat in changed:
        if seat.on_duty != on_duty:
            seat.on_duty = on_duty
            work.record(Kind.PERSON_DUTY, seat, seat, on_duty=on_duty)
    return changed


def unreachable(work: Work, account: str) -> None:
    """The bot was blocked or the chat is gone: marked once, told to the administrator."""
    identity = work.find(r.Identity, account)
    if identity is None or identity.blocked_at is not None:
        return
    identity.blocked_at = work.now
    for seat in work.seats_of(account):
        work.record(Kind.PERSON_UNREACHABLE, seat, seat)
        tell(work, Kind.PERSON_UNREACHABLE, seat, who=seat.label, who_en=seat.label_en, unit=seat.unit_id)


def reachable(work: Work, account: str) -> None:
    identity = work.find(r.Identity, account)
    if identity is not None and identity.blocked_at is not None:
        identity.blocked_at = None


HAS_DUTY = (
    Role.SQUAD_LEADER,
    Role.SQUAD_MEMBER,
    Role.DISPATCHER,
    Role.LIAISON,
    Role.DEPARTMENT_HEAD,
    Role.DESK,
    Role.LEADER_ON_DUTY,
    Role.TOWNSHIP_LEADER,
    Role.LEGAL_REVIEWER,
)

SITS_IN: dict[str, tuple[UnitKind, ...]] = {
    "liaison": (UnitKind.DEPARTMENT, UnitKind.STATION),
    "department_head": (UnitKind.DEPARTMENT,),
    "grid_inspector": (UnitKind.GRID,),
    "village_coordinator": (UnitKind.TOWNSHIP,),
    "township_leader": (UnitKind.TOWNSHIP,),
    **dict.fromkeys(
        ("squad_leader", "squad_member", "dispatcher", "legal_reviewer", "auxiliary", "group"), (UnitKind.SQUAD,)
    ),
    **dict.fromkeys(("desk", "leader_on_duty", "finance", "supervisor", "discipline", "admin"), (UnitKind.COUNTY,)),
}
"""In which kind of unit a role has its seats; `group` is a unit's group chat."""
