"""A strict Bot API server of our own on loopback, so that the real bot runs, and is tested, without a Telegram account.

    errors.py     how it says no, to bots and to people at the controls
    markup.py     HTML → text and entities
    keyboards.py  which reply_markup is taken
    files.py      file ids, sizes, generated files
    state.py      people, chats, messages, waiting updates, the numbered feed of changes
    world.py      what people do: send, press, block, migrate …
    faults.py     failures on order, flood limits
    params.py     how a call brings its parameters
    methods.py    the Bot API methods and what they refuse
    delivery.py   getUpdates and the webhook
    control.py    the routes under /_/
    server.py     the HTTP face: Sandbox

Alone: `python -m bot.sandbox --port 8081`.
"""

from bot.sandbox.server import Sandbox

__all__ = ["Sandbox"]
