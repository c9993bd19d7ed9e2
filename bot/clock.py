"""The desk's only clock; everything else is told the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def clock_from(start: datetime | None) -> Clock:
    """Return the desk's clock: the real one, or one that starts at the given time."""
    if start is None:
        return _now
    shift = start.astimezone(UTC) - _now()
    return lambda: _now() + shift


def _now() -> datetime:
    return datetime.now(UTC)
