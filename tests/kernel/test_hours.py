"""Calling hours: a payer's own weekdays, 08:00 to 18:00, by zone, state or continent."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.hours import CONTINENTAL, window_after, zones_for

OPENS, CLOSES = time(8), time(18)
ZONES = ("America/New_York", "Europe/London", "Asia/Manila", "Australia/Lord_Howe", "UTC")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("time_zone", "state", "zones"),
    [
        ("America/Denver", "NY", ("America/Denver",)),
        ("", "CA", ("America/Los_Angeles",)),
        ("", " tx ", ("America/Chicago", "America/Denver")),
        ("", "new  york", ("America/New_York",)),
        ("Mars/Olympus", "HI", ("Pacific/Honolulu",)),
        ("", "", CONTINENTAL),
        ("", "Atlantis", CONTINENTAL),
        ("../etc/passwd", "", CONTINENTAL),
    ],
)
def test_the_zone_is_the_payers_own_else_all_of_its_state_else_the_continents(
    time_zone: str, state: str, zones: tuple[str, ...]
):
    assert zones_for(time_zone, state) == zones


@pytest.mark.parametrize(
    ("zones", "at", "opens", "closes"),
    [
        (("America/New_York",), "2026-06-08 11:00", "2026-06-08 12:00", "2026-06-08 22:00"),
        (("America/New_York",), "2026-06-08 13:00", "2026-06-08 12:00", "2026-06-08 22:00"),
        (("America/New_York",), "2026-06-08 22:00", "2026-06-09 12:00", "2026-06-09 22:00"),
        (("America/New_York",), "2026-06-05 22:30", "2026-06-08 12:00", "2026-06-08 22:00"),
        (("Asia/Manila",), "2026-06-05 11:00", "2026-06-08 00:00", "2026-06-08 10:00"),
        (CONTINENTAL, "2026-06-08 12:00", "2026-06-08 15:00", "2026-06-08 22:00"),
        (("America/New_York",), "2026-03-06 23:30", "2026-03-09 12:00", "2026-03-09 22:00"),
        (("America/New_York",), "2026-10-30 23:30", "2026-11-02 13:00", "2026-11-02 23:00"),
    ],
)
def test_the_window_is_the_one_that_is_open_or_the_next_on_a_weekday(
    zones: tuple[str, ...], at: str, opens: str, closes: str
):
    window = window_after(zones, utc(at), opens=OPENS, closes=CLOSES)

    assert (window.opens_at, window.closes_at) == (utc(opens), utc(closes))


def test_zones_without_a_common_hour_never_open():
    apart = ("Asia/Tokyo", "America/New_York")

    window = window_after(apart, utc("2026-06-08 12:00"), opens=OPENS, closes=CLOSES)

    assert window.opens_at == window.closes_at


@given(
    st.integers(0, 5 * 366 * 24 * 60),
    st.sampled_from(ZONES),
)
def test_a_window_is_in_the_payers_daytime_and_never_over(minutes: int, zone: str):
    at = utc("2026-01-01 00:00") + timedelta(minutes=minutes)

    window = window_after((zone,), at, opens=OPENS, closes=CLOSES)

    opens = window.opens_at.astimezone(ZoneInfo(zone))
    assert (opens.time(), opens.weekday() < 5) == (OPENS, True)
    assert window.closes_at > at
    assert window.closes_at - window.opens_at == timedelta(hours=10)
