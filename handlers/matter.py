"""定事项: three proposals, a search over the whole catalogue, and the officer's word; 先例: what was decided before, and its undoing."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from handlers.edge import Edge, Press, Toast, button, grid, say, swap
from workflows import precedent as precedents
from workflows import records as r
from workflows import tip as tips
from workflows import whistle as whistles
from workflows.events import Kind
from workflows.refusals import Gone, NotOwner
from workflows.states import TipState
from workflows.work import To, Work

_FOUND = 40
_PAGE = 8
_LISTED = 8


async def ask_adviser(edge: Edge, press: Press) -> list[str] | None:
    """A second opinion, where the county has a service for it: outside the transaction, and only for somebody who may decide."""
    if edge.adviser is None:
        return None
    asked = await edge.store.read(_what_may_leave, press)
    return await edge.adviser.ask(*asked) if asked is not None else None


def _what_may_leave(work: Work, press: Press) -> tuple[str, list[tuple[str, str]]] | None:
    tip = tips.of_ref(work, press.ref)
    precedents.may_decide(work, tip, list(work.seats_of(press.account)))
    return precedents.outside(work, tip)


def matters(work: Work, press: Press, advised: Sequence[str] | None = None) -> Toast:
    """定事项: what the words say, in private; the words that decided are for those alone who may read them."""
    tip = tips.of_ref(work, press.ref)
    by = precedents.may_decide(work, tip, press.staff())
    reading = precedents.read(work, tip)
    if advised is not None:
        work.record(Kind.TIP_ADVISED, tip, by, codes=list(advised))
    own = [one.code for one in reading.matters]
    part = [[button("split", "split", tip.ref)]] if reading.two and tip.state is TipState.ACCEPTED else []
    say(
        work,
        press.private,
        "ask.matter",
        sealed=True,
        name=tips.display(tip, work),
        now=tip.matter_code,
        proposed=[_proposed(one) for one in reading.matters],
        words=list(reading.words) if _may_read(work, tip, by) else [],
        two=reading.two,
        advised=list(advised or ()),
        keyboard=[*_choices(work, list(dict.fromkeys([*own, *(advised or ())])), tip), *part, _last(tip)],
    )
    return Toast("see_private") if press.chat_id is not None else Toast()


def _may_read(work: Work, tip: r.Tip, by: r.Person) -> bool:
    try:
        tips.may_read(work, tip, [by])
    except NotOwner:
        return False
    return True


def _proposed(one: precedents.Proposed) -> dict[str, Any]:
    newest = one.newest.isoformat() if one.newest else None
    return {"code": one.code, "times": one.times, "newest": newest, "moved": one.moved}


def _choices(work: Work, codes: list[str], tip: r.Tip) -> list[list[dict[str, Any]]]:
    fields = work.county.categories
    named = [work.county.matter(code) for code in codes]
    return [
        [button((m.short, f"{fields.get(m.dept_code, ('', ''))[1]}: {m.short}"), f"set_matter.{m.code}", tip.ref)]
        for m in named
    ]


def _last(tip: r.Tip) -> list[dict[str, Any]]:
    return [
        button("search_matter", "search_matter", tip.ref),
        button("never_mind", "never_mind", tip.ref),
    ]


def search_matter(work: Work, press: Press) -> Toast:
    """其他: the next words typed in private are looked up among all matters."""
    tip = tips.of_ref(work, press.ref)
    precedents.may_decide(work, tip, press.staff())
    work.ask(press.account, "matter", tip.ref)
    count = len(work.county.matters)
    say(work, press.private, "ask.matter_words", name=tips.display(tip, work), count=count, reply_keyboard="reply")
    return Toast("type_private") if press.chat_id is not None else Toast()


def typed(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """Two or three words of the officer. Nothing found: the question stays, so that other words can follow at once."""
    tip = tips.of_ref(work, prompt.ref)
    by = precedents.may_decide(work, tip, seats)
    known = text.strip().upper()
    codes = [known] if work.county.has_matter(known) else work.book.matcher.search(text, _FOUND)
    name = tips.display(tip, work)
    if not codes:
        say(work, to, "ask.no_matter", name=name, reply_keyboard="reply")
        return
    work.unask(prompt.account)
    draft = work.add(r.Draft(kind="matters", subject_id=tip.id, by=by.id, facts={"codes": codes}, at=work.now))
    say(work, to, "ask.matters_found", **_found(draft, name, 0), keyboard=_page(work, draft, tip, 0))


def _found(draft: r.Draft, name: str, page: int) -> dict[str, Any]:
    pages = -(-len(draft.facts["codes"]) // _PAGE)
    return {"name": name, "page": page + 1, "pages": pages}


def _page(work: Work, draft: r.Draft, tip: r.Tip, page: int) -> list[list[dict[str, Any]]]:
    codes = draft.facts["codes"]
    here = codes[page * _PAGE : (page + 1) * _PAGE]
    turn = []
    if page:
        turn.append(button("prev_page", f"matters_page.{page - 1}", draft.ref))
    if (page + 1) * _PAGE < len(codes):
        turn.append(button("next_page", f"matters_page.{page + 1}", draft.ref))
    return [*_choices(work, here, tip), *([turn] if turn else []), _last(tip)]


def matters_page(work: Work, press: Press) -> Toast:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "matters" or not press.arg.isdecimal():
        raise Gone()
    page = int(press.arg)
    if not 0 <= page * _PAGE < len(draft.facts["codes"]):
        raise Gone()
    tip = tips.of_ref(work, work.get(r.Tip, draft.subject_id).ref)
    precedents.may_decide(work, tip, press.staff())
    facts = _found(draft, tips.display(tip, work), page)
    swap(work, press, "ask.matters_found", **facts, keyboard=_page(work, draft, tip, page))
    return Toast()


def set_matter(work: Work, press: Press) -> Toast:
    """The officer's word: remembered with who and when, and proposed to others the next time."""
    tip = tips.of_ref(work, press.ref)
    by = precedents.may_decide(work, tip, press.staff())
    if tip.matter_code == press.arg and work.precedents_of(tip.id):
        return Toast("noted")
    precedents.decide(work, tip, by, press.arg)
    proposal = whistles.propose(work, tip)
    swap(
        work,
        press,
        "note.matter_set",
        name=tips.display(tip, work),
        matter=press.arg,
        why=proposal.reason,
        law=proposal.law,
        lead=proposal.lead,
        co=proposal.co,
        ruled=ruled(work, proposal),
        keyboard=[
            *([[button("law", "law", tip.ref, style="primary")]] if tip.case_id else []),
            [button("change_matter", "matters", tip.ref), button("show", "show", tip.ref)],
        ],
    )
    return Toast("noted")


def ruled(work: Work, proposal: whistles.Proposal) -> dict[str, Any] | None:
    """The precedent behind a proposed unit, for a text."""
    one = proposal.ruled
    if one is None:
        return None
    return {"unit": one.chosen, "theirs": one.kind == precedents.THEIRS, "at": one.made_at.isoformat()}


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_precedents(work: Work, press: Press) -> Toast:
    """先例: the newest, each with who and when, and a button that takes it back."""
    tips.desk_of(work, press.staff())
    say(work, press.private, "note.precedents", **_listed(work, 0), keyboard=_undo_keys(work, 0))
    return Toast()


def precedents_page(work: Work, press: Press) -> Toast:
    tips.desk_of(work, press.staff())
    if not press.arg.isdecimal():
        raise Gone()
    swap(work, press, "note.precedents", **_listed(work, int(press.arg)), keyboard=_undo_keys(work, int(press.arg)))
    return Toast()


def undo_precedent(work: Work, press: Press) -> Toast:
    """撤销: it counts no more; the list keeps it, struck, with who took it back."""
    by = tips.desk_of(work, press.staff())
    precedents.undo(work, work.by_ref(r.Precedent, press.ref), by)
    page = int(press.arg) if press.arg.isdecimal() else 0
    swap(work, press, "note.precedents", **_listed(work, page), keyboard=_undo_keys(work, page))
    return Toast("noted")


def _listed(work: Work, page: int) -> dict[str, Any]:
    rows = work.newest_precedents(_LISTED, page * _LISTED)
    return {
        "precedents": [
            {
                "number": page * _LISTED + n,
                "kind": one.kind,
                "read_as": one.read_as,
                "chosen": one.chosen,
                "at": one.made_at.isoformat(),
                **_who(work, one.made_by),
                "undone_at": one.undone_at.isoformat() if one.undone_at else None,
            }
            for n, one in enumerate(rows, 1)
        ]
    }


def _who(work: Work, person_id: str) -> dict[str, str]:
    person = work.person(person_id)
    return {"zh": person.label if person else "", "en": (person.label_en or person.label) if person else ""}


def _undo_keys(work: Work, page: int) -> list[list[dict[str, Any]]]:
    rows = work.newest_precedents(_LISTED + 1, page * _LISTED)
    keys = [
        button("undo_precedent", f"undo_precedent.{page}", one.ref, number=page * _LISTED + n)
        for n, one in enumerate(rows[:_LISTED], 1)
        if one.undone_at is None
    ]
    turn = [button("prev_page", f"precedents_page.{page - 1}", "-")] if page else []
    turn += [button("next_page", f"precedents_page.{page + 1}", "-")] if len(rows) > _LISTED else []
    return [*grid(keys, 3), *([turn] if turn else [])]


SLOW: dict[str, Callable[[Edge, Press], Awaitable[list[str] | None]]] = {"matters": ask_adviser}
PREPARED: dict[str, Callable[[Work, Press, list[str]], Toast]] = {"matters": matters}

PRESSES = {
    "matters": matters,
    "search_matter": search_matter,
    "matters_page": matters_page,
    "set_matter": set_matter,
    "precedents": list_precedents,
    "precedents_page": precedents_page,
    "undo_precedent": undo_precedent,
}
