"""一次性页面: a page outside the chat for one browser. Whoever has the address opens it once; from then on it is that browser's alone.

    made ─ opened (bound to one browser) ─ … ─ expired | revoked

Nothing is shown or bound by merely asking for the address: a chat's link preview asks for it too. The opening is a press of its own.
"""

import hmac
import secrets
from datetime import datetime

from workflows import records as r
from workflows.events import Kind
from workflows.refusals import Gone
from workflows.work import Work


def make(
    work: Work, kind: str, subject_id: str, unit_id: str, by: r.Person, expires_at: datetime
) -> tuple[r.Link, str]:
    """A new link and its address. 128 random bits; only their keyed hash is kept. Raises Gone where there are no pages."""
    if not work.outside.public_url:
        raise Gone()
    token = secrets.token_urlsafe(16)
    link = work.add(
        r.Link(
            kind=kind,
            subject_id=subject_id,
            unit_id=unit_id,
            token_mac=work.vault.mark("link", token),
            made_by=by.id,
            made_at=work.now,
            expires_at=expires_at,
        )
    )
    work.record(Kind.LINK_MADE, link, by, kind=kind, of=subject_id)
    return link, f"{work.outside.public_url}/p/{token}"


def live(work: Work, token: str) -> r.Link:
    """The link of this token. Raises Gone when there is none, or it has ended."""
    found = work.link_by_mac(work.vault.mark("link", token))
    if found is None or found.revoked_at is not None or work.now > found.expires_at:
        raise Gone()
    return found


def opens(work: Work, link: r.Link, browser: str | None) -> bool:
    """Whether this browser is the one that opened it."""
    return (
        link.browser_mac is not None
        and browser is not None
        and hmac.compare_digest(link.browser_mac, work.vault.mark("browser", browser))
    )


def bind(work: Work, link: r.Link) -> str | None:
    """The first browser opens it; returns what that browser has to show from now on. None: another one was first."""
    if link.browser_mac is not None:
        return None
    browser = secrets.token_urlsafe(16)
    link.browser_mac, link.bound_at = work.vault.mark("browser", browser), work.now
    work.record(Kind.LINK_OPENED, link, kind=link.kind, of=link.subject_id)
    return browser


def revoke(work: Work, link: r.Link, by: r.Person) -> None:
    """It opens nothing any more."""
    if link.revoked_at is None:
        link.revoked_at = work.now
        work.record(Kind.LINK_REVOKED, link, by, kind=link.kind, of=link.subject_id)
