"""A yardstick: a bare aiogram echo bot as its documentation shows it: its own aiohttp webhook, its own client, nothing stored."""

import argparse

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web


async def echo(message: Message) -> None:
    if message.text is not None:
        await message.answer(message.text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python echo_aiogram.py")
    parser.add_argument("api")
    parser.add_argument("port", type=int)
    given = parser.parse_args()
    session = AiohttpSession(api=TelegramAPIServer.from_base(given.api))
    bot = Bot("1000001:BENCH", session=session)
    dispatcher = Dispatcher()
    dispatcher.message.register(echo)

    async def begin() -> None:
        await bot.set_webhook(f"http://127.0.0.1:{given.port}/telegram", secret_token="bench")

    dispatcher.startup.register(begin)
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token="bench").register(app, path="/telegram")
    setup_application(app, dispatcher, bot=bot)
    web.run_app(app, host="127.0.0.1", port=given.port, print=None)


if __name__ == "__main__":
    main()
