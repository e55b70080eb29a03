"""An officer asks the village's grid inspector for pictures, in the chat from end to end; it happens that the inspector sent the tip."""

from tests.county import County
from workflows import records as r


async def test_an_inspectors_pictures_reach_the_file_through_the_officer_and_betray_nobody(county: County) -> None:
    inspector, officer = county.yunxi.inspector, county.yunxi.officer
    county.group.ignores("tip.submitted"), inspector.ignores("tip.opened", "tip.accepted")
    await inspector.says("河口村有人在路边乱堆垃圾")
    if county.one(r.Tip).state != "submitted":
        await inspector.presses("没有了")
    await officer.presses("受理", on=county.group)
    case = county.one(r.Case)
    await officer.presses("取证", on=county.group)
    await officer.presses("请网格员补证")
    assert "云溪镇第3网格" in "".join(officer.buttons), officer.buttons
    await officer.presses("第3网格")
    assert inspector.heard[-1] == "supplement.asked" and "河口村" in inspector.last and "依法巡查" in inspector.last

    await inspector.presses("我来拍")
    await inspector.sends(photo=True)
    await inspector.sends(photo=True)
    assert len(county.all(r.Tip)) == 1 and county.all(r.Evidence)[0].held, "neither a tip nor yet evidence"
    await inspector.says("另外东头有人打架，快来")
    assert len(county.all(r.TipItem)) > 1, "words of an inspector are a tip at any time"
    await inspector.presses("发完了", containing="发完点一下")
    assert officer.heard == ["supplement.handed_in"] and "补来 2 份" in officer.last

    await officer.presses("看一看")
    await officer.presses("收进案卷")
    assert county.one(r.Draft, kind="supplement").facts["stage"] == "taken"
    kept = county.all(r.Evidence)
    assert [e.held for e in kept] == [False, False] and {e.by for e in kept} == {str(inspector.seat)}
    looks = [e for e in county.events("evidence.shown") if e.case_id == case.id]
    assert len(looks) == 1 and county.events("supplement.taken")[0].by == officer.seat
    sent = "".join(str(row.facts) for row in county.all(r.Outbox) if row.person_id == officer.seat)
    assert str(inspector.account) not in sent and county.one(r.Tip, id=case.tip_id).receipt not in sent
    inspector.ignores(), officer.ignores(), county.group.ignores()
    county.others_may_hear("*")
