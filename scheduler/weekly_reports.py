"""At the end of each week: the week's figures to the team's channel (R5, R142)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.policy import Policy
from bot.rendering import tables_sheet
from bot.store import runs
from bot.workflows.daily_lines import operations as daily_lines
from bot.workflows.daily_lines import weeks
from bot.workflows.people.rules import instant
from scheduler import weekly_tables
from scheduler.daily_lines import LINE
from scheduler.job import Tick

WEEK: Final = "weekly-report"
_LOOKS_BACK: Final = 4
"""Weeks: what is older is not reported any more."""


def due_at(day: date, policy: Policy) -> datetime | None:
    """Return when the report of a day's week is due; None for a week of holidays."""
    days = weeks.business_days(day, policy)
    return instant(days[-1], policy.weekly_report_at, policy.zone) if days else None


def post(tick: Tick) -> str:
    """Post the report of each week that has ended, once, late rather than never."""
    said = [_post(tick, moment) for moment in _due(tick)]
    return " ".join(said) or "No weekly report is due now."


def _due(tick: Tick) -> list[datetime]:
    """
    Return when the reports were due that nobody has posted, the oldest first.

    A week before the desk's first daily line is not reported.
    """
    policy, today = tick.policy, tick.policy.company_date(tick.at)
    with tick.database.reading() as session:
        last = runs.last_of(session, WEEK)
        began = last or runs.first_of(session, LINE)
    mondays = [today - ONE_DAY * 7 * back for back in range(_LOOKS_BACK, -1, -1)]
    moments = [moment for day in mondays if (moment := due_at(day, policy))]
    return [
        moment
        for moment in moments
        if moment <= tick.at and moment != last and began and moment >= began
    ]


def _post(tick: Tick, moment: datetime) -> str:
    day = tick.policy.company_date(moment)
    if tick.home:
        with tick.database.reading() as session:
            tables = weekly_tables.of(weeks.week(session, on=day, policy=tick.policy))
        tables_sheet.draw(tables, tick.home / weeks.file_of(day))
    with tick.database.transaction() as session:
        if not runs.claim(session, WEEK, scheduled_for=moment, at=tick.at):
            return f"Another machine posts the week to {wording.day(day)}."
        places = daily_lines.post_week(session, WEEK, scheduled_for=moment, at=tick.at)
    return f"The week to {wording.day(day)} goes to {wording.counted(len(places), 'place')}."
