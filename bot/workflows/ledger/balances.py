"""The conditions and sums of the book on a date, to be put into any select."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    and_,
    case,
    func,
    or_,
    select,
    true,
    union_all,
)

from bot.store.rows import AnySelect as AnySelect
from bot.store.rows import table_of
from bot.workflows.ledger.records import Application, Invoice, Payment, PendingUpdate

_INVOICES: Final = table_of(Invoice).c
_PAYMENTS: Final = table_of(Payment).c
_LOOSE: Final = table_of(Payment).alias("loose").c
_APPLIED: Final = table_of(Application).c
_PENDING: Final = table_of(PendingUpdate).c

AnyRow = Row[*tuple[Any, ...]]
Day = date | BindParameter[date]
"""A date, or its place in a statement that is built once and used for every payer."""
Whose = Callable[[ColumnElement[int]], ColumnElement[bool]]
"""Makes the condition that a column names a payer that is meant."""


def is_open_on(on: Day) -> ColumnElement[bool]:
    """Return the condition that an invoice is dated by that day and not settled by then."""
    return and_(
        _INVOICES.invoice_date <= on,
        or_(_INVOICES.closed_on.is_(None), _INVOICES.closed_on > on),
        is_published(),
    )


def is_published() -> ColumnElement[bool]:
    """Return the condition that an invoice is not part of an update still being merged."""
    pending = select(func.max(_PENDING.id)).scalar_subquery()
    return _INVOICES.update_id != func.coalesce(pending, -1)


def balance_on(on: Day) -> ColumnElement[int]:
    """Return what is open of an invoice on a date on which it is open, in minor units."""
    later = (
        select(func.coalesce(func.sum(_APPLIED.amount), 0))
        .where(_APPLIED.invoice_id == _INVOICES.id, _APPLIED.applied_on > on)
        .scalar_subquery()
    )
    return _INVOICES.amount - _INVOICES.applied + case((_INVOICES.applied != 0, later), else_=0)


def unapplied_on(on: Day) -> ColumnElement[int]:
    """Return what is not applied of a payment on a date, in minor units."""
    later = (
        select(func.coalesce(func.sum(_APPLIED.amount), 0))
        .where(_APPLIED.payment_id == _PAYMENTS.id, _APPLIED.applied_on > on)
        .scalar_subquery()
    )
    return _PAYMENTS.amount - _PAYMENTS.applied + case((_PAYMENTS.applied != 0, later), else_=0)


def everybodys(_: ColumnElement[int]) -> ColumnElement[bool]:
    """Mean every payer."""
    return true()


def may_be_loose_on(on: Day, whose: Whose = everybodys) -> ColumnElement[bool]:
    """
    Return the condition that a payment came in by a date, and may not be all applied then.

    It is not now, or was applied later: so a sum reads what is loose and not years of payments.
    """
    is_now = select(_LOOSE.id).where(_LOOSE.applied != _LOOSE.amount, whose(_LOOSE.payer_id))
    was_then = select(_APPLIED.payment_id).where(_APPLIED.applied_on > on)
    is_loose = _PAYMENTS.id.in_(union_all(is_now, was_then))
    return and_(whose(_PAYMENTS.payer_id), _PAYMENTS.received_on <= on, is_loose)
