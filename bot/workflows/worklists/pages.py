"""A page of a list, with what each of its lines shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.workflows.calls.records import Call
from bot.workflows.customers.records import Customer
from bot.workflows.promises.records import Promise, PromiseState
from bot.workflows.worklists import queries
from bot.workflows.worklists.records import Worklist, WorklistEntry


class LivePromise(NamedTuple):
    """The soonest promise that nothing has come of yet; minor units."""

    minor: int
    currency: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A payer on a list, with who it is and what was last heard of it."""

    entry: WorklistEntry
    name: str
    time_zone: str
    last: Call | None
    """The latest call, reached or not."""
    promise: LivePromise | None


def page(session: Session, worklist: Worklist, *, first: int, count: int) -> list[Line]:
    """Return `count` lines of a list from a position on, in four statements."""
    entries = queries.entries(session, worklist.id, first=first, count=count)
    payers = [entry.payer_id for entry in entries]
    named = select(Customer.id, Customer.name, Customer.time_zone).where(
        Customer.id.in_(payers)
    )
    known = {row.id: row for row in session.execute(named)}
    calls, promises = _last_calls(session, payers), _promises(session, payers)
    return [
        Line(
            entry=entry,
            name=known[entry.payer_id].name,
            time_zone=known[entry.payer_id].time_zone,
            last=calls.get(entry.payer_id),
            promise=promises.get(entry.payer_id),
        )
        for entry in entries
    ]


def _last_calls(session: Session, payers: Sequence[int]) -> dict[int, Call]:
    newest = (
        select(func.max(Call.id))
        .where(Call.payer_id.in_(payers), Call.undone_at.is_(None))
        .group_by(Call.payer_id)
    )
    found = session.scalars(select(Call).where(Call.id.in_(newest)))
    return {call.payer_id: call for call in found}


def _promises(session: Session, payers: Sequence[int]) -> dict[int, LivePromise]:
    live = select(Promise.payer_id, Promise.amount, Promise.currency, Promise.due_on).where(
        Promise.payer_id.in_(payers), Promise.state == PromiseState.LIVE
    )
    latest_first = live.order_by(Promise.due_on.desc(), Promise.id.desc())
    return {
        row.payer_id: LivePromise(row.amount, row.currency, row.due_on)
        for row in session.execute(latest_first)
    }
