"""The county's public page of decisions, for anybody: no login, no script, no cookie; as HTML and as JSON.

    GET /public?page=1      GET /public.json?page=1      GET /public/REF      GET /public/REF.json

It is off where the county says so (`procedure.public_page`), and while pages are asked for too fast. Nothing of it is kept by browsers or
search engines: what is withdrawn must be gone.
"""

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from handlers.edge import Edge, Press, Toast, say
from handlers.page import Limit, address_of, language_of
from workflows import publication
from workflows import records as r
from workflows import tip as tips
from workflows.lawprofile import TermId
from workflows.work import Work

PATH = "/public"
_REF = "{ref:[A-Z2-7]{8}}"
_MOST = 5_000
"""The last page that is counted to."""
_LISTED = 20


class PublicPages:
    """Routes of the public page."""

    def __init__(self, edge: Edge, clock: Callable[[], float]) -> None:
        self._edge, self._limit = edge, Limit(clock)

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get(PATH, self.listed),
            web.get(f"{PATH}.json", self.listed_as_data),
            web.get(f"{PATH}/{_REF}", self.one),
            web.get(f"{PATH}/{_REF}.json", self.one_as_data),
        ]

    async def listed(self, request: web.Request) -> web.Response:
        return await self._answer(request, "public", partial(_list, _page_of(request)))

    async def one(self, request: web.Request) -> web.Response:
        return await self._answer(request, "decision", partial(_one, request.match_info["ref"]))

    async def listed_as_data(self, request: web.Request) -> web.Response:
        return await self._answer(request, "", partial(_list, _page_of(request)))

    async def one_as_data(self, request: web.Request) -> web.Response:
        return await self._answer(request, "", partial(_one, request.match_info["ref"]))

    async def _answer(self, request: web.Request, page: str, ask: Any) -> web.Response:
        if not self._limit.allows(address_of(request)):
            return web.Response(status=429, headers={"Retry-After": "60"})
        facts = await self._edge.store.read(ask)
        if facts is None:
            raise web.HTTPNotFound
        headers = {
            "Cache-Control": "no-cache",
            "X-Robots-Tag": "noindex, noarchive",
            "X-Content-Type-Options": "nosniff",
        }
        if not page:
            return web.json_response(_as_data(self._edge, facts), headers=headers, dumps=_readable)
        nonce, lang = secrets.token_urlsafe(12), language_of(request)
        headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers["Referrer-Policy"] = "no-referrer"
        body = self._edge.renderer.page(page, lang, {**facts, "lang": lang, "nonce": nonce})
        return web.Response(text=body, content_type="text/html", headers=headers)


_readable = partial(json.dumps, ensure_ascii=False)


def _page_of(request: web.Request) -> int:
    given = request.query.get("page", "1")
    return min(int(given), _MOST) if given.isascii() and given.isdigit() and len(given) < 6 and int(given) else 1


# ── what is read ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _list(page: int, work: Work) -> dict[str, Any] | None:
    if not work.policy.procedure.public_page:
        return None
    rows = work.publications((page - 1) * publication.PAGE, publication.PAGE + 1)
    decisions = [_row(work, one) for one in rows[: publication.PAGE]]
    return {"decisions": decisions, "page": page, "more": len(rows) > publication.PAGE}


def _one(ref: str, work: Work) -> dict[str, Any] | None:
    found = work.publication_at(ref) if work.policy.procedure.public_page else None
    return {"decision": _row(work, found)} if found is not None else None


def _row(work: Work, one: r.Publication) -> dict[str, Any]:
    return {
        "ref": one.ref,
        "number": one.number,
        "organ": organ_of(work, one.organ_id),
        "published_on": _day(work, one.at),
        "withdrawn_on": _day(work, one.withdrawn_at) if one.withdrawn_at else None,
        "why": one.why,
        "says": _says(work, one),
    }


def _says(work: Work, one: r.Publication) -> dict[str, Any]:
    says = publication.contents(work, one)
    return {**says, "act": publication.act_of(str(says["matter"]))} if says else {}


def organ_of(work: Work, organ_id: str) -> dict[str, Any]:
    """In whose name, in full: 示例县云溪镇(人民政府) or the department."""
    county = work.county
    town = next((t for t in county.townships if t.id == organ_id), None)
    if town is not None:
        return {"zh": f"{county.name}{town.name}", "en": town.name_en, "town": True}
    unit = county.unit(organ_id)
    name = unit.name if unit.name.startswith(county.name) else f"{county.name}{unit.name.removeprefix('县')}"
    return {"zh": name, "en": unit.name_en, "town": False}


def _day(work: Work, at: datetime) -> str:
    return at.astimezone(ZoneInfo(work.county.timezone)).date().isoformat()


# ── as data ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _as_data(edge: Edge, facts: dict[str, Any]) -> dict[str, Any]:
    if "decision" in facts:
        return _decision(edge, facts["decision"])
    listed = [_decision(edge, one) for one in facts["decisions"]]
    return {"page": facts["page"], "more": facts["more"], "decisions": listed}


def _decision(edge: Edge, row: dict[str, Any]) -> dict[str, Any]:
    """The fields of docs/casefile.md; a withdrawn one has no others than these five."""

    def label(key: str) -> str:
        return edge.renderer.line("procedure", f"opt_{key}", "zh")

    organ = edge.renderer.line("pages", "organ", "zh", row["organ"])
    found = {"ref": row["ref"], "number": row["number"], "organ": organ, "published_on": row["published_on"]}
    says = row["says"]
    if not says:
        return {**found, "withdrawn_on": row["withdrawn_on"], "withdrawn_why": label(row["why"]) if row["why"] else ""}
    return {
        **found,
        "decided_on": says["decided_on"],
        "agreement": says["agreement"],
        "case_name": edge.renderer.line("pages", "case_name", "zh", says),
        "matter": says["matter"],
        "facts": says["summary"],
        "basis": says["basis"],
        "party_kind": says["party_kind"],
        "party": says["party"],
        "unified_code": says["code"],
        "penalties": [{"kind": kind, "label": label(kind)} for kind in says["penalties"]],
        "fine_yuan": says["fine_fen"] / 100 if says["fine_fen"] else 0,
    }


# ── in the chat ──────────────────────────────────────────────────────────────────────────────────────────────────────


def view(work: Work, proc: r.Procedure) -> dict[str, Any] | None:
    """What the card of a procedure says of its publication."""
    one = work.publication_of(proc.case_id)
    if one is None:
        return None
    served = work.policy.procedure.public_page and bool(work.outside.public_url)
    address = f"{work.outside.public_url}{PATH}/{one.ref}" if served else ""
    at = one.withdrawn_at or one.at
    return {"at": at.isoformat(), "withdrawn": one.withdrawn_at is not None, "address": address}


def waiting(work: Work, found: list[publication.Due]) -> list[dict[str, Any]]:
    return [
        {
            "name": work.get(r.Case, one.proc.case_id).number,
            "matter": one.proc.matter_code,
            "organ": one.proc.organ_id,
            "withdraw": one.term is TermId.WITHDRAW,
            "ends": one.ends.isoformat(),
            "late": one.ends < work.now,
        }
        for one in found[:_LISTED]
    ]


def public_due(work: Work, press: Press) -> Toast:
    """待公开: what the squads still have to publish or withdraw, the most pressing first."""
    tips.desk_of(work, press.staff())
    found = publication.due(work)
    address = (
        f"{work.outside.public_url}{PATH}" if work.outside.public_url and work.policy.procedure.public_page else ""
    )
    say(work, press.private, "note.public_due", cases=waiting(work, found), count=len(found), address=address)
    return Toast()


PRESSES = {"public_due": public_due}
