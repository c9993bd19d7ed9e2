"""What each payer has more than 30 days past due on a day, by one set-based query (R49)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Subquery,
    bindparam,
    case,
    func,
    select,
)
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, rows, table_of
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice
from bot.workflows.suspension.rules import Overdue

_INVOICES: Final = table_of(Invoice).c
_DISPUTED: Final = table_of(DisputedInvoice)
_DISPUTES: Final = table_of(Dispute)
_MINOR: Final = func.sum(_DISPUTED.c.amount).label("minor")
ON: Final = bindparam("on", type_=Date())
DUE_BEFORE: Final = bindparam("due_before", type_=Date())
PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)


def overdue(
    session: Session,
    *,
    on: date,
    policy: Policy,
    payer_ids: Collection[int] | None = None,
) -> dict[int, tuple[Overdue, ...]]:
    """Return what everybody, or each of the payers, has past due that long, by currency."""
    found: dict[int, list[Overdue]] = {}
    wanted = _sums(of_some=payer_ids is not None)
    for row in rows(session, wanted, given(on, policy, payer_ids)):
        found.setdefault(row.payer_id, []).append(
            Overdue(
                currency=row.currency,
                total=int(row.total),
                disputed=int(row.disputed),
                invoices=int(row.invoices),
                oldest_due=row.oldest_due,
            )
        )
    return {payer_id: tuple(amounts) for payer_id, amounts in found.items()}


def given(on: date, policy: Policy, payer_ids: Collection[int] | None) -> dict[str, Any]:
    """Return what a statement on invoices that late is given: the day, since when, whose."""
    due_before = on - timedelta(days=policy.suspension_days)
    return {"on": on, "due_before": due_before, "payers": payer_ids}


def oldest(*, of_some: bool) -> Subquery:
    """
    Return the due date of each payer's oldest undisputed invoice that late.

    Columns: payer_id, day.
    """
    late = _late(of_some=of_some)
    due = func.min(case((late.c.open > late.c.disputed, late.c.due_date)))
    found = select(late.c.payer_id, due.label("day")).where(late.c.open > 0)
    return found.group_by(late.c.payer_id).subquery()


@cache
def _sums(*, of_some: bool) -> Prepared:
    """
    Return the select of one row a payer and currency, of invoices that long past due.

    Columns: payer_id, currency, total, disputed (of the total), invoices, oldest_due.
    """
    late = _late(of_some=of_some)
    disputed = case((late.c.disputed > late.c.open, late.c.open), else_=late.c.disputed)
    oldest_due = func.min(case((late.c.open > disputed, late.c.due_date)))
    return Prepared(
        select(
            late.c.payer_id,
            late.c.currency,
            func.sum(late.c.open).label("total"),
            func.sum(disputed).label("disputed"),
            func.count().label("invoices"),
            oldest_due.label("oldest_due"),
        )
        .where(late.c.open > 0)
        .group_by(late.c.payer_id, late.c.currency)
        .order_by(late.c.payer_id, late.c.currency)
    )


@cache
def late_items() -> Prepared:
    """Return the select of payers' invoices that late, the oldest due first."""
    late = _late(of_some=True)
    return Prepared(select(late).order_by(late.c.due_date, late.c.id))


def _late(*, of_some: bool) -> Subquery:
    """
    Return invoices due before a day and open on another, disputed or not.

    Columns: payer_id, currency, due_date, open, disputed (may exceed it), id, number,
    customer_id. Of some payers' invoices each is looked up among what was ever disputed; for
    everybody's that is summed up once.
    """
    if of_some:
        disputed = _here(_MINOR).where(_DISPUTED.c.invoice_id == _INVOICES.id)
        minor = disputed.correlate(table_of(Invoice)).scalar_subquery()
        return _items(minor).where(_INVOICES.payer_id.in_(PAYERS)).subquery()
    here = _here(_DISPUTED.c.invoice_id, _MINOR).group_by(_DISPUTED.c.invoice_id).subquery()
    return _items(here.c.minor).outerjoin(here, here.c.invoice_id == _INVOICES.id).subquery()


def _here(*columns: ColumnElement[Any]) -> AnySelect:
    """Return a select of what is disputed on a day in disputes that the desk keeps."""
    found = select(*columns).join(_DISPUTES, _DISPUTES.c.id == _DISPUTED.c.dispute_id)
    return found.where(disputes.is_open_on(ON))


def _items(here: ColumnElement[Any]) -> AnySelect:
    disputed = (_INVOICES.disputed + func.coalesce(here, 0)).label("disputed")
    return select(
        _INVOICES.payer_id,
        _INVOICES.currency,
        _INVOICES.due_date,
        ledger.balance_on(ON).label("open"),
        disputed,
        _INVOICES.id,
        _INVOICES.number,
        _INVOICES.customer_id,
    ).where(ledger.is_open_on(ON), _INVOICES.due_date < DUE_BEFORE, _INVOICES.amount > 0)
