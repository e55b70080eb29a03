"""Every sign that a text begins with is drawn by the demonstration's page: many machines have no emoji font, and show a box."""

import re

from messages.render import FOLDER, LANGUAGES

PAGE = FOLDER.parent / "bot" / "demo" / "page" / "emoji.js"
SIGN = re.compile(r"[\u231b\u23f3\u260e\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


def test_the_page_draws_every_sign_of_every_text() -> None:
    drawn = set(re.findall(r'^  "(.)":', PAGE.read_text("utf-8"), re.MULTILINE))
    files = [path for lang in LANGUAGES for path in (FOLDER / lang).rglob("*") if path.suffix in (".html", ".yaml")]

    used = {sign for path in files for sign in SIGN.findall(path.read_text("utf-8"))}

    assert len(used) > 30 and used - drawn == set()
