"""The console script `whistle`: 0 done, 1 failed, 2 wrong input or setting (told in one line)."""

import argparse
import asyncio
import gc
import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WRONG = 2
FAILED = 1


def main(argv: list[str] | None = None) -> int:
    """Parse the command line and run one command."""
    parser = _parser()
    args = parser.parse_args(argv)
    # the products of the matcher are small: a second thread for them waits in a busy loop and takes its processor from the decisions
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # what is loaded stays: looking through it again and again costs a fifth of a start
    from bot.county_files import CountyError
    from bot.settings import BadSetting

    if args.run is not _run:
        gc.enable()
    try:
        ended = int(args.run(args) or 0)
        sys.stdout.flush()
        return ended
    except (
        BrokenPipeError
    ):  # `whistle match … | head`: the reader has had enough, and nothing more is to be flushed at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BadSetting as error:
        print(error, file=sys.stderr)
        return WRONG
    except CountyError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="whistle", description="乡镇吹哨、部门报到: a county's joint-enforcement service as a chat bot"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(run=run)
        return made

    demo = add("demo", _demo, "the whole county in a browser, without a Telegram account")
    demo.add_argument("--port", type=_port, default=8080)
    add("run", _run, "talk to Telegram (settings: WHISTLE_BOT_TOKEN, WHISTLE_VAULT_KEY …)")
    add("migrate", _migrate, "bring the database to the newest version")
    imports = add("import", _import, "check a county's folder and take its seats into the database; nothing by halves")
    imports.add_argument("folder", type=Path)
    imports.add_argument("--check", action="store_true", help="only check the files")
    invite = add("invite", _invite, "a one-time link for a seat or a group chat, 72 hours")
    invite.add_argument("--role", default="")
    invite.add_argument("--unit", required=True)
    invite.add_argument("--group", action="store_true")
    invite.add_argument("--json", action="store_true")
    key = add("key", _key, "the vault key: make one, or change to WHISTLE_NEW_VAULT_KEY while the bot is stopped")
    key.add_argument("what", choices=["new", "rotate", "public"], help="public: the key that checks sealed exports")
    audit = add("audit", _audit, "has anybody changed what was written down? Names every row; 1 if so")
    audit.add_argument("what", choices=["verify"])
    export = add("export", _export, "the whole file of a case as a sealed ZIP that anybody can check with openssl")
    export.add_argument("case", help="the case's number, e.g. 云溪-2026-0147")
    export.add_argument("--out", type=Path, required=True, metavar="ZIP")
    export.add_argument("--for-party", action="store_true", help="正卷 alone, with copies of evidence without metadata")
    match = add(
        "match", _match, "which matter and unit a message would be given; is it an emergency, or no matter at all?"
    )
    match.add_argument("text", nargs="*")
    match.add_argument("--township", default=None)
    match.add_argument("--json", action="store_true", help="for programs")
    match.add_argument(
        "--csv", type=Path, metavar="IN", help="a file with a column `text`; writes --out with what was found"
    )
    match.add_argument("--out", type=Path, metavar="OUT")
    train = add("train", _train, "learn from the county's phrases.csv, asides.csv and dangers.csv")
    train.add_argument("folder", type=Path, nargs="?")
    return parser


def _port(text: str) -> int:
    port = int(text) if text.isdigit() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 1 to 65535")
    return port


def _demo(args: argparse.Namespace) -> int:
    from bot.demo.server import run

    return int(run(args.port) or 0)


def _run(_: argparse.Namespace) -> int:
    gc.disable()  # until `freeze`
    try:
        with _without("rich", "pygments", "click", "tornado"):
            return _serve()
    finally:
        gc.enable()  # a start that was refused leaves none of this behind


@contextmanager
def _without(*packages: str) -> Iterator[None]:
    """An import of these fails, as where they are not installed.

    structlog, httpx and python-telegram-bot load them where they happen to be there (they come with the packages of development), and
    nothing that serves uses them: a twentieth of a start, seven megabytes.
    """
    absent: Any = None
    kept_out = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(kept_out, absent))
    try:
        yield
    finally:
        for name in kept_out:
            del sys.modules[name]


def _serve() -> int:
    from bot.county_files import load_county
    from bot.settings import load

    settings = load()
    with ThreadPoolExecutor(
        1
    ) as beside:  # unpacking the matcher and reading files and certificates leave the interpreter to others
        reading = beside.submit(load_county, settings.county)
        from bot.app import App
        from bot.lock import hold
        from bot.logs import configure
    book = reading.result().rulebook()
    configure(settings.log_format, settings.log_level)

    async def live() -> int:
        app = App(settings, book=book)
        with hold(settings.database_url):
            try:
                await app.start()
                app.freeze()
                app.warmer.start()
                stop = asyncio.Event()
                for name in (signal.SIGINT, signal.SIGTERM):
                    asyncio.get_running_loop().add_signal_handler(name, stop.set)
                await _either(stop, app.store.outdated)
            finally:
                await app.stop()
        return FAILED if app.store.outdated.is_set() else 0

    return asyncio.run(live())


async def _either(*events: asyncio.Event) -> None:
    """Until one of them is set."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def _migrate(_: argparse.Namespace) -> int:
    from bot import database

    url = os.environ.get("WHISTLE_DATABASE_URL", "sqlite:///whistle.db")
    print(database.migrate(database.open_engine(url)))
    return 0


def _import(args: argparse.Namespace) -> int:
    from bot.agreements import agreements_without_text
    from bot.county_files import load_county
    from bot.settings import BadSetting

    if not args.folder.is_dir():
        raise BadSetting(
            f"{args.folder}: there is no such folder — give the folder with county.yaml, policy.yaml and the CSV files"
        )
    files = load_county(args.folder)
    county = files.county
    seats = rotas = 0
    if not args.check:
        from bot.console import decide
        from bot.settings import load
        from workflows.plan import take_in
        from workflows.roster import seat_everyone

        seats = decide(load(county=args.folder), seat_everyone)
        rotas = decide(load(county=args.folder), take_in)
    print(
        json.dumps(
            {
                "townships": len(county.townships),
                "units": len(county.units),
                "seats": len(county.all_seats),
                "new_seats": seats,
                "rotas": len(county.rotas),
                "new_rotas": rotas,
                **({"agreements_without_text": bare} if (bare := agreements_without_text(county)) else {}),
            },
            ensure_ascii=False,
        )
    )
    return 0


def _invite(args: argparse.Namespace) -> int:
    from bot.console import decide
    from bot.settings import BadSetting, load
    from workflows import roster
    from workflows.county import Role

    settings = load()
    if not args.group and args.role not in {role.value for role in Role if role is not Role.VILLAGER}:
        known = " ".join(role.value for role in Role if role is not Role.VILLAGER)
        raise BadSetting(f"--role {args.role or '(none)'}: is no role — one of: {known}")
    code = secrets.token_urlsafe(16)

    def offer(work: Any) -> dict[str, Any]:
        if not work.county.has_unit(args.unit):
            raise BadSetting(
                f"--unit {args.unit}: the county has no such unit — e.g. township QL01, squad QL01S, department SJ, grid QL01G03"
            )
        kinds = roster.SITS_IN["group" if args.group else args.role]
        if work.county.unit(args.unit).kind not in kinds:
            wanted = " or ".join(kind.value for kind in kinds)
            what = "a group" if args.group else f"the role {args.role}"
            raise BadSetting(f"--unit {args.unit}: {what} belongs to a {wanted}, and this is none")
        made = roster.invite(work, code, args.role or "group", args.unit, group=args.group)
        return {"code": code, "role": args.role or None, "unit": args.unit, "expires_at": made.expires_at.isoformat()}

    offered = decide(settings, offer)
    name = asyncio.run(_bot_name(settings))
    start = "startgroup" if args.group else "start"
    offered["link"] = f"https://t.me/{name}?{start}={code}" if name else None
    if args.json:
        print(json.dumps(offered, ensure_ascii=False))
    else:
        print(offered["link"] or f"/start {code}")
    return 0


async def _bot_name(settings: Any) -> str | None:
    """The bot's name, if Telegram can be asked now."""
    from telegram.error import TelegramError

    from bot.request import AiohttpRequest

    request = AiohttpRequest(read_timeout=5, connect_timeout=3)
    await request.initialize()
    try:
        return str((await request.call(f"{settings.bot_url}/getMe", {}))["username"])
    except TelegramError:
        return None
    finally:
        await request.shutdown()


def _key(args: argparse.Namespace) -> int:
    from bot.vault import new_master_key

    if args.what == "new":
        print(new_master_key())
        return 0
    from bot import keys

    if args.what == "public":
        from bot.console import decide
        from bot.settings import load

        def public(work: Any) -> str:
            return str(work.vault.public_key().decode())

        print(decide(load(), public), end="")
        return 0
    url = os.environ.get("WHISTLE_DATABASE_URL", "sqlite:///whistle.db")
    old = keys.open_key("WHISTLE_VAULT_KEY", os.environ.get("WHISTLE_VAULT_KEY", ""))
    new = keys.open_key("WHISTLE_NEW_VAULT_KEY", os.environ.get("WHISTLE_NEW_VAULT_KEY", ""))
    done = keys.rotate(url, old, new)
    told = "this database has the new key already" if done.already else f"{done.people} keys wrapped anew"
    print(f"{told}; from now on start with WHISTLE_VAULT_KEY set to the new key, then destroy the old one")
    return 0


def _audit(_: argparse.Namespace) -> int:
    from bot import audit
    from bot.settings import load

    whole, lines = audit.verify(load())
    print(*lines, sep="\n")
    return 0 if whole else FAILED


def _export(args: argparse.Namespace) -> int:
    from bot.export import Incomplete, export
    from bot.settings import BadSetting, load
    from messages.documents import NoConverter

    if not args.out.parent.is_dir():
        raise BadSetting(f"--out {args.out}: there is no folder {args.out.parent}")
    try:
        archive, told = export(load(), args.case, for_party=args.for_party)
    except (Incomplete, NoConverter) as error:
        print(error, file=sys.stderr)
        return FAILED
    args.out.write_bytes(archive)
    missing = f", {len(told['lacks'])} things are missing in the file" if told["lacks"] else ""
    print(f"{args.out}: {told['files']} files, sealed{missing}; check it with verify.sh inside")
    return 0


def _train(args: argparse.Namespace) -> int:
    from bot.county_files import LEARNT
    from bot.training import train

    folder = args.folder or _county_folder()
    learnt = train(folder)
    (folder / LEARNT).write_bytes(learnt.to_bytes())
    print(f"{folder / LEARNT}: {len(learnt.matters.labels)} matters")
    return 0


def _match(args: argparse.Namespace) -> int:
    from bot import match_command

    return match_command.run(args, _county_folder())


def _county_folder() -> Path:
    return Path(os.environ.get("WHISTLE_COUNTY") or Path(__file__).parent / "sample_county")


if __name__ == "__main__":
    sys.exit(main())
