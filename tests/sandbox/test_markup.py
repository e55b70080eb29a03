"""Texts in HTML: what Telegram makes of them and where it refuses."""

from __future__ import annotations

import pytest

from bot.sandbox.errors import Refused
from bot.sandbox.markup import parse_html, render_html, units


def test_offsets_count_utf16_units() -> None:
    text, entities = parse_html("🔔 请在 <b>14:35</b> 前<i>签收</i>")

    assert text == "🔔 请在 14:35 前签收"
    assert entities == [{"type": "bold", "offset": 6, "length": 5}, {"type": "italic", "offset": 13, "length": 2}]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("<strong>x</strong>", "bold"),
        ("<em>x</em>", "italic"),
        ("<ins>x</ins>", "underline"),
        ("<del>x</del>", "strikethrough"),
        ("<strike>x</strike>", "strikethrough"),
        ("<code>x</code>", "code"),
        ("<pre>x</pre>", "pre"),
        ("<blockquote>x</blockquote>", "blockquote"),
        ("<blockquote expandable>x</blockquote>", "expandable_blockquote"),
        ("<tg-spoiler>x</tg-spoiler>", "spoiler"),
        ('<span class="tg-spoiler">x</span>', "spoiler"),
    ],
)
def test_every_allowed_tag_is_an_entity(source: str, kind: str) -> None:
    assert parse_html(source) == ("x", [{"type": kind, "offset": 0, "length": 1}])


def test_tags_may_nest_and_letters_case_does_not_matter() -> None:
    text, entities = parse_html("<B>a<i>b</I></b>")

    assert text == "ab"
    assert [(e["type"], e["offset"], e["length"]) for e in entities] == [("bold", 0, 2), ("italic", 1, 1)]


def test_a_deadline_keeps_its_time_and_format() -> None:
    text, entities = parse_html('⏳ <tg-time unix="1795412345" format="r">14:35 前</tg-time>')

    assert text == "⏳ 14:35 前"
    assert entities[0]["unix_time"] == 1795412345
    assert entities[0]["date_time_format"] == "r"


def test_a_link_keeps_its_address_and_a_useless_one_leaves_only_its_words() -> None:
    assert parse_html('<a href="https://a.example/?x=1&amp;y=2">图</a>')[1][0]["url"] == "https://a.example/?x=1&y=2"
    assert parse_html('<a href="javascript:alert(1)">图</a>') == ("图", [])


def test_references_are_read_and_unknown_ones_left() -> None:
    assert parse_html("&lt;&gt;&amp;&quot;&#39;&#x4e91; &nbsp; & ok")[0] == "<>&\"'云 &nbsp; & ok"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<font>x</font>", 'Unsupported start tag "font" at byte offset 0'),
        ("云 <p>", 'Unsupported start tag "p" at byte offset 4'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-time unix="soon">x</tg-time>', "Invalid date entity Unix time specified at byte offset 0"),
        ('<tg-time unix="1" format="xyz">x</tg-time>', "Invalid date entity format specified at byte offset 0"),
    ],
)
def test_broken_markup_is_refused_in_telegrams_words(source: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_html(source)

    assert caught.value.description == f"Bad Request: can't parse entities: {words}"


def test_surrounding_blanks_go_and_entities_move_along() -> None:
    assert parse_html("\n <b> 云 </b> ") == ("云", [{"type": "bold", "offset": 0, "length": 1}])


@pytest.mark.parametrize(
    "source",
    [
        "plain &lt;b&gt; &amp; 🔔",
        "<b>a<i>b</i></b><code>c</code>",
        '<a href="https://a.example/?x=1&amp;y=2">图🔔</a> end',
        '<tg-time unix="5" format="r">soon</tg-time>',
        '<pre><code class="language-py">x</code></pre>',
        "<blockquote expandable>x</blockquote>",
    ],
)
def test_what_is_parsed_is_rendered_again(source: str) -> None:
    assert render_html(*parse_html(source)) == source


def test_length_counts_an_emoji_twice() -> None:
    assert units("云🔔a") == 4
