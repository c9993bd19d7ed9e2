"""Reading lists: the next payer, a page, the progress, the window's coverage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.base import UtcColumn
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, record, records, rows, table_of
from bot.workflows.worklists.progress import Coverage as Coverage
from bot.workflows.worklists.progress import Progress as Progress
from bot.workflows.worklists.progress import TierTotal as TierTotal
from bot.workflows.worklists.progress import coverage as coverage
from bot.workflows.worklists.progress import progress as progress
from bot.workflows.worklists.progress import tier_totals as tier_totals
from bot.workflows.worklists.records import (
    DayList,
    EntryState,
    LeftOff,
    MissedList,
    Worklist,
    WorklistEntry,
)

_LINES: Final = table_of(WorklistEntry).c
_LISTS: Final = table_of(Worklist).c
_DAY_LIST: Final = select(*(_LISTS[name] for name in DayList._fields))
_OF_DAY: Final = Prepared(
    _DAY_LIST.where(_LISTS.agent_id == bindparam("agent"), _LISTS.day == bindparam("day"))
)
_BY_ID: Final = Prepared(_DAY_LIST.where(_LISTS.id == bindparam("worklist")))
_WORKLIST: Final = bindparam("worklist", type_=BigInteger())
_NOW: Final = bindparam("now", type_=UtcColumn())


class Working(NamedTuple):
    """A list whose shift is on, as far as what may join it depends on that."""

    id: int
    agent_id: int
    day: date
    made_at: datetime
    covers: str
    joined_to: int


class Line(NamedTuple):
    """A payer's line on a list, as far as a press needs it."""

    id: int
    worklist_id: int
    payer_id: int
    position: int
    reason: str
    state: EntryState
    ready_at: datetime
    closes_at: datetime
    version: int


LINE: Final = tuple(_LINES[name] for name in Line._fields)
"""The columns of one."""


def list_of(session: Session, agent_id: int, day: date) -> DayList | None:
    """Return an agent's list of a business day, if it has been made."""
    made = rows(session, _OF_DAY, {"agent": agent_id, "day": day}).first()
    return DayList._make(made) if made else None


def look_at(session: Session, worklist_id: int) -> DayList:
    """Return a list to look at, by the desk's own id."""
    return DayList._make(rows(session, _BY_ID, {"worklist": worklist_id}).one())


def working(session: Session, *, at: datetime) -> list[Working]:
    """Return the lists of the shifts that are on."""
    given = {"since": at - timedelta(days=1), "now": at}
    return [Working._make(row) for row in rows(session, _working(), given)]


@cache
def _working() -> Prepared:
    is_on = (_LISTS.starts_at > bindparam("since"), _LISTS.ends_at > _NOW)
    columns = (_LISTS[name] for name in Working._fields)
    return Prepared(select(*columns).where(*is_on).order_by(_LISTS.starts_at, _LISTS.id))


def get(session: Session, worklist_id: int) -> Worklist:
    """Return a list to change, by the desk's own id."""
    return record(session, Worklist, worklist_id)


def entry(session: Session, entry_id: int) -> WorklistEntry:
    """Return a line of a list by the desk's own id, as it is now."""
    line = select(WorklistEntry).where(WorklistEntry.id == entry_id)
    return session.scalars(line.execution_options(populate_existing=True)).one()


def entries(
    session: Session, worklist_id: int, *, first: int = 1, count: int | None = None
) -> list[WorklistEntry]:
    """Return a page of a list by position: `count` lines from position `first` on."""
    page = select(WorklistEntry).where(
        WorklistEntry.worklist_id == worklist_id, WorklistEntry.position >= first
    )
    return list(session.scalars(page.order_by(WorklistEntry.position).limit(count)))


def window(
    session: Session, worklist_id: int, *, first: int = 1, count: int | None = None
) -> list[WorklistEntry]:
    """Return a page of the window's lane, largest first (R93)."""
    lane = select(WorklistEntry).where(
        WorklistEntry.worklist_id == worklist_id, WorklistEntry.lane_turn >= first
    )
    return list(session.scalars(lane.order_by(WorklistEntry.lane_turn).limit(count)))


def left_off(session: Session, worklist_id: int) -> list[LeftOff]:
    """Return who owes and is not on a list, with the reason."""
    return records(session, LeftOff, _left_off(), {"worklist": worklist_id})


@cache
def _left_off() -> Prepared:
    off = select(table_of(LeftOff)).where(LeftOff.worklist_id == _WORKLIST)
    return Prepared(off.order_by(LeftOff.id))


def next_entry(
    session: Session, worklist_id: int, *, now: datetime, policy: Policy, lane: bool = False
) -> Line | None:
    """
    Return whom to call next: the first in turn that may be called now (R84, I33).

    When nobody may be called just now, it is the one that may be called first, as long as that
    is before the shift ends; None when the list is worked.

    :param lane: only the lane of the 5-15 day window, largest first (R92).
    """
    given = {"worklist": worklist_id, "now": now}
    found = rows(session, _ready(lane=lane), given).first()
    found = found or rows(session, _soon(lane=lane), given).first()
    return Line._make(found) if found else None


def missed(session: Session, missed_id: int) -> MissedList:
    """Return a list that was missed, by the desk's own id."""
    return record(session, MissedList, missed_id)


def missed_with(session: Session, at: datetime) -> Sequence[MissedList]:
    """Return the lists that one look found to be missed, the oldest first."""
    found = select(MissedList).filter_by(noticed_at=at)
    return session.scalars(found.order_by(MissedList.id)).all()


def first_missed_with(session: Session, at: datetime) -> MissedList:
    """Return the first list that one look found to be missed."""
    [first] = records(session, MissedList, _first_missed(), {"at": at})
    return first


@cache
def _first_missed() -> Prepared:
    found = select(table_of(MissedList)).where(MissedList.noticed_at == bindparam("at"))
    return Prepared(found.order_by(MissedList.id).limit(1))


def made_on(session: Session, day: date) -> Sequence[Worklist]:
    """Return all lists of a business day."""
    return session.scalars(select(Worklist).filter_by(day=day).order_by(Worklist.id)).all()


@cache
def _ready(*, lane: bool) -> Prepared:
    callable_now = (_LINES.ready_at <= _NOW, _LINES.closes_at > _NOW)
    first = _open_entries(lane=lane).where(*callable_now).order_by(_turn(lane=lane)).limit(1)
    return Prepared(first)


@cache
def _soon(*, lane: bool) -> Prepared:
    ends_at = select(Worklist.ends_at).where(Worklist.id == _WORKLIST).scalar_subquery()
    later = (
        _LINES.ready_at > _NOW,
        _LINES.ready_at < _LINES.closes_at,
        _LINES.ready_at < ends_at,
    )
    soonest = (_LINES.ready_at, _turn(lane=lane))
    return Prepared(_open_entries(lane=lane).where(*later).order_by(*soonest).limit(1))


def _turn(*, lane: bool) -> ColumnElement[int]:
    return _LINES.lane_turn if lane else _LINES.turn


def _open_entries(*, lane: bool) -> AnySelect:
    mine = select(*LINE).where(_LINES.worklist_id == _WORKLIST, _LINES.state == EntryState.OPEN)
    return mine.where(_LINES.lane_turn.is_not(None)) if lane else mine
