"""Business days, and the company dates that the AR calendar hangs on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Final

from bot.kernel.shapes import dataclass

_MONDAY: Final = 0
_THURSDAY: Final = 3
SATURDAY: Final = 5
SUNDAY: Final = 6
_KING_SINCE: Final = 1986
_JUNETEENTH_SINCE: Final = 2021
ONE_DAY: Final = timedelta(days=1)
Holidays = Callable[[int], frozenset[date]]
"""Returns a year's holidays."""


@cache
def us_federal(year: int) -> frozenset[date]:
    """
    Return the US federal holidays that fall in a year, as observed (5 U.S.C. 6103).

    They are reckoned here, eleven lines of one law, since the `holidays` library loads every
    country of the world for them; the tests hold this against it.
    """
    fixed = [day for near in (year, year + 1) for day in _on_dates(near)]
    observed = {_beside_weekend(day) for day in fixed}
    return frozenset(day for day in observed | _on_weekdays(year) if day.year == year)


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
        step = ONE_DAY if days >= 0 else -ONE_DAY
        for _ in range(abs(days)):
            day += step
            while not self.is_open(day):
                day += step
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
    return _beside_weekend(date(year, month, 15))


def _on_dates(year: int) -> list[date]:
    """New Year's, Juneteenth, Independence, Veterans and Christmas Day."""
    named = [(1, 1), (7, 4), (11, 11), (12, 25)]
    if year >= _JUNETEENTH_SINCE:
        named.append((6, 19))
    return [date(year, month, day) for month, day in named]


def _on_weekdays(year: int) -> set[date]:
    """Washington's Birthday, Memorial, Labor, Columbus, Thanksgiving, and King's Birthday."""
    found = {
        _nth(year, 2, _MONDAY, 3),
        _nth(year, 6, _MONDAY, 1) - timedelta(weeks=1),
        _nth(year, 9, _MONDAY, 1),
        _nth(year, 10, _MONDAY, 2),
        _nth(year, 11, _THURSDAY, 4),
    }
    if year >= _KING_SINCE:
        found.add(_nth(year, 1, _MONDAY, 3))
    return found


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=n - 1)


def _beside_weekend(day: date) -> date:
    """Return Friday for a Saturday, Monday for a Sunday, and any other day itself."""
    return day + timedelta(days={SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0))
