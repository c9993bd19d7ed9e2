"""Days sales outstanding, in its three variants (R90)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from bot.kernel.shapes import dataclass

SALES_DAYS: Final = 90
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dso:
    """DSO of one currency, in days; None where there are no sales to measure by."""

    countback: Decimal | None
    simple_90: Decimal | None
    best_possible: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """What was invoiced, credits taken off: by month, and in the last 90 days; minor units."""

    by_month: Mapping[int, int]
    """The month is year * 12 + month - 1; the last one is counted to date."""
    last_90_days: int


def month_of(day: date) -> int:
    """Return the month of a day as a count: year * 12 + month - 1."""
    return day.year * 12 + day.month - 1


def dso(*, outstanding: int, current: int, sales: Sales, on: date) -> Dso:
    """
    Return the three variants as of a date.

    Simple and best possible are what is outstanding, or not yet due, per day of the last 90
    days' sales.
    """
    return Dso(
        countback=countback(outstanding, sales.by_month, on=on),
        simple_90=_per_day(outstanding, sales.last_90_days),
        best_possible=_per_day(current, sales.last_90_days),
    )


def countback(outstanding: int, by_month: Mapping[int, int], *, on: date) -> Decimal | None:
    """
    Return for how many days back the sales are still outstanding.

    Whole months are walked back from the date's own month to date: each month's sales are taken
    off what is outstanding, and its days counted; the last month counts in proportion. None
    without sales, or when all sales there ever were do not cover it.
    """
    left, days = outstanding, Decimal(0)
    if not any(sales > 0 for sales in by_month.values()):
        return None
    for month, length in _months_back(on, first=min(by_month)):
        if left <= 0:
            break
        sales = max(by_month.get(month, 0), 0)
        if sales >= left:
            return _rounded(days + Decimal(left) * length / sales)
        left, days = left - sales, days + length
    return _rounded(days) if left <= 0 else None


def _months_back(on: date, *, first: int) -> Iterable[tuple[int, int]]:
    yield month_of(on), on.day
    for month in range(month_of(on) - 1, first - 1, -1):
        yield month, monthrange(month // 12, month % 12 + 1)[1]


def _per_day(amount: int, sales: int) -> Decimal | None:
    return _rounded(Decimal(amount) * SALES_DAYS / sales) if sales > 0 else None


def _rounded(days: Decimal) -> Decimal:
    return days.quantize(_CENT, ROUND_HALF_UP)
