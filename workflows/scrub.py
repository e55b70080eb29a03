"""What must not be read by those who handle a case: numbers, addresses and phrases that point to the sender.

Number plates stay: they are evidence. Masking errs on the side of hiding; it is not the only wall, since a card never
shows the sender's words at all.
"""

import re
from collections.abc import Iterable
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


@dataclass(frozen=True)
class Scrubbed:
    text: str
    spans: tuple[tuple[int, int], ...]
    """What was masked, as positions in the original."""


def scrub(text: str, handler_names: Iterable[str] = ()) -> Scrubbed:
    """The text with everything masked that could point to a person."""
    patterns = [_MAIL, _LINK, _AT, _CHAT_ID, _NUMBER, _SENDER, _NEXT_DOOR]
    names = sorted({name for name in handler_names if len(name) > 1}, key=len, reverse=True)
    if names:
        patterns.append(re.compile("|".join(map(re.escape, names))))
    found = sorted(match.span() for pattern in patterns for match in pattern.finditer(text))
    spans: list[tuple[int, int]] = []
    for start, end in found:
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], MASK]
        at = end
    return Scrubbed("".join([*pieces, text[at:]]), tuple(spans))
