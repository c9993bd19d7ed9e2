"""Looking every day whether what was promised has come in (R47, R107)."""

from __future__ import annotations

from collections import Counter

from bot.kernel import wording
from bot.workflows.promises import operations as promises
from bot.workflows.promises import queries
from bot.workflows.promises.rules import PromiseState
from scheduler.job import Tick


def settle(tick: Tick) -> str:
    """Settle each promise whose money is in or whose grace is over, each on its own."""
    with tick.database.reading() as session:
        waiting = queries.waiting(session)
    came_of = Counter(_settle(tick, promise_id) for promise_id in waiting)
    kept, broken = came_of[PromiseState.KEPT], came_of[PromiseState.BROKEN]
    partly = came_of[PromiseState.PARTLY_KEPT]
    return f"{wording.counted(kept, 'promise')} kept, {partly} partly, {broken} broken"


def _settle(tick: Tick, promise_id: int) -> PromiseState:
    with tick.database.transaction() as session:
        return promises.settle(session, promise_id, at=tick.at, policy=tick.policy)
