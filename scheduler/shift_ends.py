"""Which shifts have ended: what is done at a shift's end is done once, now or a little late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from bot.kernel.calendar import ONE_DAY
from bot.store import runs
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member, Role
from bot.workflows.worklists import shifts
from scheduler.job import Tick

FIRST_LOOK: Final = timedelta(days=2)
"""What never ran before looks back only this far: the desk may be new."""
OVERTIME: Final = timedelta(hours=1)
"""Calls logged this long before and after a shift belong to it, too."""


class Ended(NamedTuple):
    """An agent's shift of a business day, which is over."""

    agent: Member
    day: date
    starts_at: datetime
    ends_at: datetime


def ended(session: Session, tick: Tick) -> list[Ended]:
    """
    Return the shifts of agents that ended in the last days, each agent's latest first.

    A machine that was off looks back as many business days as `shifts.CATCH_UP`.
    """
    agents = people.in_roles(session, {Role.AGENT})
    today = tick.policy.company_date(tick.at)
    first = shifts.first_caught_up(today, tick.policy)
    days = [today - ONE_DAY * back for back in range((today - first).days + 1)]
    open_days = [day for day in days if tick.policy.calendar.is_open(day)]
    all_shifts = (
        Ended(agent, day, *shifts.of_day(agent, day, policy=tick.policy))
        for agent in agents
        for day in open_days
    )
    return [shift for shift in all_shifts if shift.ends_at <= tick.at]


def still_open(tick: Tick, job: str) -> list[Ended]:
    """Return the ended shifts for which a job has not run yet."""
    with tick.database.reading() as session:
        over = ended(session, tick)
        first = min((shift.ends_at for shift in over), default=tick.at)
        done = runs.done_since(session, job, since=first) if over else set()
        lacking = [one for one in over if (one.ends_at, str(one.agent.id)) not in done]
        if not lacking:
            return []
        began = min(runs.first_of(session, job) or tick.at, tick.at - FIRST_LOOK)
    return [one for one in lacking if one.ends_at >= began]


def claim(session: Session, job: str, shift: Ended, *, at: datetime) -> bool:
    """Claim a job's run for a shift, in the transaction that does it."""
    subject = str(shift.agent.id)
    return runs.claim(session, job, scheduled_for=shift.ends_at, at=at, subject=subject)
