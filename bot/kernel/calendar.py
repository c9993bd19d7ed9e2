"""Business days, and the company dates that the AR calendar hangs on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

import holidays

from bot.kernel.shapes import dataclass

SATURDAY: Final = 5
SUNDAY: Final = 6
ONE_DAY: Final = timedelta(days=1)
Holidays = Callable[[int], frozenset[date]]
"""Returns a year's holidays."""


@cache
def us_federal(year: int) -> frozenset[date]:
    """Return the US federal holidays that fall in a year, as observed (5 U.S.C. 6103)."""
    known = holidays.country_holidays("US", years=range(year - 1, year + 2))
    return frozenset(day for day in known if day.year == year and not _moved_away(day, known))


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Mondays to Fridays, without the company's holidays."""

    holidays: Holidays = us_federal

    def is_open(self, day: date) -> bool:
        """Test if the desk works on that day."""
        return day.weekday() < SATURDAY and day not in self.holidays(day.year)

    def on_or_after(self, day: date) -> date:
        """Return that day if it is a business day, else the next one."""
        while not self.is_open(day):
            day += ONE_DAY
        return day

    def plus(self, day: date, days: int) -> date:
        """Return the business day so many business days after (negative: before) a day."""
        step, left = (ONE_DAY if days >= 0 else -ONE_DAY), abs(days)
        while left:
            day += step
            left -= self.is_open(day)
        return day

    def nth_of_month(self, year: int, month: int, n: int) -> date:
        """Return the n-th business day of a month, counting from one (R38)."""
        return self.plus(date(year, month, 1) - ONE_DAY, n)

    def days_between(self, first: date, last: date) -> int:
        """Return how many business days lie after `first` up to and including `last`."""
        span = (last - first).days
        return sum(self.is_open(first + timedelta(days=n)) for n in range(1, span + 1))


def statement_day(year: int, month: int) -> date:
    """
    Return the day on which statements go out (R35–R37).

    That is the 15th, or the 14th when the 15th is a Saturday, or the 16th when it is a Sunday;
    holidays do not move it.
    """
    fifteenth = date(year, month, 15)
    shift = {SATURDAY: -1, SUNDAY: 1}.get(fifteenth.weekday(), 0)
    return fifteenth + timedelta(days=shift)


def _moved_away(day: date, known: holidays.HolidayBase) -> bool:
    observed = any("(observed)" in known.get(day + timedelta(days=n), "") for n in (-1, 1))
    return day.weekday() >= SATURDAY and observed


def days_around(first: datetime, last: datetime) -> tuple[date, date]:
    """
    Return days, both counted, among which every zone's days of two moments and all between are.

    They narrow a question by an index of days, which the moments then answer.
    """
    return (first.astimezone(UTC) - ONE_DAY).date(), (last.astimezone(UTC) + ONE_DAY).date()
