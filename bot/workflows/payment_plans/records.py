"""Payment plans, as remembered."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze
from bot.workflows.payment_plans.rules import PlanState

__all__ = ["Installment", "PaymentPlan", "PlanDirection", "PlanState", "PlannedInvoice"]


class PaymentPlan(Record):
    """An agreement to pay named invoices in installments."""

    __tablename__ = "payment_plans"

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approvals.id"), unique=True)
    currency: Mapped[str]
    amount: Mapped[Amount]
    state: Mapped[PlanState] = mapped_column(default=PlanState.ASKED)
    granted_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    asked_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    """When the customer's written acceptance was recorded ..."""
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """... by whom ..."""
    acceptance: Mapped[str] = mapped_column(Text, default="")
    """... and where it is: the customer's e-mail, the signed page."""


class PlannedInvoice(Record):
    """The part of an invoice that a plan covers."""

    __tablename__ = "planned_invoices"

    plan_id: Mapped[int] = mapped_column(ForeignKey("payment_plans.id"), index=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount: Mapped[Amount]


class Installment(Record):
    """One payment of a granted plan; number 0 is the down payment."""

    __tablename__ = "installments"

    plan_id: Mapped[int] = mapped_column(ForeignKey("payment_plans.id"), index=True)
    number: Mapped[int]
    due_on: Mapped[date]
    amount: Mapped[Amount]


class PlanDirection(Record):
    """Management's word that a plan may be asked for (R63)."""

    __tablename__ = "plan_directions"

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    on: Mapped[date]
    """The company's date."""
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)


freeze(Installment.__table__)  # type: ignore[arg-type]
freeze(PlanDirection.__table__)  # type: ignore[arg-type]
