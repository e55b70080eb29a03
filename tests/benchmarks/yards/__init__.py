"""The yardsticks: bare echo bots that store nothing, encrypt nothing and render nothing.

Each takes the address of a Bot API and a port for its webhook. What is not installed is said in one line and left out.
Those that want packages of their own get them once, from files with hashes.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from tests.benchmarks.race import Runner

HERE = Path(__file__).parent
BUILT = Path(sys.prefix) / "yardsticks"
"""Beside the project's own packages, and as little part of the repository as they are."""


class Missing(Exception):
    """Why a yardstick cannot be shown here, in one line."""


@cache
def concurrent() -> Runner:
    """python-telegram-bot as most run it: its own webhook, its own HTTP client, updates side by side."""
    return _ptb("--concurrent")


@cache
def stock() -> Runner:
    """python-telegram-bot as it comes: the same, updates one after the other."""
    return _ptb()


@cache
def best() -> Runner:
    """The best stock python-telegram-bot: one after the other, with `sniffio` installed (without it every request retries an import)."""
    return _ptb(env={"PYTHONPATH": str(_sniffio())})


@cache
def aiogram() -> Runner:
    """aiogram 3.31, which wants an older pydantic than ours and so packages of its own."""
    return Runner([str(_aiogram() / "bin" / "python"), str(HERE / "echo_aiogram.py")])


@cache
def grammy() -> Runner:
    """grammY on node."""
    node = shutil.which("node")
    if node is None:
        raise Missing("grammY is not shown: there is no node here")
    return Runner([node, str(_grammy() / "echo.mjs")])


def _ptb(*options: str, env: dict[str, str] | None = None) -> Runner:
    return Runner([sys.executable, "-m", "tests.benchmarks.echo", *options], env or {})


YARDSTICKS: dict[str, Callable[[], Runner]] = {
    "python-telegram-bot, concurrent": concurrent,
    "python-telegram-bot, stock": stock,
    "python-telegram-bot, best": best,
    "aiogram": aiogram,
    "grammY": grammy,
}


def those_here(names: Sequence[str]) -> dict[str, Runner]:
    """Those of them that can be run here; why another cannot is printed."""
    found = {}
    for name in names:
        try:
            found[name] = YARDSTICKS[name]()
        except Missing as why:
            print(why)
    return found


def at(runner: Runner) -> Callable[[int, list[int]], list[Runner]]:
    """The same bot, told where the Bot API is and on which port to listen."""
    return lambda api, ports: [
        Runner([*runner.command, f"http://127.0.0.1:{api}", str(port)], runner.env) for port in ports
    ]


# ── built once ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _sniffio() -> Path:
    return _build(
        "sniffio", HERE / "sniffio.lock", lambda folder: [[*_PIP, "--target", str(folder), *_locked("sniffio")]]
    )


def _aiogram() -> Path:
    def steps(folder: Path) -> list[list[str]]:
        python = str(folder / "bin" / "python")
        return [
            [sys.executable, "-m", "venv", "--without-pip", str(folder)],
            [*_PIP[:3], "--python", python, *_PIP[3:], *_locked("aiogram")],
        ]

    return _build("aiogram", HERE / "aiogram.lock", steps)


def _grammy() -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("grammY is not shown: there is no npm here")

    def steps(folder: Path) -> list[list[str]]:
        for name in ("package.json", "package-lock.json", "echo.mjs"):
            shutil.copy(HERE / "grammy" / name, folder)
        return [[npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]]

    return _build("grammy", HERE / "grammy", steps)


_PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]


def _locked(name: str) -> list[str]:
    return ["--requirement", str(HERE / f"{name}.lock")]


def _build(name: str, source: Path, steps: Callable[[Path], list[list[str]]]) -> Path:
    """The folder of this yardstick, built anew when what it is made from has changed. Raises Missing."""
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    of = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    folder = BUILT / name
    mark = folder / "built-from"
    if mark.is_file() and mark.read_text() == of:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for step in steps(folder):
        done = subprocess.run(step, check=False, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
            raise Missing(f"{name} is not shown, its packages could not be installed: {last}")
    mark.write_text(of)
    return folder
