"""公开: a decision on the county's public page, from the reviewer's word to its withdrawal (第四十八条). What is shown, and what never is.

    served ─► publish (reviewer: name, summary) ─► shown ─► revoke (变更 撤销 被撤销) ─► withdraw, by itself when the term ends
                 └─ unpublished, with the reason          └─ republish: the same page, corrected

The page shows what the law needs and nothing that leads to whoever sent the tip: organ, number and day of the decision, matter, basis,
penalty, the party (a person by the surname alone), and a summary of the reviewer's own, without place, day, hour or source. Of what was
withdrawn it keeps number, day and reason; the contents are sealed with a key of their own, and that key is destroyed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from workflows import party
from workflows import records as r
from workflows.events import Kind
from workflows.lawprofile import TermId
from workflows.scrub import scrub
from workflows.work import Work

BY_MATTER = "by_matter"
"""The summary says what the matter says, and no word more."""
LONGEST = 200
"""Characters of a typed summary."""
PAGE = 20
"""Decisions on one page of the list."""
WAITS = (TermId.PUBLISH, TermId.WITHDRAW)
_COMPOUND = frozenset(
    re.findall("..", "欧阳司马上官诸葛夏侯皇甫尉迟公孙慕容司徒令狐宇文长孙东方南宫端木轩辕独孤呼延百里申屠澹台太史")
)
_TIME = re.compile(
    r"\d{1,2}[:：点时]\d{0,2}|[一二三四五六七八九十]{1,3}点(?:半|钟|多|整)|凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|夜里|半夜"
)
_DAY = re.compile(
    r"\d{1,2}月\d{1,2}|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}[日号](?!线|楼|院)|昨天|今天|前天|当天|周[一二三四五六日]|yesterday"
)
_SOURCE = re.compile(
    r"举报|投诉|反映|线索|群众|村民|邻居|网格|来电|热线|12345|有人说|匿名|\btips?\b|complain|report(?:ed|er)",
    re.IGNORECASE,
)
_MATTER = re.compile(r"对(.+?)(?:行为)?(?:的)?(?:行政)?(?:处罚|处理)")
_NUMBERED = re.compile(r"\d+\s*(?:组|号楼|栋|单元|室|网格)")


@dataclass(frozen=True, slots=True)
class Due:
    """One decision that waits to be published or withdrawn."""

    proc: r.Procedure
    term: TermId
    ends: datetime


def barred(work: Work, proc: r.Procedure) -> tuple[str, str] | None:
    """Why this decision is never published, and the rule: `sealed` | `young` | `hidden` | `no_penalty`. None: it may be."""
    profile = work.book.laws.get(proc.profile_id)
    if not profile.public:
        return "sealed", profile.sealed_rule or profile.cited
    known = party.details(work, proc.case_id)
    age = known.age_on(proc.act_on or work.today) if known is not None and proc.party_kind == "person" else None
    if {"under_14", "under_18"} & set(proc.marks) or (age is not None and age < 18):
        return "young", "CF50"
    if work.get(r.Case, proc.case_id).hidden:
        return "hidden", "CF50"
    return None if proc.penalties else ("no_penalty", "CF48")


def open_for(work: Work, proc: r.Procedure) -> bool:
    """Whether a reviewer may still say yes or no."""
    settled = work.steps(proc.case_id, "unpublished", "revoke")
    return proc.published_at is None and not settled and barred(work, proc) is None


def shown(proc: r.Procedure) -> bool:
    return proc.published_at is not None and proc.withdrawn_at is None


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def masked(name: str) -> str:
    """李大田 → 李某: the surname alone, however long the name; nothing of a name that is not known."""
    bare = name.strip()
    surname = bare[:2] if bare[:2] in _COMPOUND and len(bare) > 2 else bare[:1]
    return f"{surname}某" if surname else ""


def act_of(matter: str) -> str:
    """The act that a matter of the catalogue is about: 对乱堆垃圾行为的处罚 → 乱堆垃圾. What is named otherwise stays as it is."""
    found = _MATTER.fullmatch(matter)
    return found[1] if found else matter


def unfit(work: Work, proc: r.Procedure, text: str) -> str:
    """What in a summary must not be public: `name number address place time day source`; empty when it may."""
    bare = re.sub(r"\s+", "", text)
    known = party.details(work, proc.case_id) or party.Details()
    person = proc.party_kind != "organisation"
    for what, secrets in (
        ("name", (known.name if person else "", known.legal_person)),
        ("number", (known.phone, known.id_no)),
    ):
        if any(len(one) > 1 and one in bare for one in secrets):
            return what
    if person and known.address and known.address in bare:
        return "address"
    if any(
        name in bare or (len(name) > 2 and name.removesuffix("村") in bare) for name in work.county.villages_by_name
    ):
        return "place"
    for what, pattern in (("place", _NUMBERED), ("source", _SOURCE), ("day", _DAY), ("time", _TIME)):
        if pattern.search(bare):
            return what
    kinds = scrub(text).kinds
    if kinds:
        return "number" if kinds[0] in ("phone", "id_card", "bank_card", "number") else "name"
    return ""


def _says(work: Work, proc: r.Procedure, names: str, summary: str) -> dict[str, Any]:
    known = party.details(work, proc.case_id) or party.Details()
    firm = proc.party_kind == "organisation"
    matter = work.county.matter(proc.matter_code)
    agreement = next((a.number for a in work.county.agreements if a.id == proc.agreement_id), "")
    return {
        "number": proc.number or "",
        "decided_on": proc.decided_on.isoformat() if proc.decided_on else "",
        "organ": proc.organ_id,
        "agreement": agreement,
        "matter": matter.name,
        "basis": matter.legal_basis,
        "verified": proc.basis_verified,
        "party_kind": proc.party_kind,
        "party": known.name if firm and names == "full" else masked(known.name) if not firm else "",
        "code": known.id_no if firm and names == "full" else "",
        "summary": "" if summary == BY_MATTER else summary,
        "penalties": list(proc.penalties),
        "fine_fen": proc.fine_fen,
    }


def contents(work: Work, one: r.Publication) -> dict[str, Any]:
    """What the page says; empty once it is withdrawn."""
    if one.key is None:
        return {}
    found: dict[str, Any] = work.vault.unseal(one.key, one.content)
    return found


# ── the verbs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def publish(work: Work, proc: r.Procedure, by: str, names: str, summary: str) -> r.Publication:
    """It stands on the page; a correction takes the same address."""
    one = work.publication_of(proc.case_id)
    key = work.vault.new_key()
    content = work.vault.seal(key, _says(work, proc, names, summary or BY_MATTER))
    if one is None:
        one = work.add(
            r.Publication(case_id=proc.case_id, organ_id=proc.organ_id, number=proc.number or "", at=work.now, by=by)
        )
    one.key, one.content, one.by = key, content, by
    if proc.published_at is None:
        proc.published_at = work.now
    work.record(Kind.DECISION_PUBLISHED, proc, by, number=proc.number, names=names, anew=one.at != work.now)
    return one


def withdraw(work: Work, proc: r.Procedure, by: str, *, lapsed: bool = False) -> None:
    """Taken down: number, day and reason stay, the contents cannot be read by anybody any more."""
    proc.withdrawn_at = work.now
    one = work.publication_of(proc.case_id)
    why = next((str(s.facts.get("revoke_why", "")) for s in work.steps(proc.case_id, "revoke")), "")
    if one is not None:
        one.key, one.content, one.withdrawn_at, one.why = None, b"", work.now, why
    work.record(Kind.DECISION_WITHDRAWN, proc, by, number=proc.number, why=why, lapsed=lapsed)


def lapse(work: Work, proc: r.Procedure) -> bool:
    """Nobody has withdrawn it in time: it goes by itself, for it may not stand a day longer. Returns whether it stood."""
    if not shown(proc):
        return False
    withdraw(work, proc, "", lapsed=True)
    return True


# ── what waits ───────────────────────────────────────────────────────────────────────────────────────────────────────


def due(work: Work, township_ids: Sequence[str] | None = None) -> list[Due]:
    """Decisions that wait to be published or withdrawn, the next to end first; of these townships, or of the county."""
    waiting: dict[str, tuple[TermId, datetime]] = {}
    for row in work.deadlines_open("term.ends"):
        proc_id, _, term = row.subject_id.rpartition(":")
        if term in WAITS:
            waiting[proc_id] = (TermId(term), row.due_at)
    for proc in work.unpublished():  # the term has passed, and still nobody has said yes or no
        if proc.id not in waiting and proc.served_on is not None and open_for(work, proc):
            rule = work.book.laws.get(proc.profile_id).terms[TermId.PUBLISH]
            start = datetime.combine(proc.served_on, time(12), ZoneInfo(work.county.timezone))
            waiting[proc.id] = (TermId.PUBLISH, rule.ends(start, work.county))
    found = []
    for proc_id, (term, ends) in waiting.items():
        known = work.find(r.Procedure, proc_id)
        if known is not None and (township_ids is None or known.township_id in township_ids):
            found.append(Due(known, term, ends))
    return sorted(found, key=lambda one: one.ends)
