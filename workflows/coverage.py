"""Is somebody there, and can they be reached? Looked at daily and before each shift.

Hours of the coming days without anybody are told once each; people whom nothing reaches, at saving and daily before their shift.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflows import hours
from workflows import records as r
from workflows import shift as shifts
from workflows.county import Staffed
from workflows.events import Kind
from workflows.notify import tell
from workflows.rota import Span
from workflows.work import Work

LISTED = 8
"""So many empty hours are listed; more are counted."""


def look_ahead(work: Work, rota: r.Rota, *, everybody: bool = False) -> None:
    """Hours of the coming days without anybody, told once each; people whom nothing reaches, at saving and daily before their shift."""
    if rota.retired_at is not None:
        return
    _schedule_look(work, rota)
    _tell_gaps(work, rota)
    planned = shifts.schedule(work, rota)
    soon = planned.spans(work.now, work.now + timedelta(days=1), shifts.changes(work, rota))
    people = {one for span in soon for one in span.members}
    if everybody and planned.plans:
        people |= planned.plans[-1].people
    _tell_unreached(work, rota, people)


def look_again(work: Work, rota: r.Rota) -> None:
    """The daily look, and the one before a shift."""
    look_ahead(work, rota)


def _schedule_look(work: Work, rota: r.Rota) -> None:
    """At the daily hour, or before the next shift if that comes earlier."""
    rule = work.policy.rota
    zone = ZoneInfo(work.county.timezone)
    daily = datetime.combine(work.today, rule.daily_at, zone)
    while daily <= work.now:
        daily = datetime.combine(daily.date() + timedelta(days=1), rule.daily_at, zone)
    change = shifts.schedule(work, rota).next_change(work.now, shifts.changes(work, rota))
    lead = timedelta(minutes=rule.before_shift_minutes)
    before = change - lead if change is not None and change - lead > work.now else daily
    work.cancel(rota.id, "rota.look")
    work.due("rota.look", rota.id, min(daily, before))


def gaps(work: Work, rota: r.Rota) -> list[tuple[datetime, datetime]]:
    """Hours of the coming days that should be covered and are not. What has passed is not reported; a gap keeps its true beginning."""
    planned = shifts.schedule(work, rota)
    if not planned.plans:
        return []
    begins = max(planned.plans[0].since, work.now - timedelta(days=8))
    ends = work.now + timedelta(days=work.policy.rota.gap_days)
    found = planned.gaps(begins, ends, shifts.changes(work, rota))
    wanted = [part for gap in found for part in _needed(work, rota, gap)]
    return [(a, b) for a, b in wanted if b > work.now]


def _needed(work: Work, rota: r.Rota, gap: Span) -> list[tuple[datetime, datetime]]:
    """The part of a gap in which somebody should be there: always for a staffed unit, else while offices are open."""
    unit = work.county.unit(rota.unit_id)
    if rota.needed == "always" or (not rota.needed and unit.staffed is Staffed.STAFFED):
        return [(gap.begins, gap.ends)]
    if rota.needed == "never":
        return []
    zone, rule = ZoneInfo(work.county.timezone), work.policy.hours
    day, last = gap.begins.astimezone(zone).date(), gap.ends.astimezone(zone).date()
    found = []
    while day <= last:
        if hours.is_workday(day, work.county):
            opens, shuts = (datetime.combine(day, at, zone) for at in (rule.day_from, rule.night_from))
            begins, ends = max(gap.begins, opens), min(gap.ends, shuts)
            if begins < ends:
                found.append((begins, ends))
        day += timedelta(days=1)
    return found


def _tell_gaps(work: Work, rota: r.Rota) -> None:
    found = gaps(work, rota)
    told = set(rota.gaps_told)
    fresh = [(a, b) for a, b in found if a.isoformat() not in told]
    rota.gaps_told = sorted(a.isoformat() for a, _ in found)
    if not fresh:
        return
    listed = [{"begins": max(a, work.now).isoformat(), "ends": b.isoformat()} for a, b in fresh]
    work.record(Kind.ROTA_GAP, rota, gaps=listed[:LISTED])
    tell(work, Kind.ROTA_GAP, rota, gaps=listed[:LISTED], more=max(0, len(listed) - LISTED), **shifts.rota_facts(rota))


def unreached(work: Work, people: Iterable[str]) -> list[dict[str, Any]]:
    """Those of them whom no message reaches: never started the bot, or blocked it."""
    found = []
    for one in sorted(people):
        person = work.person(one)
        if person is None or not work.live_account(person.account):
            why = "blocked" if person is not None and person.account else "never_started"
            found.append({"id": one, "who": shifts.name_of(person), "why": why})
    return found


def _tell_unreached(work: Work, rota: r.Rota, people: Iterable[str]) -> None:
    today = work.today.isoformat()
    fresh = [one for one in unreached(work, people) if rota.flagged.get(one["id"]) != today]
    if not fresh:
        return
    rota.flagged = {**rota.flagged, **{one["id"]: today for one in fresh}}
    work.record(Kind.ROTA_UNREACHED, rota, people=[one["id"] for one in fresh])
    tell(work, Kind.ROTA_UNREACHED, rota, people=fresh, **shifts.rota_facts(rota))
