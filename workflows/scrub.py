"""What must not be read by those who handle a case: numbers, addresses and phrases that point to the sender.

Number plates stay: they are evidence. Masking errs on the side of hiding; it is not the only wall, since a card never
shows the sender's words at all.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MASK = "▇▇▇"

_DIGIT = "0-9０-９零〇○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两①②③④⑤⑥⑦⑧⑨⓪"
_GAP = r"[\s\-–—_.,·・,，、。/\\|()（）+\u200b-\u200f\u2060\ufeff]{0,4}"
# Seven digits or more in a row, however they are parted: telephones, identity cards, bank cards.
_NUMBER = re.compile(rf"(?:[+＋]?[{_DIGIT}]{_GAP}){{6,}}[{_DIGIT}xXｘＸ]")
_MAIL = re.compile(r"[\w.+-]+\s*[@＠]\s*[\w-]+(?:\s*[.．。]\s*[\w-]+)+")
_LINK = re.compile(r"(?:https?://)?(?:t|telegram)\s*\.\s*(?:me|dog)\s*/\s*[^\s，。,]+|tg://[^\s，。]+", re.IGNORECASE)
_AT = re.compile(r"[@＠][A-Za-z0-9_]{3,32}")
_CHAT_ID = re.compile(r"(?:微信|QQ|qq|扣扣|VX|vx|V信|微信号)\s*(?:号)?\s*[::是]?\s*[A-Za-z0-9_-]{5,20}")
_STOP = r"[^,，。.;；!！?？\n]"
_SENDER = re.compile(
    rf"(?:我是(?!说|不|想|看|要|来|在)|我叫(?!他|她|人|了)|我姓|本人(?:叫|姓|是)|我家|我屋|俺家|俺是|俺叫|"
    rf"我(?:男人|老公|老婆|爱人|妈|爸|娘|爹|公公|婆婆|儿子|女儿|孩子|娃|哥|弟|姐|妹|奶奶|爷爷)){_STOP}{{0,14}}"
)
_NEXT_DOOR = re.compile(rf"(?:我|俺)?(?:就)?住(?:在)?{_STOP}{{1,14}}(?:隔壁|对面|楼上|楼下|旁边|斜对面|号|室|单元|栋)")


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mail", _MAIL),
    ("name", _LINK),
    ("name", _AT),
    ("name", _CHAT_ID),
    ("number", _NUMBER),
    ("sender", _SENDER),
    ("place", _NEXT_DOOR),
)
KINDS = ("phone", "id_card", "bank_card", "number", "mail", "name", "sender", "place")
"""What a masked span was taken for; `number` is any other row of seven digits or more."""

_VALUES = {**{c: str(i % 10) for i, c in enumerate("零一二三四五六七八九")}, "〇": "0", "○": "0", "幺": "1", "两": "2"}
_VALUES |= {c: str(i + 1) for i, c in enumerate("壹贰叁肆伍陆柒捌玖")}
_VALUES |= {c: str(i + 1) for i, c in enumerate("①②③④⑤⑥⑦⑧⑨")} | {"⓪": "0"}


@dataclass(frozen=True)
class Scrubbed:
    text: str
    spans: tuple[tuple[int, int], ...]
    """What was masked, as positions in the original."""
    kinds: tuple[str, ...] = ()
    """What each span was taken for, in the order of `spans`."""


def scrub(text: str, handler_names: Iterable[str] = ()) -> Scrubbed:
    """The text with everything masked that could point to a person, and what each mask hides."""
    patterns = list(_PATTERNS)
    names = sorted({name for name in handler_names if len(name) > 1}, key=len, reverse=True)
    if names:
        patterns.append(("name", re.compile("|".join(map(re.escape, names)))))
    found = sorted(
        (*match.span(), _kind(kind, match[0])) for kind, pattern in patterns for match in _every(pattern, text)
    )
    spans: list[tuple[int, int]] = []
    kinds: list[str] = []
    for start, end, kind in found:
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
            kinds[-1] = min(kinds[-1], kind, key=KINDS.index)
        else:
            spans.append((start, end))
            kinds.append(kind)
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], MASK]
        at = end
    return Scrubbed("".join([*pieces, text[at:]]), tuple(spans), tuple(kinds))


def _every(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches that may overlap: one phrase must not swallow the beginning of the next."""
    match = pattern.search(text)
    while match is not None:
        yield match
        match = pattern.search(text, match.start() + 1 if pattern is _SENDER or pattern is _NEXT_DOOR else match.end())


def _kind(kind: str, said: str) -> str:
    if kind != "number":
        return kind
    digits = _digits(said)
    if is_id_card(digits):
        return "id_card"
    bare = digits.removeprefix("0086").removeprefix("86")
    if re.fullmatch(r"1[3-9]\d{9}|0\d{9,11}", bare):
        return "phone"
    if is_bank_card(digits):
        return "bank_card"
    return "number"


def _digits(said: str) -> str:
    plain = unicodedata.normalize("NFKC", "".join(_VALUES.get(c, c) for c in said)).upper()
    return "".join(c for c in plain if c.isascii() and (c.isdigit() or c == "X"))


def is_id_card(number: str) -> bool:
    """Eighteen signs whose last one is the check digit of GB 11643 (ISO 7064, MOD 11-2)."""
    if not re.fullmatch(r"[1-9]\d{16}[0-9X]", number):
        return False
    weighed = sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(number[:17]))
    return "10X98765432"[weighed % 11] == number[17]


def is_bank_card(number: str) -> bool:
    """Fifteen to nineteen digits with a right Luhn check digit."""
    if not re.fullmatch(r"\d{15,19}", number):
        return False
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
