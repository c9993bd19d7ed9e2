"""Payment plans, as remembered."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record


class PlanState(StrEnum):
    """Where a plan has got to."""

    ASKED = "asked"
    KEPT = "kept"
    """Approved, and every installment so far is paid or not yet missed."""
    BROKEN = "broken"
    DONE = "done"
    REFUSED = "refused"


class PaymentPlan(Record):
    """An agreement to pay named invoices in installments."""

    __tablename__ = "payment_plans"

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    approval_id: Mapped[int] = mapped_column(index=True)
    currency: Mapped[str]
    amount: Mapped[Amount]
    state: Mapped[PlanState] = mapped_column(default=PlanState.ASKED)
    granted_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    asked_at: Mapped[datetime]


class PlannedInvoice(Record):
    """The part of an invoice that a plan covers."""

    __tablename__ = "planned_invoices"

    plan_id: Mapped[int] = mapped_column(ForeignKey("payment_plans.id"), index=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount: Mapped[Amount]


class Installment(Record):
    """One payment of a plan."""

    __tablename__ = "installments"

    plan_id: Mapped[int] = mapped_column(ForeignKey("payment_plans.id"), index=True)
    number: Mapped[int]
    due_on: Mapped[date]
    amount: Mapped[Amount]
