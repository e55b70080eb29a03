"""`whistle demo`: the whole county in one browser window, without a Telegram account.

cast.yaml   who has a phone on the page, which places and speeds it offers
cast.py     those people as persons of the sandbox, bound to their seats
server.py   starts sandbox, bot and page in one process; speed, restart, what the database knows
lines.yaml  what the console says meanwhile
page/       the page: plain HTML, CSS and JavaScript, nothing to build
"""

from bot.demo.server import Demo, run

__all__ = ["Demo", "run"]
