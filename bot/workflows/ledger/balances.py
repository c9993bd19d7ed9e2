"""The conditions and sums of the book on a date, to be put into any select."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, case, func, or_, select

from bot.workflows.ledger.records import Application, Invoice, Payment, PendingUpdate

AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
Day = date | BindParameter[date]
"""A date, or its place in a statement that is built once and used for every payer."""


def is_open_on(on: Day) -> ColumnElement[bool]:
    """Return the condition that an invoice is dated by that day and not settled by then."""
    return and_(
        Invoice.invoice_date <= on,
        or_(Invoice.closed_on.is_(None), Invoice.closed_on > on),
        is_published(),
    )


def is_published() -> ColumnElement[bool]:
    """Return the condition that an invoice is not part of an update still being merged."""
    pending = select(func.max(PendingUpdate.id)).scalar_subquery()
    return Invoice.update_id != func.coalesce(pending, -1)


def balance_on(on: Day) -> ColumnElement[int]:
    """Return what is open of an invoice on a date on which it is open, in minor units."""
    later = (
        select(func.coalesce(func.sum(Application.amount), 0))
        .where(Application.invoice_id == Invoice.id, Application.applied_on > on)
        .scalar_subquery()
    )
    return Invoice.amount - Invoice.applied + case((Invoice.applied != 0, later), else_=0)


def unapplied_on(on: Day) -> ColumnElement[int]:
    """Return what is not applied of a payment on a date, in minor units."""
    later = (
        select(func.coalesce(func.sum(Application.amount), 0))
        .where(Application.payment_id == Payment.id, Application.applied_on > on)
        .scalar_subquery()
    )
    return Payment.amount - Payment.applied + case((Payment.applied != 0, later), else_=0)
