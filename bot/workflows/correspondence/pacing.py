"""How fast mail leaves, for all replicas together: so many a minute, a few at once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.store import pace
from bot.store.pace import Pace
from bot.store.postings import Place
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, insert_new, rows, table_of

_MAIL: Final = Place("mail")
_SECONDS_AT_ONCE: Final = 5
_MINUTE: Final = 60 * pace.SECOND
_PACES: Final = table_of(Pace)
_LOCK: Final = Prepared(
    select(_PACES.c.short_at).where(_PACES.c.place == _MAIL).with_for_update()
)
_FILL: Final = PreparedChange(
    update(_PACES).where(_PACES.c.place == _MAIL).values(short_at=bindparam("until"))
)


def allowed(session: Session, *, at: datetime, a_minute: int, most: int) -> int:
    """Return how many may leave now; the row of the pace is locked until the end."""
    now = pace.microseconds(at)
    return max(0, min(most, (now - _level(session, now, a_minute)) // _beat(a_minute)))


def count(session: Session, taken: int, *, at: datetime, a_minute: int) -> None:
    """Note how many leave now."""
    level = _level(session, pace.microseconds(at), a_minute)
    change(session, _FILL, {"until": level + taken * _beat(a_minute)})


def _level(session: Session, now: int, a_minute: int) -> int:
    """Return until when what has left fills the pace; some seconds' worth may leave at once."""
    found = rows(session, _LOCK, {}).scalar()
    if found is None:
        insert_new(session, _PACES, [{"place": _MAIL, "short_at": 0, "long_at": 0}])
        found = rows(session, _LOCK, {}).scalar() or 0
    at_once = max(1, a_minute * _SECONDS_AT_ONCE // 60)
    empty = now - at_once * _beat(a_minute)
    return max(int(found), empty) if found < now + pace.FARTHEST else empty


def _beat(a_minute: int) -> int:
    return -(-_MINUTE // a_minute)
