"""A page of a list, with what each of its lines shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, Integer, bindparam, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.calls.queries import TOUCH, Touch
from bot.workflows.calls.records import Call
from bot.workflows.customers.records import Customer
from bot.workflows.promises.records import Promise, PromiseState
from bot.workflows.worklists import confirming
from bot.workflows.worklists.confirming import ToConfirm
from bot.workflows.worklists.payers import OWED
from bot.workflows.worklists.records import AnyList, EntryState, WorklistEntry

_LINES: Final = table_of(WorklistEntry).c
_CUSTOMERS: Final = table_of(Customer).c
_CALLS: Final = table_of(Call).c
_PROMISES: Final = table_of(Promise).c
_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)


class Stand(NamedTuple):
    """Where a payer stands on a list and with how much, minor units; and who it is."""

    id: int
    payer_id: int
    position: int
    tier: int
    reason: str
    currency: str
    past_due: int
    oldest_days: int
    unapplied: int
    state: EntryState
    attempts: int
    closes_at: datetime
    ready_at: datetime
    name: str
    time_zone: str


class LivePromise(NamedTuple):
    """The soonest promise that nothing has come of yet; minor units."""

    minor: int
    currency: str
    due_on: date


class Line(NamedTuple):
    """A payer on a list, with what was last heard of it."""

    entry: Stand
    last: Touch | None
    """The latest call, reached or not."""
    promise: LivePromise | None
    to_confirm: ToConfirm | None
    """What it was to confirm that day, where it is on the list for that (R40)."""


def page(session: Session, worklist: AnyList, *, first: int, count: int) -> list[Line]:
    """Return `count` lines of a list from a position on, in four statements at most."""
    given = {"worklist": worklist.id, "first": first, "count": count}
    entries = [Stand._make(row) for row in rows(session, _stands(), given)]
    payers = [entry.payer_id for entry in entries]
    calls, promises = _last_calls(session, payers), _live_promises(session, payers)
    owed = [entry.payer_id for entry in entries if entry.tier == OWED]
    finals = confirming.of_payers(session, owed, on=worklist.day) if owed else {}
    return [
        Line(
            entry,
            calls.get(entry.payer_id),
            promises.get(entry.payer_id),
            finals.get(entry.payer_id),
        )
        for entry in entries
    ]


def _last_calls(session: Session, payers: Sequence[int]) -> dict[int, Touch]:
    found = rows(session, _newest_calls(), {"payers": payers})
    return {touch.payer_id: touch for touch in map(Touch._make, found)}


def _live_promises(session: Session, payers: Sequence[int]) -> dict[int, LivePromise]:
    latest_first = rows(session, _promised(), {"payers": payers})
    return {
        row.payer_id: LivePromise(row.amount, row.currency, row.due_on) for row in latest_first
    }


@cache
def _stands() -> Prepared:
    columns = ("name", "time_zone")
    mine = [_LINES[name] for name in Stand._fields if name not in columns]
    return Prepared(
        select(*mine, *(_CUSTOMERS[name] for name in columns))
        .where(
            _LINES.worklist_id == bindparam("worklist"),
            _LINES.position >= bindparam("first"),
            _CUSTOMERS.id == _LINES.payer_id,
        )
        .order_by(_LINES.position)
        .limit(bindparam("count", type_=Integer()))
    )


@cache
def _newest_calls() -> Prepared:
    payers, calls = table_of(Customer), table_of(Call).alias().c
    newest = (
        select(calls.id)
        .where(calls.payer_id == payers.c.id, calls.undone_at.is_(None))
        .order_by(calls.day.desc(), calls.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    made = select(*TOUCH).select_from(payers).join(table_of(Call), _CALLS.id == newest)
    return Prepared(made.where(payers.c.id.in_(_PAYERS)))


@cache
def _promised() -> Prepared:
    live = (_PROMISES.payer_id, _PROMISES.amount, _PROMISES.currency, _PROMISES.due_on)
    return Prepared(
        select(*live)
        .where(_PROMISES.payer_id.in_(_PAYERS), _PROMISES.state == PromiseState.LIVE)
        .order_by(_PROMISES.due_on.desc(), _PROMISES.id.desc())
    )
