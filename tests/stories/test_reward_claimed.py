"""A reward is told neutrally, opens on a tap, folds away, and is paid against its code alone; every step is a ledger entry."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.county import County, digits
from tests.stories.walks import button, reward_announced, reward_proposed, signed, soon, until
from workflows import records as r
from workflows.claimcode import check_digit
from workflows.states import RewardState


def _kinds(county: County) -> list[str]:
    """What money did for the reward; the grant to the budget is another matter."""
    return [e.kind for e in county.all(r.LedgerEntry) if e.reward_id]


def _balance(county: County, account: str = "reserved") -> int:
    """Fen in all accounts of this kind."""
    into = sum(e.amount_fen for e in county.all(r.LedgerEntry) if e.put_into.startswith(f"{account}:"))
    return into - sum(e.amount_fen for e in county.all(r.LedgerEntry) if e.taken_from.startswith(f"{account}:"))


async def test_the_notice_is_neutral_opens_on_a_tap_and_folds_away(county: County) -> None:
    villager, _ = await reward_proposed(county)
    county.others_may_hear("reward.announced", "reward.proposed")
    await signed(county)
    assert villager.heard == ["reward.announced"]
    notice = list(county.sandbox.world.messages(villager.chat_id))[-1]
    assert notice["text"] == "您有一条新答复。"

    await villager.presses("点开", containing="新答复")

    shown = villager.last
    assert "50元" in shown and len(digits(next(x for x in shown.splitlines() if "领取码" in x))) == 21
    await county.forward(seconds=61)
    assert villager.last == "您有一条新答复。"
    await villager.presses("点开", containing="新答复")
    await villager.presses("先不领")
    assert villager.last == "您有一条新答复。"
    assert county.one(r.Reward).state is RewardState.ANNOUNCED
    assert villager.heard == []


@pytest.mark.both_engines
async def test_an_anonymous_villager_is_paid_against_the_code_and_nobody_learns_who(county: County) -> None:
    await soon(county)
    villager, reward, code = await reward_announced(county)
    finance = county.office.finance
    assert finance.heard == ["reward.proposed", "reward.announced"]

    await finance.says(f"/pay {code}")
    await finance.presses("已付款")
    await finance.says("PZ-2026-0007")

    paid = county.one(r.Reward)
    assert paid.state is RewardState.PAID and paid.voucher == "PZ-2026-0007" and paid.paid_by == "QL-finance-1"
    assert paid.code is None
    assert villager.heard == ["reward.paid"]
    assert _kinds(county) == ["approved", "paid"]
    assert (_balance(county), _balance(county, "paid")) == (0, 5000)
    await county.forward(days=3)
    assert villager.heard == finance.heard == [] and county.events("reward.lapsed", "reward.reminded") == []
    left = b"".join(p.read_bytes() for p in county.folder.rglob("*") if p.is_file())
    assert digits(code).encode() not in left and code.strip().encode() not in left
    assert digits(code) not in repr(county.log)
    assert reward.id == paid.id


async def test_the_code_may_be_typed_as_the_next_line_with_any_spacing(county: County) -> None:
    villager, _, code = await reward_announced(county)
    finance = county.office.finance
    finance.ignores("reward.proposed", "reward.announced")
    bare = digits(code)

    await finance.says("/pay")
    await finance.says("-".join(bare[i : i + 7] for i in range(0, 21, 7)).translate(str.maketrans("0123", "０１２３")))

    assert "码是对的" in finance.last
    assert county.one(r.Reward).state is RewardState.CLAIMED
    assert villager.heard == []


async def test_wrong_misread_and_used_codes_are_told_apart(county: County) -> None:
    villager, _, code = await reward_announced(county)
    finance, good = county.office.finance, digits(code)
    finance.ignores("reward.proposed", "reward.announced")
    misread = good[:5] + str((int(good[5]) + 1) % 10) + good[6:]
    foreign = "1" * 20 + check_digit("1" * 20)

    await finance.says(f"/pay {misread}")
    assert "念错或打错" in finance.last
    await finance.says(f"/pay {good[:20]}")
    assert "没有这个领取码" in finance.last
    await finance.says(f"/pay {foreign}")
    assert "没有这个领取码" in finance.last
    assert county.one(r.Reward).state is RewardState.ANNOUNCED

    await finance.says(f"/pay {good}")
    await finance.presses("已付款")
    await finance.says("PZ-1")
    await finance.says(f"/pay {good}")

    assert "县财政支付员1" in finance.last and "已经办过了" in finance.last
    assert _kinds(county).count("paid") == 1
    assert villager.heard == ["reward.paid"]


async def test_guessing_closes_the_counter_for_a_quarter_of_an_hour(county: County) -> None:
    villager, _, code = await reward_announced(county)
    finance, other = county.office.finance, county._seat("QL-finance-3")
    finance.ignores("reward.proposed", "reward.announced"), other.ignores("reward.proposed", "reward.announced")
    misread = digits(code)[:-1] + str((int(digits(code)[-1]) + 1) % 10)
    for _ in range(6):
        await finance.says(f"/pay {misread}")
    for number in range(5):
        guess = f"{number:020d}"
        await finance.says(f"/pay {guess}{check_digit(guess)}")
        assert "没有这个领取码" in finance.last

    await finance.says(f"/pay {code}")

    assert "先停15分钟" in finance.last
    assert county.one(r.Reward).state is RewardState.ANNOUNCED
    assert len([e for e in county.events("press.refused") if e.facts.get("command") == "pay"]) == 5
    await county.forward(minutes=16)
    await finance.says(f"/pay {code}")
    assert "码是对的" in finance.last
    assert villager.heard == []


@pytest.mark.both_engines
async def test_two_counters_never_pay_one_code(county: County) -> None:
    villager, _, code = await reward_announced(county)
    finance, other = county.office.finance, county._seat("QL-finance-3")
    finance.ignores("reward.proposed", "reward.announced"), other.ignores("reward.proposed", "reward.announced")
    await finance.says(f"/pay {code}")

    await other.says(f"/pay {code}")

    assert "码是对的" in finance.last
    assert "县财政支付员1" in other.last and "已经办过了" in other.last
    paid, message = button(county, finance, "已付款")
    await finance.says(f"/pay {code}")
    assert "码是对的" in finance.last
    await finance.presses_data(paid, message)
    await finance.says("PZ-1")
    await finance.presses("已付款")
    assert "已经领过" in finance.toast["text"]
    await finance.says("PZ-2")
    assert county.one(r.Reward).voucher == "PZ-1"
    assert _kinds(county).count("paid") == 1 and _balance(county) == 0
    assert villager.heard == ["reward.paid"]


async def test_only_a_payer_may_use_a_code(county: County) -> None:
    villager, _, code = await reward_announced(county)
    leader, desk = county.yunxi.leader, county.office.desk

    for someone in (leader, desk, villager):
        await someone.says(f"/pay {code}")

    assert "什么都没有改动" in leader.last and "什么都没有改动" in desk.last
    assert "工作人员" in villager.last
    assert county.one(r.Reward).state is RewardState.ANNOUNCED
    await county._seat("SJ-1").says(f"/pay {code}")
    assert county.one(r.Reward).state is RewardState.ANNOUNCED


async def test_only_its_sender_opens_folds_or_waives_a_reward(county: County) -> None:
    villager, reward, _ = await reward_announced(county)
    stranger = county.villager(6_100_000_000_000, "路人")
    leader = county.yunxi.leader
    await stranger.says("/start")

    for someone in (stranger, leader):
        for verb in ("reward", "waive", "keep"):
            await someone.presses_data(f"1:{verb}:{reward.ref}:0", 1)
            assert "只有发来的人" in someone.toast["text"], verb

    assert "领取码" in villager.last
    assert county.one(r.Reward).state is RewardState.ANNOUNCED


@pytest.mark.both_engines
async def test_a_reward_may_be_waived_and_is_then_not_paid(county: County) -> None:
    await soon(county)
    villager, _, code = await reward_announced(county)
    finance = county.office.finance
    finance.ignores("reward.proposed", "reward.announced")

    await villager.presses("不要了")

    assert county.one(r.Reward).state is RewardState.WAIVED
    assert _kinds(county)[-1] == "waived" and _balance(county) == 0
    assert "不领了" in villager.last
    await finance.says(f"/pay {code}")
    assert "不能再办" in finance.last
    await county.forward(days=3)
    assert villager.heard == []


async def test_an_uncollected_reward_is_reminded_three_times_and_goes_back_after_sixty_days(county: County) -> None:
    villager, reward, code = await reward_announced(county)
    finance = county.office.finance
    finance.ignores("reward.proposed", "reward.announced")
    assert reward.lapses_at - reward.announced_at == timedelta(days=60)

    await until(county, reward.lapses_at - timedelta(seconds=1))

    assert villager.heard == ["reward.reminded"] * 3
    left = [(reward.lapses_at - e.at).days for e in county.events("reward.reminded")]
    assert left == [30, 10, 3]
    assert all("奖" not in t and "元" not in t for t in villager.reads if "再过" in t)
    assert county.one(r.Reward).state is RewardState.ANNOUNCED
    await until(county, reward.lapses_at)
    lapsed = county.one(r.Reward)
    assert lapsed.state is RewardState.LAPSED and lapsed.code is None
    assert villager.heard == ["reward.lapsed"]
    assert _kinds(county) == ["approved", "lapsed"] and _balance(county) == 0
    await finance.says(f"/pay {code}")
    assert "不能再办" in finance.last


@pytest.mark.both_engines
@pytest.mark.scenario(101)
async def test_a_crash_between_the_steps_pays_once(county: County) -> None:
    villager, _, code = await reward_announced(county)
    finance = county.office.finance
    finance.ignores("reward.proposed", "reward.announced")
    await county.restart()
    await finance.says(f"/pay {code}")
    await county.restart()
    await finance.presses("已付款")
    await county.restart()
    await finance.says("PZ-1")
    await county.restart()

    await finance.says("PZ-1")

    assert county.one(r.Reward).state is RewardState.PAID
    assert _kinds(county) == ["approved", "paid"] and _balance(county) == 0
    assert villager.heard == ["reward.paid"]


@pytest.mark.both_engines
async def test_the_ledger_cannot_be_edited(county: County) -> None:
    villager, _, _ = await reward_announced(county)
    villager.ignores()
    before = [(e.id, e.kind, e.amount_fen, e.by, e.at) for e in county.all(r.LedgerEntry)]

    for statement in ("UPDATE ledger SET amount_fen = 1", "DELETE FROM ledger WHERE kind = 'approved'"):
        with pytest.raises(DatabaseError, match="append-only"), county.app.engine.begin() as connection:
            connection.execute(text(statement))

    assert [(e.id, e.kind, e.amount_fen, e.by, e.at) for e in county.all(r.LedgerEntry)] == before
