"""From facts to the text a person reads: compiled Jinja2 templates, HTML-escaped, in Chinese or English.

A message is `LANG/EVENT.html` with a block per audience; short texts (`buttons toasts refusals dialogs`) are YAML files of Jinja2 lines.
Local time, place and unit names are put in here, and nowhere else.
"""

import html
import re
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from ruamel.yaml import YAML

from workflows.reasons import Choice, Decline, Outcome
from workflows.rulebook import Rulebook

FOLDER = Path(__file__).parent
LANGUAGES = ("zh", "en")
LIMIT = 4096


class NoText(LookupError):
    """A template, block or line is missing: a bug of ours, found by `tests/messages`."""


class _Environment(Environment):
    """One whose globals are all there before the first text is compiled: in each they are one plain dict, where Jinja2 keeps a chain,
    which is walked with every text that is made."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


class Renderer:
    """Compiles every text once, when it is first said: all of them at the start would take half a second."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._zone = ZoneInfo(book.county.timezone)
        self._env = {lang: self._environment(lang) for lang in LANGUAGES}
        self._plain = {lang: env.overlay(autoescape=False) for lang, env in self._env.items()}
        self._lines = {lang: _ShortTexts(FOLDER / lang) for lang in LANGUAGES}
        self._blocks: dict[tuple[str, str, str], Any] = {}
        self._compiled: dict[tuple[str, str, str], Template] = {}
        self._fixed: dict[tuple[str, str, str], str] = {}  # lines that need no facts, as they were rendered once

    def _environment(self, lang: str) -> Environment:
        env = _Environment(
            loader=FileSystemLoader([FOLDER / lang, FOLDER / "pages"]),
            auto_reload=False,  # else every text that is part of another asks the disk whether its file has changed
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        words = _Words(self._book, self._zone, lang)
        env.filters.update(
            at=words.at,
            day=words.day,
            when=words.when,
            daypart=words.daypart,
            by=words.by,
            countdown=words.countdown,
            lasting=words.lasting,
            target=words.target,
            yuan=words.yuan,
            unit=words.unit,
            place=words.place,
            township=words.township,
            village=words.village,
            matter=words.matter,
            law=words.law,
            choice=words.choice,
            tell=words.tell,
            grouped=words.grouped,
            phone=words.phone,
            number_to_dial=words.number_to_dial,
        )
        env.globals.update(county=words.county_name, article=words.article)
        env.globals["line"] = partial(self._line_inside, lang)
        return env

    def _line_inside(self, lang: str, group: str, key: str, facts: dict[str, Any] | None = None) -> str:
        """A short text inside another: a refusal or the meaning of a command in a dialog."""
        return self.line(group, key, lang, facts)

    def message(self, template: str, lang: str, audience: str, facts: dict[str, Any], *, drill: bool = False) -> str:
        """HTML of one message. `template` is an event name, or `ask.…` for a line of dialogs.yaml.

        Whatever belongs to a drill says so in its first line, here and for every text alike.
        """
        if drill:
            head = self._env[lang].get_template("_drill.html").render().strip()
            return _cut(f"{head}\n{self.message(template, lang, audience, facts)}")
        if template.startswith(("ask.", "note.")):
            return _cut(self.line("dialogs", template.split(".", 1)[1], lang, facts))
        block = self._block(template, lang, audience)
        return _cut(_tidy("".join(block(facts))))

    def _block(self, template: str, lang: str, audience: str) -> Any:
        key = (template, lang, audience)
        found = self._blocks.get(key)
        if found is None:
            compiled = self._env[lang].get_template(f"{template}.html")
            block = compiled.blocks.get(audience)
            if block is None:
                raise NoText(f"{lang}/{template}.html has no block {audience}")

            def render(facts: dict[str, Any], block: Any = block, compiled: Template = compiled) -> list[str]:
                return list(block(compiled.new_context(facts)))

            found = self._blocks[key] = render
        return found

    def page(self, name: str, lang: str, facts: dict[str, Any]) -> str:
        """A whole HTML page: `LANG/pages/NAME.html` in the common layout."""
        return self._env[lang].get_template(f"pages/{name}.html").render(facts)

    def line(self, group: str, key: str, lang: str, facts: dict[str, Any] | None = None) -> str:
        """One short text of `LANG/GROUP.yaml`; plain, except dialogs, which are HTML."""
        if not facts and (fixed := self._fixed.get((group, key, lang))) is not None:
            return fixed
        template = self._compiled.get((group, key, lang)) or self._compile(group, key, lang)
        text = _tidy(template.render(facts or {}))
        if not facts:
            self._fixed[group, key, lang] = text
        return text

    def _compile(self, group: str, key: str, lang: str) -> Template:
        try:
            line = str(self._lines[lang][group][key])
        except KeyError as error:
            raise NoText(f"{lang}/{group}.yaml has no line {key}") from error
        env = self._env[lang] if group == "dialogs" else self._plain[lang]
        found = self._compiled[group, key, lang] = env.from_string(line)
        return found

    def read_texts(self, lang: str = LANGUAGES[0]) -> None:
        """Read every group of short texts of one language: a tenth of a second for all, best in a thread."""
        for group in self._lines[lang]:
            self._lines[lang][group]

    def load_texts(self, *, alarms_only: bool = False, lang: str = LANGUAGES[0]) -> Iterator[str]:
        """Compile the texts of one language, one a step: those of a call, buttons and toasts, or all."""
        for path in sorted((FOLDER / lang).glob("call*.html" if alarms_only else "*.html")):
            self._env[lang].get_template(path.name)
            yield path.stem
        for group in ("buttons", "toasts") if alarms_only else self._lines[lang]:
            for key in self._lines[lang][group]:
                if (group, key, lang) not in self._compiled:
                    self._compile(group, key, lang)
                yield key

    def has_line(self, group: str, key: str, lang: str = "zh") -> bool:
        return key in self._lines[lang].get(group, {})


class _ShortTexts(Mapping[str, dict[str, str]]):
    """The groups of one language, each read when it is first asked for: `refusals` from `refusals.yaml`."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
        self._read: dict[str, dict[str, str]] = {}

    def __getitem__(self, group: str) -> dict[str, str]:
        if group not in self._read:
            self._read[group] = YAML(typ="safe").load(self._files[group].read_text("utf-8")) or {}
        return self._read[group]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class _Words:
    """Filters that turn facts (ids, codes, ISO times, fen) into words of one language."""

    def __init__(self, book: Rulebook, zone: ZoneInfo, lang: str) -> None:
        self._book = book
        self._county = book.county
        self._zone = zone
        self._zh = lang == "zh"

    def _local(self, value: datetime | str) -> datetime:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(self._zone)

    def at(self, value: datetime | str) -> str:
        """19:58"""
        moment = self._local(value)
        return f"{moment.hour:02}:{moment.minute:02}"

    def day(self, value: datetime | date | str) -> str:
        """11月2日 / 2 Nov"""
        if isinstance(value, str):
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        if isinstance(value, datetime):
            value = value.astimezone(self._zone).date()
        return f"{value.month}月{value.day}日" if self._zh else f"{value.day} {value:%b}"

    def when(self, value: datetime | str) -> str:
        return (
            f"{self.day(self._local(value))} {self.at(value)}"
            if not self._zh
            else f"{self.day(self._local(value))}{self.at(value)}"
        )

    def by(self, value: datetime | str, appointment: str | None) -> str:
        """Until when: the hour is enough today; where there is an appointment, the day too."""
        return self.when(value) if appointment else self.at(value)

    def lasting(self, minutes: int) -> str:
        """10分钟, 3小时"""
        if minutes >= 60 and minutes % 60 == 0:
            hours = minutes // 60
            return f"{hours}小时" if self._zh else f"{hours} hour{'s' if hours > 1 else ''}"
        return f"{minutes}分钟" if self._zh else f"{minutes} minute{'s' if minutes > 1 else ''}"

    def target(self, who: str) -> str:
        """Whom a step of a ladder names: a seat, a rota, the group of a unit."""
        kind, _, name = who.partition(":")
        if kind == "person":
            found = next((s for s in self._county.all_seats if s.id == name), None)
            return name if found is None else found.label if self._zh else found.label_en
        if kind == "chat":
            return f"{self.unit(name)}工作群" if self._zh else f"the group of {self.unit(name)}"
        if kind == "rota":
            return f"{name}值班人" if self._zh else f"whoever is on duty by {name}"
        return who

    def daypart(self, value: datetime | str) -> str:
        """11月2日上午: as precisely as a handler may know when something was sent."""
        moment = self._local(value)
        zh, en = (("凌晨", "night"), ("上午", "morning"), ("下午", "afternoon"), ("晚上", "evening"))[moment.hour // 6]
        return f"{self.day(moment)}{zh}" if self._zh else f"{self.day(moment)}, {en}"

    def countdown(self, value: datetime | str) -> Markup:
        """A deadline that each client counts down by itself; old clients show the time."""
        moment = self._local(value)
        return Markup('<tg-time unix="%d" format="r">%s</tg-time>') % (int(moment.timestamp()), self.at(moment))

    def yuan(self, fen: int) -> str:
        text = f"{fen // 100}" if fen % 100 == 0 else f"{fen / 100:.2f}"
        return f"{text}元" if self._zh else f"{text} yuan"

    def unit(self, unit_id: str) -> str:
        if not self._county.has_unit(unit_id):
            return unit_id
        unit = self._county.unit(unit_id)
        return unit.short if self._zh else unit.name_en

    def township(self, township_id: str | None) -> str:
        if township_id is None:
            return self.county_name
        township = self._county.township(township_id)
        return township.name if self._zh else township.name_en

    def village(self, village_id: str) -> str:
        return self._county.village(village_id).name

    def place(self, facts: dict[str, Any]) -> str:
        """河口村(第3网格), as precisely as it is known; never the sender's own words."""
        if facts.get("village"):
            name = self.village(facts["village"])
            if facts.get("grid"):
                number = self._county.grid(facts["grid"]).no
                return f"{name}（第{number}网格）" if self._zh else f"{name} (grid {number})"
            return name
        if facts.get("township"):
            return self.township(facts["township"])
        return "地点待问" if self._zh else "place not known yet"

    def matter(self, code: str | None) -> str:
        if code is None:
            return "内容待看" if self._zh else "content to be read"
        matter = self._county.matter(code)
        if self._zh:
            return matter.short
        return f"{self._county.categories.get(matter.dept_code, ('', matter.short))[1]} ({matter.code})"

    def law(self, code: str | None) -> str:
        return self._county.matter(code).legal_basis if code else ""

    def choice(self, code: str | None, group: str) -> str:
        found: Choice | None = self._book.reasons.find(group, code or "")
        if found is None:
            return code or ""
        return found.label if self._zh else found.label_en

    def tell(self, code: str, group: str) -> str:
        """The everyday sentence behind a decline reason, outcome or first word."""
        found = self._book.reasons.find(group, code)
        if isinstance(found, Decline | Outcome) or hasattr(found, "tell"):
            return str(found.tell if self._zh else found.tell_en)  # type: ignore[union-attr]
        return code

    def grouped(self, digits: str) -> str:
        """Digits in groups of three, for reading aloud."""
        return " ".join(digits[i : i + 3] for i in range(0, len(digits), 3))

    def phone(self, number: str) -> str:
        """With the country code, which makes it a link in every client; the sample county's 000-numbers stay as they are."""
        digits = number.replace("-", "").replace(" ", "")
        if re.fullmatch(r"1\d{10}", digits):
            return f"+{self._county.info.country_code} {number}"
        if re.fullmatch(r"0[1-9]\d{8,10}", digits):
            return f"+{self._county.info.country_code} {number[1:]}"
        return number

    def number_to_dial(self, kind: str) -> str:
        return self._county.emergency_numbers.get(kind, kind)

    def article(self, rule: str) -> str:
        """《法》第N条 of a rule id such as CF42; empty for the county's own policy."""
        found = self._book.articles.article(rule)
        if found is None:
            return ""
        return found.cited if self._zh else f"{found.law_en}, {_article_in_english(found.article)}"

    @cached_property
    def county_name(self) -> str:
        return self._county.name if self._zh else self._county.name_en


_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_PLACES = {"十": 10, "百": 100}
_ARTICLE = re.compile(r"第([零一二三四五六七八九十百]+)条")


def _article_in_english(cited: str) -> str:
    """第四十二条 → article 42; anything else stands as it is."""

    def number(found: re.Match[str]) -> str:
        total, digit = 0, 0
        for sign in found[1]:
            if sign in _PLACES:
                total += (digit or 1) * _PLACES[sign]
                digit = 0
            else:
                digit = _DIGITS[sign]
        return f"article {total + digit}"

    return _ARTICLE.sub(number, cited)


def _tidy(text: str) -> str:
    kept: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


def _cut(text: str) -> str:
    """Never longer than one message, which Telegram measures without tags, in UTF-16 units: cut between characters."""
    if 2 * len(text) <= LIMIT:  # as nearly all, whatever is in them: a character is two units at most
        return text
    bare = plain(text)
    if _units(bare) <= LIMIT:
        return text
    room = LIMIT - 200
    kept = bare[:room]
    while _units(kept) > room:
        kept = kept[: -max(1, (_units(kept) - room) // 2)]
    return html.escape(kept, quote=False) + " …"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(text: str) -> str:
    """The same text without markup, for a client or server that refuses it."""
    return "\n".join(Markup(line).striptags() for line in text.split("\n"))  # noqa: S704 (takes tags off, and unescapes)
