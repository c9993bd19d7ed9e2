"""Business hours: moments counted only while the company is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.kernel.calendar import ONE_DAY, BusinessCalendar
from bot.kernel.shapes import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessHours:
    """When the company is open: between two times of day, in its zone, on business days."""

    calendar: BusinessCalendar
    zone: ZoneInfo
    opens: time
    closes: time

    def plus(self, start: datetime, hours: float) -> datetime:
        """Return the moment so many business hours after a moment, in UTC."""
        left = timedelta(hours=hours)
        day = self.calendar.on_or_after(start.astimezone(self.zone).date())
        begin = max(start, self.opening(day))
        while (begin + left) > self.close(day):
            left -= max(self.close(day) - begin, timedelta(0))
            day = self.calendar.on_or_after(day + ONE_DAY)
            begin = self.opening(day)
        return (begin + left).astimezone(UTC)

    def end_after(self, start: datetime, days: int) -> datetime:
        """
        Return the close of business so many business days after a moment, in UTC.

        What starts on a day off counts from the next business day.
        """
        first = self.calendar.on_or_after(start.astimezone(self.zone).date())
        return self.close(self.calendar.plus(first, days))

    def opening(self, day: date) -> datetime:
        """Return when business opens on a day, in UTC."""
        return datetime.combine(day, self.opens, self.zone).astimezone(UTC)

    def close(self, day: date) -> datetime:
        """Return when business closes on a day, in UTC."""
        return datetime.combine(day, self.closes, self.zone).astimezone(UTC)
