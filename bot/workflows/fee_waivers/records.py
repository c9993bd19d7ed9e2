"""Fee waivers, as remembered."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record


class FeeWaiver(Record):
    """The fee on one planned credit card payment, and what of it was waived."""

    __tablename__ = "fee_waivers"

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approvals.id"), unique=True)
    currency: Mapped[str]
    payment: Mapped[Amount]
    fee: Mapped[Amount]
    planned_on: Mapped[date]
    waived: Mapped[Amount | None]
    """What was granted of the fee; None until it is."""
    granted_at: Mapped[datetime | None]
    used_on: Mapped[date | None]
    """The day of the one payment that it counted for."""
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), unique=True)
    asked_at: Mapped[datetime]


class WaiverInvoice(Record):
    """An invoice that the payment is meant for."""

    __tablename__ = "waiver_invoices"

    waiver_id: Mapped[int] = mapped_column(ForeignKey("fee_waivers.id"), index=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
