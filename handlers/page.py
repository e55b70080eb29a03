"""The pages outside the chat, `/p/<token>`: one browser each, no script, nothing of the sender.

Asking for the address shows a button and binds nothing; the press binds. Everything after that needs the browser's cookie.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from handlers import continued, document, filepage, parts
from handlers.edge import Edge, button, say
from messages import cards
from messages.render import LANGUAGES
from workflows import case as cases
from workflows import crew, link
from workflows import records as r
from workflows.refusals import AlreadyDone, Gone, Refusal
from workflows.work import To, Work

COOKIE = "whistle_page"
SAID = {
    **dict.fromkeys(("departed", "arrived", "noted_arrival", "reported", "saved", "uploaded"), "good"),
    **dict.fromkeys(("wrong_code", "already", "over", "choose", "nothing", "not_kept", "too_big"), "bad"),
}
"""What a page may say after a press, and in which colour; keys of pages.yaml."""
_A_MINUTE, _A_BROWSER, _ALL = 60.0, 40, 600
_PIECES = 600
"""Pieces of large files a minute: 2.4 gigabytes."""
_ALIVE = ("document", "upload")
"""Pages that help with a script of their own: saving as one types, going on after a broken connection. Both work without it."""
_PATH = "/p/{token:[A-Za-z0-9_-]{22}}"
_CODE = re.compile(r"\d{4}", re.ASCII)


class Limit:
    """So many requests a minute from one address, and from all together. Kept in memory: it guards the process, not a record."""

    def __init__(self, clock: Callable[[], float], *, of_one: int = _A_BROWSER, of_all: int = _ALL) -> None:
        self._clock, self._of_one, self._of_all = clock, of_one, of_all
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allows(self, address: str) -> bool:
        now = self._clock()
        own, together = self._count(address, now), self._count("*", now)
        return own <= self._of_one and together <= self._of_all

    def _count(self, key: str, now: float) -> int:
        since, count = self._seen.pop(key, (now, 0))
        if now - since >= _A_MINUTE:
            since, count = now, 0
        self._seen[key] = (since, count + 1)
        while len(self._seen) > 10_000:
            self._seen.popitem(last=False)
        return count + 1


class Pages:
    """Routes of the pages; `public_url` says how browsers reach us."""

    def __init__(self, edge: Edge, public_url: Callable[[], str], clock: Callable[[], float]) -> None:
        self._edge, self._public_url, self._limit = edge, public_url, Limit(clock)
        self._pieces = Limit(clock, of_one=_PIECES, of_all=_PIECES * 5)

    def routes(self) -> list[web.AbstractRouteDef]:
        piece = _PATH + "/part/{key:[0-9a-f]{16}}"
        parts = [web.route(method, piece, self.part) for method in ("GET", "PUT", "POST")]
        read = [web.get(f"{_PATH}/{one}", self.read) for one in filepage.ROUTES]
        return [web.get(_PATH, self.show), web.post(_PATH + "/{act:[a-z]+}", self.act), *parts, *read]

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def show(self, request: web.Request) -> web.StreamResponse:
        if not self._limit.allows(address_of(request)):
            return self._page(request, "closed", {"why": "busy"}, 429)
        token = request.match_info["token"]
        page, facts, status = await self._edge.store.read(_look, token, request.cookies.get(COOKIE))
        if page == "document":
            facts = await self._edge.store.read(partial(continued.form_facts, self._edge, facts["link"]))
        return self._page(request, page, facts, status)

    def _page(self, request: web.Request, page: str, facts: dict[str, Any], status: int = 200) -> web.Response:
        nonce, lang, said = secrets.token_urlsafe(12), language_of(request), request.query.get("said", "")
        known = said if said in SAID else ""
        body = self._edge.renderer.page(
            page,
            lang,
            {
                **facts,
                "lang": lang,
                "nonce": nonce,
                "token": request.match_info["token"],
                "said": known,
                "said_kind": SAID.get(known, ""),
            },
        )
        alive = f"script-src 'nonce-{nonce}'; connect-src 'self'; " if page in _ALIVE else ""
        headers = {
            "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; {alive}form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex, nofollow, noarchive",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }
        if status == 429:
            headers["Retry-After"] = "60"
        return web.Response(text=body, content_type="text/html", status=status, headers=headers)

    # ── pressing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def act(self, request: web.Request) -> web.StreamResponse:
        if not self._limit.allows(address_of(request)):
            return self._page(request, "closed", {"why": "busy"}, 429)
        if not self._from_here(request):
            raise web.HTTPForbidden
        token, act = request.match_info["token"], request.match_info["act"]
        if act == "open":
            return await self._open(request, token)
        if act == "upload":
            return await self._upload(request, token)
        if act == "type":
            return await self._typed(request, token)
        verb = ACTS.get(act)
        if verb is None:
            raise web.HTTPNotFound
        form = await fields_of(request)
        try:
            said = await self._edge.store.decide(_act, token, request.cookies.get(COOKIE), verb, form)
        except AlreadyDone:
            said = "already"
        except Gone:
            return self._page(request, "closed", {"why": "gone"}, 410)
        except Refusal:
            said = "over"
        if said == "saved":
            await self._edge.store.decide(_back_in_chat, self._edge, token)
        return _see_other(token, language_of(request), said)

    async def _typed(self, request: web.Request, token: str) -> web.Response:
        """What was typed up to now, from the page's own script; nothing is said in the chat."""
        form = await fields_of(request)
        try:
            await self._edge.store.decide(_act, token, request.cookies.get(COOKIE), continued.save, form)
        except Gone:
            return web.Response(status=410)
        except Refusal:
            return web.Response(status=409)
        return web.Response(status=204)

    async def part(self, request: web.Request) -> web.StreamResponse:
        """A piece of a large file; see `handlers/parts.py`."""
        if not self._pieces.allows(address_of(request)):
            return web.Response(status=429, headers={"Retry-After": "60"})
        if not self._from_here(request):
            raise web.HTTPForbidden
        try:
            return await parts.part(self._edge, request, request.cookies.get(COOKIE))
        except Refusal:
            return web.Response(status=410)

    async def read(self, request: web.Request) -> web.StreamResponse:
        """One file of a case; see `handlers/filepage.py`."""
        if not self._pieces.allows(address_of(request)):
            return self._page(request, "closed", {"why": "busy"}, 429)
        try:
            return await filepage.send(self._edge, request, request.cookies.get(COOKIE))
        except Refusal:
            return self._page(request, "closed", {"why": "gone"}, 410)
        except LookupError:  # it is not in the store: `whistle audit verify` names it
            return self._page(request, "closed", {"why": "gone"}, 404)

    async def _upload(self, request: web.Request, token: str) -> web.StreamResponse:
        """A file is read as it comes, past the limit that other requests have."""
        try:
            said = await continued.take(self._edge, request, token, request.cookies.get(COOKIE))
        except Gone:
            return self._page(request, "closed", {"why": "gone"}, 410)
        except Refusal:
            said = "over"
        return _see_other(token, language_of(request), said)

    async def _open(self, request: web.Request, token: str) -> web.StreamResponse:
        try:
            found = await self._edge.store.decide(_bind, token)
        except Gone:
            return self._page(request, "closed", {"why": "gone"}, 410)
        answer = _see_other(token, language_of(request), "")
        if found is not None:
            browser, lasts = found
            secure = self._public_url().startswith("https:")
            answer.set_cookie(
                COOKIE, browser, path=f"/p/{token}", max_age=lasts, httponly=True, secure=secure, samesite="Lax"
            )
        return answer

    def _from_here(self, request: web.Request) -> bool:
        """Whether a press comes from a page of ours: browsers say so."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc in (request.host, urlsplit(self._public_url()).netloc)


async def fields_of(request: web.Request) -> dict[str, str]:
    """The text fields of a form. Raises HTTPBadRequest for a body that is none, or that broke off."""
    found = await continued.heard(request.post())
    return {key: value for key, value in found.items() if isinstance(value, str)}


def address_of(request: web.Request) -> str:
    """Whom to count: the peer, or, behind a proxy on this machine, whom that proxy saw last."""
    peer = request.remote or ""
    if peer in ("127.0.0.1", "::1"):
        return request.headers.get("X-Forwarded-For", peer).rsplit(",", 1)[-1].strip()
    return peer


def language_of(request: web.Request) -> str:
    wanted = request.query.get("lang")
    if wanted in LANGUAGES:
        return str(wanted)
    return "en" if request.headers.get("Accept-Language", "").lower().startswith("en") else "zh"


def _see_other(token: str, lang: str, said: str) -> web.Response:
    query = "&".join([f"lang={lang}", *([f"said={said}"] if said else [])])
    return web.Response(status=303, headers={"Location": f"/p/{token}?{query}", "Cache-Control": "no-store"})


# ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _look(work: Work, token: str, browser: str | None) -> tuple[str, dict[str, Any], int]:
    """Which page this browser sees: (page, facts, status)."""
    try:
        found = link.live(work, token)
    except Gone:
        return "closed", {"why": "gone"}, 410
    if found.browser_mac is None:
        return "welcome", {}, 200
    if not link.opens(work, found, browser):
        return "closed", {"why": "elsewhere"}, 403
    if found.kind == "shift":
        return "shift", cards.shift_page(work, work.get(r.Shift, found.subject_id)), 200
    if found.kind in (document.LINK, continued.UPLOAD):
        try:
            continued.maker(work, found)
        except Gone:
            return "closed", {"why": "gone"}, 410
    if found.kind == document.LINK:
        return "document", {"link": found.id}, 200
    if found.kind == continued.UPLOAD:
        return "upload", continued.upload_facts(work, found), 200
    if found.kind == filepage.KIND:
        try:
            return "file", filepage.facts(work, found), 200
        except Refusal:
            return "closed", {"why": "gone"}, 410
    return "crew", cards.crew_page(work, crew.call_of(work, found)), 200


def _bind(work: Work, token: str) -> tuple[str, int] | None:
    found = link.live(work, token)
    browser = link.bind(work, found)
    return (browser, int((found.expires_at - work.now).total_seconds())) if browser else None


def _back_in_chat(work: Work, edge: Edge, token: str) -> None:
    continued.told(edge, link.live(work, token).id, work)


Act = Callable[[Work, r.Link, dict[str, str]], str]


def _act(work: Work, token: str, browser: str | None, verb: Act, form: dict[str, str]) -> str:
    found = link.live(work, token)
    if not link.opens(work, found, browser):
        raise Gone()
    return verb(work, found, form)


def depart(work: Work, found: r.Link, form: dict[str, str]) -> str:
    """我们出动了"""
    crew.depart(work, found)
    return "departed"


def arrive(work: Work, found: r.Link, form: dict[str, str]) -> str:
    """报到, with the squad's four digits or without."""
    code = form.get("code", "").strip()
    if code and not _CODE.fullmatch(code):
        return "wrong_code"
    if not crew.arrive(work, found, code):
        return "wrong_code"
    return "arrived" if code else "noted_arrival"


def report(work: Work, found: r.Link, form: dict[str, str]) -> str:
    """反馈. A lawful outcome rests on a paper: the liaison who passed the page on is asked for its number."""
    code = form.get("outcome", "")
    if work.book.reasons.find("outcome", code) is None:
        return "choose"
    call = crew.report(work, found, code, form.get("note", ""))
    chosen = cases.outcome_of(work, code)
    liaison = work.person(found.made_by)
    if chosen.lawful and liaison is not None and liaison.account is not None:
        work.ask(liaison.account, "call_paper", call.ref, outcome=code)
        to = To(account=liaison.account, lang=work.identity(liaison.account).lang, person_id=liaison.id)
        keyboard = [[button("no_paper_yet", "no_paper", call.ref)]]
        paper, today = cases.PAPER_OF[code], work.today.isoformat()
        say(work, to, "ask.call_paper", name=call.number, paper=paper, today=today, keyboard=keyboard)
    return "reported"


ACTS: dict[str, Act] = {"depart": depart, "arrive": arrive, "report": report, "save": continued.save}
