"""How days are written for people."""

from __future__ import annotations

from datetime import date

from bot.kernel import wording

TODAY = date(2026, 6, 8)


def test_what_is_decided_on_has_its_year():
    assert wording.dated(date(2027, 6, 5)) == "Sat 5 Jun 2027"


def test_a_day_of_another_year_has_its_year_in_what_is_read_today():
    assert wording.near(date(2026, 6, 5), TODAY) == "Fri 5 Jun"
    assert wording.near(date(2027, 6, 5), TODAY) == "Sat 5 Jun 2027"
