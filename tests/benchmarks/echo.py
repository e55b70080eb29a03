"""The yardstick: a bare python-telegram-bot echo bot with its own webhook server and its own HTTP client, which stores nothing.

`python -m tests.benchmarks.echo [--concurrent] API PORT`. A message is echoed, a press is answered.
"""

import argparse

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters


async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message is not None and update.message.text is not None:
        await update.message.reply_text(update.message.text)


async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    if update.callback_query is not None:
        await update.callback_query.answer()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.echo")
    parser.add_argument("--concurrent", action="store_true", help="updates side by side, as most run it")
    parser.add_argument("api")
    parser.add_argument("port", type=int)
    given = parser.parse_args()
    builder = Application.builder().token("1000001:BENCH").base_url(f"{given.api}/bot")
    application = builder.concurrent_updates(given.concurrent).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.add_handler(CallbackQueryHandler(answer))
    application.run_webhook(
        listen="127.0.0.1",
        port=given.port,
        url_path="telegram",
        secret_token="bench",
        webhook_url=f"http://127.0.0.1:{given.port}/telegram",
    )


if __name__ == "__main__":
    main()
