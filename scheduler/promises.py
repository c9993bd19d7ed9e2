"""Looking every day whether what was promised has come in (R47, R107)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.store import runs
from bot.workflows.ledger import queries as ledger
from bot.workflows.people.rules import instant
from bot.workflows.promises import again, judging, queries, returns, rules
from bot.workflows.promises import operations as promises
from bot.workflows.promises.rules import PromiseState
from scheduler.job import Tick

SETTLED: Final = "promises"
AGAIN: Final = "promises-again"
NEVER: Final = datetime(2000, 1, 2, tzinfo=UTC)
OVERLAP: Final = ONE_DAY
"""What an import brings was learned when it began: its news may be older than the last look."""


def settle(tick: Tick) -> str:
    """
    Settle each promise whose money is in or whose grace is over, each on its own.

    Which these are is read first, where the book or the day is another than at the last look:
    a promise that waits on takes no transaction.
    """
    with tick.database.reading() as session:
        known = _known_by(session, tick)
        is_news = not _is_done(session, SETTLED, known)
        due = _due(session, tick) if is_news else []
    came_of = Counter(_settle(tick, promise_id) for promise_id in due)
    kept, broken = came_of[PromiseState.KEPT], came_of[PromiseState.BROKEN]
    partly = came_of[PromiseState.PARTLY_KEPT]
    if is_news:
        _claim(tick, SETTLED, known)
    said = f"{wording.counted(kept, 'promise')} kept, {partly} partly, {broken} broken"
    after_all = look_again(tick)
    return f"{said}; {after_all} better after all" if after_all else said


def _due(session: Session, tick: Tick) -> list[int]:
    on, policy = tick.policy.company_date(tick.at), tick.policy
    waiting = queries.waiting(session, on=on)
    states = judging.came_of(session, waiting, on=on, policy=policy)
    return [
        one.id
        for one in waiting
        if states[one.id] is PromiseState.KEPT or on > promises.last_day(one, policy)
    ]


def look_again(tick: Tick) -> int:
    """
    Judge again what was broken, or kept in part, before its money was known; count them.

    So is what was kept by money that went back; once for each update of the book and day.
    """
    with tick.database.reading() as session:
        on, policy = tick.policy.company_date(tick.at), tick.policy
        known = _known_by(session, tick)
        if _is_done(session, AGAIN, known):
            return 0
        news = (runs.last_claim_of(session, AGAIN) or NEVER) - OVERLAP
        early_ids = again.judged_too_early(session, on=on, news_since=news, policy=policy)
        back_ids = returns.to_judge(session, on=on, news_since=news, policy=policy)
        told, kept = queries.several(session, early_ids), queries.several(session, back_ids)
        states = judging.came_of(session, [*told, *kept], on=on, policy=policy)
        early = [one.id for one in told if rules.is_better(states[one.id], one.state)]
        back = [one.id for one in kept if rules.is_better(one.state, states[one.id])]
    for promise_id in back:
        _judge_return(tick, promise_id)
    better = sum(_judge_again(tick, promise_id) for promise_id in early)
    _claim(tick, AGAIN, known)
    return better


class _Known(NamedTuple):
    """What is known of money: it changes with the book and the day, and with nothing else."""

    midnight: datetime
    book: str


def _known_by(session: Session, tick: Tick) -> _Known:
    on, zone = tick.policy.company_date(tick.at), tick.policy.zone
    return _Known(instant(on, time(), zone), f"book:{ledger.last_update(session)}")


def _is_done(session: Session, job: str, known: _Known) -> bool:
    found = runs.find(session, job, scheduled_for=known.midnight, subject=known.book)
    return found is not None


def _claim(tick: Tick, job: str, known: _Known) -> None:
    at, subject = known.midnight, known.book
    with tick.database.transaction() as session:
        runs.claim(session, job, scheduled_for=at, subject=subject, at=tick.at)


def _settle(tick: Tick, promise_id: int) -> PromiseState:
    with tick.database.transaction() as session:
        return promises.settle(session, promise_id, at=tick.at, policy=tick.policy)


def _judge_again(tick: Tick, promise_id: int) -> bool:
    with tick.database.transaction() as session:
        return promises.judge_again(session, promise_id, at=tick.at, policy=tick.policy)


def _judge_return(tick: Tick, promise_id: int) -> bool:
    with tick.database.transaction() as session:
        return promises.judge_return(session, promise_id, at=tick.at, policy=tick.policy)
