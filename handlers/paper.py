"""Papers of a reward, as a file in the private chat of whoever may hold them. Made outside the transaction: LibreOffice takes seconds."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog
from telegram import Message

from handlers.edge import Edge, Press, Toast, button, grid, say
from messages import documents
from messages.documents import forms
from workflows import paper as papers
from workflows import records as r
from workflows.refusals import Gone, NotBound, Refusal
from workflows.work import To, Work

log = structlog.get_logger()
CONVERTING = asyncio.Semaphore(1)
"""One LibreOffice at a time."""
MONTH = timedelta(days=31)


def menu(work: Work, press: Press) -> Toast:
    """打印: which paper?"""
    reward = work.by_ref(r.Reward, press.ref)
    allowed = papers.may_print(work, reward, press.staff())
    keyboard = [button((forms.TITLES[form], forms.TITLES_EN[form]), f"print.{form}", reward.ref) for form in allowed]
    say(work, press.private, "ask.paper_kind", ref=reward.ref[:4], keyboard=grid(keyboard, 1))
    return Toast("sent_private")


async def prepare(edge: Edge, press: Press) -> list[dict[str, Any]]:
    """The paper that was tapped, as DOCX and, where LibreOffice is installed, as PDF."""
    name, facts = await edge.store.read(_facts, press.account, press.ref, press.arg)
    return await make(edge, press.arg, name, facts)


def _facts(work: Work, account: str, ref: str, form: str) -> tuple[str, dict[str, Any]]:
    seats = list(work.seats_of(account))
    if not seats:
        raise NotBound()
    reward = work.by_ref(r.Reward, ref)
    if form not in papers.may_print(work, reward, seats):
        raise Gone()
    return f"{forms.TITLES[form]}-{reward.ref[:4]}", forms.OF_REWARD[form](work, reward)


async def make(edge: Edge, form: str, name: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Name and content of each file, for the outbox."""
    filled = await asyncio.to_thread(documents.fill, form, facts, edge.county_folder)
    made = [(f"{name}.docx", filled)]
    async with CONVERTING:
        try:
            made.append((f"{name}.pdf", await asyncio.to_thread(documents.to_pdf, filled)))
        except documents.NoConverter:  # the DOCX alone can be printed too
            log.info("no PDF without LibreOffice", action="paper.docx_alone", form=form)
    return [{"name": n, "content": base64.b64encode(content).decode()} for n, content in made]


def sent(work: Work, press: Press, files: list[dict[str, Any]]) -> Toast:
    """The files leave, sealed for whoever asked; that they were printed is an event of the case."""
    reward = work.by_ref(r.Reward, press.ref)
    papers.printed(work, reward, press.staff(), press.arg)
    _send(work, press.private, files)
    return Toast("sent_private")


def _send(work: Work, to: To, files: list[dict[str, Any]]) -> None:
    for file in files:
        work.send("file", "owner", to, act="file", facts=file, sealed=True)
    if files and not any(file["name"].endswith(".pdf") for file in files):
        say(work, to, "note.pdf_missing")


# ── the list of what was paid ────────────────────────────────────────────────────────────────────────────────────────


def payouts(work: Work, press: Press) -> Toast:
    """发放表 of a month. `named`: with who collected, which finance alone may ask for, with a typed reason."""
    by = papers.payer_of(work, press.staff())
    if press.arg == "named":
        work.ask(press.account, "print_reason", by.id)
        say(work, press.private, "ask.print_reason", reply_keyboard="reply")
        return Toast("type_private")
    raise Gone()  # without names it is made by `prepare_payouts`


async def prepare_payouts(edge: Edge, press: Press) -> list[dict[str, Any]] | None:
    if press.arg == "named":
        return None
    facts = await edge.store.read(_payout_facts, press.account, False)
    return await make(edge, "payout_list", forms.TITLES["payout_list"], facts)


def _payout_facts(work: Work, account: str, identities: bool) -> dict[str, Any]:
    seats = list(work.seats_of(account))
    if not seats:
        raise NotBound()
    papers.payer_of(work, seats)
    return forms.payout_list(work, work.paid_since(work.now - MONTH), identities=identities)


def payouts_sent(work: Work, press: Press, files: list[dict[str, Any]]) -> Toast:
    papers.payer_of(work, press.staff())
    _send(work, press.private, files)
    return Toast("sent_private")


async def with_reason(edge: Edge, message: Message, line: str) -> None:
    """The reason was typed: written down, told to the supervisor, and only then the list with names is made."""
    account = edge.vault.account_of(message.chat.id)
    try:
        await edge.store.decide(_reason_given, account, line)
        facts = await edge.store.read(_payout_facts, account, True)
        files = await make(edge, "payout_list", forms.TITLES["payout_list"], facts)
        await edge.store.decide(_named_sent, account, files)
    except Refusal as refusal:
        await edge.store.decide(_refused, account, refusal)


def _to(work: Work, account: str) -> To:
    return To(account=account, lang=work.identity(account).lang)


def _reason_given(work: Work, account: str, line: str) -> None:
    by = papers.payer_of(work, list(work.seats_of(account)))
    papers.names_printed(work, by, line)
    work.unask(account)


def _named_sent(work: Work, account: str, files: list[dict[str, Any]]) -> None:
    _send(work, _to(work, account), files)


def _refused(work: Work, account: str, refusal: Refusal) -> None:
    say(work, _to(work, account), "note.refused_command", rule=refusal.name, facts=refusal.spoken)


SLOW: dict[str, Callable[[Edge, Press], Awaitable[Any]]] = {"print": prepare, "payouts": prepare_payouts}
PREPARED: dict[str, Callable[[Work, Press, Any], Toast]] = {"print": sent, "payouts": payouts_sent}
PRESSES = {"papers": menu, "payouts": payouts, "print": lambda work, press: sent(work, press, [])}
OUTSIDE = {"print_reason": with_reason}
