"""The company's dates come out exactly, whatever the year (R35-R39, I07)."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.calendar import BusinessCalendar, days_around, statement_day, us_federal

FEDERAL = BusinessCalendar()
WITHOUT_HOLIDAYS = BusinessCalendar(lambda _: frozenset())
MONTHS = [(year, month) for year in range(2026, 2031) for month in range(1, 13)]
ZONES = st.sampled_from(("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Manila", "America/New_York"))
MOMENT = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - the zone is drawn
    datetime(2034, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
DAY = st.dates(date(2024, 1, 1), date(2034, 12, 31))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_statement_dates_are_those_computed_by_others(shared: Path):
    for row in rows(shared / "data" / "calendar" / "statement_dates.csv"):
        found = statement_day(int(row["year"]), int(row["month"]))

        assert found.isoformat() == row["statement_date"]


def test_the_sixth_business_days_are_those_computed_by_others(shared: Path):
    for row in rows(shared / "data" / "calendar" / "sixth_business_day.csv"):
        year, month = int(row["year"]), int(row["month"])

        found = FEDERAL.nth_of_month(year, month, 6).isoformat()
        without = WITHOUT_HOLIDAYS.nth_of_month(year, month, 6).isoformat()

        assert found == row["sixth_bd_us_federal_observed"]
        assert without == row["sixth_bd_no_holidays"]


def test_statements_go_out_on_the_15th_but_for_weekends():
    days = Counter(statement_day(year, month).day for year, month in MONTHS)

    assert days == {15: 43, 14: 8, 16: 9}


def test_no_statement_goes_out_on_a_weekend():
    assert all(statement_day(year, month).weekday() < 5 for year, month in MONTHS)


def test_holidays_do_not_move_statements():
    moved = [statement_day(y, m) for y, m in MONTHS if statement_day(y, m) in us_federal(y)]

    assert date(2026, 2, 16) in moved
    assert {day.weekday() for day in moved} == {0}


def test_holidays_change_the_sixth_business_day_in_these_months_only():
    changed = {
        (year, month)
        for year, month in MONTHS
        if FEDERAL.nth_of_month(year, month, 6) != WITHOUT_HOLIDAYS.nth_of_month(year, month, 6)
    }

    assert changed == (
        {(year, 1) for year in (2026, 2027, 2029, 2030)}
        | {(year, 7) for year in range(2026, 2031)}
        | {(year, 9) for year in range(2026, 2031)}
        | {(2028, 10), (2029, 10)}
    )


@pytest.mark.parametrize(
    ("year", "count"), [(2026, 11), (2027, 12), (2028, 10), (2029, 11), (2030, 11)]
)
def test_a_year_has_its_observed_federal_holidays(year: int, count: int):
    assert len(us_federal(year)) == count
    assert all(day.year == year for day in us_federal(year))


def test_a_holiday_on_a_saturday_is_observed_the_friday_before():
    assert not FEDERAL.is_open(date(2026, 7, 3))
    assert not FEDERAL.is_open(date(2027, 12, 31))
    assert not FEDERAL.is_open(date(2027, 12, 24))


def test_a_holiday_on_a_sunday_is_observed_the_monday_after():
    assert not FEDERAL.is_open(date(2027, 7, 5))


@given(DAY, st.integers(1, 40))
def test_going_forward_and_back_comes_to_the_same_business_day(day: date, days: int):
    start = FEDERAL.on_or_after(day)

    there = FEDERAL.plus(start, days)

    assert FEDERAL.is_open(there)
    assert FEDERAL.plus(there, -days) == start
    assert FEDERAL.days_between(start, there) == days


@given(DAY)
def test_on_or_after_is_the_first_open_day(day: date):
    found = FEDERAL.on_or_after(day)

    assert found >= day
    assert FEDERAL.is_open(found)
    between = [day + timedelta(days=n) for n in range((found - day).days)]
    assert not any(FEDERAL.is_open(skipped) for skipped in between)


@given(MOMENT, st.timedeltas(timedelta(), timedelta(hours=20)), ZONES, ZONES)
def test_the_days_around_a_shift_hold_its_day_in_every_zone(
    start: datetime, length: timedelta, told_in: str, asked_in: str
):
    end = start + length

    first, last = days_around(start.astimezone(ZoneInfo(told_in)), end)

    days = [moment.astimezone(ZoneInfo(asked_in)).date() for moment in (start, end)]
    assert first <= min(days)
    assert max(days) <= last
