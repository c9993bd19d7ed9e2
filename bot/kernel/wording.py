"""How days, moments and lists are written for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def day(when: date) -> str:
    """Return a day as `Fri 12 Jun`, on every machine; `strftime` takes ten times as long."""
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}"


def dated(when: date) -> str:
    """Return a day with its year, `Fri 12 Jun 2026`: for what is decided on, or kept."""
    return f"{day(when)} {when.year}"


def near(when: date, today: date) -> str:
    """Return a day as `Fri 12 Jun`, and with its year where that is not today's."""
    return day(when) if when.year == today.year else dated(when)


def local(when: datetime, zone: ZoneInfo, *, today: date) -> str:
    """
    Return a moment as a zone's clock shows it: `Fri 12 Jun 17:00`.

    Where its year is not today's it is named: `Fri 12 Jun 2026 17:00`.
    """
    there = when.astimezone(zone)
    return f"{near(there.date(), today)} {there:%H:%M}"


def moment(when: datetime, zone: ZoneInfo, *, today: date) -> str:
    """Return a moment as `local` has it, and the zone: `Fri 12 Jun 17:00 (Manila)`."""
    return f"{local(when, zone, today=today)} ({city(zone)})"


def city(zone: ZoneInfo) -> str:
    """Return a zone's name for people: `New York`, `Manila`."""
    return (zone.key or "UTC").rpartition("/")[2].replace("_", " ")


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return `1 plan`, `2 plans`, `no plans`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count or 'no'} {plural or noun + 's'}"


def sentence(words: str) -> str:
    """Return words with one full stop, also after a name that has one: `Orchard Co.`."""
    return words if words.endswith(".") else f"{words}."


def capital(words: str) -> str:
    """Return words with a capital at their head; the rest stays as it is: `AR management`."""
    return words[:1].upper() + words[1:]


def shortened(words: str, longest: int) -> str:
    """Return words, cut where they are longer than that many characters: `As agreed with…`."""
    return words if len(words) <= longest else f"{words[:longest].rstrip()}…"


def listed(names: Sequence[str], *, most: int = 6) -> str:
    """
    Return names with commas, cut after the first few: `A, B, C and 4 more`.

    Where one has a comma itself they have semicolons: `Omaha, NE; Phoenix, AZ`.
    """
    between = "; " if any("," in name for name in names[:most]) else ", "
    shown = between.join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
