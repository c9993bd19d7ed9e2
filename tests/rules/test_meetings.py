"""When the suspension meeting is, and what hangs on it (R80-R81)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Policy
from bot.workflows.suspension.meetings import (
    before,
    meeting_of,
    upcoming,
    with_digest_due,
)

POLICY = Policy()
MOMENTS = st.integers(0, 6 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=minutes)
)


@pytest.mark.parametrize(
    ("week", "posted"),
    [
        (date(2026, 6, 8), datetime(2026, 6, 10, 12, 0, tzinfo=UTC)),
        (date(2026, 1, 12), datetime(2026, 1, 14, 13, 0, tzinfo=UTC)),
        # the weeks in which New York changes its clocks
        (date(2026, 3, 2), datetime(2026, 3, 4, 13, 0, tzinfo=UTC)),
        (date(2026, 3, 9), datetime(2026, 3, 11, 12, 0, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 28, 12, 0, tzinfo=UTC)),
        (date(2026, 11, 2), datetime(2026, 11, 4, 13, 0, tzinfo=UTC)),
        # Veterans Day is a Wednesday: the meeting is on Thursday
        (date(2026, 11, 9), datetime(2026, 11, 12, 13, 0, tzinfo=UTC)),
        (date(2029, 7, 2), datetime(2029, 7, 5, 12, 0, tzinfo=UTC)),
    ],
)
def test_the_digest_is_posted_two_hours_before_the_meeting_in_new_york(week, posted):
    for day in range(7):
        assert meeting_of(week + timedelta(days=day), POLICY).digest_at == posted


def test_notes_are_asked_a_business_day_before_even_across_a_holiday():
    assert meeting_of(date(2026, 6, 10), POLICY).notes_on == date(2026, 6, 9)
    # Thursday after Veterans Day: Tuesday, since Wednesday is closed
    assert meeting_of(date(2026, 11, 9), POLICY).notes_on == date(2026, 11, 10)


def test_a_friday_meeting_on_a_holiday_moves_past_the_week_end():
    friday = Policy(meeting_weekday=4)

    moved = meeting_of(date(2026, 12, 21), friday)

    assert moved.day == date(2026, 12, 28)
    assert before(moved, friday).day == date(2026, 12, 18)
    assert meeting_of(date(2026, 12, 28), friday).day == date(2027, 1, 4)


@given(MOMENTS)
def test_every_moment_lies_between_the_last_digest_and_the_next_meeting(at):
    due, next_one = with_digest_due(at, POLICY), upcoming(at, POLICY)

    assert due.digest_at <= at < next_one.starts_at
    assert next_one.week - due.week in (timedelta(0), timedelta(days=7))
    assert POLICY.calendar.is_open(due.day)
    assert before(next_one, POLICY).starts_at <= at


def test_there_is_one_digest_a_week_for_years():
    monday = date(2026, 1, 5)
    moments = [meeting_of(monday + timedelta(weeks=n), POLICY).digest_at for n in range(52 * 6)]

    assert len(set(moments)) == 52 * 6
    assert all(
        moment.astimezone(POLICY.zone).hour == 8 and moment.astimezone(POLICY.zone).minute == 0
        for moment in moments
    )
