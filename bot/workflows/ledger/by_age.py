"""The whole book by age: one set-based select, a row an account and currency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import ColumnElement, and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from bot.workflows.ledger.balances import AnyRow, AnySelect, is_published
from bot.workflows.ledger.records import Application, Invoice
from bot.workflows.ledger.rules import BUCKET_ENDS, Aging

BUCKET_COLUMNS: Final = tuple(f"bucket_{n}" for n in range(len(BUCKET_ENDS) + 1))


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
    wanted = [Invoice.invoice_date <= on, is_published()]
    wanted += [] if payer_id is None else [Invoice.payer_id == payer_id]
    wanted += [] if due_before is None else [Invoice.due_date < due_before]
    parts = union_all(*_parts(session, on, wanted)).subquery()
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


def _parts(
    session: Session, on: date, wanted: Sequence[ColumnElement[bool]]
) -> list[AnySelect]:
    still_open = _items_by_account().where(*wanted, Invoice.closed_on.is_(None))
    if not _is_past(session, on):
        open_now = still_open.add_columns((Invoice.amount - Invoice.applied).label("open"))
        return [_summed(open_now, on)]
    later = (
        select(Application.invoice_id, func.sum(Application.amount).label("minor"))
        .where(Application.applied_on > on)
        .group_by(Application.invoice_id)
        .subquery()
    )
    closed_since = _items_by_account().where(*wanted, Invoice.closed_on > on)
    balance = Invoice.amount - Invoice.applied + func.coalesce(later.c.minor, 0)
    return [
        _summed(
            part.add_columns(balance.label("open")).outerjoin(
                later, later.c.invoice_id == Invoice.id
            ),
            on,
        )
        for part in (still_open, closed_since)
    ]


def _is_past(session: Session, on: date) -> bool:
    """Test if anything has happened since that day, so that the open items are not all."""
    closed = select(Invoice.id).where(Invoice.closed_on > on).limit(1)
    applied = select(Application.id).where(Application.applied_on > on).limit(1)
    return session.scalar(closed) is not None or session.scalar(applied) is not None


def _items_by_account() -> AnySelect:
    """Return the select of items; the sum keeps SQLite from reading them by customer."""
    account = (Invoice.customer_id + 0).label("customer_id")
    return select(account, Invoice.currency, Invoice.due_date).select_from(Invoice)


def _summed(items: AnySelect, on: date) -> AnySelect:
    open_then = items.subquery()
    is_debt = open_then.c.open > 0
    return select(
        open_then.c.customer_id,
        open_then.c.currency,
        _sum_where(open_then.c.open < 0, open_then.c.open).label("credits"),
        *(
            _sum_where(and_(is_debt, within), open_then.c.open).label(name)
            for name, within in zip(
                BUCKET_COLUMNS, _bucket_conditions(open_then.c.due_date, on), strict=True
            )
        ),
        _sum_where(is_debt, literal(1)).label("invoices"),
        func.min(case((is_debt, open_then.c.due_date))).label("oldest"),
    ).group_by(open_then.c.customer_id, open_then.c.currency)


def _sum_where(condition: ColumnElement[bool], value: ColumnElement[int]) -> ColumnElement[int]:
    return func.sum(case((condition, value), else_=0))


def _bucket_conditions(due: ColumnElement[date], on: date) -> list[ColumnElement[bool]]:
    starts = [on - timedelta(days=end) for end in BUCKET_ENDS]
    between = [and_(due < later, due >= earlier) for later, earlier in pairwise(starts)]
    return [due >= starts[0], *between, due < starts[-1]]
