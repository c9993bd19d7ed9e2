"""The disputes' clocks, and the watch until the money is in (R22-R23)."""

from __future__ import annotations

from bot.kernel import wording
from bot.workflows.disputes import cash, cash_news, clocks, queries
from scheduler.job import Tick


def run_clocks(tick: Tick) -> str:
    """Remind departments, and bring late disputes to the lead and the controller, once each."""
    today = tick.policy.company_date(tick.at)
    with tick.database.reading() as session:
        due = clocks.due(session, on=today, policy=tick.policy)
    taken = sum(_step(tick, dispute_id) for dispute_id in due)
    return f"{wording.counted(taken, 'step')} taken"


def watch_for_cash(tick: Tick) -> str:
    """Look whether what was decided is paid or credited, and whether it stayed so."""
    today = tick.policy.company_date(tick.at)
    with tick.database.reading() as session:
        back = cash.went_back(session, on=today, policy=tick.policy)
    changed = sum(_watch_again(tick, dispute_id) for dispute_id in back)
    with tick.database.reading() as session:
        moving = cash_news.moving(session, on=today, policy=tick.policy)
    changed += sum(_watch(tick, dispute_id) for dispute_id in moving)
    return f"{wording.counted(changed, 'dispute')} moved on"


def _watch_again(tick: Tick, dispute_id: int) -> bool:
    with tick.database.transaction() as session:
        return cash.watch_again(session, queries.locked(session, dispute_id), at=tick.at)


def _step(tick: Tick, dispute_id: int) -> int:
    with tick.database.transaction() as session:
        dispute = queries.locked(session, dispute_id)
        return len(clocks.take_steps(session, dispute, at=tick.at, policy=tick.policy))


def _watch(tick: Tick, dispute_id: int) -> bool:
    with tick.database.transaction() as session:
        dispute = queries.locked(session, dispute_id)
        return cash.watch(session, dispute, at=tick.at, policy=tick.policy)
