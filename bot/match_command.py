"""`whistle match`: what a message is taken for, printed for people, as JSON, or for a whole file."""

import argparse
import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.county_files import CountyFiles, load_county
from bot.settings import BadSetting
from workflows.matching import Match, Matcher
from workflows.places import find_places

COLUMNS = ("pred_codes", "pred_depts", "pred_emergency", "pred_actionable", "pred_kind")


def run(args: argparse.Namespace, folder: Path) -> int:
    """One message, or a file of them. Raises BadSetting when neither was given."""
    files = load_county(folder)
    matcher = files.rulebook().matcher
    if args.csv is not None:
        return _whole_file(args.csv, args.out, files, matcher)
    text = " ".join(args.text)
    if not text:
        raise BadSetting("whistle match: give a message in quotes, or --csv FILE --out FILE")
    answer = _answer(files, matcher, text, args.township or files.county.townships[0].id)
    if args.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _show(answer)
    return 0


def row(files: CountyFiles, match: Match) -> dict[str, str]:
    """The columns that `--csv` adds: codes and departments best first, joined by `|`; 0 or 1; the kind."""
    codes = [guess.code for guess in match.guesses]
    depts = list(dict.fromkeys(files.county.matter(code).dept_code for code in codes))
    return {
        "pred_codes": "|".join(codes),
        "pred_depts": "|".join(depts),
        "pred_emergency": str(int(bool(match.danger))),
        "pred_actionable": str(int(bool(codes))),
        "pred_kind": match.kind if match.kind != "matter" else "two_matters" if match.matters == 2 else "single",
    }


def _whole_file(source: Path, target: Path | None, files: CountyFiles, matcher: Matcher) -> int:
    if target is None:
        raise BadSetting("whistle match --csv IN also needs --out OUT")
    try:
        with source.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            names = list(reader.fieldnames or [])
            rows = list(reader)
    except OSError as error:
        raise BadSetting(f"{source} cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise BadSetting(f"{source} is no CSV file in UTF-8") from None
    if "text" not in names:
        raise BadSetting(f"{source} has no column called text")
    try:
        with target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, [*names, *(c for c in COLUMNS if c not in names)], extrasaction="ignore")
            writer.writeheader()
            for one in rows:
                writer.writerow({**one, **row(files, matcher.match(one["text"] or ""))})
    except OSError as error:
        raise BadSetting(f"{target} cannot be written ({error.strerror})") from None
    print(f"{target}: {len(rows)}")
    return 0


def _answer(files: CountyFiles, matcher: Matcher, text: str, township: str) -> dict[str, Any]:
    found = matcher.match(text)
    today = datetime.now(UTC).date()
    matters = []
    for guess in found.guesses:
        matter = files.county.matter(guess.code)
        proposal = matcher.units_for(guess.code, township, today)
        matters.append(
            {
                "code": guess.code,
                "matter": matter.short,
                "score": guess.score,
                "confident": guess.confident,
                "lead": proposal.lead_unit.short,
                "with": proposal.co_unit.short if proposal.co_unit else None,
                "reason": proposal.lead_reason.value,
                "authority": proposal.tier,
            }
        )
    places = find_places(text, files.county)
    return {
        "kind": found.kind,
        "two_matters": found.matters == 2,
        "words": list(found.words),
        "matters": matters,
        "villages": [village.name for village in places.villages],
        "which_of": [village.id for village in places.candidates],
        "dial": list(found.danger.numbers(files.county.emergency_numbers)),
    }


def _show(answer: dict[str, Any]) -> None:
    out = sys.stdout.write
    if answer["dial"]:
        out(f"!! {' / '.join(answer['dial'])}\n")
    if not answer["matters"]:
        out(f"{answer['kind']}\n")
    for number, one in enumerate(answer["matters"], 1):
        units = one["lead"] + (f" + {one['with']}" if one["with"] else "")
        out(f"{number}  {one['code']}  {one['matter']}  →  {units} ({one['reason']})  {one['score']:.0%}\n")
    if answer["words"]:
        out(f"   {' · '.join(answer['words'])}\n")
    if answer["villages"]:
        out(f"   {' / '.join(answer['villages'])}\n")
