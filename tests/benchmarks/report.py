"""How a benchmark says what it found: rows as DESIGN §12 has them, a table for people, JSON for a file."""

import json
import platform
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psutil

Row = dict[str, Any]


def row(
    figure: str,
    unit: str,
    values: Iterable[float],
    *,
    yardstick: float | None = None,
    ratio: float | None = None,
    target: float | None = None,
    **more: Any,
) -> Row:
    """One figure: the median of its runs, with the least and the most of them. A target is for the ratio where there is one."""
    found = list(values)
    shown = {"figure": figure, "value": _short(statistics.median(found)), "unit": unit, "yardstick": yardstick}
    return {**shown, "ratio": ratio, "target": target, "min": _short(min(found)), "max": _short(max(found)), **more}


def against(figure: str, unit: str, ours: Sequence[float], theirs: Sequence[float], *, target: float | None) -> Row:
    """A figure with its yardstick: the ratio is taken per round, as both alternate, then the median."""
    ratio = round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 3)
    return row(figure, unit, ours, yardstick=_short(statistics.median(theirs)), ratio=ratio, target=target)


def _short(value: float) -> float:
    return round(value, 4 if abs(value) < 1 else 3)


def table(rows: Sequence[Row]) -> str:
    """For people, with the machine above."""
    wide = max(len(one["figure"]) + len(one["unit"]) for one in rows) + 4
    lines = [
        machine(),
        "",
        f"{'':{wide}}{'median':>10}{'min':>10}{'max':>10}{'yardstick':>11}{'ratio':>8}{'target':>8}",
    ]
    for one in rows:
        values = "".join(f"{one[name]:>10,.3f}" for name in ("value", "min", "max"))
        rest = "".join(
            f"{'' if one[name] is None else format(one[name], ',.2f'):>{width}}"
            for name, width in (("yardstick", 11), ("ratio", 8), ("target", 8))
        )
        lines.append(f"{one['figure'] + ', ' + one['unit']:{wide}}{values}{rest}")
    return "\n".join(lines)


def write(file: Path | None, rows: Sequence[Row]) -> None:
    if file is not None:
        file.write_text(json.dumps(list(rows), ensure_ascii=False, indent=2) + "\n", "utf-8")


def machine() -> str:
    model = next((line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    load = f"load {psutil.getloadavg()[0]:.1f}"
    return f"{model or platform.processor()}, {psutil.cpu_count()} cores, {load}, Python {platform.python_version()}"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
