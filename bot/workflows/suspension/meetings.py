"""When the weekly suspension meeting is, and what hangs on it (R80-R81). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.people.rules import instant

ONE_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One week's meeting: its company date, and moments in UTC."""

    week: date
    """The Monday of its week."""
    day: date
    starts_at: datetime
    digest_at: datetime
    """When the digest is posted."""
    digest_until: datetime
    """The last moment at which posting it late still helps."""
    notes_on: date
    """The company date on which stale notes are asked for."""


def meeting_of(week: date, policy: Policy) -> Meeting:
    """
    Return the meeting of the week that a date is in.

    A meeting whose weekday is a holiday is held on the next business day.
    """
    monday = week - timedelta(days=week.weekday())
    day = policy.calendar.on_or_after(monday + timedelta(days=policy.meeting_weekday))
    starts_at = instant(day, policy.meeting_time, policy.zone)
    return Meeting(
        week=monday,
        day=day,
        starts_at=starts_at,
        digest_at=starts_at - timedelta(hours=policy.digest_hours_before),
        digest_until=starts_at + timedelta(hours=policy.digest_late_hours),
        notes_on=policy.calendar.plus(day, -1),
    )


def upcoming(at: datetime, policy: Policy) -> Meeting:
    """Return the first meeting that has not started at a moment."""
    return next(meeting for meeting in _around(at, policy) if meeting.starts_at > at)


def with_digest_due(at: datetime, policy: Policy) -> Meeting:
    """Return the last meeting whose digest should have been posted by a moment."""
    newest_first = _around(at, policy, range(3, -4, -1))
    return next(meeting for meeting in newest_first if meeting.digest_at <= at)


def next_digest(at: datetime, policy: Policy) -> Meeting:
    """Return the first meeting whose digest is not due yet at a moment."""
    return next(meeting for meeting in _around(at, policy) if meeting.digest_at > at)


def before(meeting: Meeting, policy: Policy) -> Meeting:
    """Return the meeting of the week before."""
    return meeting_of(meeting.week - ONE_WEEK, policy)


def after(meeting: Meeting, policy: Policy) -> Meeting:
    """Return the meeting of the week after."""
    return meeting_of(meeting.week + ONE_WEEK, policy)


def _around(
    at: datetime, policy: Policy, weeks: Iterable[int] = range(-3, 4)
) -> Iterator[Meeting]:
    """Yield the meetings of the weeks around a moment, each counted from its own."""
    today = policy.company_date(at)
    for week in weeks:
        yield meeting_of(today + week * ONE_WEEK, policy)
