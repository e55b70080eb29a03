"""Which matter do these everyday words mean, and who should come?

What was learnt from the county's phrases (`likeness.py`, `whistle train`) ranks the matters; where nothing was learnt, the everyday words
of `terms.yaml` and the characters of the catalogue do. Nobody is routed by a score alone: three guesses are offered, a person chooses.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from heapq import nsmallest
from importlib import resources
from itertools import chain
from math import log, sqrt
from typing import TYPE_CHECKING, NamedTuple

from workflows.asked import AT_ONCE, Asked
from workflows.clauses import parted
from workflows.county import TOWNSHIP_DEPT, County, Matter, Supervision, Tier, Unit
from workflows.emergency import CALM as NO_DANGER
from workflows.emergency import Alarms, Danger
from workflows.likeness import Learnt, features
from workflows.recent import Recent
from workflows.terms import Terms
from workflows.words import Lexicon, Words, any_character, halfwidth, letters

if TYPE_CHECKING:  # numpy is loaded at the first message
    from workflows.together import Lately

TOP = 3
_LISTED = 20
"""Matters that are ranked at most."""
_LATELY = 128
"""What was found out about a message is kept for the questions that follow: one message asks the matcher a dozen times, and a crowd is
read ahead."""
_ENOUGH = 3.0
"""Below this a message says too little: better a question than a wrong matter."""
_ENOUGH_ASKING = 12.0
_SURE = 7.0
_AHEAD = 1.5
_LIKENESS = 20.0
_LONGEST_WORD = 9
_READ = 600
"""Characters read of one message; what is meant stands at the beginning, and 6,000 characters must not stall a chat."""
_PRESELECT = 0.3
_ASIDE_SAID = 0.7
_ASIDE_UNLIKE = 0.8
"""A message is no matter when that is likelier, or nearly so and the words say it too. Nearly so and like no matter at all
is vague: in doubt nobody is turned away, a question is asked."""
_BRIEF = 11
_BRIEF_UNLIKE = 0.6
_BRIEF_LIKE = -0.2
"""In a few words most people say no matter: fewer characters than that, nearly no matter and surely like none, are asked about (no offence
of 633 that were not learnt was)."""
_NOTE = 9
_NOTE_AHEAD = 1.0
_NOTE_LIKE = -0.66
"""What is no matter and no question either ("nothing found today", "my last message") scores below this for every matter, or is surely
known as such: of those that were never learnt none scored above -0.7, of the notes of an offence in eval_dev none below -0.63."""
CALM = "calm"
"""The label of messages that tell of no danger now."""
_UNLIKE = -0.75
"""How unlike every matter a message may count to be: what is like nothing at all is no more of a cry."""
_FEW = 5
"""So few characters without a word or a frame of danger are hardly a cry, and more are less of one."""
_ALARMING = -1.45
"""A message tells of danger when its unease (`Matcher._unease`) is above this."""
_LIKE_NONE = -0.62
"""Most small talk, and most dangers, are like no offence at all: no matter scores above this."""
_IN_DANGER = 0.24
"""A message of danger is given a matter only when one is this sure."""
_HAN = re.compile("[\u4e00-\u9fff]")
_EVERYDAY = re.compile("[\u4e00-\u9fffa-zA-Z0-9 ,，。.;；:：!！?？、“”（）()…—\n-]*")
"""Characters that are the same wherever they stand, or no letters."""
_QUESTION = re.compile(
    r"吗[?？。!！]*$|么[?？。!！]*$|呢[?？。!！]*$|不[?？。!！]*$|\?$|？$|怎么(办|弄|申请|算|处理|交|领|缴|查|补|报|认定|赔|考|找)|多少|哪里|去哪|在哪|哪些|哪天|几点|几层|几天|要不要|能不能|可不可以|可以.{0,8}吗"
    r"|行不行|要什么|需要|要啥|要带|如何|什么(条件|手续|证|时候|材料|资质)|找谁|归谁|多久|请问|想问|咨询|想办|想申请|报名|补贴|补助|申请|希望|麻烦|能否|建议|请(来|派|给|把|帮)"
)
"""Every choice begins with a character, not with a group or a set: so the others are passed over in C, eight times as fast."""

_CONTACT = re.compile(
    r"(?:(?:我|本人)?的?(?:联系|手机|固定|微信)?(?:电话|手机|号码|微信)(?:号码|号)?(?:是|为)?[\s:：]*)?(?:[+＋]?\d[\s\-–—]?){6,}\d"
)
"""A number to be called back on says nothing of what happened."""
_DIGIT = re.compile(r"\d")

_ROUND = re.compile(
    r"^(?:\d{1,2}[:：]\d{2})?\s*(?:【[^】]{1,8}】)?(?:[^,，:：。]{0,4}(?:巡查|走访|检查|复查|夜查|巡护|巡河|巡山|巡路|巡田|日志|记录)[^,，:：。]{0,5}[,，:：])(?=.{6})"
)
"""How an inspector's note begins: that a round was made says nothing of what was found."""
_ROUNDED = re.compile("[巡走检复夜日记]")
"""Without one of them no round was made."""
_SEE_TO_IT = r"(?:看看|看一?[看下]|查[查处]?|查一[查下]|管[管理]?|管一[管下]|处理|核实处理|核实|听听|检查|制止)(?:一?下)?(?:吧|吗|呗)?"
_KINDLY = re.compile(
    rf"(?:麻烦|请|求求?|希望|能不能|可不可以|拜托)(?:请|你们?|您|政府|领导|派个?人|来个?人|有人|尽快|赶紧|快点|帮忙?|去|来|能|给)*{_SEE_TO_IT}(?=$|[,，。!！?？\s])"
    r"|^(?:请你?们?|求求?|麻烦|能不能|希望)(?:你们|来)?管(?:管|一管|一?下)"
    r"|(?:请问)?(?:到底)?(?:有没有人|有人|谁来)管(?:吗|吧|没)?(?=$|[?？!！。])"
)
"""What is wrapped around a complaint that is put kindly: to have it seen to is no service wanted."""
_SEEING = any_character("看查管处核听检制")
"""Without one of them nothing is wrapped around."""
_NOTHING_FOUND = re.compile("异常|正常|完毕|良好|未发现|没发现|没有发现|未见问题|无(?:事|火|问题|情况|隐患)|零报告")

_SEEN = 5
"""Fewer characters than that beside the request say nothing of what was seen."""

_HELPLESS = re.compile(r"(该?(怎么|咋个?)(办|整|弄)|如何是好)(呀|啊|呢|哦)?[?？。!！]*$")
"""What one cries in danger, too: no question about it."""
_HELPLESS_WORDS = ("怎么", "咋", "如何是好")
"""Without one of them it is not there."""

_Term = tuple[str, ...]
_Ordered = Words[tuple[int, str]]
"""Words by the turn in which they are taken out."""


class Guess(NamedTuple):
    code: str
    score: float
    """With what was learnt: the confidence, 0 to 1. Without: a sum of word weights."""
    confident: bool
    """Far ahead of the next: worth preselecting, never worth deciding."""


@dataclass(frozen=True)
class Match:
    """What a message was taken for."""

    guesses: tuple[Guess, ...]
    """At most three, best first; where a clause names another matter, its best comes second."""
    kind: str
    """`matter`, or what it is instead: greeting chat spam test vague service consult civil_dispute other."""
    danger: Danger
    words: tuple[str, ...] = ()
    """The sender's words that decided for the first guess."""
    matters: int = 0
    """How many separate matters the message seems to tell of: 0, 1 or 2."""


class _Forms(NamedTuple):
    """One message as it is compared for one question or another. Of most messages all forms are the same."""

    cry: str
    """What is read for danger …"""
    cried: str
    """… read …"""
    noticed: tuple[str, ...]
    """… and the county's words of danger in it."""
    told_crying: str
    """What was told in it, read."""
    told: str
    """What was told …"""
    plain: str
    """… read …"""
    placeless: str
    """… without names of places."""
    uncalled: str
    """All but the sender's number, read, without names of places."""


class _Parts(NamedTuple):
    """What the parts of one message tell of: matters by their place among those that were learnt."""

    two: tuple[int, ...] = ()
    """The two matters that explain them better than any single one does, likelier first."""
    are_two: bool = False
    """Whether that is sure."""
    three: tuple[int, ...] = ()
    """The matters to offer; none where the message has no parts."""


class Why(StrEnum):
    """Why this unit: the template words it."""

    TOWNSHIP_MAY = "township_may"
    """本镇可办"""
    WHISTLE = "whistle"
    """应吹哨: 本镇无此项"""
    SPECIALIST = "specialist"
    """The township may, but the matter is 专业性强 or 批后检查: the department leads (T-01)."""


@dataclass(frozen=True)
class Proposal:
    lead_unit: Unit
    lead_reason: Why
    co_unit: Unit | None = None
    tier: Tier | None = None


class Matcher:
    """Built once from a county and its words; the tables are made at the first message."""

    def __init__(self, county: County, terms: Terms, learnt: Learnt | None = None) -> None:
        self._county = county
        self._terms = terms
        self._learnt = learnt
        self._lexicon = Lexicon()
        self._small_words = Lexicon()  # short and common, and hardly ever asked about

    def load(self) -> None:
        """Make the tables now instead of at the first message: a fifth of a second, which may be spent in a thread."""
        self.match(self._county.name)

    def match(self, text: str) -> Match:
        """All that can be told from the words alone. Any text gets an answer; nothing is ever raised for what somebody wrote."""
        danger = self.danger(text)
        kind = self.kind(text)
        guesses = self._ranked(text) if kind == "matter" else []
        if danger and guesses and guesses[0].score < _IN_DANGER:
            guesses = []
        separate = self._separate(text) if guesses else ()
        return Match(
            tuple(guesses),
            "emergency" if danger and (kind != "matter" or not guesses) else kind,
            danger,
            tuple(self._why(text, guesses[0].code)) if guesses else (),
            0 if not guesses else max(1, len(separate)),
        )

    def guess(self, text: str) -> list[Guess]:
        """Up to three matters, best first; empty when the message is small talk, no matter, or says too little."""
        if self._learnt is None:
            return self._guess_by_words(text)
        return self._ranked(text) if self.kind(text) == "matter" else []

    @lru_cache(maxsize=_LATELY)  # noqa: B019 — one matcher a process
    def danger(self, text: str) -> Danger:
        """Danger now: by the county's words, by what was learnt, and by how little the message is like a matter or small talk."""
        said = self._alarms.heard(text).danger
        if self._learnt is None:
            return said
        forms = self._forms(text)
        plain = forms.cried
        if len(plain) < 2 or not _HAN.search(plain):
            return said
        if plain not in self._lately:
            self.read_ahead((text,))
        found = self._lately.of(plain, said=forms.noticed)
        likeliest, alarm, calm = _apart(self._learnt.dangers.labels, found.dangers.tolist(), CALM)
        if self._unease(forms, calm, alarm) <= _ALARMING:
            return NO_DANGER
        return Danger(tuple(dict.fromkeys([_KIND_OF_NUMBER[likeliest], *said.kinds])))

    def signs_of_danger(self, text: str) -> list[str]:
        """What the model of dangers looks at: the features of the message, and the county's words of danger in it."""
        return [*features(self.read(text)), *self._noticed(text)]

    def _noticed(self, text: str) -> tuple[str, ...]:
        marks = self._alarms.heard(text).marks
        return (*marks, "!asks") if self._asks_something(text) else marks

    def _asks_something(self, text: str) -> bool:
        return _QUESTION.search(text.strip()[:_READ]) is not None

    def _unease(self, forms: "_Forms", calm: float, alarm: float) -> float:
        """Log odds of danger, weights from messages that were not learnt (docs/matching.md): one that is like a matter or like small
        talk, or that speaks of the past, is calmer than its words; one that fills a frame of danger is less so."""
        like, (_, ahead) = max(self._most_like(forms.cried), _UNLIKE), self._aside(forms.told_crying)
        heard = self._alarms.heard(forms.cry)
        unheard = not (heard.marks or heard.is_told or heard.is_hinted)
        odds = -3.9 * calm + 2.6 * alarm - 4.6 * like - 0.6 * ahead - 1.8 * heard.is_past - 3.3
        return odds + 1.4 * heard.is_told + 0.9 * heard.is_hinted - (1.1 if len(forms.cried) <= _FEW else 0.7) * unheard

    @lru_cache(maxsize=_LATELY)  # noqa: B019 — one matcher a process
    def kind(self, text: str) -> str:
        """`matter`, or what the message is instead."""
        forms = self._forms(text)
        told, plain = forms.told, forms.plain
        if self._learnt is None:
            return "matter" if self._guess_by_words(told) else "vague"
        if self._is_hollow(plain) or not _HAN.search(plain):
            return "greeting" if self.is_small_talk(told) else "vague"
        if plain not in self._lately:
            self.read_ahead((text,))
        aside, ahead = self._aside(plain)
        if ahead <= -_ASIDE_UNLIKE and aside != "other":
            return "matter"  # by far, as most are: nothing else would change it
        said = self._asks_something(told) or self.is_small_talk(told)
        note = aside == "other" and not said and len(plain) >= _NOTE and ahead < _NOTE_AHEAD
        if note and self._most_like(plain) > _NOTE_LIKE:
            return "matter"  # an inspector's note of what was found is written like one that nothing was
        if ahead > 0 or (said and ahead > -_ASIDE_SAID):
            return aside
        if len(plain) < _BRIEF and ahead > -_BRIEF_UNLIKE and self._most_like(plain) < _BRIEF_LIKE:
            return "vague"
        return "vague" if ahead > -_ASIDE_UNLIKE and self._most_like(plain) < _LIKE_NONE else "matter"

    @lru_cache(maxsize=_LATELY)  # noqa: B019 — one matcher a process
    def _aside(self, plain: str) -> tuple[str, float]:
        """What is likeliest instead of a matter, for what was told, and how far that is ahead of a matter."""
        if self._learnt is None:
            return "vague", 0.0
        found = self._lately.of(plain)
        aside, score, matter = _apart(self._learnt.kinds.labels, found.kinds.tolist(), "matter")
        return aside, score - matter

    def tells_of_two(self, text: str) -> bool:
        """Whether two parts of the message each name a matter of their own."""
        return len(self._separate(text)) == 2

    def names_a_matter(self, text: str) -> bool:
        """Whether the words, whatever kind of message they are, surely name a matter too."""
        best = next(iter(self._ranked(text)), None)
        return best is not None and best.confident

    def search(self, text: str, most: int = 8) -> list[str]:
        """Matter codes for what an officer types: by name first, then by likeness."""
        plain = self.read(text)
        named = [
            m.code
            for m in self._county.matters
            if plain and (plain in m.name or plain in m.short or plain == m.code.lower())
        ]
        return list(dict.fromkeys([*named, *(code for _, code in self._order(plain))]))[:most] if plain else []

    def _ranked(self, text: str) -> list[Guess]:
        if self._learnt is None:
            return self._guess_by_words(_uncalled(text))
        plain = self._forms(text).uncalled
        if self._is_hollow(plain) or not _HAN.search(plain):
            return []
        if plain not in self._lately:
            self.read_ahead((text,))
        found, codes, parts = self._lately.of(plain), self._learnt_codes, self._pair(text)
        among = sorted(parts.three, key=lambda n: (not (parts.are_two and n in parts.two), -found.share(n)))
        order = list(dict.fromkeys([found.best[0], *among, *found.best[:TOP]]))[:TOP]
        return [
            Guess(codes[n], round(found.share(n), 3), confident=rank == 0 and found.share(n) >= _PRESELECT)
            for rank, n in enumerate(order)
        ]

    def _order(self, plain: str, most: int = _LISTED) -> Sequence[tuple[float, str]]:
        """The likeliest matters with their scores, best first."""
        if self._learnt is None:
            said = self._scores(plain).items()
            return nsmallest(most, ((score, code) for code, score in said), key=_best_first)
        found, codes = self._lately.of(plain), self._learnt_codes
        return [(float(found.matters[n]), codes[n]) for n in found.best[:most]]

    def _most_like(self, plain: str) -> float:
        """The score of the likeliest matter."""
        found = self._lately.of(plain)
        return float(found.matters[found.best[0]])

    def _separate(self, text: str) -> tuple[int, ...]:
        """The matters of a message that tells of two, by their place among those that were learnt; none if it tells of one thing."""
        parts = self._pair(text)
        return parts.two if parts.are_two else ()

    def _pair(self, text: str) -> "_Parts":
        """What the parts of the message tell of."""
        if self._learnt is None:
            return _Parts()
        text = _told(text)
        parts = self._parts_lately.get(text)
        if parts is None:
            self._part([text])
            parts = self._parts_lately.get(text)
        return parts or _Parts()

    def _part(self, told: Iterable[str]) -> None:
        """Find out what the parts of these messages tell of, all together."""
        from workflows.sides import explained  # imported when used: it loads numpy

        wholes, sides = [], []
        parted = [(text, *self._parted(text)) for text in told if text not in self._parts_lately]
        self._parts_lately.keep((text, _Parts()) for text, _, places in parted if not places)
        parted = [one for one in parted if one[2]]
        for text, plain, places in parted:
            wholes.append(self._lately.of(self._placeless(self.read(text))).matters)
            found = self._lately.of(plain, cuts=places)
            sides.append((wholes[-1], found.before, found.after))
        for (text, _, _), whole, (two, three) in zip(parted, wholes, explained(sides), strict=True):
            both = sorted(two[:2], key=lambda n: -whole[n]) if two else ()
            is_sure = two is not None and two.is_sure
            among = three if len(self._learnt_codes) > TOP else ()
            self._parts_lately.keep([(text, _Parts(tuple(both), is_sure, among))])

    @cached_property
    def _parts_lately(self) -> "Recent[_Parts]":
        return Recent(_LATELY)

    @lru_cache(maxsize=_LATELY)  # noqa: B019 — one matcher a process
    def _parted(self, told: str) -> tuple[str, tuple[int, ...]]:
        """What was told, without names of places and the words that part it, and where a second matter may begin."""
        plain, places = parted(told[:_READ], self._reader(told[:_READ]))
        return plain, tuple(places)

    def _reader(self, text: str) -> Callable[[str], str]:
        """How the parts of this message are read, without names of places. Of most messages nothing but the letters is left: what would be
        put otherwise does not stand in the whole, so it stands in none of its parts."""
        plain = _letters(text)
        if _EVERYDAY.fullmatch(text) is None or _traditional().any.search(plain):
            return lambda part: self._placeless(self.read(part))
        rest = [slip for slip in self._slips.perhaps(plain) if slip in plain]
        rest += [name for _, name in self._places.perhaps(plain) if name in plain]
        if not rest:
            return _letters

        def read(part: str) -> str:
            plain = _letters(part)
            return self._placeless(self.read(plain)) if any(one in plain for one in rest) else plain

        return read

    def read_ahead(self, texts: Iterable[str]) -> None:
        """Compare what a crowd says in one pass, for the questions that follow; nobody needs to. A message alone is a crowd of one."""
        if self._learnt is None:
            return
        texts = list(texts)
        for at in range(0, len(texts), AT_ONCE):
            some = texts[at : at + AT_ONCE]
            self._lately.read_ahead(chain.from_iterable(map(self._asked, some)))
            self._part(map(_told, some))

    def _asked(self, text: str) -> list[Asked]:
        """All that danger, kind and matter of a message will be told by. Most are the same in all of these forms."""
        forms = self._forms(text)
        compared = dict.fromkeys((forms.cried, forms.told_crying, forms.plain, forms.placeless, forms.uncalled))
        parts, places = self._parted(forms.told)
        asked = [
            Asked(one, forms.noticed if one == forms.cried else None, places if one == parts else ())
            for one in compared
        ]
        return asked if parts in compared or not places else [*asked, Asked(parts, None, places, whole=False)]

    @lru_cache(maxsize=_LATELY)  # noqa: B019 — one matcher a process
    def _forms(self, text: str) -> "_Forms":
        cry, told = _cried(text), _told(text)
        plain = self.read(told)
        placeless = self._placeless(plain)
        return _Forms(
            cry,
            self.read(cry),
            self._noticed(cry),
            plain if cry == text else self.read(_told(cry)),
            told,
            plain,
            placeless,
            placeless if told == text else self._placeless(self.read(_uncalled(text))),
        )

    @cached_property
    def _lately(self) -> "Lately":
        from workflows.together import Lately  # imported when used: it loads numpy

        assert self._learnt is not None  # noqa: S101
        return Lately(self._learnt.matters, self._learnt.kinds, self._learnt.dangers, self._learnt_places)

    def _why(self, text: str, code: str) -> list[str]:
        plain = self.read(text)
        if self._learnt is None or code not in self._learnt.matters.labels:
            return []
        return self._learnt.matters.why(plain, code)

    def _placeless(self, plain: str) -> str:
        """Without the names of villages and townships: where it happened says nothing of what happened."""
        return _without(plain, self._places)

    @cached_property
    def _places(self) -> _Ordered:
        names = [village.name for village in self._county.villages] + [unit.name for unit in self._county.townships]
        return _in_order([name for name in map(self.read, names) if len(name) > 2], self._lexicon)

    @cached_property
    def _learnt_places(self) -> list[int] | slice:
        """Where the model has the matters that are this county's."""
        labels = self._learnt.matters.labels if self._learnt is not None else []
        places = [number for number, code in enumerate(labels) if code in self._known]
        return slice(None) if len(places) == len(labels) else places

    @cached_property
    def _learnt_codes(self) -> list[str]:
        """The matters that were learnt and are this county's."""
        labels = self._learnt.matters.labels if self._learnt is not None else []
        return [code for code in labels if code in self._known]

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(matter.code for matter in self._county.matters)

    def _guess_by_words(self, text: str) -> list[Guess]:
        """Without anything learnt: everyday words and likeness to the catalogue."""
        plain = self.read(text)
        if self._is_hollow(plain) or self.is_small_talk(text):
            return []
        scores = self._scores(plain)
        enough = _ENOUGH_ASKING if _any(self._asks, plain) else _ENOUGH
        ranked = sorted(((score, code) for code, score in scores.items() if score >= enough), key=_best_first)[:TOP]
        if not ranked:
            return []
        best, second = ranked[0][0], ranked[1][0] if len(ranked) > 1 else 0.0
        sure = best >= _SURE and best >= second * _AHEAD
        return [Guess(code, round(score, 3), confident=sure and rank == 0) for rank, (score, code) in enumerate(ranked)]

    def is_small_talk(self, text: str) -> bool:
        """A greeting, a test, an advertisement or "nothing today", and nothing else. In doubt it is a tip."""
        plain = self.read(text)
        if not plain:
            return False  # a picture, a sticker, a few emoji: nothing was said, so nothing is dismissed
        return (
            (not self._more_than_small.search(plain) and not _without(plain, self._small))
            or _any(self._nothing, plain)
            or (_any(self._spam, plain) and not self._says_a_matter(plain))
        )

    def units_for(self, code: str, township_id: str, on: date) -> Proposal:
        """One lead and at most one more, nearest competent unit first.

        The department's station in the township leads where there is one (8 minutes instead of 50); where the township
        itself may act, its squad leads unless the matter is one for specialists.
        """
        matter = self._county.matter(code)
        tier = self._county.authority(township_id, code, on)
        squad = self._county.squad_of(township_id)
        own = matter.dept_code == TOWNSHIP_DEPT
        specialist = matter.category in (Supervision.SPECIALIST, Supervision.AFTER_APPROVAL)
        department = None if own else self._nearest(matter.dept_code, township_id)
        if department is None or (tier is not None and not specialist):
            lead, why = squad, Why.TOWNSHIP_MAY
        else:
            lead, why = department, Why.SPECIALIST if tier is not None else Why.WHISTLE
        co = next((self._nearest(dept, township_id) for dept in matter.co_dept_codes if dept != TOWNSHIP_DEPT), None)
        if lead is squad and department is not None:
            co = department
        return Proposal(lead, why, None if co is lead else co, tier)

    @lru_cache(maxsize=_LATELY)  # noqa: B019 — one matcher a process
    def read(self, text: str) -> str:
        """The message as it is compared: half-width, lower case, simplified characters, usual spellings, no punctuation."""
        plain = _simplified(letters(halfwidth(text[:_READ])))
        if any(slip in plain for slip in self._slips.perhaps(plain)):
            for slip, usual in self._spellings:
                plain = plain.replace(slip, usual)
        return plain

    # ── what is compared ──

    def _nearest(self, dept_code: str, township_id: str) -> Unit | None:
        station = self._county.station(township_id, dept_code)
        if station is not None:
            return station
        return self._county.unit(dept_code) if self._county.has_unit(dept_code) else None

    def _says_a_matter(self, plain: str) -> bool:
        return max(self._scores(plain).values(), default=0.0) >= _SURE

    def _scores(self, plain: str) -> dict[str, float]:
        scores: dict[str, float] = defaultdict(float)
        for code, hits in self._hits(plain).items():
            for rank, weight in enumerate(sorted(hits, reverse=True)[:4]):
                scores[code] += weight / (1 + rank)
        for code, likeness in self._likeness(plain).items():
            scores[code] += _LIKENESS * likeness
        return scores

    def _hits(self, plain: str) -> dict[str, list[float]]:
        """Everyday words found, per matter; a longer word hides the shorter ones inside it."""
        present = {
            plain[i:j]
            for i in range(len(plain))
            for j in range(i + 1, min(i + _LONGEST_WORD, len(plain)) + 1)
            if plain[i:j] in self._parts
        }
        found: dict[str, list[float]] = defaultdict(list)
        terms = {term for part in present for term in self._parts[part] if all(p in present for p in term)}
        for term in terms:
            for code in self._terms_of[term]:
                found[code].append(self._weight[term])
        return found

    def _likeness(self, plain: str) -> dict[str, float]:
        """Cosine of characters and pairs with the catalogue's own wording and all everyday words of the matter."""
        grams = _pairs(plain)
        known = {gram: self._rarity[gram] for gram in grams if gram in self._rarity}
        length = sqrt(sum(weight * weight for weight in known.values())) or 1.0
        scores: dict[str, float] = defaultdict(float)
        for gram, weight in known.items():
            for code, there in self._postings[gram]:
                scores[code] += weight * there
        return {code: score / length for code, score in scores.items()}

    # ── tables, made at the first message ──

    @cached_property
    def _alarms(self) -> Alarms:
        return Alarms(self._terms, self._lexicon)

    @cached_property
    def _spellings(self) -> list[tuple[str, str]]:
        return sorted(self._terms.spellings.items(), key=lambda pair: -len(pair[0]))

    @cached_property
    def _slips(self) -> Words[str]:
        return Words(((slip, slip) for slip in self._terms.spellings), self._lexicon)

    @cached_property
    def _terms_of(self) -> dict[_Term, list[str]]:
        table: dict[_Term, list[str]] = defaultdict(list)
        for code, words in self._terms.matters.items():
            for term in dict.fromkeys(self._split(words)):
                table[term].append(code)
        return dict(table)

    @cached_property
    def _parts(self) -> dict[str, list[_Term]]:
        table: dict[str, list[_Term]] = defaultdict(list)
        for term in self._terms_of:
            for part in term:
                table[part].append(term)
        return dict(table)

    @cached_property
    def _weight(self) -> dict[_Term, float]:
        """Rare words weigh more, whole words more than single characters, two words together most."""
        among: dict[str, set[str]] = defaultdict(set)
        for term, codes in self._terms_of.items():
            for part in term:
                among[part] |= set(codes)
        matters = len(self._terms.matters)
        rarity = {part: log(matters / len(codes)) * (0.6 if len(part) == 1 else 1.0) for part, codes in among.items()}
        return {
            term: sum(rarity[part] for part in term) * (0.85 if len(term) > 1 else 1.0) * _size(term)
            for term in self._terms_of
        }

    @cached_property
    def _rarity(self) -> dict[str, float]:
        return {gram: log(1 + len(self._texts) / len(rows)) for gram, rows in self._postings.items()}

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        return {matter.code: self._grams(matter) for matter in self._county.matters}

    @cached_property
    def _postings(self) -> dict[str, list[tuple[str, float]]]:
        among: dict[str, int] = defaultdict(int)
        for grams in self._texts.values():
            for gram in set(grams):
                among[gram] += 1
        table: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for code, grams in self._texts.items():
            weights = {gram: log(1 + len(self._texts) / among[gram]) for gram in set(grams)}
            length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            for gram, weight in weights.items():
                table[gram].append((code, weight / length))
        return dict(table)

    def _grams(self, matter: Matter) -> list[str]:
        law = re.sub(r"^对|行为的?(处罚|处理)$|的(处罚|处理)$", "", matter.name)
        pieces = [law, matter.gloss, matter.short, *self._terms.matters.get(matter.code, "").split()]
        pieces = [part for piece in pieces for part in re.split(r"[\W_]+", piece)]
        return [gram for piece in pieces for gram in _pairs(piece)]

    def _split(self, words: str) -> list[_Term]:
        return [tuple(self.read(part) for part in word.split("+")) for word in words.split()]

    @cached_property
    def _small(self) -> _Ordered:
        return _in_order(self._read_all(self._said_for_nothing), self._small_words)

    @cached_property
    def _more_than_small(self) -> re.Pattern[str]:
        """A message with such a character is no small talk alone."""
        return any_character("".join(word for _, word in self._small), but=True)

    @cached_property
    def _hollow(self) -> _Ordered:
        return _in_order(self._read_all(f"{self._terms.not_a_tip.vague} {self._said_for_nothing}"), self._small_words)

    @cached_property
    def _says_something(self) -> re.Pattern[str]:
        """Two different characters that stand in no hollow word: they stay, whatever is taken out."""
        other = any_character("".join(word for _, word in self._hollow), but=True).pattern
        return re.compile(f"({other}).*?(?!\\1){other}", re.DOTALL)

    def _is_hollow(self, plain: str) -> bool:
        """Whether less than two characters say anything."""
        return not self._says_something.search(plain) and len(_without(plain, self._hollow)) < 2

    @property
    def _said_for_nothing(self) -> str:
        rest = self._terms.not_a_tip
        return f"{rest.greetings} {rest.tests} {rest.filler}"

    def _read_all(self, words: str) -> list[str]:
        return list(dict.fromkeys(self.read(word) for word in words.split()))

    @cached_property
    def _nothing(self) -> Words[_Term]:
        return _together(self._split(self._terms.not_a_tip.nothing), self._lexicon)

    @cached_property
    def _spam(self) -> Words[_Term]:
        return _together(self._split(self._terms.not_a_tip.spam), self._lexicon)

    @cached_property
    def _asks(self) -> Words[_Term]:
        return _together(self._split(self._terms.not_a_tip.asks), self._lexicon)


_KIND_OF_NUMBER = {"119": "fire", "120": "medical", "110": "police", "122": "traffic"}


@dataclass(frozen=True)
class SummaryKey:
    """What a card says about a tip: the matter's plain words, never the villager's."""

    matter_code: str | None
    zh: str | None
    en: str | None


def summary_key(matter: Matter | None, county: County) -> SummaryKey:
    """In English the matter's field of work stands in: 398 translations of statutes would be invented ones."""
    if matter is None:
        return SummaryKey(None, None, None)
    return SummaryKey(matter.code, matter.short, county.categories.get(matter.dept_code, ("", ""))[1])


def _apart(labels: Sequence[str], scores: Sequence[float], one: str) -> tuple[str, float, float]:
    """Which of the other labels is likeliest, its score, and that of the one."""
    at, others = labels.index(one), [*scores]
    score = others.pop(at)
    best = max(others)
    place = others.index(best)
    return labels[place + (place >= at)], best, score


def _uncalled(text: str) -> str:
    """Without the sender's number."""
    return _CONTACT.sub("", text) if _DIGIT.search(text) else text


@lru_cache(maxsize=_LATELY)
def _told(text: str) -> str:
    """What was seen, without the sender's number, the request to see to it and the head of an inspector's note of a find."""
    text = _uncalled(text)
    seen = _KINDLY.sub("", text) if _SEEING.search(text) else text
    if (seen[-_SEEN:].isalnum() and len(seen) >= _SEEN) or len(letters(seen)) >= _SEEN:
        text = seen.strip(" ,，")
    head = _ROUND.match(text) if _ROUNDED.search(text) else None
    return text if head is None or _NOTHING_FOUND.search(text) else text[head.end() :]


def _cried(text: str) -> str:
    """What is read for danger: the beginning, without the cry for advice at its end."""
    text = text.strip()[:_READ]
    return _HELPLESS.sub("", text) if any(cry in text for cry in _HELPLESS_WORDS) else text


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # imported when used: it reads its tables

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


class _Traditional(NamedTuple):
    """What the converter knows. It walks through every message otherwise, and hardly any has something to be converted."""

    table: dict[int, str]
    """Characters, one by one …"""
    phrases: frozenset[str]
    """… and how phrases begin, which are converted together."""
    any: re.Pattern[str]
    """Characters without which nothing is converted, and all beyond the first 65,536: those would be looked for one by one."""


@cache
def _traditional() -> _Traditional:
    files = resources.files("opencc") / "dictionary"
    characters, phrases = (
        dict(line.split("\t") for line in (files / name).read_text("utf-8").splitlines())
        for name in ("TSCharacters.txt", "TSPhrases.txt")
    )
    table = {ord(one): usual.split(" ")[0] for one, usual in characters.items()}
    first = {phrase[0] for phrase, usual in phrases.items() if phrase != usual and characters.keys().isdisjoint(phrase)}
    some = any_character(one for one in (*characters, *first) if one <= "\uffff").pattern
    return _Traditional(
        table, frozenset(phrase[:2] for phrase in phrases), re.compile(f"{some[:-1]}\U00010000-\U0010ffff]")
    )


def _simplified(plain: str) -> str:
    """Traditional characters as simplified ones."""
    known = _traditional()
    if not known.any.search(plain) or not _HAN.search(plain):
        return plain
    if known.phrases.isdisjoint(map(str.__add__, plain, plain[1:])):
        return plain.translate(known.table)
    return _converter()(plain)


def _letters(text: str) -> str:
    """Of an everyday text: its letters and digits."""
    return letters(text).lower()


def _pairs(text: str) -> list[str]:
    """Characters and pairs of neighbours: Chinese needs no other words to be compared."""
    return [*text, *(text[i : i + 2] for i in range(len(text) - 1))]


def _in_order(words: Iterable[str], lexicon: Lexicon | None = None) -> _Ordered:
    """The longest first."""
    return Words(((word, (n, word)) for n, word in enumerate(sorted(words, key=_longest_first))), lexicon)


def _together(terms: Iterable[_Term], lexicon: Lexicon) -> Words[_Term]:
    return Words(((term[0], term) for term in terms), lexicon)


def _any(terms: Words[_Term], plain: str) -> bool:
    return any(all(part in plain for part in term) for term in terms.perhaps(plain))


def _without(plain: str, words: _Ordered) -> str:
    """The message without these words, the longest taken out first."""
    last = -1
    while there := [one for one in words.perhaps(plain) if one[0] > last and one[1] in plain]:
        last, word = min(there)
        plain = plain.replace(word, "")  # what is left stands together now, and may be one more
    return plain


def _longest_first(word: str) -> tuple[int, str]:
    return (-len(word), word)


def _size(term: _Term) -> float:
    """A long word is hardly met by chance."""
    return 1 + 0.12 * max(0, sum(len(part) for part in term) - 2)


def _best_first(row: tuple[float, str]) -> tuple[float, str]:
    return (-row[0], row[1])
