"""Days as people type them."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs import days
from dialogs.days import NoSuchDay

MONDAY = date(2026, 6, 8)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today", MONDAY),
        ("Tomorrow", date(2026, 6, 9)),
        ("Friday", date(2026, 6, 12)),
        ("fri", date(2026, 6, 12)),
        ("next friday", date(2026, 6, 12)),
        ("monday", date(2026, 6, 15)),
        ("12 Jun", date(2026, 6, 12)),
        ("Fri 12 Jun", date(2026, 6, 12)),
        ("June 12th", date(2026, 6, 12)),
        ("12 june 2027", date(2027, 6, 12)),
        ("7 Jun", date(2027, 6, 7)),
        ("2026-06-12", date(2026, 6, 12)),
    ],
)
def test_a_day_is_read_as_people_type_it(typed, day):
    assert days.read(typed, today=MONDAY) == day


@pytest.mark.parametrize("typed", ["", "mo", "blue", "31 Feb", "12 Foo", "2026-13-01", "12/06"])
def test_what_is_no_day_is_refused_in_a_sentence(typed):
    with pytest.raises(NoSuchDay, match="is no day that I know"):
        days.read(typed, today=MONDAY)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_day_or_a_sentence(typed):
    with contextlib.suppress(NoSuchDay):
        assert isinstance(days.read(typed, today=MONDAY), date)
