"""How well does it understand messages that it has not seen, how fast, how large? `python -m tests.benchmarks.matching [--json FILE]`

Scores are cross-checks: the weights used for a score were learnt without the messages that it is measured on. `eval_dev.csv` is judged by
weights learnt from the phrases and the catalogue alone (`terms.yaml` was written by someone who had read it); each half of the phrases by
weights learnt from the other half. A minute or two; needs scikit-learn.
"""

import argparse
import csv
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from bot.county_files import LEARNT, SAMPLE, load_county
from bot.training import Row, _fit, _matters, _rows, asked_kindly, fit_dangers
from tests.benchmarks.report import machine
from workflows.likeness import Learnt
from workflows.matching import Matcher
from workflows.weights import Likeness

DEV = Path(__file__).parents[1] / "data/eval_dev.csv"
TARGETS = {"right matter among the first three": 0.80, "right matter first": 0.60, "right department first": 0.85}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    files = load_county()
    assert files.learnt is not None
    rows = [*_size(), *_unseen_messages(files), *_unseen_phrases(files), *_asides_and_dangers(files), *_speed(files)]
    print(machine(), "\n")
    for row in rows:
        print(
            f"{row['figure'] + ', ' + row['unit']:78}{row['value']:>9.3f}{'' if row['target'] is None else '   must ' + str(row['target'])}"
        )
    if args.json:
        args.json.write_text(json.dumps(rows, ensure_ascii=False, indent=2), "utf-8")
    return 0


def _row(figure: str, value: float, unit: str, target: float | None = None) -> dict[str, Any]:
    return {
        "figure": figure,
        "value": value,
        "unit": unit,
        "yardstick": None,
        "ratio": None,
        "target": target,
        "min": value,
        "max": value,
    }


def _size() -> list[dict[str, Any]]:
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    learnt = Learnt.from_bytes((SAMPLE / LEARNT).read_bytes())
    seconds = time.perf_counter() - began
    grown = (psutil.Process().memory_info().rss - before) / 1e6
    del learnt
    return [
        _row("load", seconds, "s", 1.0),
        _row("extra memory", grown, "MB", 80),
        _row("file", (SAMPLE / LEARNT).stat().st_size / 1e6, "MB", 20),
    ]


def _trained(files: Any, phrases: Sequence[Row], *, terms: bool) -> Matcher:
    words = Matcher(files.county, files.terms)
    rows = _matters(files, phrases)
    if not terms:
        known = len(phrases) + 2 * len(files.county.matters)
        rows = rows[:known]
    model = _fit(words, rows, cost=0.5)
    return Matcher(files.county, files.terms, Learnt(model, files.learnt.kinds, files.learnt.dangers, {}))


def _unseen_messages(files: Any) -> list[dict[str, Any]]:
    matcher = _trained(files, _rows(SAMPLE / "phrases.csv"), terms=False)
    messages = [row for row in csv.DictReader(DEV.read_text("utf-8-sig").splitlines()) if row["is_actionable"] == "1"]
    dept = {matter.code: matter.dept_code for matter in files.county.matters}
    hits = [0, 0, 0]
    for row in messages:
        codes = [guess.code for guess in matcher._ranked(row["text"])]
        parts = [set(part.split("|")) for part in row["acceptable_codes"].split("+")]
        hits[0] += all(part & set(codes) for part in parts)
        hits[1] += any(codes[:1] and codes[0] in part for part in parts)
        hits[2] += any(codes[:1] and dept[codes[0]] in part.split("|") for part in row["acceptable_depts"].split("+"))
    names = zip(TARGETS.items(), hits, strict=True)
    return [
        _row(f"eval_dev ({len(messages)}), without terms.yaml: {name}", hit / len(messages), "share", target)
        for (name, target), hit in names
    ]


def _unseen_phrases(files: Any) -> list[dict[str, Any]]:
    phrases = _rows(SAMPLE / "phrases.csv")
    dept = {matter.code: matter.dept_code for matter in files.county.matters}
    hits = [0, 0, 0]
    for part in (0, 1):
        matcher = _trained(files, phrases[part::2], terms=True)
        for code, text in phrases[1 - part :: 2]:
            codes = [found for _, found in matcher._order(matcher.read(text), 3)]
            hits[0] += code in codes
            hits[1] += code == codes[0]
            hits[2] += dept[code] == dept[codes[0]]
    return [
        _row(f"phrases ({len(phrases)}), by the other half: {name}", hit / len(phrases), "share")
        for name, hit in zip(TARGETS, hits, strict=True)
    ]


def _asides_and_dangers(files: Any) -> list[dict[str, Any]]:
    """Each fifth judged by what was learnt from the other four."""
    phrases, asides, dangers = (_rows(SAMPLE / name) for name in ("phrases.csv", "asides.csv", "dangers.csv"))
    words = Matcher(files.county, files.terms)
    right = wrong = seen = alarms = calm = 0
    for part in range(5):

        def rest(rows: list[Row], part: int = part) -> list[Row]:
            return [row for n, row in enumerate(rows) if n % 5 != part]

        spoken = [("matter", text) for _, text in rest(phrases)]
        spoken += [("matter", text) for number, text in rest(dangers) if number]
        spoken += [("matter", text) for text in asked_kindly(files.terms.kindly, rest(phrases))]
        kinds = _fit(words, [*spoken, *rest(asides)], cost=2, balanced=True, seen=2)
        dull = [("calm", text) for _, text in [*rest(phrases), *rest(asides)]]
        danger: Likeness = fit_dangers(words, rest(dangers), dull)
        matcher = Matcher(files.county, files.terms, Learnt(files.learnt.matters, kinds, danger, {}))
        right += sum(matcher.kind(text) != "matter" for _, text in asides[part::5])
        wrong += sum(matcher.kind(text) != "matter" for _, text in phrases[part::5])
        seen += sum(bool(matcher.danger(text)) for number, text in dangers[part::5] if number)
        alarms += sum(bool(matcher.danger(text)) for _, text in [*phrases[part::5], *asides[part::5]])
        calm += len(phrases[part::5]) + len(asides[part::5])
    said = sum(1 for number, _ in dangers if number)
    return [
        _row("not a matter: precision, by the other four fifths", right / (right + wrong), "share", 0.85),
        _row("not a matter: recall", right / len(asides), "share", 0.80),
        _row("emergencies found (the words of terms.yaml were written with them in view)", seen / said, "share"),
        _row("false alarms among the rest", alarms / calm, "share", 0.02),
    ]


def _speed(files: Any) -> list[dict[str, Any]]:
    """By the clock and in processor time, which other work on the machine disturbs less."""
    matcher = files.rulebook().matcher
    texts = [row["text"] for row in csv.DictReader(DEV.read_text("utf-8-sig").splitlines())]
    matcher.load()
    took: list[tuple[float, float]] = []
    for text in texts:
        began, worked = time.perf_counter(), time.process_time()
        matcher.match(text)
        took.append(((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000))
    waited, busy = (statistics.median(column) for column in zip(*took, strict=True))
    return [_row("one message, median", waited, "ms", 5.0), _row("one message, median, processor time", busy, "ms")]


if __name__ == "__main__":
    sys.exit(main())
