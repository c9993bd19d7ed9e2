"""The whole book by age: one set-based select, a row an account and currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.ledger.balances import AnyRow, AnySelect, Day, is_published
from bot.workflows.ledger.records import Application, Invoice
from bot.workflows.ledger.rules import BUCKET_ENDS, Aging

BUCKET_COLUMNS: Final = tuple(f"bucket_{n}" for n in range(len(BUCKET_ENDS) + 1))


class Ages(NamedTuple):
    """A day, and the due dates from which on items belong to its ages, the youngest first."""

    on: Day
    starts: tuple[Day, ...]


ANY_DAY: Final = Ages(
    bindparam("on", type_=Date()),
    tuple(bindparam(f"start_{n}", type_=Date()) for n in range(len(BUCKET_ENDS))),
)
"""Their places in a statement that is built once."""


def ages_of(on: date) -> Ages:
    """Return the ages of a day."""
    return Ages(on, _starts(on))


def given(on: date) -> Mapping[str, date]:
    """Return what is put into the places of `ANY_DAY`."""
    return {"on": on} | {f"start_{n}": start for n, start in enumerate(_starts(on))}


def _starts(on: date) -> tuple[date, ...]:
    return tuple(on - timedelta(days=end) for end in BUCKET_ENDS)


def by_account(
    session: Session,
    *,
    on: date,
    payer_id: int | None = None,
    due_before: date | None = None,
) -> AnySelect:
    """
    Return the select of one row an account and currency: what it owes by age on a date.

    Columns: customer_id, currency, one for each of `BUCKET_COLUMNS`, credits, invoices, oldest
    (the earliest due date among the open positive items).

    :param due_before: only items that were due before this day.
    """
    wanted = [] if payer_id is None else [Invoice.payer_id == payer_id]
    wanted += [] if due_before is None else [Invoice.due_date < due_before]
    return accounts(ages_of(on), *wanted, is_past=is_past(session, on))


def accounts(ages: Ages, *wanted: ColumnElement[bool], is_past: bool) -> AnySelect:
    """
    Return the same select for the invoices that meet conditions.

    :param is_past: whether anything has happened since that day.
    """
    wanted = (Invoice.invoice_date <= ages.on, is_published(), *wanted)
    parts = union_all(*_parts(ages, wanted, is_past=is_past)).subquery()
    summed = ("credits", *BUCKET_COLUMNS, "invoices")
    return select(
        parts.c.customer_id,
        parts.c.currency,
        *(func.sum(parts.c[name]).label(name) for name in summed),
        func.min(parts.c.oldest).label("oldest"),
    ).group_by(parts.c.customer_id, parts.c.currency)


def as_aging(row: AnyRow, customers: int) -> Aging:
    """Return a row of sums as an aging."""
    return Aging(
        currency=row.currency,
        buckets=tuple(int(getattr(row, name)) for name in BUCKET_COLUMNS),
        unapplied=int(row.credits),
        invoices=int(row.invoices),
        customers=int(customers),
    )


def is_past(session: Session, on: date) -> bool:
    """Test if anything has happened since that day, so that the open items are not all."""
    return bool(rows(session, _is_past(), {"on": on}).one()[0])


@cache
def _is_past() -> Prepared:
    closed = exists().where(Invoice.closed_on > ANY_DAY.on)
    applied = exists().where(Application.applied_on > ANY_DAY.on)
    return Prepared(select(or_(closed, applied)))


def _parts(
    ages: Ages, wanted: Sequence[ColumnElement[bool]], *, is_past: bool
) -> list[AnySelect]:
    still_open = _items_by_account().where(*wanted, Invoice.closed_on.is_(None))
    if not is_past:
        open_now = still_open.add_columns((Invoice.amount - Invoice.applied).label("open"))
        return [_summed(open_now, ages)]
    later = (
        select(Application.invoice_id, func.sum(Application.amount).label("minor"))
        .where(Application.applied_on > ages.on)
        .group_by(Application.invoice_id)
        .subquery()
    )
    closed_since = _items_by_account().where(*wanted, Invoice.closed_on > ages.on)
    balance = Invoice.amount - Invoice.applied + func.coalesce(later.c.minor, 0)
    return [
        _summed(
            part.add_columns(balance.label("open")).outerjoin(
                later, later.c.invoice_id == Invoice.id
            ),
            ages,
        )
        for part in (still_open, closed_since)
    ]


def _items_by_account() -> AnySelect:
    """Return the select of items; the sum keeps SQLite from reading them by customer."""
    account = (Invoice.customer_id + 0).label("customer_id")
    return select(account, Invoice.currency, Invoice.due_date).select_from(Invoice)


def _summed(items: AnySelect, ages: Ages) -> AnySelect:
    open_then = items.subquery()
    is_debt = open_then.c.open > 0
    return select(
        open_then.c.customer_id,
        open_then.c.currency,
        _sum_where(open_then.c.open < 0, open_then.c.open).label("credits"),
        *(
            _sum_where(and_(is_debt, within), open_then.c.open).label(name)
            for name, within in zip(
                BUCKET_COLUMNS,
                _bucket_conditions(open_then.c.due_date, ages.starts),
                strict=True,
            )
        ),
        _sum_where(is_debt, literal(1)).label("invoices"),
        func.min(case((is_debt, open_then.c.due_date))).label("oldest"),
    ).group_by(open_then.c.customer_id, open_then.c.currency)


def _sum_where(condition: ColumnElement[bool], value: ColumnElement[int]) -> ColumnElement[int]:
    return func.sum(case((condition, value), else_=0))


def _bucket_conditions(
    due: ColumnElement[date], starts: Sequence[Day]
) -> list[ColumnElement[bool]]:
    between = [and_(due < later, due >= earlier) for later, earlier in pairwise(starts)]
    return [due >= starts[0], *between, due < starts[-1]]
