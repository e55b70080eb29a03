"""The yardstick: a bare python-telegram-bot echo bot as most run it: its own webhook server, its own HTTP client, nothing stored."""

import argparse

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message is not None and update.message.text is not None:
        await update.message.reply_text(update.message.text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.echo")
    parser.add_argument("--api", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    application = (
        Application.builder().token("1000001:BENCH").base_url(f"{given.api}/bot").concurrent_updates(True).build()
    )
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_webhook(
        listen="127.0.0.1",
        port=given.port,
        url_path="telegram",
        secret_token="bench",
        webhook_url=f"http://127.0.0.1:{given.port}/telegram",
    )


if __name__ == "__main__":
    main()
