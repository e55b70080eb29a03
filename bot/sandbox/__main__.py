"""Runs the sandbox alone: `python -m bot.sandbox --port 8081`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from bot.sandbox.server import Sandbox


async def _run(port: int, token: str) -> None:
    sandbox = Sandbox(token)
    await sandbox.start(port=port)
    sys.stdout.write(f"{sandbox.url}\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    await sandbox.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="A Bot API server on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the address is printed")
    parser.add_argument("--token", default="1000001:SANDBOX", help="the token bots call with")
    given = parser.parse_args()
    try:
        asyncio.run(_run(given.port, given.token))
    except (OSError, ValueError) as why:
        sys.stderr.write(f"{why}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
