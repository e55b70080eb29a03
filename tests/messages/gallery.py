"""`python -m tests.messages.gallery [zh|en]`: every text of the product, one after the other, as a person reads it."""

import sys
from collections.abc import Iterator

from ruamel.yaml import YAML

from bot.county_files import load_county
from messages.render import FOLDER, LANGUAGES, Renderer, plain
from tests.messages import samples
from workflows.notify import TELL


def renderer() -> Renderer:
    files = load_county()
    return Renderer(files.rulebook())


def keys(group: str, lang: str) -> list[str]:
    """The keys of a short-text file, in its order."""
    return list(YAML(typ="safe").load((FOLDER / lang / f"{group}.yaml").read_text("utf-8")))


def blocks() -> list[tuple[str, str]]:
    """Every (template, audience) that exists: those of TELL, those that are sent beside it."""
    told = [(kind.value, audience.value) for kind, audiences in TELL.items() for audience in audiences]
    return [
        *told,
        ("tip.emergency", "source"),
        ("tips.waiting", "squad"),
        ("calls.waiting", "liaison"),
        ("board", "squad"),
    ]


def variants(template: str, audience: str) -> list[samples.Facts]:
    if (template, audience) == ("reward.announced", "finance"):
        return samples.FINANCE
    return samples.MESSAGES[template]


def messages(texts: Renderer, lang: str) -> Iterator[tuple[str, str]]:
    """(title, HTML) of every message and dialog."""
    for template, audience in blocks():
        for number, facts in enumerate(variants(template, audience)):
            yield f"{template} → {audience} #{number}", texts.message(template, lang, audience, facts)
    for key, rows in samples.DIALOGS.items():
        for number, facts in enumerate(rows):
            yield f"dialog {key} #{number}", texts.line("dialogs", key, lang, facts)


def short_texts(texts: Renderer, lang: str, group: str) -> Iterator[tuple[str, str]]:
    """(key, text) of every line of a group of plain short texts."""
    given: dict[str, dict[str, list[samples.Facts]]] = {
        "toasts": {key: [facts] for key, facts in samples.TOASTS.items()},
        "buttons": {key: [facts] for key, facts in samples.BUTTONS.items()},
        "words": {key: [facts] for key, facts in samples.WORDS.items()},
        "refusals": samples.REFUSALS,
    }
    for key in keys(group, lang):
        for facts in given.get(group, {}).get(key, [{}]):
            yield key, texts.line(group, key, lang, facts)


def main() -> None:
    asked = sys.argv[1:] or LANGUAGES
    if not set(asked) <= set(LANGUAGES):
        raise SystemExit(f"python -m tests.messages.gallery [{'|'.join(LANGUAGES)}]")
    texts = renderer()
    for lang in asked:
        for title, html in messages(texts, lang):
            print(f"── {lang} {title}\n{plain(html)}\n")
        for group in ("buttons", "toasts", "refusals", "commands", "words"):
            print(f"══ {lang} {group}")
            for key, text in short_texts(texts, lang, group):
                print(f"{key}: {text}")
            print()


if __name__ == "__main__":
    main()
