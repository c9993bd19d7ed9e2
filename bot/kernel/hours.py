"""When a payer may be called: its own weekdays, inside its own hours (I33)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from bot.kernel.calendar import SATURDAY
from bot.kernel.shapes import dataclass

_A_WEEK: Final = 7
_EAST: Final = "America/New_York"
_CENTRAL: Final = "America/Chicago"
_MOUNTAIN: Final = "America/Denver"
_PACIFIC: Final = "America/Los_Angeles"
CONTINENTAL: Final = (_EAST, _CENTRAL, _MOUNTAIN, "America/Phoenix", _PACIFIC)
"""The zones of the continental US, for a payer of which neither zone nor state is known."""

_ALONE: Final = {
    _EAST: "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    _CENTRAL: "AL AR IA IL LA MN MO MS OK WI",
    _MOUNTAIN: "CO MT NM UT WY",
    _PACIFIC: "CA WA",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Honolulu": "HI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
    "America/Toronto": "QC",
    "America/Halifax": "NS NB PE",
    "America/Winnipeg": "MB",
    "America/Regina": "SK",
    "America/Edmonton": "AB",
}
_SHARED: Final = {
    "AK": ("America/Anchorage", "America/Adak"),
    "AZ": ("America/Phoenix", _MOUNTAIN),
    "FL": (_EAST, _CENTRAL),
    "ID": (_MOUNTAIN, _PACIFIC),
    "IN": (_EAST, _CENTRAL),
    "KS": (_CENTRAL, _MOUNTAIN),
    "KY": (_EAST, _CENTRAL),
    "MI": (_EAST, _CENTRAL),
    "ND": (_CENTRAL, _MOUNTAIN),
    "NE": (_CENTRAL, _MOUNTAIN),
    "NV": (_PACIFIC, _MOUNTAIN),
    "OR": (_PACIFIC, _MOUNTAIN),
    "SD": (_CENTRAL, _MOUNTAIN),
    "TN": (_EAST, _CENTRAL),
    "TX": (_CENTRAL, _MOUNTAIN),
    "ON": ("America/Toronto", "America/Winnipeg"),
    "BC": ("America/Vancouver", "America/Edmonton"),
    "NL": ("America/St_Johns", "America/Goose_Bay"),
}
_NAMES: Final = (
    "AL Alabama/AK Alaska/AZ Arizona/AR Arkansas/CA California/CO Colorado/CT Connecticut/"
    "DC District of Columbia/DE Delaware/FL Florida/GA Georgia/HI Hawaii/ID Idaho/IL Illinois/"
    "IN Indiana/IA Iowa/KS Kansas/KY Kentucky/LA Louisiana/ME Maine/MD Maryland/"
    "MA Massachusetts/MI Michigan/MN Minnesota/MS Mississippi/MO Missouri/MT Montana/"
    "NE Nebraska/NV Nevada/NH New Hampshire/NJ New Jersey/NM New Mexico/NY New York/"
    "NC North Carolina/ND North Dakota/OH Ohio/OK Oklahoma/OR Oregon/PA Pennsylvania/"
    "PR Puerto Rico/RI Rhode Island/SC South Carolina/SD South Dakota/TN Tennessee/TX Texas/"
    "UT Utah/VT Vermont/VA Virginia/WA Washington/WV West Virginia/WI Wisconsin/WY Wyoming"
)


@dataclass(frozen=True, slots=True)
class CallingWindow:
    """From when until when (UTC) a payer may be called."""

    opens_at: datetime
    closes_at: datetime

    def is_open(self, moment: datetime) -> bool:
        """Test if the payer may be called at that moment."""
        return self.opens_at <= moment < self.closes_at


def zones_for(time_zone: str, state: str = "") -> tuple[str, ...]:
    """
    Return the zones whose common hours bind: the payer's own, if it is known.

    Else all zones of its state; else those of the continental US.
    """
    if time_zone and is_zone(time_zone):
        return (time_zone,)
    return _states().get(" ".join(state.upper().split()), CONTINENTAL)


@cache
def is_zone(name: str) -> bool:
    """Test if that is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


@lru_cache(maxsize=4096)
def window_after(
    zones: tuple[str, ...], moment: datetime, *, opens: time, closes: time
) -> CallingWindow:
    """
    Return the calling window, common to the zones, that is open at a moment, or the next.

    Zones without a common hour have an empty window a week ahead: nobody is called there
    until its time zone is known.
    """
    first = min(moment.astimezone(ZoneInfo(zone)).date() for zone in zones)
    for days in range(_A_WEEK + 1):
        window = _on(zones, first + timedelta(days=days), opens, closes)
        if window and window.closes_at > moment:
            return window
    never = moment + timedelta(days=_A_WEEK)
    return CallingWindow(never, never)


def _on(zones: tuple[str, ...], day: date, opens: time, closes: time) -> CallingWindow | None:
    if day.weekday() >= SATURDAY:
        return None
    first = max(_instant(day, opens, zone) for zone in zones)
    last = min(_instant(day, closes, zone) for zone in zones)
    return CallingWindow(first, last) if first < last else None


def _instant(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


@cache
def _states() -> Mapping[str, tuple[str, ...]]:
    alone = {state: (zone,) for zone, states in _ALONE.items() for state in states.split()}
    codes = alone | _SHARED
    named = [entry.split(" ", 1) for entry in _NAMES.split("/")]
    return codes | {name.upper(): codes[code] for code, name in named}
