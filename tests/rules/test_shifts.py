"""Shifts start once a day, at the first valid instant, whatever clocks do (R112, R161)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Policy
from bot.workflows.people.rules import Member, Role, instant
from bot.workflows.worklists import shifts

ZONES = [
    "America/New_York",
    "Asia/Manila",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Phoenix",
    "Asia/Kolkata",
    "America/St_Johns",
    "Africa/Casablanca",
]
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def member(zone: str, start: time, end: time) -> Member:
    return Member(
        id=1,
        name="Ana",
        email="",
        roles=frozenset({Role.AGENT}),
        time_zone="Asia/Manila",
        shift_start=start,
        shift_end=end,
        shift_zone=zone,
    )


def by_brute_force(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first minute at which the zone's clock shows that time that day, or more."""
    wanted = datetime.combine(day, at)
    moment = datetime.combine(day, at, UTC) - timedelta(hours=16)
    while moment.astimezone(zone).replace(tzinfo=None) < wanted:
        moment += timedelta(minutes=1)
    return moment


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:00+00:00"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30+00:00"),
        ("America/New_York", date(2026, 6, 8), time(8), "2026-06-08T12:00+00:00"),
        ("Europe/London", date(2027, 3, 28), time(1, 15), "2027-03-28T01:00+00:00"),
        ("Europe/London", date(2027, 10, 31), time(1, 15), "2027-10-31T00:15+00:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30+00:00"),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04T14:45+00:00"),
        ("Asia/Manila", date(2026, 6, 8), time(20), "2026-06-08T12:00+00:00"),
    ],
)
def test_a_time_that_is_skipped_or_repeated_means_its_first_valid_instant(
    zone: str, day: date, at: time, expected: str
):
    assert instant(day, at, ZoneInfo(zone)) == datetime.fromisoformat(expected)


@given(st.sampled_from(ZONES), DAYS, TIMES)
def test_every_instant_is_the_first_minute_that_shows_the_time(zone: str, day: date, at: time):
    assert instant(day, at, ZoneInfo(zone)) == by_brute_force(day, at, ZoneInfo(zone))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("start", [time(0), time(1, 30), time(2, 30), time(8), time(23, 45)])
def test_shifts_start_once_a_day_and_in_order_for_five_years(zone: str, start: time):
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(5 * 365)]

    starts = [instant(day, start, ZoneInfo(zone)) for day in days]

    gaps = {after - before for before, after in pairwise(starts)}
    assert all(timedelta(hours=22) <= gap <= timedelta(hours=26) for gap in gaps)


def test_a_manila_agent_on_us_hours_starts_with_new_york_on_both_sides_of_dst():
    ana = member("America/New_York", time(8), time(17))
    manila = ZoneInfo("Asia/Manila")

    summer, _ = ana.shift_on(date(2026, 6, 8))
    winter, _ = ana.shift_on(date(2026, 11, 2))

    assert summer.astimezone(manila).time() == time(20)
    assert winter.astimezone(manila).time() == time(21)


@given(st.sampled_from(ZONES), DAYS, TIMES, TIMES)
def test_a_shift_ends_after_it_starts_and_within_a_day_and_a_bit(
    zone: str, day: date, start: time, end: time
):
    begins, ends = member(zone, start, end).shift_on(day)

    assert timedelta(0) <= ends - begins <= timedelta(hours=26)


def test_r161_a_morning_in_kathmandu_is_the_day_before_in_new_york():
    dev = member("Asia/Kathmandu", time(9), time(18))

    starts, _ = shifts.of_day(dev, date(2026, 6, 8), policy=Policy())

    there = starts.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f"{there:%a %H:%M}" == "Tue 09:00"


def test_a_night_shift_ends_the_next_day():
    begins, ends = member("Asia/Manila", time(21), time(6)).shift_on(date(2026, 6, 8))

    assert ends - begins == timedelta(hours=9)
