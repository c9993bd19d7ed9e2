"""Disputes, as remembered."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record


class DisputeState(StrEnum):
    """Where a dispute has got to."""

    OPEN = "open"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Dispute(Record):
    """What a customer does not accept, and who has to answer."""

    __tablename__ = "disputes"

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    reason: Mapped[str]
    """A reason code."""
    description: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(default="")
    department: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[Amount]
    state: Mapped[DisputeState] = mapped_column(default=DisputeState.OPEN)
    raised_on: Mapped[date]
    """The company's date."""
    raised_at: Mapped[datetime]
    raised_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    answer_due_on: Mapped[date]
    is_late: Mapped[bool] = mapped_column(default=False)
    """R116: first raised on days 25-31 past due."""
    closed_on: Mapped[date | None]
    nonce: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)


class DisputedInvoice(Record):
    """The part of an invoice that is disputed."""

    __tablename__ = "disputed_invoices"

    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"), index=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount: Mapped[Amount]
