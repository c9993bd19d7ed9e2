"""The month's finals work, as remembered."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze
from bot.workflows.finals.rules import ContactState, Question, Stage

__all__ = [
    "ContactInvoice",
    "ContactState",
    "FinalsContact",
    "FinalsIssue",
    "FinalsMonth",
    "Question",
    "Stage",
]


class FinalsMonth(Record):
    """That work on a month's final invoices has started; once a month (R38)."""

    __tablename__ = "finals_months"

    month: Mapped[date] = mapped_column(unique=True)
    """The first day of the month in which the invoices are dated."""
    started_on: Mapped[date]
    """The company's date."""
    started_at: Mapped[datetime]
    started_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who said that final invoicing is complete; None: it was the 6th business day."""


class FinalsContact(Record):
    """That a payer is to be asked about final invoices, and what came of it."""

    __tablename__ = "finals_contacts"
    __table_args__ = (
        Index("ix_finals_contacts_payer", "payer_id", "state"),
        Index("ix_finals_contacts_state", "state", "stage"),
        Index("ix_finals_contacts_month", "month", "stage"),
    )

    month: Mapped[date]
    """Of the invoices, for a confirmation; else the first day of the month it is due in."""
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    stage: Mapped[Stage]
    due_on: Mapped[date]
    """The company's date on which it should be made ..."""
    opened_on: Mapped[date]
    """... and on which it came onto the lists: the same, unless the desk was off."""
    state: Mapped[ContactState] = mapped_column(default=ContactState.DUE)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"), index=True)
    """The call in which it was answered."""
    closed_on: Mapped[date | None]
    """The company's date on which it was no longer due."""
    has_address: Mapped[bool] = mapped_column(default=True)
    """False: nothing could be written to the payer, which is a task."""
    opened_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class ContactInvoice(Record):
    """A final invoice that a contact is about; once for each stage."""

    __tablename__ = "finals_contact_invoices"
    __table_args__ = (UniqueConstraint("invoice_id", "stage"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("finals_contacts.id"), index=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    stage: Mapped[Stage]


class FinalsIssue(Record):
    """Something that stands in the way of paying; the task says who solves it (R43)."""

    __tablename__ = "finals_issues"
    __table_args__ = (UniqueConstraint("contact_id", "call_id", "question"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("finals_contacts.id"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    question: Mapped[Question]
    words: Mapped[str] = mapped_column(Text, default="")


freeze(FinalsMonth.__table__)  # type: ignore[arg-type]
freeze(ContactInvoice.__table__)  # type: ignore[arg-type]
freeze(FinalsIssue.__table__)  # type: ignore[arg-type]
