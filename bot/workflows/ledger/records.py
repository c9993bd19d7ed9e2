"""The book, as remembered."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze
from bot.workflows.ledger.rules import InvoiceKind as InvoiceKind


class Invoice(Record):
    """
    An invoice (or, with a negative amount, a credit) as the source last had it.

    Its balance on day D is 0 before `invoice_date` and from `settled_on` on; else `amount`
    less what was applied on or before D. `closed_on` is the day the balance reached zero by
    all that is known (None while open): `settled_on`, or the day of the last application.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        Index(
            "ix_invoices_open",
            "payer_id",
            "currency",
            "due_date",
            "kind",
            "amount",
            "applied",
            "disputed",
            "invoice_date",
            "service_month",
            "service_months",
            "customer_id",
            "update_id",
            "closed_on",
            sqlite_where=text("closed_on IS NULL"),
            postgresql_where=text("closed_on IS NULL"),
        ),
        Index(
            "ix_invoices_credits",
            "payer_id",
            "currency",
            "amount",
            "applied",
            "invoice_date",
            "update_id",
            "closed_on",
            sqlite_where=text("closed_on IS NULL AND amount < 0"),
            postgresql_where=text("closed_on IS NULL AND amount < 0"),
        ),
        Index(
            "ix_invoices_closed",
            "closed_on",
            sqlite_where=text("closed_on IS NOT NULL"),
            postgresql_where=text("closed_on IS NOT NULL"),
        ),
        Index("ix_invoices_customer", "customer_id"),
        Index("ix_invoices_payer", "payer_id", "closed_on"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    """The customer's payer, kept beside it so that a list needs no join."""
    kind: Mapped[InvoiceKind] = mapped_column(default=InvoiceKind.OTHER)
    currency: Mapped[str]
    invoice_date: Mapped[date]
    due_date: Mapped[date]
    amount: Mapped[Amount]
    applied: Mapped[Amount] = mapped_column(default=0)
    """The sum of its applications, whenever they took effect."""
    disputed: Mapped[Amount] = mapped_column(default=0)
    """What the source system marks as disputed; a mere flag is the whole amount."""
    settled_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    service_month: Mapped[int]
    """Year * 12 + month - 1 of the first service month (its own period, else its date)."""
    service_months: Mapped[int] = mapped_column(default=1)
    """How many months it bills: 3 for a quarter."""
    terms: Mapped[str] = mapped_column(default="")
    po: Mapped[str] = mapped_column(default="")
    update_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """The update of the book that brought it; out of sight until that update is published."""
    learned_at: Mapped[datetime]


class InvoiceVersion(Record):
    """How an invoice stood before the source changed it: both times of every change."""

    __tablename__ = "invoice_versions"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    kind: Mapped[InvoiceKind]
    currency: Mapped[str]
    invoice_date: Mapped[date]
    due_date: Mapped[date]
    amount: Mapped[Amount]
    disputed: Mapped[Amount]
    settled_on: Mapped[date | None]
    customer_id: Mapped[int]
    learned_at: Mapped[datetime]
    """When the desk had learned of this version ..."""
    superseded_at: Mapped[datetime]
    """... and when it learned of the next one."""
    effective_on: Mapped[date]
    """When the change that replaced it took effect."""


class Payment(Record):
    """Money received; what is not applied to an invoice is unapplied cash."""

    __tablename__ = "payments"
    __table_args__ = (
        Index("ix_payments_payer", "payer_id", "learned_at"),
        Index(
            "ix_payments_loose",
            "payer_id",
            *("currency", "received_on", "amount", "applied", "learned_at"),
            sqlite_where=text("applied != amount"),
            postgresql_where=text("applied != amount"),
        ),
        Index("ix_payments_customer", "customer_id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    received_on: Mapped[date]
    amount: Mapped[Amount]
    applied: Mapped[Amount] = mapped_column(default=0)
    currency: Mapped[str]
    method: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    invoice_number: Mapped[str] = mapped_column(default="", index=True)
    """The invoice that the remittance names."""
    learned_at: Mapped[datetime]


class PaymentVersion(Record):
    """How a payment stood before the source changed it."""

    __tablename__ = "payment_versions"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    customer_id: Mapped[int]
    received_on: Mapped[date]
    amount: Mapped[Amount]
    currency: Mapped[str]
    invoice_number: Mapped[str]
    learned_at: Mapped[datetime]
    superseded_at: Mapped[datetime]


class Application(Record):
    """
    A part of a payment that settles a part of an invoice, from `applied_on` on.

    Rows are only ever added: what is learned later, and would have been applied otherwise, adds
    the difference (a negative amount takes back).
    """

    __tablename__ = "applications"
    __table_args__ = (
        Index("ix_applications_day", "applied_on"),
        Index("ix_applications_invoice", "invoice_id"),
        Index("ix_applications_payment", "payment_id"),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    amount: Mapped[Amount]
    applied_on: Mapped[date]
    learned_at: Mapped[datetime]


class BookUpdate(Record):
    """One import into the book: what came in, and when the desk learned of it."""

    __tablename__ = "book_updates"

    what: Mapped[str]
    """`invoices`, `customers`, `payments`, `people` or `intacct`."""
    source: Mapped[str]
    """The file's name."""
    accepted: Mapped[int]
    rejected: Mapped[int]
    changed: Mapped[int]
    """How many rows were new or different."""
    at: Mapped[datetime] = mapped_column(index=True)


class PendingUpdate(Record):
    """The update that is being merged, if any: its new invoices are still out of sight."""

    __tablename__ = "pending_update"

    last_invoice_id: Mapped[int] = mapped_column(BigInteger)
    """Invoices with a higher id may be its own."""


freeze(BookUpdate.__table__)  # type: ignore[arg-type]
freeze(PaymentVersion.__table__)  # type: ignore[arg-type]
freeze(InvoiceVersion.__table__)  # type: ignore[arg-type]
freeze(Application.__table__)  # type: ignore[arg-type]
