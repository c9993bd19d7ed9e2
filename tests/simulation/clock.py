"""The simulation's clock: it moves when somebody moves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

NEW_YORK: Final = ZoneInfo("America/New_York")


@dataclass
class Clock:
    """What time it is in the simulation."""

    now: datetime

    @property
    def today(self) -> date:
        """The company's date."""
        return self.now.astimezone(NEW_YORK).date()


def moment(day: date, at: time, zone: ZoneInfo = NEW_YORK) -> datetime:
    """Return a moment of a day in UTC."""
    return datetime.combine(day, at, zone).astimezone(UTC)
