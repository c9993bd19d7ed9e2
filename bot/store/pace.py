"""
How fast messages may leave, for all replicas together: each reserves its moments in advance.

Teams allows the desk, in one conversation, 7 messages in 1 s, 8 in 2 s, 60 in 30 s and 1,800
in an hour. Two leaky buckets stay within all four: a few at once and then one each 0.54 s;
over a longer time one each 2.07 s. The desk as a whole keeps an even beat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.kernel.shapes import dataclass
from bot.store.base import Record
from bot.store.postings import Place
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, insert_new, rows, table_of

SECOND: Final = 1_000_000
"""Moments are counted in microseconds since 1970, UTC."""
WHOLE_DESK: Final = Place("*")
FARTHEST: Final = 300 * SECOND
"""A reservation farther ahead than this was made by a clock that has been put back since."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many at once, and then one every so often."""

    burst: int
    every: int

    def earliest(self, full_at: int, now: int) -> int:
        """Return the first moment at which one more fits."""
        return max(now, full_at - (self.burst - 1) * self.every)

    def after(self, full_at: int, moment: int) -> int:
        """Return the new level after one at that moment."""
        return max(full_at, moment) + self.every


SHORT: Final = Bucket(4, 540_000)
LONG: Final = Bucket(60, 2_070_000)


class Pace(Record):
    """How full the buckets of a place are: the moment at which each would be empty."""

    __tablename__ = "paces"

    place: Mapped[str] = mapped_column(unique=True)
    short_at: Mapped[int] = mapped_column(BigInteger, default=0)
    long_at: Mapped[int] = mapped_column(BigInteger, default=0)


@dataclass(slots=True)
class Level:
    """The buckets of one place, while moments are reserved."""

    short_at: int = 0
    long_at: int = 0

    def earliest(self, now: int) -> int:
        """Return the first moment at which the place takes one more."""
        return max(SHORT.earliest(self.short_at, now), LONG.earliest(self.long_at, now))

    def take(self, moment: int) -> None:
        """Reserve that moment."""
        self.short_at = SHORT.after(self.short_at, moment)
        self.long_at = LONG.after(self.long_at, moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """What may leave and when, and which places have had so much that they must wait."""

    leaving: Mapping[Place, int]
    waiting: Mapping[Place, int]


_PACES: Final = table_of(Pace)
_LOCKED: Final = Prepared(
    select(_PACES.c.short_at).where(_PACES.c.place == bindparam("place")).with_for_update()
)
_LEVELS: Final = Prepared(
    select(_PACES.c.place, _PACES.c.short_at, _PACES.c.long_at).where(
        _PACES.c.place.in_(bindparam("places", expanding=True))
    )
)
_SET: Final = PreparedChange(
    update(_PACES)
    .where(_PACES.c.place == bindparam("at_place"))
    .values(short_at=bindparam("short"), long_at=bindparam("long"))
)


def reserve(
    session: Session, places: Iterable[Place], *, now: int, horizon: int, a_second: int
) -> Reserved:
    """
    Reserve a moment for one message to each place, in this order, up to the horizon.

    The row of the whole desk is locked until the transaction ends, so reservations of several
    replicas follow each other.
    """
    wanted = list(places)
    beat = -(-SECOND // a_second)
    desk_at = _locked_desk(session, now)
    levels = _levels(session, wanted, now)
    leaving: dict[Place, int] = {}
    waiting: dict[Place, int] = {}
    for place in wanted:
        free_at = levels[place].earliest(now)
        if free_at > now:
            waiting[place] = free_at
            continue
        moment = max(now, desk_at)
        if moment > now + horizon:
            break
        desk_at = moment + beat
        levels[place].take(moment)
        leaving[place] = moment
    _save(session, desk_at, {place: levels[place] for place in leaving})
    return Reserved(leaving=leaving, waiting=waiting)


def microseconds(moment: datetime) -> int:
    """Return a moment as microseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def moment_of(microseconds: int) -> datetime:
    """Return microseconds since 1970 as a moment."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _locked_desk(session: Session, now: int) -> int:
    found = rows(session, _LOCKED, {"place": WHOLE_DESK}).scalar()
    if found is None:
        insert_new(session, _PACES, [_row(WHOLE_DESK, Level())])
        found = rows(session, _LOCKED, {"place": WHOLE_DESK}).scalar() or 0
    return int(found) if found < now + FARTHEST else 0


def _levels(session: Session, places: list[Place], now: int) -> dict[Place, Level]:
    """Return the level of each place, which has a row from now on."""
    found = rows(session, _LEVELS, {"places": places})
    known = {row.place: Level(row.short_at, row.long_at) for row in found}
    new = (place for place in places if place not in known)
    insert_new(session, _PACES, [_row(place, Level()) for place in new])
    sane = {place: level for place, level in known.items() if level.long_at < now + FARTHEST}
    return {place: sane.get(place) or Level() for place in places}


def _save(session: Session, desk_at: int, levels: Mapping[Place, Level]) -> None:
    if not levels:
        return
    changed = {**levels, WHOLE_DESK: Level(desk_at)}
    for place, level in changed.items():
        now = {"at_place": place, "short": level.short_at, "long": level.long_at}
        change(session, _SET, now)


def _row(place: Place, level: Level) -> dict[str, object]:
    return {"place": place, "short_at": level.short_at, "long_at": level.long_at}
