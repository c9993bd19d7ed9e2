"""Orders of documents, as remembered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze
from bot.workflows.documents.rules import DocumentKind

__all__ = ["DocumentKind", "DocumentOrder"]


class DocumentOrder(Record):
    """A document that somebody sends a payer."""

    __tablename__ = "document_orders"
    __table_args__ = (Index("ix_document_orders_ended", "ended_at", "id"),)

    kind: Mapped[DocumentKind]
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was handed to the mail, or could not be."""
    mail_id: Mapped[int | None] = mapped_column(index=True)
    problem: Mapped[str] = mapped_column(default="")
    """Why it could not be sent; empty if it was."""


freeze(
    DocumentOrder.__table__,  # type: ignore[arg-type]
    may_change=("ended_at", "mail_id", "problem"),
)
