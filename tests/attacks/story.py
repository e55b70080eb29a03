"""One whole matter with everything in it that could betray its sender, and what each role can lay hands on afterwards."""

import asyncio
import base64
import hashlib
import io
import json
import logging
import re
import sqlite3
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from pypdf import PdfReader

from bot.export import export
from bot.request import AiohttpRequest
from messages import documents
from messages.documents import forms
from tests.bot.test_clean import photo
from tests.county import PLANTED_ID, PLANTED_NAME, PLANTED_PHONE, PLANTED_WORDS, County, Person, digits
from tests.stories.walks import signed
from workflows import records as r

FAMILY_NAME, USERNAME = "令狐暗姓", "qin_anhao_88"
FORWARDED_FROM = "转发暗名老石"
CAPTION = "相片是俺从后窗照的哩"
MASKED = "我家就在老戏台斜对面"
SPOKEN = "广播声里说是初八开张的"
FIRST_WORDING, ANSWER = "一开头写错的那句俏皮话", "俺答一句天擦黑就摆出来"
LATITUDE, LONGITUDE = 28.628377, 109.447021
WORDS = (PLANTED_WORDS, CAPTION, FIRST_WORDING, ANSWER)


@dataclass
class Story:
    """What was planted, and what every role has got hold of, as text."""

    receipt: str
    account: str
    case_number: str
    reward_code: str
    files: tuple[str, ...]
    chats: dict[str, str] = field(default_factory=dict)
    protected: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    snapshots: dict[str, bytes] = field(default_factory=dict)
    log: str = ""
    pages: str = ""
    sent: dict[str, list[bytes]] = field(default_factory=dict)
    """Files that reached a phone, as bytes."""
    exports: dict[str, str] = field(default_factory=dict)
    """What can be carried out of the house in one go: papers, lists, the database as text."""
    raw: tuple[bytes, ...] = ()
    """Stretches of the picture as it came, and of what its camera wrote into it."""

    @property
    def who(self) -> list[str]:
        """Every form of who it was: id, names, telephone, forwarded name, receipt, pseudonym, and what can be computed without a key."""
        plain = [
            str(PLANTED_ID), PLANTED_NAME, FAMILY_NAME, USERNAME, PLANTED_PHONE, FORWARDED_FROM, self.receipt, self.account,
        ]  # fmt: skip
        spaced = [
            f"{PLANTED_PHONE[:3]} {PLANTED_PHONE[3:7]} {PLANTED_PHONE[7:]}",
            PLANTED_PHONE[-8:],
            f"+86{PLANTED_PHONE}",
        ]
        return [*plain, *spaced, *(form for one in plain[:5] for form in computed(one)), "tg://user"]

    @property
    def what(self) -> list[str]:
        """Every form of what was said and sent: wording, pictures, coordinates."""
        return [*WORDS, MASKED[3:], *self.files, f"{LATITUDE:.4f}", f"{LONGITUDE:.4f}"]


def computed(text: str) -> list[str]:
    """What anybody can compute from a value without a key."""
    raw = text.encode()
    hashed = [hashlib.new(name, raw) for name in ("md5", "sha1", "sha224", "sha256", "sha512", "sha3_256", "blake2b")]
    forms = [*(h.hexdigest() for h in hashed), *(base64.b64encode(h.digest()).decode().rstrip("=") for h in hashed)]
    forms += [raw.hex(), base64.b64encode(raw).decode().rstrip("="), quote(text), json.dumps(text)[1:-1], text[::-1]]
    if text.isdigit() and int(text) < 2**63:
        forms += [hex(int(text))[2:], oct(int(text))[2:], int(text).to_bytes(8, "big").hex(), f"{int(text):,}"]
    return [form for form in forms if len(form) > 6]


def binary() -> list[bytes]:
    """How a database file writes the same numbers: SQLite's six- and eight-byte integers, IEEE coordinates."""
    numbers = [PLANTED_ID.to_bytes(6, "big"), PLANTED_ID.to_bytes(8, "big"), PLANTED_ID.to_bytes(8, "little")]
    phone = int(PLANTED_PHONE)
    numbers += [phone.to_bytes(6, "big"), phone.to_bytes(8, "big")]
    return [*numbers, *(struct.pack(order, value) for order in (">d", "<d") for value in (LATITUDE, LONGITUDE))]


def shapes(text: str) -> set[bytes]:
    """One string as bytes, in the encodings in which a file may hold it."""
    return {text.encode(), text.encode("unicode_escape"), text.encode("utf-16-le"), text.encode("gb18030")}


class Listener(logging.Handler):
    """What libraries log by themselves, as loud as the process lets them (`bot/logs.py`)."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()} {record.exc_info or ''}")


class Wire:
    """Every call that the bot made, with what it said, by chat: also texts that were edited away since."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def tap(self, monkeypatch: Any) -> None:
        call = AiohttpRequest.call

        async def heard(request: AiohttpRequest, url: str, params: dict[str, Any], **more: Any) -> Any:
            method = url.rpartition("/")[2]
            if method != "getUpdates":
                self.calls.append((method, dict(params)))
            return await call(request, url, params, **more)

        monkeypatch.setattr(AiohttpRequest, "call", heard)

    def files(self, chat: int) -> list[tuple[str, bytes]]:
        """Name and bytes of every file that left for this chat."""
        mine = [p for _, p in self.calls if p.get("chat_id") == chat]
        return [v for p in mine for v in p.values() if isinstance(v, tuple) and len(v) == 2 and isinstance(v[1], bytes)]

    def of(self, chat: int) -> str:
        return "\n".join(
            f"{m} {json.dumps(p, ensure_ascii=False, default=repr)}" for m, p in self.calls if p.get("chat_id") == chat
        )


async def live_through(folder: Path, book: Any, monkeypatch: Any) -> Story:
    """From a tip with words, picture, place, contact and an edit, over question and answer, two calls and a breach, to a paid reward."""
    county, wire = County(folder / "county", book), Wire()
    wire.tap(monkeypatch)
    libraries = Listener()
    logging.getLogger().addHandler(libraries)
    monkeypatch.setattr(documents, "to_pdf", _no_converter)  # a PDF is the same text, some seconds later
    await county.start()
    county.sandbox.world.person(PLANTED_ID, PLANTED_NAME, last_name=FAMILY_NAME, username=USERNAME)
    villager, leader, second = county.villager(), county.yunxi.leader, county.yunxi.officer
    market, desk, finance = county.market, county.office.desk, county.office.finance
    station = county._seat("QL01-SJ-A")
    for one in (villager, leader, second, desk, finance, county.group):
        one.ignores("*")
    county.others_may_hear("*")

    message = await villager.sends(text=f"河口村夜市有人摆摊占道,{FIRST_WORDING}", forward_from_name=FORWARDED_FROM)
    await villager.sends(text=f"河口村夜市有人摆摊占道,{PLANTED_WORDS},{MASKED}", edit=message)
    picture = photo()
    named = {"base64": base64.b64encode(picture).decode(), "name": f"{PLANTED_NAME}.jpg"}
    await villager.sends(document=True, file=named)
    await villager.sends(photo=True, caption=CAPTION, forward_from_name=FORWARDED_FROM)
    await villager.sends(voice=True)
    await villager.sends(location={"latitude": LATITUDE, "longitude": LONGITUDE})
    await villager.sends(contact={"phone_number": PLANTED_PHONE, "first_name": PLANTED_NAME})
    story = _planted(county, villager)
    middle = len(picture) // 2
    story.raw = (picture[middle : middle + 24], picture[-26:-2], b"PhoneMaker", PLANTED_NAME.encode())
    story.snapshots |= _files(county, "while the tip is fresh")
    await villager.presses("请打成文字")
    await desk.presses("听一遍")
    await desk.says(f"{SPOKEN},{PLANTED_PHONE}")
    await villager.presses("不是")
    await villager.presses("实名")

    await leader.presses("受理", on=county.group)
    await leader.presses("看原话", on=county.group)
    await leader.presses("问一句", on=county.group)
    await leader.says("大概几点钟摆出来?")
    await villager.presses("点开", containing="新答复")
    await villager.says(ANSWER)
    await leader.presses("吹哨", on=county.group)
    await leader.presses("再加一家", on=county.group)
    await leader.presses("市监", on=county.group)
    await leader.presses("叫", on=county.group)
    await county.forward(minutes=1)
    lead = next(c for c in county.all(r.Call) if c.unit_id != "SJ")
    await station.presses("签收")
    await station.sends(location={"latitude": LATITUDE + 0.2, "longitude": LONGITUDE + 0.2})
    await county.forward(minutes=40)
    other = county._unit(lead.unit_id)
    await other.liaison_b.presses("签收")
    await other.head.says("/calls")
    await market.liaison_a.says("/calls")
    await market.head.says("/calls")
    for line in ("/tips", "/cases", "/case 0001", "/help"):
        await leader.says(line)
        await second.says(line)
    for line in ("/open", "/help", "/board"):
        await desk.says(line)
    discipline, supervisor = county._seat("QL-discipline-1"), county._seat("QL-supervisor-1")
    for one, lines in (
        (leader, ("/stats", "/board")),
        (other.head, ("/stats",)),
        (discipline, ("/opened", "/opened 0001")),
        (supervisor, ("/opened",)),
    ):
        for line in lines:
            await one.says(line)
    await leader.presses("结案", on=county.group)
    await leader.presses("责令改正", on=county.group)
    await leader.says("云溪责改〔2026〕3号 11月2日")
    await leader.presses("云溪镇队员1")
    await second.presses("核对无误")
    await signed(county, desk)
    await villager.presses("点开", containing="新答复")
    await villager.presses("点开")
    shown = next(line for text in reversed(villager.reads) for line in text.splitlines() if len(digits(line)) == 21)
    story.reward_code = digits(shown)
    await finance.says(f"/pay {shown}")
    await finance.presses("已付")
    await finance.says("PZ-2026-0007")
    neighbour = county.villager(6_000_000_000_009, "旁人")
    neighbour.ignores("*")
    await neighbour.says("河口村夜市有人摆摊占道,挡了路")
    await neighbour.says("/mytips")
    await neighbour.says(f"/mytips {story.receipt}")
    await county.forward(minutes=2)

    await _print_everything(county, desk, finance, leader, second)
    assert county.one(r.Reward).state == "paid"
    story.case_number = county.one(r.Case).number
    seats = {p.seat: p for p in county.named if isinstance(p, Person) and p.seat}
    for seat in book.county.all_seats:
        if seat.telegram_id is not None:
            seats.setdefault(seat.id, Person(county, seat.telegram_id, seat.id))
    for name, person in [*seats.items(), ("neighbour", neighbour)]:
        story.chats[name] = _reach(county, wire, person.chat_id)
        story.protected[name] = [(v["text"] or "", v["protect"]) for v in county.sandbox.world.messages(person.chat_id)]
        story.sent[name] = [content for _, content in wire.files(person.chat_id)]
        for number, (file, content) in enumerate(wire.files(person.chat_id)):
            if file.endswith(".docx"):
                story.exports[f"{name}: {file} {number}"] = unzipped(content)
    story.chats["group"] = _reach(county, wire, county.group.chat_id)
    story.pages = await _pages(county)
    story.snapshots |= _files(county, "at the end, running")
    await county.stop(judge=False)
    story.snapshots |= _files(county, "at the end, stopped")
    for name, party in (("sealed file", False), ("file for the party", True)):
        archive, _ = await asyncio.to_thread(export, county.settings(), story.case_number, for_party=party)
        story.exports[name] = unzipped(archive)
    story.exports["the database as text"] = _dump(story.snapshots["whistle.db at the end, stopped"])
    story.exports["what opened, discipline"] = story.chats["QL-discipline-1"]
    logging.getLogger().removeHandler(libraries)
    story.log = json.dumps([*county.log, *libraries.lines], ensure_ascii=False, default=repr)
    errors = [line for line in county.log if line.get("level") in ("error", "critical")]
    assert not errors, errors[:3]
    return story


def _planted(county: County, villager: Person) -> Story:
    tip = county.one(r.Tip)
    sent = [v["file"] for v in county.sandbox.world.messages(villager.chat_id) if v["file"]]
    found = re.findall(r'"file_(?:unique_)?id": "([^"]+)"', json.dumps(_updates_files(county, villager)))
    assert len(sent) == 3 and len(found) >= 6
    return Story(tip.receipt, villager.account, "", "", tuple(found))


def _updates_files(county: County, villager: Person) -> list[Any]:
    messages = county.sandbox.world.chats[villager.chat_id].messages.values()
    return [m.body for m in messages if m.file is not None]


def _reach(county: County, wire: Wire, chat: int) -> str:
    """Everything that one chat shows, has shown, or answers to a tap."""
    views = [v for v in county.sandbox.world.messages(chat) if v["from"] != chat]  # not what they wrote themselves
    shown = [json.dumps(v, ensure_ascii=False, default=str) for v in views]
    toasts = [
        str(q.answer)
        for q in county.sandbox.world.queries.values()
        if chat in (q.person, q.chat) and q.person != PLANTED_ID
    ]
    return "\n".join([*shown, wire.of(chat), *toasts])


def _files(county: County, when: str) -> dict[str, bytes]:
    return {f"{p.name} {when}": p.read_bytes() for p in sorted(county.folder.rglob("*")) if p.is_file()}


async def _pages(county: County) -> str:
    found = []
    async with aiohttp.ClientSession() as session:
        for path in ("/metrics", "/healthz"):
            async with session.get(f"http://127.0.0.1:{county.app.port}{path}") as answer:
                assert answer.status == 200
                found.append(await answer.text())
    return "\n".join(found)


def rows_of(content: bytes) -> str:
    """A database file as whoever opens it with a tool sees it: every value of every table."""
    with sqlite3.connect(":memory:") as opened:
        opened.deserialize(content[:18] + b"\x01\x01" + content[20:])  # no longer in WAL mode: it was checkpointed
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        queries = [f'SELECT * FROM "{table}"' for table in tables]  # noqa: S608 (names of our own tables)
        return "\n".join(repr(row) for query in queries for row in opened.execute(query))


def _no_converter(_: bytes) -> bytes:
    raise documents.NoConverter()


async def _print_everything(county: County, *people: Person) -> None:
    """Every paper of the reward, and the list of what was paid, by everybody who may."""
    reward = county.one(r.Reward)
    for one in people:
        for form in forms.OF_REWARD:
            await one.presses_data(f"1:print.{form}:{reward.ref}:0", 1)
        await one.presses_data("1:payouts:-:0", 1)


def unzipped(content: bytes) -> str:
    """Every part of a zipped file, the records about it too; papers inside are opened as well."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return "\n".join([*opened.namelist(), *(_text(opened.read(name)) for name in opened.namelist())])


def _text(part: bytes) -> str:
    if part.startswith(b"PK"):
        return unzipped(part)
    if part.startswith(b"%PDF"):
        paper = PdfReader(io.BytesIO(part))
        return "\n".join([str(paper.metadata), *(page.extract_text() for page in paper.pages)])
    return part.decode("utf-8", "replace") + part.hex()


def _dump(content: bytes) -> str:
    """What `.dump` of a database tool writes."""
    with sqlite3.connect(":memory:") as opened:
        opened.deserialize(content[:18] + b"\x01\x01" + content[20:])
        return "\n".join(opened.iterdump())
