"""Reading a day as people type it: `Friday`, `12 Jun`, `tomorrow`, `2026-06-12`."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from bot.kernel.calendar import ONE_DAY
from bot.kernel.errors import Refused

_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_MONTHS: Final = "jan/feb/mar/apr/may/jun/jul/aug/sep/oct/nov/dec"
_WRITTEN: Final = re.compile(
    r"(?:[a-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?\.?\s+([a-z]{3,9})\.?(?:,?\s+(\d{4}))?"
)
_TURNED: Final = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHORTEST: Final = 3


class NoSuchDay(Refused):
    """What was typed is no day."""


def read(typed: str, *, today: date) -> date:
    """
    Return the day that somebody typed; a weekday is the next one, a day without its year too.

    :raises NoSuchDay: if it is none.
    """
    words = " ".join(typed.lower().split())
    if words in ("today", "tomorrow"):
        return today if words == "today" else today + ONE_DAY
    found = _weekday(words, today) or _iso(words) or _written(words, today)
    if found is None:
        raise NoSuchDay(
            f"“{typed[:40]}” is no day that I know. Write it like Friday, 12 Jun or 2026-06-12."
        )
    return found


def _weekday(words: str, today: date) -> date | None:
    bare = words.removeprefix("next ")
    if len(bare) < _SHORTEST:
        return None
    for number, name in enumerate(_WEEKDAYS):
        if name.startswith(bare):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return None


def _iso(words: str) -> date | None:
    return _valid(*map(int, words.split("-"))) if _ISO.fullmatch(words) else None


def _written(words: str, today: date) -> date | None:
    if match := _WRITTEN.fullmatch(words):
        day, month, year = match.groups()
    elif match := _TURNED.fullmatch(words):
        month, day, year = match.groups()
    else:
        return None
    names = _MONTHS.split("/")
    if month[:3] not in names:
        return None
    number = names.index(month[:3]) + 1
    found = _valid(int(year or today.year), number, int(day))
    if found and not year and found < today:
        return _valid(today.year + 1, number, int(day))
    return found


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
