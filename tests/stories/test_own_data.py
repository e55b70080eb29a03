"""What is kept about a villager can be seen, is erased on demand and in time, and nothing brings it back."""

import pytest

from bot.vault import WrongKey
from tests.county import PLANTED_ID, PLANTED_NAME, PLANTED_PHONE, PLANTED_WORDS, County
from tests.stories.walks import FOOD, reward_announced, tip_taken
from workflows import records as r
from workflows import traces
from workflows.states import OutboxState, TipState


def sealed_blobs(county: County, account: str) -> list[bytes]:
    """Everything sealed with this person's key, as a backup would hold it."""
    items = [i.content for i in county.all(r.TipItem, account=account)]
    return [*items, *(o.sent_text for o in county.all(r.Outbox, account=account) if o.sent_text)]


async def test_privacy_says_what_is_kept_why_how_long_and_that_telegram_is_abroad(county: County) -> None:
    villager = county.villager()

    await villager.says("/privacy")

    for wanted in ("留什么", "为什么", "谁能看", "180天", "30天", "365天", "/mydata", "/forgetme", "境外"):
        assert wanted in villager.last
    assert villager.heard == []


async def test_mydata_opens_on_a_tap_shows_ones_own_words_and_folds_again(county: County) -> None:
    villager, _ = await tip_taken(county)
    stranger = county.villager(7_000_000_000_002, "旁人")

    await villager.says("/mydata")
    folded = villager.last
    await villager.presses("点开看", containing="您要看的")
    opened = villager.last
    data = next(
        k["data"]
        for v in county.sandbox.world.messages(villager.chat_id)
        if v["keyboard"]
        for row in v["keyboard"]
        for k in row
        if "我说过" in k["text"]
    )
    await villager.presses("看我说过的话")
    words = villager.last
    foreign = await stranger.presses_data(data, 1)
    await county.forward(seconds=61)

    assert "饭" not in folded and PLANTED_WORDS not in folded and len(folded.splitlines()) == 1
    assert county.one(r.Tip).receipt in opened.replace(" ", "") and "说过1件事" in opened
    assert PLANTED_WORDS in words and "过期食品" in words
    assert foreign and foreign["show_alert"], "nobody else opens it"
    assert villager.last == folded, "it has folded away again"


async def test_forgetme_names_what_is_open_and_waits_if_asked_to(county: County) -> None:
    villager, tip = await tip_taken(county)
    leader = county.yunxi.leader
    county.others_may_hear("*"), leader.ignores(), county.group.ignores("*")

    await villager.says("/forgetme")
    asked = villager.last
    await villager.presses("办完再抹掉")
    await county.forward(days=1)
    still = county.all(r.TipItem, tip_id=tip.id)
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    await county.forward(days=1)

    assert tip.receipt in asked.replace(" ", "") and "还在办" in asked
    assert still, "nothing goes while the matter is open"
    assert county.all(r.TipItem, tip_id=tip.id) == [] and county.all(r.Identity, account=villager.account) == []
    assert villager.reads.count(villager.last) and county.one(r.Tip).account != villager.account


async def test_forgetme_now_destroys_the_key_and_no_copy_of_the_rows_can_be_read(county: County) -> None:
    villager, tip = await tip_taken(county)
    county.others_may_hear("*")
    blobs = sealed_blobs(county, villager.account)
    key = county.one(r.Identity, account=villager.account).key
    assert len(blobs) >= 3

    await villager.says("/forgetme")
    await villager.presses("现在全部抹掉")
    said = villager.last
    assert {row.by_tip for row in county.all(r.Outbox, account=villager.account)} == {True, False}
    await county.forward(minutes=1)

    assert "马上抹掉" in said
    left = b"".join(p.read_bytes() for p in county.folder.rglob("whistle.db*"))
    assert key not in left, "the key is nowhere: not in the file, not in its log"
    for identity in county.all(r.Identity):
        for blob in blobs:
            with pytest.raises(WrongKey):
                county.app.vault.unseal(identity.key, blob)
    after = county.one(r.Tip, id=tip.id)
    assert after.state is TipState.ACCEPTED and after.account != villager.account
    assert not any(
        villager.account in repr(row)
        for table in (r.Tip, r.TipItem, r.Outbox, r.Card, r.Deadline, r.Draft, r.Prompt, r.Identity)
        for row in county.all(table)
    )
    await county.yunxi.leader.presses("看原话", on=county.group)
    assert "抹掉" in county.yunxi.leader.last
    county.yunxi.leader.ignores()


async def test_what_is_sealed_anew_opens_with_the_new_key_alone(county: County) -> None:
    """What was said about a tip is found by the tip, all else by its reader, as is what an older version said."""
    villager, _ = await tip_taken(county)
    await villager.says("/privacy")
    await villager.says("/mytips")
    villager.ignores(), county.others_may_hear("*")
    account = villager.account
    old = county.one(r.Identity, account=account).key

    await county.app.store.decide(traces.seal_anew, account)

    new = county.one(r.Identity, account=account).key
    rows = county.all(r.Outbox, account=account)
    assert len([row for row in rows if row.by_tip and row.sent_text]) >= 1
    assert len([row for row in rows if not row.by_tip and row.sent_text]) >= 2
    for blob in sealed_blobs(county, account):
        assert county.app.vault.unseal(new, blob)
        with pytest.raises(WrongKey):
            county.app.vault.unseal(old, blob)


async def test_who_was_erased_and_comes_back_is_a_stranger(county: County) -> None:
    villager, tip = await tip_taken(county)
    county.others_may_hear("*"), county.group.ignores("*")
    await villager.says("/forgetme")
    await villager.presses("现在全部抹掉")
    await county.forward(minutes=1)

    await villager.says("/mytips")
    listed = villager.last
    await villager.says(FOOD)

    assert "还没有说过" in listed
    assert county.one(r.Tip, id=tip.id).account != villager.account
    assert villager.heard == ["tip.opened"]


@pytest.mark.scenario(102)
async def test_the_reward_record_stays_and_notices_stop(county: County) -> None:
    villager, reward, shown = await reward_announced(county)
    county.others_may_hear("*")
    finance = county.office.finance
    finance.ignores()
    await villager.says("/forgetme")
    assert "1笔奖励" in villager.last
    await villager.presses("现在全部抹掉")
    await county.forward(days=31)
    heard = villager.heard
    await finance.says(f"/pay {shown}")

    assert heard == [], "no reminder reaches them"
    assert county.one(r.Reward, id=reward.id).code is None
    assert "码是对的" in finance.last, "whoever kept the code is paid"


async def test_staff_keep_their_data_with_their_seat(county: County) -> None:
    leader = county.yunxi.leader

    await leader.says("/forgetme")

    assert "岗位" in leader.last and county.one(r.Identity, account=leader.account).key


async def test_nothing_that_nobody_has_taken_survives_and_pressing_twice_is_harmless(county: County) -> None:
    villager = county.villager()
    county.others_may_hear("*")
    await villager.says(FOOD)
    await villager.says("/forgetme")
    data = next(
        k["data"]
        for v in county.sandbox.world.messages(villager.chat_id)
        if v["keyboard"]
        for row in v["keyboard"]
        for k in row
        if "现在全部抹掉" in k["text"]
    )

    await villager.presses("现在全部抹掉")
    await villager.presses_data(data, 1)
    await county.forward(minutes=1)
    late = await villager.presses_data(data, 1)

    assert county.one(r.Tip).state is TipState.WITHDRAWN
    assert county.group.heard == ["tip.submitted", "tip.withdrawn"]
    assert late is not None
    assert not [o for o in county.all(r.Outbox) if o.state is OutboxState.FAILED]


async def test_each_class_of_data_goes_in_its_time_and_a_report_says_how_much(county: County) -> None:
    villager = county.villager()
    leader, supervisor = county.yunxi.leader, county._seat("QL-supervisor-1")
    county.others_may_hear("*"), leader.ignores(), villager.ignores(), county.group.ignores("*")
    await villager.says(f"{FOOD},{PLANTED_WORDS}")
    await villager.sends(location={"latitude": 28.62824, "longitude": 109.44689})
    await villager.sends(contact={"phone_number": PLANTED_PHONE, "first_name": PLANTED_NAME})
    await leader.presses("受理", on=county.group)
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    tip = county.one(r.Tip)

    await county.forward(days=29)
    kept = {i.kind for i in county.all(r.TipItem)}
    await county.forward(days=3)
    month = {i.kind for i in county.all(r.TipItem)}
    reports, first = supervisor.heard, supervisor.last
    await county.forward(days=150)
    half = county.all(r.TipItem)
    person = county.one(r.Identity, account=villager.account)
    await county.forward(days=190)

    assert kept == {"text", "location", "contact"}
    assert month == {"text"} and reports == ["data.erased"] and "位置电话2条" in first
    assert half == [] and person.key is not None
    assert county.all(r.Identity, account=villager.account) == [], "after a year the person's key is destroyed"
    assert county.one(r.Tip, id=tip.id).account != villager.account
    report = " ".join(supervisor.reads)
    assert str(PLANTED_ID) not in report and tip.receipt not in report
    supervisor.ignores()


async def test_one_old_matter_goes_while_another_is_open_and_cannot_be_read_from_a_copy(county: County) -> None:
    villager = county.villager()
    leader = county.yunxi.leader
    county.others_may_hear("*"), leader.ignores(), villager.ignores(), county.group.ignores("*")
    await villager.says(f"{FOOD},{PLANTED_WORDS}")
    await leader.presses("受理", on=county.group)
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    old, copy = county.one(r.Tip), [i.content for i in county.all(r.TipItem)]
    await county.forward(days=179)
    await villager.says("河口村夜市有人摆摊占道")
    await leader.presses("受理", on=county.group)

    await county.forward(days=3)

    fresh = county.one(r.Identity, account=villager.account)
    assert county.all(r.TipItem, tip_id=old.id) == []
    for blob in copy:
        with pytest.raises(WrongKey):
            county.app.vault.unseal(fresh.key, blob)
    left = county.all(r.TipItem)
    assert left and "夜市" in county.app.vault.unseal(fresh.key, left[0].content)["text"]
    assert county.app.vault.unseal(fresh.key, fresh.chat) == villager.chat_id
