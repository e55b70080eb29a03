"""Danger now is answered with a number; a figure of speech, a question or a memory is not."""

import csv
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.county_files import load_county
from workflows.emergency import Alarms, emergency
from workflows.terms import Frames
from workflows.words import letters

ROWS = list(csv.DictReader((Path(__file__).parents[1] / "data/eval_dev.csv").read_text("utf-8-sig").splitlines()))
NUMBERS = {"fire": "119", "police": "110", "medical": "120", "traffic": "122"}


@pytest.fixture(scope="module")
def terms():
    return load_county().terms


def test_no_known_danger_is_missed_and_the_first_number_is_right(terms):
    """A guard against regressions: the word lists were written by someone who knew these messages."""
    dangers = [row for row in ROWS if row["is_emergency"] == "1"]

    assert len(dangers) == 10
    for row in dangers:
        numbers = emergency(row["text"], terms).numbers(NUMBERS)
        assert numbers and numbers[0] in row["emergency_numbers"].split("|"), row["text"]


def test_no_alarm_where_there_is_none(terms):
    calm = [row["text"] for row in ROWS if row["is_emergency"] == "0" and emergency(row["text"], terms)]

    assert calm == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("我家厨房起火了", "119"),
        ("煤气漏了,一屋子味道", "119"),
        ("有人掉河里了", "119"),
        ("他喝农药了", "120"),
        ("有人拿刀追着砍", "110"),
        ("门口出车祸了", "122"),
        ("上次着火的那家现在又着火了", "119"),
    ],
)
def test_danger_is_heard(terms, text, number):
    assert number in emergency(text, terms).numbers(NUMBERS)


@pytest.mark.parametrize(
    "text",
    [
        "这家店生意火爆,占道摆摊",
        "去年他家着火了,违建还没拆",
        "要是着火了消防车进不来",
        "火锅店油烟大",
        "跳楼价大甩卖喇叭吵死人",
        "着火了打哪个电话",
        "轮胎漏气扔路边",
        "",
    ],
)
def test_what_only_sounds_dangerous_is_not(terms, text):
    assert not emergency(text, terms)


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("放鹅的老汉滑进水库里了", True),
        ("广告箱砸下来,压着一个骑车的", True),
        ("掏出一把刀,指着收银的", True),
        ("钢片扎进师傅的脖子", True),
        ("房子后头的坡垮了,舅舅还在里面", True),
        ("敲不开门,从窗户看两个人都躺着", True),
        ("去年放鹅的老汉滑进水库里了", False),
        ("要是掉进水库里怎么得了,孩子天天在那玩", False),
        ("听说吃了菌子会中毒", False),
        ("卖鱼的摊子摆到路上", False),
        ("铁箱子占了半条路,进出都难", False),
        ("", False),
    ],
)
def test_who_and_what_happens_to_them_is_a_frame_and_a_doubt_or_an_ordinary_complaint_is_none(terms, text, danger):
    heard = Alarms(terms).heard(text)

    assert (heard.is_told or heard.is_hinted) is danger


def test_a_frame_does_not_reach_over_a_full_stop(terms):
    assert not Alarms(terms).heard("孩子放学了。鱼塘边上都是垃圾袋").is_told


def test_a_frame_of_an_unknown_list_is_refused():
    with pytest.raises(ValidationError, match="no such slot: whom"):
        Frames(slots={"who": "人"}, told={"water": "<whom>..河"})


def test_no_frame_that_a_message_fills_is_passed_over(terms):
    """Only those are tried of which every part may begin there; the others would not have been filled."""
    alarms = Alarms(terms)
    lines = (Path(__file__).parents[1] / "data/dangers_unseen.csv").read_text("utf-8-sig").splitlines()
    told = 0

    for text in [row["text"] for row in (*csv.DictReader(lines), *ROWS)]:
        there = letters(alarms._read(text))
        plain = alarms._without_figures(alarms._read(text), there)[:150].strip().replace(" ", ",")
        tried, every = (
            [
                frame
                for frames in alarms._told.values()
                for parts, frame in frames
                if where(parts) and frame.search(plain)
            ]
            for where in (alarms._parts.perhaps(there).issuperset, bool)
        )
        assert tried == every
        told += bool(every)

    assert told >= 20
