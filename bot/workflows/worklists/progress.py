"""How far a list is worked: what was tried and reached, by tier and of the window (R83)."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.rows import AnySelect
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction
from bot.workflows.worklists.records import (
    EntryState,
    WindowStanding,
    Worklist,
    WorklistEntry,
)

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


def progress(session: Session, worklist_id: int, *, policy: Policy) -> Progress:
    """Return how far an agent has got with a list; undone calls do not count (R83)."""
    worklist = session.get_one(Worklist, worklist_id)
    attempted, reached, called_in = _called(session, worklist)
    payers, still_open = session.execute(_counted(), {"worklist": worklist_id}).one()
    return Progress(
        attempted=attempted,
        reached=reached,
        called_in=called_in,
        goal=policy.daily_call_goal,
        payers=payers,
        open=int(still_open or 0),
    )


def tier_totals(session: Session, worklist_id: int) -> list[TierTotal]:
    """Return how many payers stand in each tier of a list, and what ranks them."""
    lines = session.execute(_tiers(), {"worklist": worklist_id})
    return [
        TierTotal(tier, rule, count, Money(int(minor), currency))
        for tier, rule, count, minor, currency in lines
    ]


def coverage(session: Session, worklist_id: int) -> list[Coverage]:
    """Return how much of the window has been reached by now, a line a currency (R93)."""
    lines = session.execute(_standings(), {"worklist": worklist_id})
    return [
        Coverage(
            payers,
            int(reached),
            Money(int(minor), currency),
            Money(int(reached_minor), currency),
        )
        for currency, payers, reached, minor, reached_minor in lines
    ]


def _called(session: Session, worklist: Worklist) -> tuple[int, int, int]:
    given = {
        "agent": worklist.agent_id,
        "first_day": worklist.day - timedelta(days=1),
        "last_day": worklist.day + timedelta(days=1),
        "since": worklist.starts_at - _ROUND_A_SHIFT,
        "until": worklist.ends_at + _ROUND_A_SHIFT,
    }
    attempted, reached, spoken_to = session.execute(_calls(), given).one()
    return attempted, reached, spoken_to - reached


# Built once: to build one of these takes longer than to answer it.


@cache
def _counted() -> AnySelect:
    is_open = case((WorklistEntry.state == EntryState.OPEN, 1), else_=0)
    return select(func.count(), func.sum(is_open)).where(
        WorklistEntry.worklist_id == bindparam("worklist")
    )


@cache
def _tiers() -> AnySelect:
    return (
        select(
            WorklistEntry.tier,
            WorklistEntry.rule,
            func.count(),
            func.sum(WorklistEntry.ranked),
            WorklistEntry.currency,
        )
        .where(WorklistEntry.worklist_id == bindparam("worklist"))
        .group_by(WorklistEntry.tier, WorklistEntry.rule, WorklistEntry.currency)
        .order_by(WorklistEntry.tier, func.sum(WorklistEntry.ranked).desc())
    )


@cache
def _standings() -> AnySelect:
    is_reached = or_(WindowStanding.was_contacted, WindowStanding.reached_at.is_not(None))
    return (
        select(
            WindowStanding.currency,
            func.count(),
            func.sum(case((is_reached, 1), else_=0)),
            func.sum(WindowStanding.amount),
            func.sum(case((is_reached, WindowStanding.amount), else_=0)),
        )
        .where(WindowStanding.worklist_id == bindparam("worklist"))
        .group_by(WindowStanding.currency)
        .order_by(func.sum(WindowStanding.amount).desc())
    )


@cache
def _calls() -> AnySelect:
    is_out = Call.direction == Direction.OUT
    return select(
        func.count(case((is_out, Call.payer_id)).distinct()),
        func.count(case((and_(is_out, Call.is_reached), Call.payer_id)).distinct()),
        func.count(case((Call.is_reached, Call.payer_id)).distinct()),
    ).where(
        and_(
            Call.agent_id == bindparam("agent"),
            Call.day >= bindparam("first_day"),
            Call.day <= bindparam("last_day"),
            Call.at >= bindparam("since"),
            Call.at < bindparam("until"),
            Call.undone_at.is_(None),
        )
    )
