"""Days sales outstanding, by hand and by property (R90)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows.reports.rules import Sales, countback, dso, month_of

ON = date(2026, 3, 15)
MARCH = month_of(ON)


@pytest.mark.parametrize(
    ("outstanding", "sales", "days"),
    [
        (0, {MARCH: 100}, "0.00"),
        (50, {MARCH: 100}, "7.50"),
        (100, {MARCH: 100}, "15.00"),
        (150, {MARCH: 100, MARCH - 1: 200}, "22.00"),
        (300, {MARCH: 100, MARCH - 1: 200}, "43.00"),
        (331, {MARCH: 100, MARCH - 1: 200, MARCH - 2: 62}, "58.50"),
        (10, {MARCH - 1: 20}, "29.00"),
        (-5, {MARCH: 100}, "0.00"),
        (5, {MARCH: -5, MARCH - 1: 28}, "20.00"),
    ],
)
def test_countback_walks_whole_months_back(outstanding: int, sales: dict[int, int], days: str):
    assert countback(outstanding, sales, on=ON) == Decimal(days)


@pytest.mark.parametrize("sales", [{}, {MARCH: 0}, {MARCH: -100}, {MARCH: 10}])
def test_without_enough_sales_there_is_no_countback(sales: dict[int, int]):
    assert countback(50, sales, on=ON) is None


def test_simple_and_best_possible_are_per_day_of_90_days_sales():
    found = dso(outstanding=300, current=100, sales=Sales(by_month={}, last_90_days=900), on=ON)

    assert (found.simple_90, found.best_possible) == (Decimal("30.00"), Decimal("10.00"))


def test_without_sales_every_variant_is_none():
    found = dso(outstanding=300, current=100, sales=Sales(by_month={}, last_90_days=0), on=ON)

    assert (found.countback, found.simple_90, found.best_possible) == (None, None, None)


@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=24), st.floats(0, 1), st.floats(0, 1)
)
def test_more_outstanding_is_never_fewer_days(sales: list[int], one: float, two: float):
    by_month = {MARCH - n: minor for n, minor in enumerate(sales)}
    low, high = sorted(int(sum(sales) * share) for share in (one, two))

    fewer, more = (countback(amount, by_month, on=ON) for amount in (low, high))

    assert fewer is not None
    assert more is not None
    assert fewer <= more
