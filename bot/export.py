"""`whistle export CASE --out ZIP`: the whole file of a case, sealed so that a third party can check it with sha256sum and openssl alone.

    正卷/ 副卷/      every document as PDF/A-2b and DOCX, in the order of the index
    证据/            originals under their number, or copies without metadata (`--for-party`)
    file.json        the same as data: index, what is missing, documents, evidence with its custody, what happened and when
    SHA256SUMS       a line for each file; SHA256SUMS.sig is its Ed25519 signature, signer.pem the key that checks it; verify.sh does both

Whoever sent the tip is in none of it: neither the tip nor its events, rewards and questions are read.
"""

import asyncio
import hashlib
import io
import re
import zipfile
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot import evidence as shelves
from bot.agreements import bytes_of
from bot.clean import CannotClean, clean
from bot.settings import BadSetting, Settings
from bot.vault import MasterVault
from messages import documents as printed
from messages.render import Renderer
from workflows import document as documents
from workflows import evidence
from workflows import file as files
from workflows import records as r
from workflows.events import Kind
from workflows.states import DocumentState, EvidenceState
from workflows.work import Work

VERIFY = Path(__file__).parent / "verify.sh"
OF_THE_CASE = (
    "case.",
    "act.",
    "paper.",
    "evidence.",
    "document.",
    "file.",
    "whistle.",
    "call.",
    "dispute.",
    "step.",
    "procedure.",
    "term.",
    "hearing.",
    "review.",
    "outcome.",
    "decision.",
    "decision.",
)
"""Which facts go along. What a tip, a reward or a question to its sender left behind stays inside."""
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "audio/ogg": "oga",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "text/plain": "txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


class Incomplete(Exception):
    """Something that belongs into the file cannot be read; says which."""


@dataclass
class Bundle:
    """What is to be sealed: path in the archive → name in the evidence store, and the data about it."""

    case_id: str
    number: str
    made_at: datetime
    stored: list[tuple[str, str]] = field(default_factory=list)
    converted: list[tuple[str, str]] = field(default_factory=list)  # a PDF still to be made from this DOCX
    agreements: list[tuple[str, str]] = field(default_factory=list)  # path without ending, name
    pieces: list[tuple[str, str, str]] = field(default_factory=list)  # path without ending, name, media type
    indexes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


def export(settings: Settings, number: str, *, for_party: bool = False) -> tuple[bytes, dict[str, Any]]:
    """The sealed archive and what it holds: files, lacks. Raises BadSetting for an unknown number, Incomplete."""
    from bot.console import decide

    renderer: list[Renderer] = []

    def collect(work: Work) -> Bundle:
        renderer.append(Renderer(work.book))
        case = work.case_numbered(number)
        if case is None:
            raise BadSetting(f"{number}: there is no case of this number — e.g. 云溪-2026-0147, as the card shows it")
        return _collect(work, case, renderer[0], settings.county, for_party=for_party)

    bundle = decide(settings, collect)
    contents = asyncio.run(_contents(settings, bundle, for_party=for_party))
    contents["file.json"] = orjson.dumps(bundle.data, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    contents["verify.sh"] = VERIFY.read_bytes()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(contents.items())).encode()

    def seal(work: Work) -> tuple[bytes, bytes]:
        vault = work.vault
        assert isinstance(vault, MasterVault)  # noqa: S101
        case = work.get(r.Case, bundle.case_id)
        evidence.shown(work, case, "console", [e for e in evidence.of_case(work, case) if e.sha256], "export")
        work.record(
            Kind.FILE_EXPORTED,
            case,
            "console",
            files=len(contents),
            sums=hashlib.sha256(sums).hexdigest(),
            party=for_party,
        )
        return vault.sign(sums), vault.public_key()

    signature, key = decide(settings, seal)
    sealed = {**contents, "SHA256SUMS": sums, "SHA256SUMS.sig": signature, "signer.pem": key}
    return _zip(sealed, bundle.made_at), {"files": len(contents), "lacks": bundle.data["lacks"]}


def _zip(contents: dict[str, bytes], at: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(path, at.timetuple()[:6])
            entry.external_attr = (0o755 if path == "verify.sh" else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


# ── reading the records ──────────────────────────────────────────────────────────────────────────────────────────────


def _collect(work: Work, case: r.Case, renderer: Renderer, county: Path, *, for_party: bool) -> Bundle:
    forms, file = work.book.forms, files.of(work, case)
    zone = ZoneInfo(work.county.timezone)
    bundle = Bundle(case.id, case.number, work.now.astimezone(zone))
    entries = [e for e in files.index(forms, file) if not for_party or e.volume == "main"]

    def say(key: str, **facts: Any) -> str:
        return renderer.line("papers", key, "zh", facts)

    by_number = {(d.form, d.number or ""): d for d in work.documents(case.id) if d.state is not DocumentState.DRAFT}
    for entry in entries:
        if entry.kind == "agreement" and file.agreement_text:
            stem = f"{say('volume_main')}/{entry.no:02d}-{say('count_agreement', count=1)}-{_safe(entry.number)}"
            bundle.agreements.append((stem, file.agreement_text))
        document = by_number.get((entry.form, entry.number)) if entry.form else None
        if document is None:
            continue
        form = forms.form(entry.form)
        title = form.title if form else entry.form
        folder = say(f"volume_{entry.volume}")
        mark = say("void_mark") if document.state is DocumentState.VOID else ""
        stem = f"{folder}/{entry.no:02d}-{_safe(title)}{'-' + _safe(entry.number) if entry.number else ''}{mark}"
        if document.docx:
            bundle.stored.append((f"{stem}.docx", document.docx))
            (bundle.stored if document.pdf else bundle.converted).append((f"{stem}.pdf", document.pdf or document.docx))
    kept = [e for e in evidence.of_case(work, case) if e.state is EvidenceState.KEPT]
    folder = say("volume_evidence")
    for number, one in enumerate((e for e in kept if e.sha256), 1):
        bundle.pieces.append((f"{folder}/{number:03d}-{one.kind}", one.sha256 or "", one.mime))
    for volume in dict.fromkeys(e.volume for e in entries):
        rows = [_row(work, e, say, zone) for e in entries if e.volume == volume]
        bundle.indexes.append(
            (f"{say(f'volume_{volume}')}/00-{say('index')}.pdf", _index_facts(work, case, volume, rows, say, zone))
        )
    bundle.data = _data(work, case, file, entries, kept, for_party=for_party)
    if for_party:
        _only_what_is_printed(bundle.data, county)
    return bundle


def _safe(text: str) -> str:
    return re.sub(r"[\\/:*?\"<>|\s]+", "_", text)


def _row(work: Work, entry: files.Entry, say: Any, zone: ZoneInfo) -> dict[str, Any]:
    form = work.book.forms.form(entry.form)
    title = form.title if form else say(f"count_{entry.kind}", count=entry.count)
    note = say("void_mark") if "void" in entry.marks else ""
    day = entry.at.astimezone(zone).date().isoformat() if entry.at else ""
    return {
        "no": entry.no,
        "number": entry.number,
        "title": title,
        "day": day,
        "pages": entry.pages or "",
        "note": note,
    }


def _index_facts(
    work: Work, case: r.Case, volume: str, rows: list[dict[str, Any]], say: Any, zone: ZoneInfo
) -> dict[str, Any]:
    from messages.documents import case_forms

    known = case_forms.known(work, case, "index", {}, say)
    procedure = work.procedure_of(case.id)
    return {
        **known,
        "matter": known.get("matter")
        or (work.county.matter(case.matter_code).name if case.matter_code else say("no_matter")),
        "party_name": known.get("party_name") or say("no_party"),
        "volume": say(f"volume_{volume}"),
        "count": len(rows),
        "rows": rows,
        "keep": work.book.forms.keep.get(procedure.kind if procedure else "simple", ""),
        "number": "",
    }


def _only_what_is_printed(data: dict[str, Any], county: Path) -> None:
    """The party reads in `file.json` what the papers say, and no more: not what the office knew when it made them, who brought a
    piece of evidence, or at what minute the case was opened."""
    for one in data["documents"]:
        printed_here = printed.fields_of(one["form"], county)
        one["says"] = {field: value for field, value in one["says"].items() if field in printed_here}
    for piece in data["evidence"]:
        for key in ("by", "received_at", "kept_at"):
            del piece[key]
    data["opened_at"] = None


def _data(
    work: Work, case: r.Case, file: files.File, entries: list[files.Entry], kept: list[r.Evidence], *, for_party: bool
) -> dict[str, Any]:
    inside = {e.form for e in entries}
    procedure = work.procedure_of(case.id)
    hidden = {"id", "ref", "rev", "opinion_hash", "pay_ref"}
    events = [] if for_party else _events(work, case)
    return {
        "case": case.number,
        "made_at": work.now.isoformat(),
        "for": "party" if for_party else "office",
        "state": case.state.value,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "matter": case.matter_code,
        "outcome": case.outcome,
        "outcomes": [
            {"kind": o.kind, "quantity": o.quantity, "unit": o.unit, "penalty": o.penalty, "at": o.at}
            for o in work.outcomes(case.id)
        ],
        "procedure": {k: v for k, v in procedure.model_dump().items() if k not in hidden} if procedure and not for_party else None,
        "index": [{"volume": e.volume, "no": e.no, "form": e.form, "kind": e.kind, "number": e.number, "count": e.count} for e in entries],
        "lacks": [] if for_party else [asdict(one) for one in files.lacks(work.book.forms, file)],
        "documents": [
            {
                "form": d.form,
                "number": d.number,
                "state": d.state.value,
                "digest": d.digest,
                "docx": d.docx,
                "pdf": d.pdf,
                "made_by": d.made_by,
                "made_at": d.made_at,
                "signatures": d.signatures,
                "served_at": d.served_at,
                "voided": d.why,
                "says": documents.facts(work, d),
            }
            for d in work.documents(case.id)
            if d.state is not DocumentState.DRAFT and d.form in inside
        ],
        "evidence": [
            {
                "kind": e.kind,
                "proof": e.proof,
                "shot": e.shot,
                "by": e.by,
                "received_at": e.at,
                "taken_at": e.taken_at,
                "kept_at": e.kept_at,
                "sha256": e.sha256,
                "size": e.size,
                "mime": e.mime,
                "words": e.words,
                "latitude": e.latitude,
                "longitude": e.longitude,
                "same_as": next((o.sha256 for o in kept if o.id == e.same_as), None),
                "looks_like": next((o.sha256 for o in kept if o.id == e.like), None),
            }
            for e in kept
        ],
        "transfers": [] if for_party else _transfers(work, case),
        "events": events,
    }  # fmt: skip


def _events(work: Work, case: r.Case) -> list[dict[str, Any]]:
    """What happened to the case, in its chain's order; which tip it began with stays inside."""
    found = work.events_of_case(case.id)
    told = [e for e in found if e.kind.startswith(OF_THE_CASE) and e.by != "source"]
    return [
        {
            "seq": e.seq,
            "at": e.at,
            "kind": e.kind,
            "by": e.by,
            "facts": {k: v for k, v in e.facts.items() if k != "tip"},
        }
        for e in told
    ]


def _transfers(work: Work, case: r.Case) -> list[dict[str, Any]]:
    """移送 and its receipt: to whom, why, and who took it over or gave it back when."""
    keys = ("unit_id", "reason", "state", "offered_by", "offered_at", "answered_by", "answered_at")
    return [{key: getattr(one, key) for key in keys} for one in work.transfers_of(case.tip_id)]


# ── reading the bytes ────────────────────────────────────────────────────────────────────────────────────────────────


async def _contents(settings: Settings, bundle: Bundle, *, for_party: bool) -> dict[str, bytes]:
    shelf = shelves.Shelf(shelves.url_of(settings))
    made: dict[str, bytes] = {}
    for path, name in bundle.stored:
        made[path] = await _bytes(shelf, path, name)
    for stem, name, mime in bundle.pieces:
        data = await _bytes(shelf, stem, name)
        if for_party:
            try:
                ending, data = (fresh := clean(data))[0].rpartition(".")[2], fresh[1]
            except CannotClean:
                continue  # what cannot be cleaned is not published
            made[f"{stem}.{ending}"] = data
        else:
            made[f"{stem}.{_ENDINGS.get(mime, 'bin')}"] = data
    texts: list[tuple[str, bytes]] = []
    for stem, name in bundle.agreements:
        data, ending = await _agreement(shelf, settings, stem, name)
        made[f"{stem}.{ending}"] = data
        if ending != "pdf":
            texts.append((f"{stem}.pdf", data if ending == "docx" else printed.plain(data.decode())))
    sources = [(path, printed.fill("index", facts, settings.county)) for path, facts in bundle.indexes]
    sources += [(path, await _bytes(shelf, path, name)) for path, name in bundle.converted]
    sources += texts
    pdfs = await asyncio.to_thread(printed.to_pdfs, [docx for _, docx in sources], archive=True)
    made.update({path: pdf for (path, _), pdf in zip(sources, pdfs, strict=True)})
    return made


async def _agreement(shelf: shelves.Shelf, settings: Settings, stem: str, name: str) -> tuple[bytes, str]:
    """The published text as it was when the case was begun, and its ending: from the county's folder, else from the store."""
    found = bytes_of(settings.county, name)
    data = found if found is not None else await _bytes(shelf, stem, name)
    mime = shelves.kind_of(data)
    return data, "pdf" if mime == "application/pdf" else "txt" if mime == "text/plain" else "docx"


async def _bytes(shelf: shelves.Shelf, path: str, name: str) -> bytes:
    try:
        return await shelf.get(name)
    except shelves.Missing:
        raise Incomplete(f"{path}: {name[:16]}… is not in the evidence store — bring it back from a backup") from None
    except shelves.Changed:
        raise Incomplete(
            f"{path}: {name[:16]}… was changed in the evidence store — bring it back from a backup"
        ) from None
