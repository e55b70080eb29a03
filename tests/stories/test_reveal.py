"""Who sent it is shown to one person, once, only after another agreed; every step is an event and the supervisor hears it."""

from tests.county import PLANTED_ID, PLANTED_NAME, PLANTED_PHONE, County, Person
from tests.stories.walks import button, tip_taken
from workflows import records as r


async def asked(county: County) -> tuple[Person, Person, r.Tip]:
    _, tip = await tip_taken(county)
    discipline, leader = county._seat("QL-discipline-1"), county.office.leader_on_duty
    supervisor = county._seat("QL-supervisor-1")
    supervisor.ignores("reveal.consented", "reveal.refused", "reveal.opened")
    number = county.one(r.Case).number
    await discipline.says(f"/reveal {number}")
    await discipline.presses("保护反映人安全")
    assert leader.heard == ["reveal.asked"] and supervisor.heard == ["reveal.asked"]
    assert number in leader.last and str(PLANTED_ID) not in leader.last
    return discipline, leader, tip


async def test_two_people_a_reason_once_and_folded(county: County) -> None:
    discipline, leader, tip = await asked(county)
    supervisor = county._seat("QL-supervisor-1")
    supervisor.ignores()

    await leader.presses("同意")
    assert discipline.heard == ["reveal.consented"]
    key = button(county, discipline, "点开看")[0]
    await discipline.presses("点开看")
    shown = discipline.last
    again = await discipline.presses_data(key, 1)
    await county.forward(minutes=2)

    assert str(PLANTED_ID) in shown
    assert again and again["show_alert"] is False and "办过了" in again["text"]
    assert "已收起" in discipline.last and str(PLANTED_ID) not in " ".join(discipline.reads)
    kinds = [e.kind for e in county.events() if e.kind.startswith("reveal.")]
    assert kinds == ["reveal.asked", "reveal.consented", "reveal.opened"]
    assert all(str(PLANTED_ID) not in str(e.facts) for e in county.events())
    assert "看过了是谁反映的" in supervisor.last and str(PLANTED_ID) not in " ".join(supervisor.reads)
    assert county.one(r.Reveal).tip_id == tip.id


async def test_a_real_name_and_a_contact_are_shown_with_it(county: County) -> None:
    villager, _ = await tip_taken(county)
    county.others_may_hear("*"), villager.ignores()
    await villager.sends(contact={"phone_number": PLANTED_PHONE, "first_name": "x"})
    tip = county.one(r.Tip)
    await county.app.store.decide(_name, tip.id)
    discipline, leader = county._seat("QL-discipline-1"), county.office.leader_on_duty
    discipline.ignores(), leader.ignores()
    await discipline.says(f"/reveal {county.one(r.Case).number}")
    await discipline.presses("公安依法调取")
    await leader.presses("同意")

    await discipline.presses("点开看")

    assert PLANTED_NAME in discipline.last and PLANTED_PHONE in discipline.last


def _name(work, tip_id: str) -> None:
    from workflows import tip as tips

    tip = work.get(r.Tip, tip_id)
    tips.set_named(work, tip, tip.account, PLANTED_NAME)


async def test_refused_it_stays_closed(county: County) -> None:
    discipline, leader, _ = await asked(county)

    ref = county.one(r.Reveal).ref

    await leader.presses("不同意")
    late = await discipline.presses_data(f"1:open_reveal:{ref}:0", 1)

    assert discipline.heard == ["reveal.refused"]
    assert late and late["show_alert"] and str(PLANTED_ID) not in " ".join(discipline.reads)


async def test_nobody_consents_to_their_own_request_and_nobody_else_opens_or_asks(county: County) -> None:
    discipline, leader, tip = await asked(county)

    ref = county.one(r.Reveal).ref

    own = await discipline.presses_data(f"1:consent:{ref}:0", 1)
    squad = await county.yunxi.leader.presses_data(f"1:consent:{ref}:0", 1)
    await leader.presses("同意")
    for thief in (leader, county.yunxi.leader, county.office.desk, county.villager(7_000_000_000_003, "路人")):
        taken = await thief.presses_data(f"1:open_reveal:{ref}:0", 1)
        assert taken and taken["show_alert"], thief.seat
        assert str(PLANTED_ID) not in " ".join(thief.reads)
    await county.yunxi.leader.says(f"/reveal {county.one(r.Case).number}")
    await county.office.desk.says(f"/reveal {county.one(r.Case).number}")

    assert own and own["show_alert"] and squad and squad["show_alert"]
    assert len(county.all(r.Reveal)) == 1 and county.one(r.Reveal).state == "consented"
    assert discipline.heard == ["reveal.consented"] and tip.id


async def test_without_an_answer_it_ends_after_a_day(county: County) -> None:
    discipline, leader, _ = await asked(county)
    county.others_may_hear("*")
    ref = county.one(r.Reveal).ref

    await county.forward(hours=24)
    late = await leader.presses_data(f"1:consent:{ref}:0", 1)

    assert late and "办过了" in late["text"]
    assert county.one(r.Reveal).state == "expired" and discipline.heard == []
    county.yunxi.leader.ignores()
