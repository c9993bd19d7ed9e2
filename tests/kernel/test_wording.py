"""How days and moments are written for people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.kernel import wording

TODAY = date(2026, 6, 8)
MANILA = ZoneInfo("Asia/Manila")


def test_words_are_cut_only_where_they_are_too_long_and_not_after_a_space():
    assert wording.shortened("As agreed", 9) == "As agreed"
    assert wording.shortened("As agreed", 8) == "As agree…"
    assert wording.shortened("As agreed", 3) == "As…"


def test_each_day_of_a_year_is_named_in_english():
    days = [date(2028, 1, 1) + timedelta(days=n) for n in range(366)]

    assert [wording.day(one) for one in days] == [
        f"{one:%a} {one.day} {one:%b}" for one in days
    ]


def test_what_is_decided_on_has_its_year():
    assert wording.dated(date(2027, 6, 5)) == "Sat 5 Jun 2027"


def test_a_day_of_another_year_has_its_year_in_what_is_read_today():
    assert wording.near(date(2026, 6, 5), TODAY) == "Fri 5 Jun"
    assert wording.near(date(2027, 6, 5), TODAY) == "Sat 5 Jun 2027"


def test_a_moment_names_its_year_where_that_is_not_todays():
    before, after = (datetime(year, 6, 5, 12, 30, tzinfo=UTC) for year in (2026, 2027))

    assert wording.local(before, MANILA, today=TODAY) == "Fri 5 Jun 20:30"
    assert wording.local(after, MANILA, today=TODAY) == "Sat 5 Jun 2027 20:30"
    assert wording.moment(before, MANILA, today=TODAY) == "Fri 5 Jun 20:30 (Manila)"
    assert wording.moment(after, MANILA, today=TODAY) == "Sat 5 Jun 2027 20:30 (Manila)"


def test_the_year_of_a_moment_is_that_of_the_clock_it_is_shown_on():
    new_year = datetime(2026, 12, 31, 20, tzinfo=UTC)

    assert wording.local(new_year, MANILA, today=TODAY) == "Fri 1 Jan 2027 04:00"


def test_names_with_commas_of_their_own_are_told_apart():
    assert wording.listed(["Airport", "Beach"]) == "Airport, Beach"
    assert wording.listed(["Omaha, NE", "Phoenix, AZ"]) == "Omaha, NE; Phoenix, AZ"
    assert wording.listed(["A, B", "C", "D"], most=2) == "A, B; C and 1 more"
