"""/reward lists the newest, however many were paid before."""

from datetime import timedelta
from pathlib import Path

from sqlmodel import Session

from bot import database
from bot.vault import MasterVault
from tests.bot.conftest import START
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import RewardState
from workflows.work import Work


def test_the_newest_rewards_are_listed_however_many_were_paid_before(
    tmp_path: Path, book: Rulebook, vault: MasterVault
) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'whistle.db'}")
    database.migrate(engine)
    plain = {"amount_fen": 100, "rule": "旧", "budget": "", "budget_year": 2026, "proposed_by": ""}
    with Session(engine) as session:
        work = Work(session, START, book, vault)
        for number in range(250):
            at = START - timedelta(days=250 - number)
            home = "QL01" if number < 5 else "QL02"
            case = work.add(r.Case(number=f"旧-{number}", township_id=home, tip_id=f"{number}", opened_at=at))
            state = RewardState.LAPSED if number == 249 else RewardState.PAID
            work.add(r.Reward(tip_id=case.tip_id, case_id=case.id, state=state, proposed_at=at, **plain))
        work.flush()

        county = work.newest_rewards(None, RewardState.CLAIMED, RewardState.PAID, limit=3)
        township = work.newest_rewards("QL01", RewardState.CLAIMED, RewardState.PAID, limit=3)

    engine.dispose()
    assert [one.tip_id for one in county] == ["246", "247", "248"]
    assert [one.tip_id for one in township] == ["2", "3", "4"]
