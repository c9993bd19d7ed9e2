"""The clock of cases: opened and closed daily, their steps all day (R49, R70-R75)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.store import runs
from bot.workflows.people.rules import instant
from bot.workflows.suspension import cases, notices, queries, reviewing
from scheduler.job import Tick

CASES: Final = "suspension-cases"
STEPS: Final = "suspension-steps"
PAYMENTS: Final = "suspension-payments"
Item = TypeVar("Item")
_AT_ONCE: Final = 50
"""Cases looked at again in one transaction: presses go on meanwhile."""


def open_and_close_cases(tick: Tick) -> str:
    """
    Open and close cases, once for each company date (R49).

    One reading finds which; they are written 200 at a time, so that presses go on meanwhile.
    """
    today = tick.policy.company_date(tick.at)
    with tick.database.reading() as session:
        if _is_done(session, tick, CASES):
            return f"Cases were settled already for {wording.day(today)}."
        found = cases.changes(session, on=today, policy=tick.policy)
    at, policy = tick.at, tick.policy
    opened = _each(
        tick,
        "open",
        found.entered,
        lambda s, part: cases.open_for(s, part, at=at, policy=policy),
    )
    closed = _each(
        tick, "close", found.left, lambda s, part: cases.close(s, part, at=at, policy=policy)
    )
    with tick.database.transaction() as session:
        runs.claim(session, CASES, scheduled_for=_midnight(tick), at=tick.at)
    return f"{wording.counted(opened, 'case')} opened, {closed or 'none'} closed."


def take_steps(tick: Tick) -> str:
    """Bring cases to where their facts have them, and draft the notices that are due."""
    with tick.database.reading() as session:
        moving = queries.under_way(session)
        takes_first = _takes_first(session, tick)
    drafted = 0
    for part in in_batches(moving, _AT_ONCE):
        with tick.database.transaction() as session:
            drafted += reviewing.review(session, part, at=tick.at, policy=tick.policy)
    if takes_first:
        drafted += _first_notices(tick)
    return f"{wording.counted(drafted, 'notice')} drafted."


def watch_payments(tick: Tick) -> str:
    """Look if what the notices named is paid where services are suspended (R57)."""
    with tick.database.reading() as session:
        waiting = queries.suspended(session)
    for part in in_batches(waiting, _AT_ONCE):
        with tick.database.transaction() as session:
            reviewing.review(session, part, at=tick.at, policy=tick.policy)
    return f"{wording.counted(len(waiting), 'suspended case')} looked at."


def _first_notices(tick: Tick) -> int:
    """
    Draft first notices, a few each business day, the longest open cases first.

    Whatever waits from days before is shown to the leads again that day.
    """
    today = tick.policy.company_date(tick.at)
    with tick.database.reading() as session:
        watched = queries.watched(session)
    drafted = 0
    for part in in_batches(watched, reviewing.AT_ONCE):
        with tick.database.transaction() as session:
            room = reviewing.room_for_first(session, tick.policy)
            if not room:
                break
            drafted += reviewing.review(
                session, part, at=tick.at, policy=tick.policy, first_notices=room
            )
    with tick.database.transaction() as session:
        is_mine = runs.claim(session, STEPS, scheduled_for=_midnight(tick), at=tick.at)
        if is_mine and notices.waiting(session, on=today):
            notices.tell_leads(session, on=today, at=tick.at)
    return drafted


def _each(
    tick: Tick,
    what: str,
    items: Sequence[Item],
    do: Callable[[Session, Sequence[Item]], int],
) -> int:
    count = 0
    for part in in_batches(items, reviewing.AT_ONCE):
        subject = f"{what}:{part[0]}"
        with tick.database.transaction() as session:
            if runs.claim(
                session, CASES, scheduled_for=_midnight(tick), at=tick.at, subject=subject
            ):
                count += do(session, part)
    return count


def _takes_first(session: Session, tick: Tick) -> bool:
    """Test if first notices are to be drafted now: on a business day, once."""
    today = tick.policy.company_date(tick.at)
    return tick.policy.calendar.is_open(today) and not _is_done(session, tick, STEPS)


def _is_done(session: Session, tick: Tick, job: str) -> bool:
    return runs.find(session, job, scheduled_for=_midnight(tick)) is not None


def _midnight(tick: Tick) -> datetime:
    return instant(tick.policy.company_date(tick.at), time(), tick.policy.zone)
