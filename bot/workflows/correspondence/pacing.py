"""How fast mail leaves, for all replicas together: so many a minute, a few at once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store import pace
from bot.store.pace import Pace
from bot.store.postings import Place
from bot.store.rows import insert_new, table_of

_MAIL: Final = Place("mail")
_SECONDS_AT_ONCE: Final = 5
_MINUTE: Final = 60 * pace.SECOND


def allowed(session: Session, *, at: datetime, a_minute: int, most: int) -> int:
    """Return how many may leave now; the row of the pace is locked until the end."""
    now = pace.microseconds(at)
    return max(0, min(most, (now - _level(session, now, a_minute)) // _beat(a_minute)))


def count(session: Session, taken: int, *, at: datetime, a_minute: int) -> None:
    """Note how many leave now."""
    level = _level(session, pace.microseconds(at), a_minute)
    row = session.scalars(select(Pace).where(Pace.place == _MAIL)).one()
    row.short_at = level + taken * _beat(a_minute)


def _level(session: Session, now: int, a_minute: int) -> int:
    """Return until when what has left fills the pace; some seconds' worth may leave at once."""
    locked = select(Pace.short_at).where(Pace.place == _MAIL).with_for_update()
    found = session.scalar(locked)
    if found is None:
        insert_new(session, table_of(Pace), [{"place": _MAIL, "short_at": 0, "long_at": 0}])
        found = session.scalar(locked) or 0
    at_once = max(1, a_minute * _SECONDS_AT_ONCE // 60)
    empty = now - at_once * _beat(a_minute)
    return max(found, empty) if found < now + pace.FARTHEST else empty


def _beat(a_minute: int) -> int:
    return -(-_MINUTE // a_minute)
