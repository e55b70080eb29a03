"""Whatever the program asks for is there, in both languages, with the facts that it passes; and nothing lies about unused."""

import pytest

from handlers.roster import MENU
from messages.render import FOLDER, LANGUAGES, Renderer
from tests.messages import samples, sources
from tests.messages.gallery import blocks, keys, variants
from workflows.authority import Why
from workflows.gates import GATES, GateShut
from workflows.lawprofile import TermId
from workflows.notify import LIVE, TELL
from workflows.refusals import Refusal
from workflows.states import Stage
from workflows.steps import RULES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_audience_of_every_event_has_its_words(texts: Renderer, lang: str):
    for template, audience in blocks():
        for facts in variants(template, audience):
            assert texts.message(template, lang, audience, facts), (template, audience)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_template_belongs_to_an_event(lang: str):
    known = {template for template, _ in blocks()}

    found = {path.stem for path in (FOLDER / lang).glob("*.html") if not path.name.startswith("_")}

    assert found == known


def test_both_languages_have_the_same_files():
    zh, en = ({path.name for path in (FOLDER / lang).iterdir() if path.is_file()} for lang in LANGUAGES)

    assert zh == en


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_template_has_a_block_that_nobody_hears(lang: str):
    heard: dict[str, set[str]] = {}
    for template, audience in blocks():
        heard.setdefault(template, set()).add(audience)

    for template, audiences in heard.items():
        source = (FOLDER / lang / f"{template}.html").read_text("utf-8")
        named = {line.split()[2] for line in source.splitlines() if line.startswith("{% block ")}
        assert named == audiences, template


def procedure_keys() -> set[str]:
    """Every stage, step, question, choice, term and reason that the tables of a procedure name."""
    asks = [ask for rule in RULES for ask in rule.asks]
    return {
        *(f"stage_{stage.value}" for stage in Stage),
        *(f"step_{rule.kind}" for rule in RULES),
        "step_papers",  # what voided an opinion was no step
        *(f"ask_{ask.key}" for ask in asks),
        *(f"opt_{option}" for ask in asks for option in ask.options),
        *(f"term_{one.value}" for one in TermId),
        *(f"review_{why}" for why in ("public_interest", "hearing", "complex")),
        *(f"course_{course}" for course in ("simple", "ordinary")),
    }


LINES = {
    "buttons": sources.button_keys(),
    "toasts": sources.toast_keys(),
    "dialogs": sources.dialog_keys(),
    "commands": {command for menu in MENU.values() for command in menu},
    "refusals": {kind().name for kind in Refusal.__subclasses__() if kind is not GateShut},
    "gates": {gate.id for gate in GATES}
    | {"elsewhere_handled", "drill", "gate_shut", "leader_absent", "not_for_this", "second_absent"},
    "procedure": procedure_keys(),
    "authority": {why.value for why in Why},
    "words": sources.line_keys("words"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("group", LINES)
def test_short_texts_are_those_the_program_asks_for(group: str, lang: str):
    assert LINES[group], "the sources name no key: the scan is broken"

    assert set(keys(group, lang)) == LINES[group]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("site", sources.told(), ids=lambda site: f"{site.template}@{site.where}")
def test_a_message_needs_no_fact_that_its_verb_does_not_pass(texts: Renderer, site: sources.Site, lang: str):
    """StrictUndefined raises for a fact that is missing; a fact without a sample fails too."""
    audiences = [audience for template, audience in blocks() if template == site.template]
    for audience in audiences:
        if any((kind.value, a.value) == (site.template, audience) for kind, a in LIVE):
            continue
        for facts in variants(site.template, audience):
            given = {name: facts[name] for name in site.facts}
            assert texts.message(site.template, lang, audience, given)


@pytest.mark.parametrize("template", sources.views())
def test_a_live_card_is_sampled_with_exactly_the_facts_of_its_view(template: str):
    view = sources.views()[template]

    for facts in samples.MESSAGES[template]:
        assert set(facts) == view


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("site", sources.dialogs(), ids=lambda site: f"{site.template}@{site.where}")
def test_a_dialog_needs_no_fact_that_its_handler_does_not_pass(texts: Renderer, site: sources.Site, lang: str):
    for facts in samples.DIALOGS[site.template.split(".", 1)[1]]:
        given = {name: facts[name] for name in site.facts - {"keyboard"}}
        if "keyboard" in site.facts:
            given["keyboard"] = facts.get("keyboard", [])
        assert texts.message(site.template, lang, "owner", given)


def test_the_scan_of_the_sources_finds_every_event_that_is_told():
    """If a verb is written in a way that the scan cannot read, its facts would go unproven."""
    beside_tell = {"whistle.equipped", "whistle.stood_down", "call.acknowledged", "call.departed"}
    silent = {kind.value for kind, audiences in TELL.items() if not audiences}
    assert silent == beside_tell

    told = {site.template for site in sources.told()}

    promised = {kind.value for kind in TELL} - silent
    assert promised - told == {"tip.assigned", "update.failed", "deadline.failed"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("template", "audience", "since"),
    [
        ("note.procedure", "owner", ("fines", "whole", "basis", "below", "below_words")),
        ("note.closed", "owner", ("quantity", "unit")),
        ("note.stats", "owner", ("reached",)),
        ("step.asked", "second", ("fines", "whole", "basis", "below", "below_words")),
    ],
)
def test_what_waited_over_an_upgrade_is_said_without_the_facts_that_came_later(
    texts: Renderer, template: str, audience: str, since: tuple[str, ...], lang: str
):
    group = (
        samples.DIALOGS[template.removeprefix("note.")]
        if template.startswith("note.")
        else variants(template, audience)
    )
    for facts in group:
        assert texts.message(template, lang, audience, {k: v for k, v in facts.items() if k not in since})
