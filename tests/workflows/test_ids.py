"""The names of rows: neighbours in every index, and telling no more than their day."""

from base64 import b32encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from workflows import records as r
from workflows import tip as tips

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_ids_of_one_day_lie_together_and_tell_nothing_of_the_hour(hour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    day = datetime(2026, 11, 27, tzinfo=UTC)
    monkeypatch.setattr("workflows.records.time.time", (day + timedelta(hours=hour)).timestamp)
    ids = {r.new_id() for _ in range(500)}

    assert len(ids) == 500
    assert {len(one) for one in ids} == {32}
    assert {one[:4] for one in ids} == {f"{int(day.timestamp()) // 86_400:04x}"}
    assert len({one[8:12] for one in ids}) > 450, "what follows is random"


def test_few_ids_share_what_makes_them_neighbours_and_in_no_order_of_their_making(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workflows.records.time.time", NOW.timestamp)  # at midnight a group would be cut in two
    made = [r.new_id() for _ in range(40 * 128)]
    groups = list(dict.fromkeys(one[:8] for one in made))

    assert 39 <= len(groups) <= 41
    assert groups != sorted(groups), "which group came first is not to be seen"
    assert made[:128] != sorted(made[:128])


def test_a_later_day_comes_later_in_every_index(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for year in (2026, 2027, 2090, 2149):
        monkeypatch.setattr("workflows.records.time.time", datetime(year, 5, 1, tzinfo=UTC).timestamp)
        made.append(r.new_id())

    assert made == sorted(made)


def test_nothing_ties_the_names_of_the_forgotten_together() -> None:
    names = [r.new_name() for _ in range(500)]

    assert len({name[:4] for name in names}) > 450


@pytest.mark.parametrize("bits", [bytes(5), b"\xff" * 5, b"\x01\x23\x45\x67\x89", b"whist"])
def test_a_short_name_is_forty_bits_in_base32(bits: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.records.os.urandom", lambda many: bits[:many])

    assert r.new_ref() == b32encode(bits).decode()


def test_what_every_message_makes_has_a_name_beside_its_neighbours_and_letters_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workflows.records.os.urandom", Random(7).randbytes)
    tips = [r.Tip(receipt="", account="", first_at=NOW, last_item_at=NOW) for _ in range(2000)]

    assert {len(tip.ref) for tip in tips} == {12}
    assert 14 <= len({tip.ref[:4] for tip in tips}) <= 18
    assert len({tip.ref[4:] for tip in tips}) == 2000
    assert len({tip.letters for tip in tips}) > 1990 and tips[0].letters == tips[0].ref[4:8]


def test_a_tip_of_before_keeps_its_letters() -> None:
    assert r.Tip(ref="KWRLXU32", receipt="", account="", first_at=NOW, last_item_at=NOW).letters == "KWRL"


def test_receipts_of_the_moment_lie_together_in_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty of a million meet now and then; these do not, and `free_receipt` draws again where they do."""
    monkeypatch.setattr("workflows.tip.secrets.randbelow", Random(7).randrange)
    drawn = [tips.new_receipt(_Free()) for _ in range(50)]  # type: ignore[arg-type]

    assert all(len(one) == 9 and one[0] != "0" and one.isdigit() for one in drawn)
    assert len({one[:3] for one in drawn}) == 1 and len({one[3:] for one in drawn}) == 50
    assert drawn != sorted(drawn)


class _Free:
    def free_receipt(self, draw: Callable[[float], str]) -> str:
        return draw(0.999999)
