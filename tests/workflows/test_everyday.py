"""What nobody learnt from (docs/matching.md, batch H): inspectors' clipped notes, complaints, small talk, cries, look-alikes.

Frozen before it was first scored; each bound lies a little under what was measured.
"""

import csv
from pathlib import Path

import pytest

from bot.county_files import SAMPLE, load_county

DATA = Path(__file__).parents[1] / "data"
ROWS, LATER = (
    list(csv.DictReader((DATA / name).read_text("utf-8").splitlines()))
    for name in ("everyday_unseen.csv", "everyday_later.csv")
)
"""Batch H; batches L and M: cries and look-alikes of all scenes, doubles, small talk, drivers, fishers, mothers and the polite."""
NO_MATTER = ("service", "consult", "civil_dispute", "greeting", "chat", "spam", "test", "vague", "other")


@pytest.fixture(scope="module")
def files():
    return load_county()


@pytest.fixture(scope="module")
def matcher(files):
    return files.rulebook().matcher


def _of(*kinds):
    return [row for row in ROWS if row["kind"] in kinds]


@pytest.mark.parametrize(("kind", "three", "first"), [("note", 0.94, 0.88), ("complaint", 0.96, 0.94)])
def test_the_right_matter_is_among_the_three_and_mostly_first(matcher, kind, three, first):
    rows = _of(kind)
    found = [[guess.code for guess in matcher.match(row["text"]).guesses] for row in rows]
    right = [set(row["acceptable_codes"].split("|")) for row in rows]

    assert len(rows) > 100
    assert sum(bool(ok & set(codes)) for codes, ok in zip(found, right, strict=True)) / len(rows) >= three
    assert sum(bool(ok & set(codes[:1])) for codes, ok in zip(found, right, strict=True)) / len(rows) >= first


def test_hardly_any_offence_is_taken_for_small_talk_and_most_small_talk_is_known(matcher):
    offences, asides = _of("note", "complaint", "two"), _of(*NO_MATTER)

    lost = [row["text"] for row in offences if not matcher.match(row["text"]).guesses]
    taken = [row["text"] for row in asides if matcher.match(row["text"]).guesses]

    assert lost[3:] == []
    assert len(taken) <= 0.12 * len(asides), taken


def test_both_of_two_matters_are_among_the_three(matcher):
    rows = _of("two")
    found = [{guess.code for guess in matcher.match(row["text"]).guesses} for row in rows]

    both = sum(
        all(codes & set(part.split("|")) for part in row["acceptable_codes"].split("+"))
        for codes, row in zip(found, rows, strict=True)
    )

    assert both / len(rows) >= 0.9


def test_cries_are_heard_and_nothing_ordinary_is_a_cry(matcher):
    cries, look_alikes = _of("cry"), _of("look-alike")
    ordinary = [row for row in ROWS if row not in cries and row not in look_alikes]

    assert [row["text"] for row in cries if not matcher.danger(row["text"])][1:] == []
    assert [row["text"] for row in ordinary if matcher.danger(row["text"])][4:] == []
    assert sum(bool(matcher.danger(row["text"])) for row in look_alikes) <= 0.12 * len(look_alikes)


@pytest.mark.parametrize(
    "text", ["我在现场", "没有找到", "有人接手", "亲戚欠账不还,躲着我", "帮我叫个开锁师傅,钥匙锁屋里了"]
)
def test_what_is_like_nothing_learnt_is_no_cry(matcher, text):
    assert not matcher.danger(text)


def test_the_catalogue_s_own_wording_is_no_question(files, matcher):
    for matter in files.county.matters:
        assert matcher.kind(matter.name) == matcher.kind(matter.short) == "matter", matter.code


def test_none_of_it_was_learnt():
    learnt = set()
    for name in ("phrases.csv", "asides.csv", "dangers.csv"):
        learnt |= {row[1] for row in csv.reader((SAMPLE / name).read_text("utf-8-sig").splitlines())}

    assert {row["text"] for row in [*ROWS, *LATER]} & learnt == set()


def test_the_later_batch_is_understood(matcher):
    found = [(row, matcher.match(row["text"])) for row in LATER]

    def right(*kinds):
        rows = [(row, {guess.code for guess in match.guesses}) for row, match in found if row["kind"] in kinds]
        return sum(
            all(codes & set(part.split("|")) for part in row["acceptable_codes"].split("+")) for row, codes in rows
        ) / len(rows)

    assert right("two") >= 0.95
    assert right("driver", "fisher", "mother") >= 0.93
    assert right("polite") >= 0.87, "one who asks kindly for help against an offence wants no service"
    assert [row["text"] for row, match in found if row["kind"] == "cry" and not match.danger][1:] == []
    assert [row["text"] for row, match in found if row["kind"] != "cry" and match.danger][5:] == []


@pytest.mark.parametrize(
    "text",
    [
        "请派人来看看,巷子里有人烧轮胎",
        "鱼贩子的秤有鬼,麻烦查一下",
        "能不能管管,工地通宵打桩",
        "河沟里倒了几车渣土,有没有人管",
    ],
)
def test_a_complaint_put_kindly_is_one(matcher, text):
    assert matcher.match(text).guesses


@pytest.mark.parametrize(
    "text", ["三组的路灯灭了,麻烦派个人来看看", "请你们处理一下", "有没有人管", "麻烦看看我的电表"]
)
def test_a_service_wanted_kindly_is_none(matcher, text):
    assert not matcher.match(text).guesses


def test_every_plain_cry_is_heard_and_hardly_anything_that_only_sounds_like_one(matcher):
    """Batch N, scored once before it was seen by anybody who teaches the matcher: none of 85 cries missed, one of 60 others set off."""
    rows = list(csv.DictReader((DATA / "dangers_fresh.csv").read_text("utf-8").splitlines()))
    cries, others = ([row["text"] for row in rows if row["danger"] == said] for said in "10")

    assert (len(cries), len(others)) == (85, 60)
    assert [text for text in cries if not matcher.danger(text)] == []
    assert [text for text in others if matcher.danger(text)][2:] == []
