"""A page of a list, with what each of its lines shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store.rows import AnySelect
from bot.workflows.calls.records import Call
from bot.workflows.customers.records import Customer
from bot.workflows.promises.records import Promise, PromiseState
from bot.workflows.worklists import queries
from bot.workflows.worklists.records import Worklist, WorklistEntry

_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)


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
    known = {row.id: row for row in session.execute(_named(), {"payers": payers})}
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
    found = session.scalars(_newest_calls(), {"payers": payers})
    return {call.payer_id: call for call in found}


def _promises(session: Session, payers: Sequence[int]) -> dict[int, LivePromise]:
    latest_first = session.execute(_live_promises(), {"payers": payers})
    return {
        row.payer_id: LivePromise(row.amount, row.currency, row.due_on) for row in latest_first
    }


@cache
def _named() -> AnySelect:
    return select(Customer.id, Customer.name, Customer.time_zone).where(
        Customer.id.in_(_PAYERS)
    )


@cache
def _newest_calls() -> Select[Call]:
    newest = (
        select(func.max(Call.id))
        .where(Call.payer_id.in_(_PAYERS), Call.undone_at.is_(None))
        .group_by(Call.payer_id)
    )
    return select(Call).where(Call.id.in_(newest))


@cache
def _live_promises() -> AnySelect:
    live = select(Promise.payer_id, Promise.amount, Promise.currency, Promise.due_on).where(
        Promise.payer_id.in_(_PAYERS), Promise.state == PromiseState.LIVE
    )
    return live.order_by(Promise.due_on.desc(), Promise.id.desc())
