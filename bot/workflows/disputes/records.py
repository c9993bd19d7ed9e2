"""Disputes, as remembered."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze
from bot.workflows.disputes.rules import Department, DisputeState, Reason, Resolution

__all__ = ["Dispute", "DisputeState", "DisputedInvoice"]


class Dispute(Record):
    """What a customer does not accept, and who has to answer."""

    __tablename__ = "disputes"

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    reason: Mapped[Reason]
    description: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(default="")
    """The customer's contact for it."""
    department: Mapped[Department]
    currency: Mapped[str]
    amount: Mapped[Amount]
    state: Mapped[DisputeState] = mapped_column(default=DisputeState.OPEN)
    raised_on: Mapped[date]
    """The company's date."""
    raised_at: Mapped[datetime]
    raised_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    call_id: Mapped[int | None] = mapped_column(index=True)
    """The call in which it was raised."""
    answer_due_on: Mapped[date]
    is_late: Mapped[bool] = mapped_column(default=False)
    """R116: first raised on days 25-31 past due."""
    closed_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    resolution: Mapped[Resolution | None]
    resolution_words: Mapped[str] = mapped_column(Text, default="")
    nonce: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)


class DisputedInvoice(Record):
    """The part of an invoice that is disputed."""

    __tablename__ = "disputed_invoices"

    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"), index=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount: Mapped[Amount]


freeze(
    Dispute.__table__,  # type: ignore[arg-type]
    may_change=(
        "state",
        "closed_on",
        "closed_at",
        "closed_by",
        "resolution",
        "resolution_words",
        "version",
    ),
)
freeze(DisputedInvoice.__table__)  # type: ignore[arg-type]
