"""How far a list is worked: what was tried and reached, by tier and of the window (R83)."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, and_, bindparam, case, func, or_, select, true
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, rows, table_of
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction
from bot.workflows.worklists.records import (
    AnyList,
    EntryState,
    WindowStanding,
    WorklistEntry,
)

_CALLS: Final = table_of(Call).c
_LINES: Final = table_of(WorklistEntry).c
_STANDINGS: Final = table_of(WindowStanding).c
_WORKLIST: Final = bindparam("worklist", type_=BigInteger())
_ROUND_A_SHIFT: Final = timedelta(hours=8)
"""Calls this long before a shift starts and after it ends still count for its list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an agent has got with a list (R83)."""

    attempted: int
    """Distinct payers that the agent tried: the n of n/75."""
    reached: int
    """How many of those were reached by calling."""
    called_in: int
    """How many others called in and were spoken to."""
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


def progress(session: Session, worklist: AnyList, *, policy: Policy) -> Progress:
    """Return how far an agent has got with a list; undone calls do not count (R83)."""
    given = {
        "worklist": worklist.id,
        "agent": worklist.agent_id,
        "first_day": worklist.day - timedelta(days=1),
        "last_day": worklist.day + timedelta(days=1),
        "since": worklist.starts_at - _ROUND_A_SHIFT,
        "until": worklist.ends_at + _ROUND_A_SHIFT,
    }
    attempted, reached, spoken_to, payers, still_open = rows(session, _progress(), given).one()
    return Progress(
        attempted=attempted,
        reached=reached,
        called_in=spoken_to - reached,
        goal=policy.daily_call_goal,
        payers=payers,
        open=int(still_open or 0),
    )


def tier_totals(session: Session, worklist_id: int) -> list[TierTotal]:
    """Return how many payers stand in each tier of a list, and what ranks them."""
    lines = rows(session, _tiers(), {"worklist": worklist_id})
    return [
        TierTotal(tier, rule, count, Money(int(minor), currency))
        for tier, rule, count, minor, currency in lines
    ]


def coverage(session: Session, worklist_id: int) -> list[Coverage]:
    """Return how much of the window has been reached by now, a line a currency (R93)."""
    lines = rows(session, _standings(), {"worklist": worklist_id})
    return [
        Coverage(
            payers,
            int(reached),
            Money(int(minor), currency),
            Money(int(reached_minor), currency),
        )
        for currency, payers, reached, minor, reached_minor in lines
    ]


@cache
def _progress() -> Prepared:
    """Build the question how far a list is, calls and lines in one row."""
    called, counted = _called().subquery(), _counted().subquery()
    return Prepared(select(*called.c, *counted.c).join_from(called, counted, true()))


def _counted() -> AnySelect:
    is_open = case((_LINES.state == EntryState.OPEN, 1), else_=0)
    return select(func.count().label("payers"), func.sum(is_open).label("open")).where(
        _LINES.worklist_id == _WORKLIST
    )


def _called() -> AnySelect:
    is_out = _CALLS.direction == Direction.OUT
    is_tried_and_reached = and_(is_out, _CALLS.is_reached)
    return select(
        func.count(case((is_out, _CALLS.payer_id)).distinct()).label("attempted"),
        func.count(case((is_tried_and_reached, _CALLS.payer_id)).distinct()).label("reached"),
        func.count(case((_CALLS.is_reached, _CALLS.payer_id)).distinct()).label("spoken_to"),
    ).where(
        _CALLS.agent_id == bindparam("agent"),
        _CALLS.day >= bindparam("first_day"),
        _CALLS.day <= bindparam("last_day"),
        _CALLS.at >= bindparam("since"),
        _CALLS.at < bindparam("until"),
        _CALLS.undone_at.is_(None),
    )


@cache
def _tiers() -> Prepared:
    ranked = func.sum(_LINES.ranked)
    return Prepared(
        select(_LINES.tier, _LINES.rule, func.count(), ranked, _LINES.currency)
        .where(_LINES.worklist_id == _WORKLIST)
        .group_by(_LINES.tier, _LINES.rule, _LINES.currency)
        .order_by(_LINES.tier, ranked.desc())
    )


@cache
def _standings() -> Prepared:
    is_reached = or_(_STANDINGS.was_contacted, _STANDINGS.reached_at.is_not(None))
    return Prepared(
        select(
            _STANDINGS.currency,
            func.count(),
            func.sum(case((is_reached, 1), else_=0)),
            func.sum(_STANDINGS.amount),
            func.sum(case((is_reached, _STANDINGS.amount), else_=0)),
        )
        .where(_STANDINGS.worklist_id == _WORKLIST)
        .group_by(_STANDINGS.currency)
        .order_by(func.sum(_STANDINGS.amount).desc())
    )
