"""
What every payer of a portfolio owes on a day: one set-based query, a row a payer and currency.

From each past-due item is taken what the source marks as disputed, the desk's open disputes,
live promises (until their day) and kept plans, never more than its balance; what is left ranks
its payer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    String,
    and_,
    bindparam,
    cast,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from bot.kernel.batches import in_batches
from bot.policy import Policy
from bot.store.dates import FEW_DATES, as_date
from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.customers.records import Customer
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice, InvoiceKind
from bot.workflows.ledger.rules import service_months
from bot.workflows.worklists import credits, items
from bot.workflows.worklists.payers import Debt
from bot.workflows.worklists.scope import Kind
from bot.workflows.worklists.scope import Scope as Scope

Debts = dict[int, tuple[Debt, ...]]
"""What is owed, by payer; a debt a currency."""
Names = dict[int, Sequence[Any]]
"""Who payers are, by id: the columns of `NAME`."""
NAME: Final = (
    Customer.id,
    Customer.agent_id,
    Customer.number,
    Customer.name,
    Customer.flags,
    Customer.time_zone,
    Customer.state,
)
_NAMED: Final = Prepared(
    select(*NAME).where(
        Customer.id.in_(bindparam("payers", type_=BigInteger(), expanding=True))
    )
)
_SUMS: Final = 12
"""How many columns stand before the name."""
_LONGEST: Final = 1000
_DAY: Final = len("2026-06-08")
_AT_ONCE: Final = 5000
_NONE: Final[frozenset[int]] = frozenset()
_NOTHING: Final[Mapping[str, int]] = {}


def debts(
    session: Session,
    scope: Scope,
    *,
    on: date,
    policy: Policy,
    covered: Collection[int] = (),
) -> tuple[Debts, Names]:
    """
    Return what payers owe on a day, with their open credits, and who those are that owe.

    :param covered: the invoices that do not rank, since money on account covers them.
    """
    is_past = ledger.is_past(session, on)
    unapplied = credits.unapplied(session, scope, on=on, is_past=is_past)
    given = {**scope.given, "on": on, **_days(on, policy), "covered": list(covered)}
    owed: Debts = {}
    names: Names = {}
    wanted = _owed(scope.kind, is_past=is_past, has_covered=bool(covered))
    for row in rows(session, wanted, given):
        payer_id = row[0]
        debt = _debt(row, unapplied.get(payer_id, _NOTHING))
        if payer_id in owed:
            owed[payer_id] = (*owed[payer_id], debt)
        else:
            owed[payer_id] = (debt,)
            names[payer_id] = row[_SUMS:]
    for payer_id, credit in unapplied.items():
        owed[payer_id] = _with_credits(payer_id, owed.get(payer_id, ()), credit)
    return owed, names


def names_of(session: Session, payer_ids: Sequence[int]) -> Names:
    """Return who some payers are."""
    return {
        row[0]: row
        for part in parts(payer_ids)
        for row in rows(session, _NAMED, {"payers": part})
    }


def parts(ids: Sequence[int]) -> Iterator[list[int]]:
    """Return the ids in parts that fit into one statement."""
    return in_batches(ids, _AT_ONCE)


def _days(on: date, policy: Policy) -> dict[str, date]:
    return {
        "window_from": on - timedelta(days=policy.window_days[1]),
        "window_to": on - timedelta(days=policy.window_days[0]),
        "finals_from": on - timedelta(days=policy.final_days[1]),
        "finals_to": on - timedelta(days=policy.final_days[0]),
    }


@cache
def _owed(whose: Kind, *, is_past: bool, has_covered: bool) -> Prepared:
    item = items.past_due(whose, is_past=is_past)
    balance, due, left, kind = item.c.balance, item.c.due_date, item.c.left, item.c.kind
    is_free, in_window = left > 0, _between(due, "window")
    if has_covered:
        is_free &= item.c.id.not_in(bindparam("covered", type_=BigInteger(), expanding=True))
    is_final = and_(kind == InvoiceKind.FINAL, is_free, _between(due, "finals"))
    mark = func.max(_mark(due, item.c.id)).filter(is_final)
    sums = select(
        item.c.payer_id,
        item.c.currency,
        _sum(balance).label("past_due"),
        _first(due).label("oldest"),
        _sum(left, is_free).label("ranked"),
        _first(due, is_free).label("ranked_oldest"),
        mark.label("final"),
        func.aggregate_strings(_period(item), ",")
        .filter(kind == InvoiceKind.MRR, is_free)
        .label("months"),
        _sum(left, in_window, is_free).label("in_window"),
        _sum(balance, in_window).label("window_past_due"),
        _first(due, in_window).label("window_due"),
    ).group_by(item.c.payer_id, item.c.currency)
    owed = sums.subquery("owed")
    facts = select(*owed.c, _number(owed.c.final), *NAME)
    return Prepared(facts.join(Customer, Customer.id == owed.c.payer_id))


def _sum(minor: ColumnElement[int], *only: ColumnElement[bool]) -> ColumnElement[int]:
    """Return a sum that is a whole number, on PostgreSQL too, and 0 where there is nothing."""
    total = func.sum(minor).filter(*only) if only else func.sum(minor)
    return cast(func.coalesce(total, 0), BigInteger)


def _first(due: ColumnElement[date], *only: ColumnElement[bool]) -> ColumnElement[date]:
    first = func.min(due).filter(*only) if only else func.min(due)
    return type_coerce(first, FEW_DATES)


def _between(due: ColumnElement[date], name: str) -> ColumnElement[bool]:
    first, last = bindparam(f"{name}_from", type_=Date()), bindparam(f"{name}_to", type_=Date())
    return due.between(first, last)


def _mark(due: ColumnElement[date], id_: ColumnElement[int]) -> ColumnElement[str]:
    return cast(due, String) + "/" + cast(id_, String)


def _number(mark: ColumnElement[str]) -> ColumnElement[str]:
    """Return the number of the invoice in a mark: looked up by its id, a payer at a time."""
    id_ = cast(func.substr(mark, _DAY + 2), BigInteger)
    return select(Invoice.number).where(Invoice.id == id_).scalar_subquery()


def _period(item: CTE) -> ColumnElement[str]:
    return cast(item.c.service_month * _LONGEST + item.c.service_months, String)


def _debt(row: Sequence[Any], credit: Mapping[str, int]) -> Debt:
    final, months, final_number = row[6], row[7], row[11]
    return Debt._make(
        (
            *row[:6],
            as_date(final[:_DAY]) if final else None,
            final_number or "",
            _months(months) if months else _NONE,
            *row[8:11],
            credit.get(row[1], 0),
        )
    )


def _with_credits(
    payer_id: int, owed: Iterable[Debt], credit: Mapping[str, int]
) -> tuple[Debt, ...]:
    owing = {debt.currency for debt in owed}
    others = (name for name in credit if name not in owing)
    return (*owed, *(Debt(payer_id, name, unapplied=credit[name]) for name in others))


@lru_cache(maxsize=4096)
def _months(periods: str) -> frozenset[int]:
    spans = {divmod(int(period), _LONGEST) for period in periods.split(",")}
    return frozenset(month for span in spans for month in service_months(*span))
