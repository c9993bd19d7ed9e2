"""How cards say times and amounts; days and lists are in `bot.kernel.wording`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.kernel import wording
from bot.kernel.money import Money

NOTHING: Final = "nothing"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """Return the time of day that a zone's clock shows: `09:14`."""
    return f"{at.astimezone(zone):%H:%M}"


def amount(minor: int, currency: str) -> str:
    """Return an amount with its mark and thousands separators."""
    return str(Money(minor, currency))


def amounts(sums: Mapping[str, int]) -> str:
    """Return amounts of several currencies side by side; never added up."""
    parts = [amount(minor, currency) for currency, minor in sums.items() if minor]
    return " + ".join(parts) or NOTHING


def reached(count: int, called_in: int) -> str:
    """
    Return how many payers were reached by calling, and beside it how many called in (R83).

    `5 reached`, or `4 reached · 1 called in`.
    """
    came = f" · {called_in} called in" if called_in else ""
    return f"{count} reached{came}"


def zone_of(name: str) -> ZoneInfo | None:
    """Return the time zone of that name; None when it is unknown."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def month(name: str) -> str:
    """Return a month that is kept as `2026-06` as people say it: `June 2026`."""
    return f"{date.fromisoformat(f'{name}-01'):%B %Y}"


def due(on: date, today: date) -> str:
    """Return when something is due as people say it: `due today`, `2 days late`."""
    if on == today:
        return "due today"
    if on < today:
        return f"{wording.counted((today - on).days, 'day')} late ({wording.near(on, today)})"
    return f"due {wording.near(on, today)}"
