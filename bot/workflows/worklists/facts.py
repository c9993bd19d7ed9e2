"""
What every payer of a portfolio owes on a day: one set-based query, a row a payer and currency.

From each past-due item is taken what the source marks as disputed, the desk's open disputes,
live promises (until their day) and kept plans, never more than its balance; what is left ranks
its payer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Row,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.workflows.ledger.records import Application, Invoice, InvoiceKind
from bot.workflows.worklists import credits, items
from bot.workflows.worklists.payers import Debt
from bot.workflows.worklists.scope import AnySelect, Kind
from bot.workflows.worklists.scope import Scope as Scope

AnyRow = Row[*tuple[Any, ...]]
Debts = dict[int, tuple[Debt, ...]]
"""What is owed, by payer; a debt a currency."""
_LONGEST: Final = 1000
_AT_ONCE: Final = 5000
_NONE: Final[frozenset[int]] = frozenset()
_NOTHING: Final[Mapping[str, int]] = {}


def debts(session: Session, scope: Scope, *, on: date, policy: Policy) -> Debts:
    """Return what each payer in the scope owes on a day, with its open credits."""
    is_past = _is_past(session, on)
    unapplied = credits.unapplied(session, scope, on=on, is_past=is_past)
    given = {**scope.given, "on": on, **_days(on, policy)}
    owed: Debts = {}
    rows = session.connection().execute(_owed(scope.kind, is_past=is_past), given)
    for row in rows.all():
        payer_id = row[0]
        debt = _debt(row, unapplied.get(payer_id, _NOTHING))
        earlier = owed.get(payer_id)
        owed[payer_id] = (*earlier, debt) if earlier else (debt,)
    for payer_id, credit in unapplied.items():
        owed[payer_id] = _with_credits(payer_id, owed.get(payer_id, ()), credit)
    return owed


def final_numbers(session: Session, owed: Debts) -> dict[int, str]:
    """Return the numbers of the final invoices that the debts name, by id."""
    ids = [debt.final_id for found in owed.values() for debt in found if debt.final_id]
    numbers = select(Invoice.id, Invoice.number)
    return {
        row[0]: row[1]
        for part in parts(ids)
        for row in session.execute(numbers.where(Invoice.id.in_(part)))
    }


def parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Return the ids in parts that fit into one statement."""
    for first in range(0, len(ids), _AT_ONCE):
        yield ids[first : first + _AT_ONCE]


def _is_past(session: Session, on: date) -> bool:
    closed = select(literal(1)).where(Invoice.closed_on > on).limit(1)
    applied = select(literal(1)).where(Application.applied_on > on).limit(1)
    return bool(session.scalar(closed) or session.scalar(applied))


def _days(on: date, policy: Policy) -> dict[str, date]:
    return {
        "window_from": on - timedelta(days=policy.window_days[1]),
        "window_to": on - timedelta(days=policy.window_days[0]),
        "finals_from": on - timedelta(days=policy.final_days[1]),
        "finals_to": on - timedelta(days=policy.final_days[0]),
    }


@cache
def _owed(whose: Kind, *, is_past: bool) -> AnySelect:
    item = items.past_due(whose, is_past=is_past)
    balance, due, left, kind = item.c.balance, item.c.due_date, item.c.left, item.c.kind
    is_free, in_window = left > 0, _between(due, "window")
    is_final = and_(kind == InvoiceKind.FINAL, is_free, _between(due, "finals"))
    return select(
        item.c.payer_id,
        item.c.currency,
        _sum(balance),
        func.min(due),
        _sum(left, is_free),
        func.min(due).filter(is_free),
        func.max(_mark(due, item.c.id)).filter(is_final),
        func.aggregate_strings(_period(item), ",").filter(kind == InvoiceKind.MRR, is_free),
        _sum(left, in_window, is_free),
        _sum(balance, in_window),
        func.min(due).filter(in_window),
    ).group_by(item.c.payer_id, item.c.currency)


def _sum(minor: ColumnElement[int], *only: ColumnElement[bool]) -> ColumnElement[int]:
    """Return a sum that is a whole number, on PostgreSQL too, and 0 where there is nothing."""
    total = func.sum(minor).filter(*only) if only else func.sum(minor)
    return cast(func.coalesce(total, 0), BigInteger)


def _between(due: ColumnElement[date], name: str) -> ColumnElement[bool]:
    first, last = bindparam(f"{name}_from", type_=Date()), bindparam(f"{name}_to", type_=Date())
    return due.between(first, last)


def _mark(due: ColumnElement[date], id_: ColumnElement[int]) -> ColumnElement[str]:
    return cast(due, String) + "/" + cast(id_, String)


def _period(item: CTE) -> ColumnElement[str]:
    return cast(item.c.service_month * _LONGEST + item.c.service_months, String)


def _debt(row: AnyRow, credit: Mapping[str, int]) -> Debt:
    payer_id, currency, past_due, oldest, ranked, free_oldest, mark, months = row[:8]
    window, window_past_due, window_due = row[8:]
    final_due, final_id = _final(mark) if mark else (None, 0)
    return Debt(
        payer_id,
        currency,
        past_due,
        oldest,
        ranked,
        free_oldest,
        final_due,
        final_id,
        _months(frozenset(months.split(","))) if months else _NONE,
        window,
        window_past_due,
        window_due,
        credit.get(currency, 0),
    )


def _final(mark: str) -> tuple[date, int]:
    due, _, id_ = mark.partition("/")
    return date.fromisoformat(due), int(id_)


def _with_credits(
    payer_id: int, owed: Iterable[Debt], credit: Mapping[str, int]
) -> tuple[Debt, ...]:
    owing = {debt.currency for debt in owed}
    others = (name for name in credit if name not in owing)
    return (*owed, *(Debt(payer_id, name, unapplied=credit[name]) for name in others))


@lru_cache(maxsize=4096)
def _months(periods: frozenset[str]) -> frozenset[int]:
    spans = (divmod(int(period), _LONGEST) for period in periods)
    return frozenset(month + n for month, count in spans for n in range(max(count, 1)))
