"""Disputes, as remembered."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze
from bot.workflows.disputes.rules import (
    Department,
    DisputeState,
    Reason,
    Resolution,
    SayingKind,
    Step,
)

__all__ = ["Dispute", "DisputeSaying", "DisputeState", "DisputeStep", "DisputedInvoice"]


class Dispute(Record):
    """
    What a customer does not accept, and who has to answer.

    It takes its amounts out of the ranking from `raised_on` until `closed_on`. Where a credit
    was granted, a second record with `parent_id` does so until that credit is in the book.
    """

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
    closed_on: Mapped[date | None] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    resolution: Mapped[Resolution | None]
    resolution_words: Mapped[str] = mapped_column(Text, default="")
    nonce: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)
    parent_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """The dispute whose granted credit this record awaits; None of what a customer raised."""
    evidence: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Where the customer's proof is: a file's name, or a link (R18)."""
    reopens_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """The dispute that was decided before the customer objected again."""
    answered_on: Mapped[date | None]
    """When the department first answered."""
    granted: Mapped[Amount] = mapped_column(default=0, server_default=text("0"))
    """What is to be credited of it."""
    settled_on: Mapped[date | None]
    """When the money, or the credit, was in the book."""


class DisputeSaying(Record):
    """Something said or done about a dispute, in order."""

    __tablename__ = "dispute_sayings"

    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"), index=True)
    kind: Mapped[SayingKind]
    words: Mapped[str] = mapped_column(Text)
    by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("dispute_sayings.id"), index=True)
    """The question that it answers."""
    nonce: Mapped[str | None] = mapped_column(unique=True)


class DisputeStep(Record):
    """What the clock has done about a dispute: each step once (R22)."""

    __tablename__ = "dispute_steps"
    __table_args__ = (UniqueConstraint("dispute_id", "step"),)

    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"), index=True)
    step: Mapped[Step]
    due_on: Mapped[date]
    taken_at: Mapped[datetime]


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
        "department",
        "answer_due_on",
        "answered_on",
        "granted",
        "settled_on",
        "closed_on",
        "closed_at",
        "closed_by",
        "resolution",
        "resolution_words",
        "version",
    ),
)
freeze(DisputeStep.__table__)  # type: ignore[arg-type]
freeze(DisputeSaying.__table__)  # type: ignore[arg-type]
freeze(DisputedInvoice.__table__)  # type: ignore[arg-type]
