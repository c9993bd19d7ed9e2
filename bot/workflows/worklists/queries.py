"""Reading lists: the next payer, a page, the progress, the window's coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.policy import Policy
from bot.store.base import UtcColumn
from bot.store.rows import AnySelect, rows, table_of
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction
from bot.workflows.worklists.records import (
    EntryState,
    LeftOff,
    MissedList,
    WindowStanding,
    Worklist,
    WorklistEntry,
)

_LINES: Final = table_of(WorklistEntry).c
_WORKLIST: Final = bindparam("worklist", type_=BigInteger())
_NOW: Final = bindparam("now", type_=UtcColumn())
_ROUND_A_SHIFT = timedelta(hours=8)
"""Calls this long before a shift starts and after it ends still count for its list."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an agent has got with a list (R83)."""

    attempted: int
    """Distinct payers that the agent tried: the n of n/75."""
    reached: int
    goal: int
    payers: int
    """How many stand on the list."""
    open: int
    """How many of them are still to be called (again)."""


class TierTotal(NamedTuple):
    """How much of a list stands in one tier, in one currency."""

    tier: int
    rule: str
    payers: int
    ranked: Money


class Coverage(NamedTuple):
    """How much of the window was reached since it entered, in one currency (R93)."""

    payers: int
    contacted: int
    amount: Money
    contacted_amount: Money


def list_of(session: Session, agent_id: int, day: date) -> Worklist | None:
    """Return an agent's list of a business day, if it has been made."""
    return session.scalar(select(Worklist).filter_by(agent_id=agent_id, day=day))


def latest_of(session: Session, agent_id: int) -> Worklist | None:
    """Return an agent's newest list, if there is any."""
    newest = select(Worklist).filter_by(agent_id=agent_id).order_by(Worklist.day.desc())
    return session.scalars(newest.limit(1)).first()


def get(session: Session, worklist_id: int) -> Worklist:
    """Return a list by the desk's own id."""
    return session.get_one(Worklist, worklist_id)


def entry(session: Session, entry_id: int) -> WorklistEntry:
    """Return a line of a list by the desk's own id, as it is now."""
    line = select(WorklistEntry).where(WorklistEntry.id == entry_id)
    return session.scalars(line.execution_options(populate_existing=True)).one()


def entry_of(session: Session, worklist_id: int, payer_id: int) -> WorklistEntry | None:
    """Return a payer's line on a list, if it stands there."""
    found = select(WorklistEntry).filter_by(worklist_id=worklist_id, payer_id=payer_id)
    return session.scalar(found.execution_options(populate_existing=True))


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
    off = select(LeftOff).filter_by(worklist_id=worklist_id).order_by(LeftOff.id)
    return list(session.scalars(off))


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


def progress(session: Session, worklist_id: int, *, policy: Policy) -> Progress:
    """Return how far an agent has got with a list; undone calls do not count (R83)."""
    worklist = get(session, worklist_id)
    attempted, reached = _called(session, worklist)
    counted = select(
        func.count(), func.sum(case((WorklistEntry.state == EntryState.OPEN, 1), else_=0))
    ).where(WorklistEntry.worklist_id == worklist_id)
    payers, still_open = session.execute(counted).one()
    return Progress(
        attempted=attempted,
        reached=reached,
        goal=policy.daily_call_goal,
        payers=payers,
        open=int(still_open or 0),
    )


def tier_totals(session: Session, worklist_id: int) -> list[TierTotal]:
    """Return how many payers stand in each tier of a list, and what ranks them."""
    lines = (
        select(
            WorklistEntry.tier,
            WorklistEntry.rule,
            func.count(),
            func.sum(WorklistEntry.ranked),
            WorklistEntry.currency,
        )
        .where(WorklistEntry.worklist_id == worklist_id)
        .group_by(WorklistEntry.tier, WorklistEntry.rule, WorklistEntry.currency)
        .order_by(WorklistEntry.tier, func.sum(WorklistEntry.ranked).desc())
    )
    return [
        TierTotal(tier, rule, count, Money(int(minor), currency))
        for tier, rule, count, minor, currency in session.execute(lines)
    ]


def coverage(session: Session, worklist_id: int) -> list[Coverage]:
    """Return how much of the window has been reached by now, a line a currency (R93)."""
    is_reached = or_(WindowStanding.was_contacted, WindowStanding.reached_at.is_not(None))
    lines = (
        select(
            WindowStanding.currency,
            func.count(),
            func.sum(case((is_reached, 1), else_=0)),
            func.sum(WindowStanding.amount),
            func.sum(case((is_reached, WindowStanding.amount), else_=0)),
        )
        .where(WindowStanding.worklist_id == worklist_id)
        .group_by(WindowStanding.currency)
        .order_by(func.sum(WindowStanding.amount).desc())
    )
    return [
        Coverage(
            payers,
            int(reached),
            Money(int(minor), currency),
            Money(int(reached_minor), currency),
        )
        for currency, payers, reached, minor, reached_minor in session.execute(lines)
    ]


def missed(session: Session, missed_id: int) -> MissedList:
    """Return a list that was missed, by the desk's own id."""
    return session.get_one(MissedList, missed_id)


def made_on(session: Session, day: date) -> Sequence[Worklist]:
    """Return all lists of a business day."""
    return session.scalars(select(Worklist).filter_by(day=day).order_by(Worklist.id)).all()


@cache
def _ready(*, lane: bool) -> AnySelect:
    callable_now = (_LINES.ready_at <= _NOW, _LINES.closes_at > _NOW)
    return _open_entries(lane=lane).where(*callable_now).order_by(_turn(lane=lane)).limit(1)


@cache
def _soon(*, lane: bool) -> AnySelect:
    ends_at = select(Worklist.ends_at).where(Worklist.id == _WORKLIST).scalar_subquery()
    later = (
        _LINES.ready_at > _NOW,
        _LINES.ready_at < _LINES.closes_at,
        _LINES.ready_at < ends_at,
    )
    soonest = (_LINES.ready_at, _turn(lane=lane))
    return _open_entries(lane=lane).where(*later).order_by(*soonest).limit(1)


def _turn(*, lane: bool) -> ColumnElement[int]:
    return _LINES.lane_turn if lane else _LINES.turn


def _open_entries(*, lane: bool) -> AnySelect:
    mine = select(*LINE).where(_LINES.worklist_id == _WORKLIST, _LINES.state == EntryState.OPEN)
    return mine.where(_LINES.lane_turn.is_not(None)) if lane else mine


def _called(session: Session, worklist: Worklist) -> tuple[int, int]:
    counted = select(
        func.count(case((Call.direction == Direction.OUT, Call.payer_id)).distinct()),
        func.count(case((Call.is_reached, Call.payer_id)).distinct()),
    ).where(
        and_(
            Call.agent_id == worklist.agent_id,
            Call.day >= worklist.day - timedelta(days=1),
            Call.day <= worklist.day + timedelta(days=1),
            Call.at >= worklist.starts_at - _ROUND_A_SHIFT,
            Call.at < worklist.ends_at + _ROUND_A_SHIFT,
            Call.undone_at.is_(None),
        )
    )
    attempted, reached = session.execute(counted).one()
    return attempted, reached
