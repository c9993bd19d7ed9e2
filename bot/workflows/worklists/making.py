"""Writing a ranked list down, one statement a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.kernel.hours import CallingWindow, window_after, zones_for
from bot.policy import Policy
from bot.store.prepared import PreparedChange
from bot.store.rows import change_each, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.worklists import facts
from bot.workflows.worklists.payers import Payer
from bot.workflows.worklists.records import (
    AnyList,
    EntryState,
    LeftOff,
    WindowStanding,
    WorklistEntry,
)
from bot.workflows.worklists.rules import Entry, Ranking

_ENTER: Final = PreparedChange(insert(table_of(WorklistEntry)))
_STAND: Final = PreparedChange(insert(table_of(WindowStanding)))
_LEAVE_OFF: Final = PreparedChange(insert(table_of(LeftOff)))


def write(
    session: Session, worklist: AnyList, ranking: Ranking, *, policy: Policy, after: int = 0
) -> None:
    """
    Write down every line of a list, who is left off it, and what its window holds.

    :param after: the position after which the lines stand.
    """
    branded = _branded(session, ranking, policy)
    change_each(session, _ENTER, list(_lines(worklist, ranking, branded, after)))
    change_each(session, _LEAVE_OFF, list(_left_off(worklist, ranking)))
    change_each(session, _STAND, list(_standings(worklist, ranking)))


def calling_hours(payer: Payer, worklist: AnyList, policy: Policy) -> CallingWindow:
    """Return when a payer may be called during the list's shift, or next after it (I33)."""
    return window_after(
        zones_for(payer.time_zone, payer.state),
        worklist.starts_at,
        opens=policy.calling_opens,
        closes=policy.calling_closes,
    )


def _branded(session: Session, ranking: Ranking, policy: Policy) -> Callable[[int], Policy]:
    """Return what finds the policy for a payer: its brand's, where brands have one (R31)."""
    if not policy.brands:
        return lambda _payer_id: policy
    named = select(Customer.id, Customer.brand).where(Customer.brand != "")
    ids = [entry.payer.id for entry in ranking.entries]
    brands = {
        row[0]: policy.of_brand(row[1])
        for part in facts.parts(ids)
        for row in session.execute(named.where(Customer.id.in_(part)))
    }
    return lambda payer_id: brands.get(payer_id, policy)


def _lines(
    worklist: AnyList, ranking: Ranking, policy_for: Callable[[int], Policy], after: int
) -> Iterator[dict[str, Any]]:
    first = after + 1
    lane = {entry.payer.id: place for place, entry in enumerate(ranking.window, start=first)}
    for position, entry in enumerate(ranking.entries, start=first):
        yield {
            "worklist_id": worklist.id,
            "position": position,
            "turn": position,
            "lane_turn": lane.get(entry.payer.id),
            **_ranked(entry),
            **_callable(entry.payer, worklist, policy_for(entry.payer.id)),
        }


def _ranked(entry: Entry) -> dict[str, Any]:
    return {
        "payer_id": entry.payer.id,
        "tier": entry.tier,
        "rule": entry.rule,
        "reason": entry.reason,
        "overruled": entry.overruled,
        "currency": entry.debt.currency,
        "past_due": entry.debt.past_due,
        "ranked": entry.debt.ranked,
        "oldest_days": entry.oldest_days,
        "unapplied": entry.debt.unapplied,
        "is_in_window": entry.is_in_window,
        "is_pinned": bool(entry.payer.pinned),
    }


def _callable(payer: Payer, worklist: AnyList, policy: Policy) -> dict[str, Any]:
    hours = calling_hours(payer, worklist, policy)
    back_at = _back_at(payer, policy)
    is_tried_out = payer.attempts >= policy.attempts_a_day
    return {
        "state": EntryState.TRIED_OUT if is_tried_out else EntryState.OPEN,
        "attempts": payer.attempts,
        "back_at": back_at,
        "starts_at": worklist.starts_at,
        "opens_at": hours.opens_at,
        "closes_at": hours.closes_at,
        "ready_at": max(hours.opens_at, back_at) if back_at else hours.opens_at,
        "version": 1,
    }


def _back_at(payer: Payer, policy: Policy) -> datetime | None:
    """Return the first moment for a call: hours after the last one, not before a call-back."""
    between = timedelta(hours=policy.hours_between_attempts)
    tried = payer.tried_at + between if payer.tried_at else None
    return max(filter(None, (tried, payer.agreed_at)), default=None)


def _left_off(worklist: AnyList, ranking: Ranking) -> Iterator[dict[str, Any]]:
    for payer, reason in ranking.left_off:
        yield {"worklist_id": worklist.id, "payer_id": payer.id, "reason": reason}


def _standings(worklist: AnyList, ranking: Ranking) -> Iterator[dict[str, Any]]:
    for standing in ranking.standings:
        yield {
            "worklist_id": worklist.id,
            "payer_id": standing.payer.id,
            "starts_at": worklist.starts_at,
            "currency": standing.currency,
            "amount": standing.amount,
            "was_contacted": standing.is_contacted,
        }
