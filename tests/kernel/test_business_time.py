"""Business hours count only while the company works (I35)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.business_time import BusinessHours
from bot.kernel.calendar import BusinessCalendar

NEW_YORK = ZoneInfo("America/New_York")
HOURS = BusinessHours(
    calendar=BusinessCalendar(), zone=NEW_YORK, opens=time(9), closes=time(17)
)
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = st.integers(0, 5 * 365 * 24 * 60).map(lambda n: START + timedelta(minutes=n))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-06-08T10:00", 4, "2026-06-08T14:00"),
        ("2026-06-08T15:00", 4, "2026-06-09T11:00"),
        ("2026-06-08T07:00", 4, "2026-06-08T13:00"),
        ("2026-06-08T20:00", 4, "2026-06-09T13:00"),
        ("2026-06-12T16:59", 8, "2026-06-15T16:59"),
        ("2026-05-22T16:59", 8, "2026-05-26T16:59"),  # Memorial Day
        ("2026-06-13T12:00", 4, "2026-06-15T13:00"),  # a Saturday
        ("2026-07-02T16:00", 4, "2026-07-06T12:00"),  # Independence Day observed
        ("2026-03-06T16:00", 4, "2026-03-09T12:00"),  # clocks go forward on Sunday
        ("2026-10-30T16:00", 4, "2026-11-02T12:00"),  # clocks go back on Sunday
        ("2026-06-08T10:00", 0.5, "2026-06-08T10:30"),
        ("2026-06-08T13:00", 4, "2026-06-08T17:00"),
        ("2026-06-08T17:00", 4, "2026-06-09T13:00"),
    ],
)
def test_hours_go_by_only_while_the_company_works(start: str, hours: float, end: str):
    assert HOURS.plus(at(start), hours) == at(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-06-08T10:00", 2, "2026-06-10T17:00"),
        ("2026-06-11T10:00", 2, "2026-06-15T17:00"),
        ("2026-06-13T10:00", 2, "2026-06-17T17:00"),
        ("2026-11-25T10:00", 2, "2026-11-30T17:00"),  # Thanksgiving between
        ("2026-12-31T23:00", 2, "2027-01-05T17:00"),
    ],
)
def test_an_end_is_the_close_of_a_business_day(start: str, days: int, end: str):
    assert HOURS.end_after(at(start), days) == at(end)


@given(MOMENT, st.floats(0.1, 80))
def test_it_always_ends_while_the_company_works_and_never_before_that_many_hours(
    start: datetime, hours: float
):
    end = HOURS.plus(start, hours)
    local = end.astimezone(NEW_YORK)

    assert end - start >= timedelta(hours=hours) - timedelta(microseconds=1)
    assert HOURS.calendar.is_open(local.date())
    assert time(9) <= local.time() <= time(17)


@given(MOMENT, st.integers(1, 12), st.integers(1, 12))
def test_two_stretches_make_the_whole(start: datetime, first: int, second: int):
    assert HOURS.plus(HOURS.plus(start, first), second) == HOURS.plus(start, first + second)


def test_a_day_opens_and_closes_by_the_companys_clocks():
    assert HOURS.opening(date(2026, 1, 5)) == datetime(2026, 1, 5, 14, tzinfo=UTC)
    assert HOURS.close(date(2026, 7, 6)) == datetime(2026, 7, 6, 21, tzinfo=UTC)
