"""What each payer has more than 30 days past due on a day, by one set-based query (R49)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BindParameter, Select, case, func, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.balances import Day
from bot.workflows.ledger.records import Invoice
from bot.workflows.suspension.rules import Overdue

AnySelect = Select[*tuple[Any, ...]]


def overdue(
    session: Session,
    *,
    on: date,
    policy: Policy,
    payer_ids: Collection[int] | None = None,
) -> dict[int, tuple[Overdue, ...]]:
    """Return what everybody, or each of the payers, has past due that long, by currency."""
    found: dict[int, list[Overdue]] = {}
    for row in session.execute(sums(on, policy, payer_ids)):
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


def sums(on: date, policy: Policy, payer_ids: Collection[int] | None = None) -> AnySelect:
    """
    Return the select of one row a payer and currency, of invoices that long past due.

    Columns: payer_id, currency, total, disputed (of the total), invoices, oldest_due.
    """
    late = items(on, on - timedelta(days=policy.suspension_days), payer_ids).subquery()
    disputed = case((late.c.disputed > late.c.open, late.c.open), else_=late.c.disputed)
    return (
        select(
            late.c.payer_id,
            late.c.currency,
            func.sum(late.c.open).label("total"),
            func.sum(disputed).label("disputed"),
            func.count().label("invoices"),
            func.min(case((late.c.open > disputed, late.c.due_date))).label("oldest_due"),
        )
        .where(late.c.open > 0)
        .group_by(late.c.payer_id, late.c.currency)
        .order_by(late.c.payer_id, late.c.currency)
    )


def items(
    on: Day, due_before: Day, payer_ids: Collection[int] | BindParameter[Any] | None
) -> AnySelect:
    """
    Return the select of invoices due before a day and open on another, disputed or not.

    Columns: payer_id, currency, due_date, open, disputed (may exceed it), id, number,
    customer_id.
    """
    here = (
        select(DisputedInvoice.invoice_id, func.sum(DisputedInvoice.amount).label("minor"))
        .join(Dispute, Dispute.id == DisputedInvoice.dispute_id)
        .where(disputes.is_open_on(on))
        .group_by(DisputedInvoice.invoice_id)
        .subquery()
    )
    found = (
        select(
            Invoice.payer_id,
            Invoice.currency,
            Invoice.due_date,
            ledger.balance_on(on).label("open"),
            (Invoice.disputed + func.coalesce(here.c.minor, 0)).label("disputed"),
            Invoice.id,
            Invoice.number,
            Invoice.customer_id,
        )
        .outerjoin(here, here.c.invoice_id == Invoice.id)
        .where(ledger.is_open_on(on), Invoice.due_date < due_before, Invoice.amount > 0)
    )
    return found if payer_ids is None else found.where(Invoice.payer_id.in_(payer_ids))
