"""A handler lays side by side what two tips of one sender and one of another have shown: nothing tells which two belong together."""

import json
import re

import pytest

from tests.attacks.story import Wire
from tests.bot.test_clean import photo
from tests.county import County, Person
from workflows import records as r

TOLD = ("河口村集市上有人卖过期食品", "河口村集市上又有人卖过期食品了", "河口村集市上还有人卖过期食品")


async def _tells(county: County, who: Person, text: str) -> r.Tip:
    import base64

    before = {t.id for t in county.all(r.Tip)}
    await who.says(text)
    tip = next(t for t in county.all(r.Tip) if t.id not in before)
    if "另一件" in who.buttons:
        await who.presses("另一件")
    await who.sends(document=True, file={"base64": base64.b64encode(photo()).decode(), "name": "我的照片.jpg"})
    await who.sends(location={"latitude": 28.6284, "longitude": 109.4470})
    await who.says("就在桥头那边")
    return tip


def _named(value: object) -> str:
    """The bytes of a file are looked at elsewhere: two pictures drawn anew have chance in common, not a sender."""
    return "" if isinstance(value, bytes) else repr(value)


def _signs(text: str) -> set[str]:
    """Whatever could be a mark of somebody: numbers, references, names of files, hashes."""
    return set(re.findall(r"[A-Za-z0-9_\-./]{4,}", text))


async def test_two_tips_of_one_sender_have_nothing_in_common_that_others_have_not(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire()
    wire.tap(monkeypatch)
    county.others_may_hear("*"), county.group.ignores("*")
    leader = county.yunxi.leader
    one, other = county.villager(), county.villager(6_100_000_000_009, "旁人")
    for each in (leader, one, other):
        each.ignores()
    shown: list[set[str]] = []
    bytes_of: list[list[bytes]] = []
    for who, text in zip((one, one, other), TOLD, strict=True):
        await county.forward(minutes=25)
        calls = len(wire.calls)
        tip = await _tells(county, who, text)
        await county.forward(minutes=4)
        await leader.presses("受理", on=county.group, containing=county.one(r.Tip, id=tip.id).letters)
        case = county.one(r.Case, tip_id=tip.id)
        await leader.presses("看原话", on=county.group, containing=case.number)
        await leader.presses("问一句", on=county.group, containing=case.number)
        await leader.says("大概几点?")
        await who.presses("点开", containing="新答复")
        await who.says("傍晚")
        await county.forward(minutes=6)
        mine = [p for _, p in wire.calls[calls:] if p.get("chat_id") in (leader.chat_id, county.group.chat_id)]
        files = [v for p in mine for v in p.values() if isinstance(v, tuple)]
        bytes_of.append([content for _, content in files])
        shown.append(_signs(json.dumps(mine, ensure_ascii=False, default=_named)) | {name for name, _ in files})
    first, second, third = shown
    assert all(len(files) >= 1 for files in bytes_of), "the picture came through each time"

    theirs = (first & second) - third

    own = _signs(" ".join(c.number for c in county.all(r.Case)))
    minutes = re.compile(r"[\d:./-]+")
    assert {sign for sign in theirs - own if not minutes.fullmatch(sign)} == set(), "only of these two"
    assert one.account not in str(shown) and "我的照片" not in str(shown)
