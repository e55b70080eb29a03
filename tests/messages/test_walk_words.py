"""The guided walk names buttons as they stand on the phones, in both languages."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
WALK: list[dict[str, Any]] = json.loads((ROOT / "bot/demo/page/walk.json").read_text("utf-8"))["steps"]
NAMED = {"zh": re.compile(r"〔([^〕]+)〕"), "en": re.compile(r"\[([^\]]+)\]")}
_UNITS = {"zh": "short", "en": "name_en"}


def labels(language: str) -> tuple[list[str], list[str]]:
    """Whole words of buttons, reasons and units; and the beginnings of those that go on with whom they are about."""
    buttons = YAML(typ="safe", pure=True).load(ROOT / f"messages/{language}/buttons.yaml")
    reasons = (ROOT / "bot/sample_county/reasons.yaml").read_text("utf-8")
    whole = [str(words) for words in buttons.values() if "{{" not in str(words)]
    open_ = [str(words).split("{{")[0].rstrip("：: ") for words in buttons.values() if "{{" in str(words)]
    whole += re.findall({"zh": r"\blabel: ([^,}\n]+)", "en": r"\blabel_en: ([^}\n]+)"}[language], reasons)
    with (ROOT / "bot/sample_county/departments.csv").open(encoding="utf-8-sig", newline="") as file:
        whole += [row[_UNITS[language]] for row in csv.DictReader(file)]
    return whole, [one for one in open_ if one]


def is_shown(name: str, whole: list[str], beginnings: list[str]) -> bool:
    return any(one.startswith(name) for one in whole) or any(name.startswith(one) for one in beginnings)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("step", [step for step in WALK if step.get("point")], ids=lambda step: step["id"])
def test_a_step_names_what_is_on_the_phone(step: dict[str, Any], language: str) -> None:
    named = NAMED[language].findall(step["text"][language])

    assert named or step["id"] == "open"
    assert not [name for name in named if not is_shown(name, *labels(language))]


def test_the_english_walk_asks_nobody_to_read_chinese() -> None:
    said = {step["id"]: step["text"]["en"] + step.get("why", {}).get("en", "") for step in WALK}

    assert not {name for name, words in said.items() if re.search(r"[一-鿿]", words)}
