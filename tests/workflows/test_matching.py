"""Everyday words find their matter; small talk does not; the right unit is proposed."""

import csv
import time
from datetime import date
from pathlib import Path

import pytest

from bot.county_files import load_county
from workflows.matching import Matcher, Why, summary_key

DAY = date(2026, 11, 2)
ROWS = list(csv.DictReader((Path(__file__).parents[1] / "data/eval_dev.csv").read_text("utf-8-sig").splitlines()))


@pytest.fixture(scope="module")
def files():
    return load_county()


@pytest.fixture(scope="module")
def matcher(files):
    """Without what was learnt: `test_learnt.py` has the rest."""
    return Matcher(files.county, files.terms)


def test_matching_does_not_get_worse_on_the_messages_it_was_written_with(matcher):
    """A guard against regressions, no accuracy figure: the word table was written by someone who had read them."""
    actionable = [row for row in ROWS if row["is_actionable"] == "1"]

    def found(row):
        codes = {guess.code for guess in matcher.guess(row["text"])}
        return all(codes & set(part.split("|")) for part in row["acceptable_codes"].split("+"))

    assert sum(map(found, actionable)) / len(actionable) >= 0.80


def test_what_cannot_be_handled_gets_no_matter(matcher):
    quiet = [row for row in ROWS if row["is_actionable"] == "0" and row["kind"] != "emergency"]

    assert [row["text"] for row in quiet if matcher.guess(row["text"])] == []


def test_small_talk_is_never_a_tip(matcher):
    tips = [row["text"] for row in ROWS if row["is_actionable"] == "1" or row["kind"] in ("emergency", "vague")]

    assert [text for text in tips if matcher.is_small_talk(text)] == []
    assert all(matcher.is_small_talk(text) for text in ("你好", "在吗?", "测试一下", "谢谢您!", "今日无事项上报"))


@pytest.mark.parametrize(
    "text", ["你好,河里有人电鱼", "测试,我家门口有人倒垃圾", "扫码领鸡蛋的保健品讲座又来骗老人了", "📷", "", "没人管"]
)
def test_a_tip_that_begins_like_small_talk_is_kept(matcher, text):
    assert not matcher.is_small_talk(text)


def test_at_most_three_guesses_best_first(matcher):
    guesses = matcher.guess("工地半夜施工吵得睡不着,渣土车还撒一路")

    assert 1 <= len(guesses) <= 3
    assert [g.score for g in guesses] == sorted((g.score for g in guesses), reverse=True)
    assert not any(g.confident for g in guesses[1:])


@pytest.mark.parametrize("text", ["<b>&" * 1500, "电鱼" * 3000, "\u202e\u200b" * 50, "１２３ＡＢＣ", "😀" * 4000])
def test_any_text_is_read_quickly_and_without_an_error(matcher, text):
    matcher.guess("预热")
    begun = time.thread_time()

    matcher.guess(text)

    assert time.thread_time() - begun < 0.2


def test_a_message_is_matched_within_three_milliseconds(matcher):
    matcher.guess("预热")
    begun = time.process_time()

    for row in ROWS:
        matcher.guess(row["text"])

    assert (time.process_time() - begun) / len(ROWS) < 0.003


def test_the_station_in_the_township_leads_before_the_bureau(matcher):
    proposal = matcher.units_for("SJ025", "QL01", DAY)

    assert (proposal.lead_unit.id, proposal.lead_reason) == ("QL01-SJ", Why.WHISTLE)


def test_a_township_without_a_station_calls_the_department(matcher):
    assert matcher.units_for("SJ025", "QL12", DAY).lead_unit.id == "SJ"


def test_what_the_township_may_do_is_led_by_its_squad(matcher):
    proposal = matcher.units_for("NY002", "QL01", DAY)

    assert (proposal.lead_unit.id, proposal.lead_reason) == ("QL01S", Why.TOWNSHIP_MAY)
    assert proposal.co_unit is not None and proposal.co_unit.id == "NY"


def test_power_that_was_withdrawn_makes_a_whistle(matcher):
    assert matcher.units_for("CG001", "QL02", date(2026, 3, 1)).lead_reason is Why.TOWNSHIP_MAY
    assert matcher.units_for("CG001", "QL02", date(2026, 4, 1)).lead_reason is Why.WHISTLE


def test_there_is_one_lead_and_at_most_one_more_for_every_matter(files, matcher):
    for matter in files.county.matters:
        for township in ("QL01", "QL12"):
            proposal = matcher.units_for(matter.code, township, DAY)
            assert proposal.co_unit is None or proposal.co_unit.id != proposal.lead_unit.id


def test_a_summary_is_made_from_the_matter_alone(files):
    key = summary_key(files.county.matter("HB001"), files.county)

    assert (key.zh, key.en) == ("无排污证排污", "Pollution")
    assert summary_key(None, files.county).zh is None
