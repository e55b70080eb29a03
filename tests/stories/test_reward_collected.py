"""The ways to collect: a picture, a word for a lost code, a new code, more time, somebody else; and what a counter may not do."""

from datetime import timedelta

import pytest

from tests.county import County, Person, digits
from tests.stories.walks import button, reward_announced, signed, soon
from workflows import records as r
from workflows.claimcode import check_digit
from workflows.events import Kind
from workflows.states import RewardState
from workflows.work import Work


def _pictures(county: County, person: Person) -> list[dict]:
    return [v for v in county.sandbox.world.messages(person.chat_id) if v["kind"] == "photo" and not v["deleted"]]


def _codes(text: str) -> str:
    return next(digits(line) for line in text.splitlines() if len(digits(line)) == 21)


async def _announced(county: County) -> tuple[Person, r.Reward, str, Person]:
    villager, reward, code = await reward_announced(county)
    finance = county.office.finance
    finance.ignores("reward.proposed", "reward.announced")
    return villager, reward, digits(code), finance


async def test_a_picture_of_the_code_shows_on_a_tap_and_is_taken_away_with_the_notice(county: County) -> None:
    villager, _, _, _ = await _announced(county)

    await villager.presses("二维码")

    assert villager.heard == ["picture"]
    shown = _pictures(county, villager)
    assert len(shown) == 1 and shown[0]["protect"]
    await county.forward(seconds=70)
    assert _pictures(county, villager) == []
    assert villager.last == "您有一条新答复。"


async def test_only_its_sender_gets_the_picture_the_word_or_more_time(county: County) -> None:
    villager, reward, _, _ = await _announced(county)
    stranger = county.villager(6_100_000_000_000, "路人")
    await stranger.says("/start")

    for verb in ("picture", "word", "new_code", "other_ways", "extend_claim"):
        await stranger.presses_data(f"1:{verb}:{reward.ref}:0", 1)
        assert "只有发来的人" in stranger.toast["text"], verb

    assert _pictures(county, stranger) == [] and county.one(r.Reward).extended_at is None
    assert villager.heard == []


@pytest.mark.both_engines
async def test_a_lost_code_is_replaced_by_receipt_and_word_at_the_counter(county: County) -> None:
    villager, _, _, finance = await _announced(county)
    receipt = county.one(r.Tip).receipt
    await villager.presses("换个领法")
    await villager.presses("设一句口令")
    await villager.says("老井 边上的枣树")
    assert "口令记好了" in villager.last
    typed = [v for v in county.sandbox.world.messages(villager.chat_id) if v["text"] and "枣树" in v["text"]]
    assert all(v["deleted"] for v in typed), "what was typed is wiped off the screen"

    await finance.says(f"/pay {receipt} 老井边上的桃树")
    assert "没有这个领取码" in finance.last
    await finance.says(f"/pay {receipt} 老井边上的枣树")
    assert "码是对的" in finance.last
    await finance.presses("已付款")
    await finance.says("PZ-9")

    assert county.one(r.Reward).state is RewardState.PAID
    assert county.events("reward.claimed")[0].facts["how"] == "word"
    left = b"".join(p.read_bytes() for p in county.folder.rglob("*") if p.is_file())
    assert "枣树".encode() not in left and b"\\u67a3" not in left
    assert villager.heard == ["reward.paid"]


@pytest.mark.both_engines
async def test_a_new_code_kills_the_old_one_and_shows_in_the_same_chat(county: County) -> None:
    villager, _, old, finance = await _announced(county)
    await villager.presses("换个领法")

    await villager.presses("换一个码")

    new = _codes("\n".join(villager.reads))
    assert new != old
    await finance.says(f"/pay {old}")
    assert "没有这个领取码" in finance.last
    await finance.says(f"/pay {new}")
    assert "码是对的" in finance.last
    assert villager.heard == []


async def test_a_code_is_changed_three_times_a_day_at_most(county: County) -> None:
    villager, reward, _, _ = await _announced(county)
    for _ in range(3):
        await villager.presses_data(f"1:new_code:{reward.ref}:0", 1)
    third = county.one(r.Reward).code_mac

    await villager.presses_data(f"1:new_code:{reward.ref}:0", 1)

    assert "明天再换" in villager.toast["text"] and county.one(r.Reward).code_mac == third
    assert villager.heard == []


@pytest.mark.both_engines
async def test_more_time_is_given_once_with_its_own_reminders(county: County) -> None:
    await soon(county)
    villager, reward, _, _ = await _announced(county)
    await villager.presses("换个领法")

    await villager.presses("延期领取")
    await villager.presses_data(f"1:extend_claim:{reward.ref}:0", 1)

    assert "已经办过" in villager.toast["text"]
    later = county.one(r.Reward)
    assert later.lapses_at - later.announced_at == timedelta(days=4)
    await county.forward(days=3, hours=1)
    assert villager.heard == ["reward.reminded"] and county.one(r.Reward).state is RewardState.ANNOUNCED
    assert [e.facts["days"] for e in county.events("reward.reminded")] == [1]


@pytest.mark.both_engines
async def test_a_code_that_a_counter_did_not_pay_is_released_by_the_desk(county: County) -> None:
    villager, _, code, finance = await _announced(county)
    desk, other = county.office.desk, county._seat("QL-finance-3")
    other.ignores("reward.proposed", "reward.announced")
    county.others_may_hear("reward.stuck", "reward.announced", "reward.proposed")
    await finance.says(f"/pay {code}")
    paid, message = button(county, finance, "已付款")
    await county.forward(minutes=31)
    assert desk.heard == ["reward.stuck"] and "县财政支付员1" in desk.last

    await desk.presses("放回")

    assert county.one(r.Reward).state is RewardState.ANNOUNCED
    await finance.presses_data(paid, message)
    assert county.one(r.Reward).state is RewardState.ANNOUNCED, "the counter that let it go pays it no more"
    await other.says(f"/pay {code}")
    await other.presses("已付款")
    await other.says("PZ-2")
    assert county.one(r.Reward).paid_by == "QL-finance-3"
    assert [e.kind for e in county.all(r.LedgerEntry) if e.reward_id] == ["approved", "paid"]
    assert villager.heard == ["reward.paid"]


async def test_somebody_else_may_collect_it_and_that_is_written_down(county: County) -> None:
    villager, _, code, finance = await _announced(county)

    await finance.says(f"/pay {code}")
    await finance.presses("代领")
    await finance.says("PZ-3")

    assert county.one(r.Reward).proxy and county.one(r.Reward).payee is None
    assert villager.heard == ["reward.paid"]


@pytest.mark.both_engines
async def test_above_the_ceiling_finance_alone_notes_who_collects(county: County) -> None:
    villager, reward, code, finance = await _announced(county)

    def large(work: Work) -> None:
        work.get(r.Reward, reward.id).amount_fen = 150_000

    county.tampered = True
    await county.app.store.decide(large)
    await finance.says(f"/pay {code}")
    assert "核对来人证件" in finance.last
    await finance.presses("已付款")
    await finance.says("张三")
    assert "姓名和证件号" in finance.last and county.one(r.Reward).payee is None
    await finance.presses_data(f"1:paid:{reward.ref}:0", 1)
    await finance.says("覃某某 431225199001011234")
    await finance.says("PZ-4")

    paid = county.one(r.Reward)
    assert paid.state is RewardState.PAID and paid.payee
    assert b"431225199001011234" not in b"".join(p.read_bytes() for p in county.folder.rglob("*") if p.is_file())
    opened = await county.app.store.read(lambda work: work.unseal(villager.account, paid.payee))
    assert opened == "覃某某 431225199001011234"
    assert villager.heard == ["reward.paid"]


async def test_who_signed_for_a_reward_does_not_pay_it_out(county: County) -> None:
    villager, _, code, _ = await _announced(county)
    clerk = county._seat("QL-finance-2")
    clerk.ignores("reward.proposed", "reward.announced")

    await clerk.says(f"/pay {code}")

    assert "经办过" in clerk.last and county.one(r.Reward).state is RewardState.ANNOUNCED
    assert villager.heard == []


async def test_guesses_at_many_counters_close_them_all(county: County) -> None:
    """Twenty unknown codes at four counters: the fifth waits too, though nobody guessed there."""
    villager, _, code, finance = await _announced(county)
    seats = [county._seat(f"QL-finance-{n}") for n in (2, 3)]
    for one in seats:
        one.ignores("reward.proposed", "reward.announced")
    number = 0

    def guess() -> str:
        nonlocal number
        number += 1
        return f"{number:020d}{check_digit(f'{number:020d}')}"

    for one in seats:
        for _ in range(5):
            await one.says(f"/pay {guess()}")
    assert "没有这个领取码" in seats[0].last

    def elsewhere(work: Work) -> None:
        for _ in range(10):
            stub = r.Draft(ref="pay", kind="command", subject_id="", by="QL-finance-9", at=work.now)
            work.record(Kind.PRESS_REFUSED, stub, "QL-finance-9", command="pay", why="no_such_code")

    await county.app.store.decide(elsewhere)
    await finance.says(f"/pay {code}")

    assert "先停15分钟" in finance.last and county.one(r.Reward).state is RewardState.ANNOUNCED
    await county.forward(minutes=16)
    await finance.says(f"/pay {code}")
    assert "码是对的" in finance.last
    assert villager.heard == []


async def test_a_code_that_nobody_has_takes_as_long_as_one_that_somebody_has(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow hash is made either way; what differs is only its answer."""
    villager, _, code, finance = await _announced(county)
    hashed: list[str] = []
    slow = county.app.vault.code_matches
    monkeypatch.setattr(type(county.app.vault), "code_matches", lambda _, c, h: (hashed.append(h), slow(c, h))[1])

    await finance.says("/pay " + "1" * 20 + check_digit("1" * 20))
    await finance.says(f"/pay {code}")

    assert len(hashed) == 2 and len(hashed[0]) == len(hashed[1])
    assert villager.heard == []


async def test_a_stranger_who_guesses_learns_nothing_and_no_hash_is_made(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    villager, _, code, _ = await _announced(county)
    stranger = county.villager(6_100_000_000_000, "路人")
    hashed: list[str] = []
    monkeypatch.setattr(type(county.app.vault), "code_matches", lambda *_: hashed.append("x") or False)

    for line in (code, "1" * 20 + check_digit("1" * 20), f"{county.one(r.Tip).receipt} 芝麻开门"):
        await stranger.says(f"/pay {line}")

    answers = set(stranger.reads)
    assert len(answers) == 1 and hashed == []
    assert county.one(r.Reward).state is RewardState.ANNOUNCED
    assert villager.heard == []


@pytest.mark.both_engines
async def test_a_share_lapses_and_is_paid_on_its_own(county: County) -> None:
    from tests.stories.test_reward_signed import _two_told

    await soon(county)
    villager, other = await _two_told(county)
    await county.office.desk.presses("平分")
    await signed(county)
    finance = county.office.finance
    finance.ignores("reward.proposed", "reward.announced")
    villager.ignores("reward.reminded", "reward.lapsed", "reward.announced"), other.ignores("reward.announced")
    await other.presses("点开", containing="新答复")
    await finance.says(f"/pay {_codes(other.last)}")
    await finance.presses("已付款")
    await finance.says("PZ-5")

    await county.forward(days=2, hours=1)

    states = {one.kind: one.state for one in county.all(r.Reward)}
    assert states == {"share": RewardState.PAID, "reward": RewardState.LAPSED}
    assert other.heard[-1] == "reward.paid"
