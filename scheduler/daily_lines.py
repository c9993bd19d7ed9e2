"""At the end of each business day: the day's line, and the +31 limit (R4, R91)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.policy import Policy
from bot.store import runs
from bot.workflows.daily_lines import operations as daily_lines
from bot.workflows.daily_lines import queries
from bot.workflows.people.rules import instant
from scheduler.job import Tick

LINE: Final = "daily-line"
LIMIT: Final = "plus-31-limit"
_LOOKS_BACK: Final = timedelta(days=14)


def due_at(day: date, policy: Policy) -> datetime:
    """Return when a day's line is due."""
    return instant(day, policy.daily_line_at, policy.zone)


def until(day: date, policy: Policy) -> datetime:
    """Return the last moment for a day's line: the next opening."""
    return policy.business_hours.opening(policy.calendar.plus(day, 1))


def post(tick: Tick) -> str:
    """Post the line of each business day that has ended, once; what is too late is missed."""
    said = [_post(tick, day) for day in _due(tick)]
    return " ".join(said) or "No daily line is due now."


def check_limit(tick: Tick) -> str:
    """
    Tell management on each day on which the +31 total is at or above its limit (R91).

    A day at whose end the desk was off is checked as soon as it is back.
    """
    said = [_check(tick, day) for day in _unchecked(tick)]
    return " ".join(said) or "The +31 total is checked at each day's end."


def _unchecked(tick: Tick) -> list[date]:
    """Return the days that ended with the desk at work and were not checked, oldest first."""
    policy, today = tick.policy, tick.policy.company_date(tick.at)
    with tick.database.reading() as session:
        last = runs.last_of(session, LIMIT)
        since = last or queries.began_at(session)
    days = [today - ONE_DAY * back for back in range(_LOOKS_BACK.days, -1, -1)]
    return [
        day
        for day in days
        if (moment := due_at(day, policy)) <= tick.at
        and moment != last
        and (day == today or (since and moment >= since))
    ]


def _check(tick: Tick, day: date) -> str:
    moment, named = due_at(day, tick.policy), wording.day(day)
    with tick.database.reading() as session:
        found = queries.standing(session, on=day, policy=tick.policy)
    with tick.database.transaction() as session:
        if not runs.claim(session, LIMIT, scheduled_for=moment, at=tick.at):
            return f"The +31 total of {named} was checked."
        warned = daily_lines.warn(session, found, at=tick.at)
    where = "at or above" if warned else "below"
    return f"The +31 total of {named} is {where} its limit: {found.total} of {found.limit}."


def _due(tick: Tick) -> list[date]:
    """Return the days whose line is due and neither posted nor missed, the oldest first."""
    policy, today = tick.policy, tick.policy.company_date(tick.at)
    days = [today - ONE_DAY * back for back in range(_LOOKS_BACK.days, -1, -1)]
    ended = [d for d in days if policy.calendar.is_open(d) and due_at(d, policy) <= tick.at]
    if not ended:
        return []
    with tick.database.reading() as session:
        done = runs.done_since(session, LINE, since=due_at(ended[0], policy))
        first = runs.last_of(session, LINE)
    return [
        day
        for day in ended
        if (due_at(day, policy), "") not in done
        and (tick.at <= until(day, policy) or (first and due_at(day, policy) > first))
    ]


def _post(tick: Tick, day: date) -> str:
    moment, last = due_at(day, tick.policy), until(day, tick.policy)
    named = wording.day(day)
    with tick.database.reading() as session:
        figures = queries.figures(session, on=day, policy=tick.policy)
    with tick.database.transaction() as session:
        if not runs.claim(session, LINE, scheduled_for=moment, at=tick.at):
            return f"Another machine posts the line of {named}."
        if tick.at > last:
            daily_lines.miss(session, LINE, day, scheduled_for=moment, at=tick.at)
            return f"The line of {named} was missed; the leads are told."
        _, places = daily_lines.post(session, figures, at=tick.at, until=last)
    return f"The line of {named} goes to {wording.counted(len(places), 'place')}."
