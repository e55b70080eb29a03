"""`whistle train`: learn from the county's phrases which matter, kind and danger a message tells of. Writes `learnt.bin` beside them.

Only this command needs scikit-learn; what it writes is read without it. The same files give the same bytes (liblinear with a fixed seed).

    phrases.csv   code, text      what people say when they mean this matter (several registers, short and long)
    asides.csv    kind, text      greetings, questions, service requests, quarrels: what is no matter
    dangers.csv   number, text    what is said in danger, with the number to dial; without a number: what only sounds like it
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path

from bot.county_files import SAMPLE, CountyFiles, load_county
from bot.settings import BadSetting
from workflows.likeness import Learnt, features
from workflows.matching import CALM, Matcher
from workflows.weights import Likeness

SOURCES = ("phrases.csv", "asides.csv", "dangers.csv", "terms.yaml", "matters.csv")
SMALLEST = 0.02
"""Weights below this decide nothing (measured: docs/matching.md) and are left out."""
Row = tuple[str, str]


def train(folder: Path = SAMPLE) -> Learnt:
    """Learn from the files of a county's folder. Raises CountyError for wrong files, BadSetting where scikit-learn is missing."""
    files = load_county(folder, learnt=False)
    matcher = Matcher(files.county, files.terms)
    phrases, asides, dangers = (_rows(folder / name) for name in SOURCES[:3])
    matters = _matters(files, phrases)
    spoken = [("matter", text) for _, text in phrases] + [("matter", text) for number, text in dangers if number]
    spoken += [("matter", text) for text in [*_catalogue(files), *asked_kindly(files.terms.kindly, phrases)]]
    calm = [("calm", text) for _, text in [*phrases, *asides]]
    return Learnt(
        matters=_fit(matcher, matters, cost=0.5),
        kinds=_fit(matcher, [*spoken, *asides], cost=2, balanced=True, seen=2),
        dangers=fit_dangers(matcher, dangers, calm),
        sources=fingerprints(folder),
    )


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 of the files that are learnt from, line ends aside."""
    return {name: hashlib.sha256((folder / name).read_bytes().replace(b"\r\n", b"\n")).hexdigest() for name in SOURCES}


def is_stale(folder: Path, learnt: Learnt) -> bool:
    """Whether a file that it was learnt from has changed since."""
    there = all((folder / name).exists() for name in SOURCES)
    return there and learnt.sources != fingerprints(folder)


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        return [(row[0], row[1]) for row in reader if len(row) > 1 and row[1].strip()]


def _matters(files: CountyFiles, phrases: Sequence[Row]) -> list[Row]:
    """Phrases, the catalogue's own wording, and the everyday words of `terms.yaml`."""
    known = {matter.code for matter in files.county.matters}
    rows = [(code, text) for code, text in phrases if code in known]
    for matter in files.county.matters:
        rows.append((matter.code, matter.short))
        rows.append((matter.code, re.sub(r"^对|行为的?(处罚|处理)$|的(处罚|处理)$", "", matter.name) + matter.gloss))
    for code, words in files.terms.matters.items():
        rows += [(code, word.replace("+", "")) for word in words.split()]
    return rows


def _catalogue(files: CountyFiles) -> list[str]:
    """What an officer types who knows the list: its names, long and short, and no question although they begin with 对 or end in 处罚."""
    return [wording for matter in files.county.matters for wording in (matter.name, matter.short)]


def asked_kindly(requests: Sequence[str], phrases: Sequence[Row]) -> list[str]:
    """Some of the phrases with a request, so that one who asks for help against an offence is not taken to want a service or an answer."""
    return [request.format(text) for request, (_, text) in zip(cycle(requests), phrases[::3], strict=False)]


def fit_dangers(matcher: Matcher, dangers: Sequence[Row], calm: Sequence[Row]) -> Likeness:
    """The model of dangers, which also sees the county's words of danger. What a cry alone says is kept though it was said once."""
    rows = [(number or CALM, text) for number, text in dangers] + list(calm)
    return _fit(matcher, rows, cost=2, balanced=True, seen=2, read=matcher.signs_of_danger, always=CALM)


def _fit(
    matcher: Matcher,
    rows: Sequence[Row],
    *,
    cost: float,
    balanced: bool = False,
    seen: int = 1,
    read: Callable[[str], list[str]] | None = None,
    always: str | None = None,
) -> Likeness:
    """`seen`: features of fewer messages are left out (half the memory, and a kind is not told by a word said once),
    unless they stand in one that is not labelled `always`. `read`: the features of a text, other than those of its characters.
    """
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.svm import LinearSVC
    except ImportError:
        raise BadSetting("whistle train needs scikit-learn: pip install 'whistle[train]'") from None
    analyse = read or (lambda text: [*features(matcher.read(text))])
    told = [analyse(text) for _, text in rows]
    words = TfidfVectorizer(analyzer=list, sublinear_tf=True, vocabulary=_vocabulary(rows, told, seen, always))
    table = words.fit_transform(told)
    model = LinearSVC(C=cost, class_weight="balanced" if balanced else None, random_state=0)
    model.fit(table, [label for label, _ in rows])
    labels = [str(label) for label in model.classes_]
    weights, bias = model.coef_, model.intercept_
    rows_of = (
        (
            name,
            float(words.idf_[column]),
            [(n, float(w * words.idf_[column])) for n, w in enumerate(weights[:, column]) if abs(w) >= SMALLEST],
        )
        for name, column in sorted(words.vocabulary_.items())
    )
    return Likeness.learnt(labels, rows_of, bias)


def _vocabulary(rows: Sequence[Row], told: Sequence[list[str]], seen: int, always: str | None) -> list[str]:
    """The features that are kept, in a fixed order."""
    among = Counter(name for found in told for name in set(found))
    kept = {name for name, messages in among.items() if messages >= seen}
    if always is not None:
        kept.update(name for (label, _), found in zip(rows, told, strict=True) if label != always for name in found)
    return sorted(kept)
