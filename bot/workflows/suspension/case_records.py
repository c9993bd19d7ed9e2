"""What happens on a suspension case, as remembered: notices, reports, orders, each step."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze
from bot.workflows.suspension.case_facts import RestoredFor
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.suspension.rules import CaseState


class CaseAccount(Record):
    """Where one account of a case has got to, once anything was decided about it."""

    __tablename__ = "case_accounts"
    __table_args__ = (UniqueConstraint("case_id", "customer_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    state: Mapped[CaseState]
    since: Mapped[date]
    """The company's date."""


class CaseEvent(Record):
    """A step of a case, or of one account of it, and what it rests on."""

    __tablename__ = "case_events"
    __table_args__ = (Index("ix_case_events_case_at", "case_id", "at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    """The account; None: the case as a whole."""
    at: Mapped[datetime]
    on: Mapped[date]
    """The company's date."""
    before: Mapped[CaseState | None]
    after: Mapped[CaseState]
    why: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="")
    """The records that it rests on, comma-separated: `call:3,suspension_notice:1`."""
    by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None: the desk."""


class NoticeState(StrEnum):
    """Where a notice has got to; what became of its mail stands with the mail."""

    DRAFT = "draft"
    RELEASED = "released"
    DROPPED = "dropped"
    """Not needed any more, or replaced by a draft with the figures of the day."""


class SuspensionNotice(Record):
    """A notice to the payer: drafted by the desk, released by a lead (R70-R75)."""

    __tablename__ = "suspension_notices"
    __table_args__ = (
        UniqueConstraint("case_id", "attempt"),
        Index("ix_suspension_notices_state", "state", "case_id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"))
    attempt: Mapped[int]
    """Counts the notices of the case from 1."""
    step: Mapped[NoticeStep]
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.DRAFT)
    due_on: Mapped[date]
    drafted_at: Mapped[datetime]
    put_off_until: Mapped[date | None]
    """A lead said "not now"."""
    template: Mapped[str]
    template_sha256: Mapped[str]
    to: Mapped[str]
    copies: Mapped[str] = mapped_column(default="")
    """Addresses, comma-separated."""
    missing: Mapped[str] = mapped_column(default="")
    """Who should have a copy and cannot, comma-separated; with one it is not released."""
    subject: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    mail_key: Mapped[str | None] = mapped_column(unique=True)
    why: Mapped[str] = mapped_column(Text, default="")
    """Why it was dropped."""
    version: Mapped[int] = mapped_column(default=1)


class NoticedInvoice(Record):
    """An invoice as a released notice named it."""

    __tablename__ = "noticed_invoices"
    __table_args__ = (UniqueConstraint("notice_id", "invoice_id"),)

    notice_id: Mapped[int] = mapped_column(ForeignKey("suspension_notices.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    number: Mapped[str]
    due_date: Mapped[date]
    currency: Mapped[str]
    amount: Mapped[Amount]
    """What was asked for: its undisputed balance."""
    withheld: Mapped[Amount] = mapped_column(default=0)
    """What was left out of it then: disputed, or on a kept plan."""


class ReportKind(StrEnum):
    """What bears on a case (R56)."""

    PAYMENT_REPORTED = "payment_reported"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_RETURNED = "payment_returned"
    PLAN_INQUIRY = "plan_inquiry"
    HARDSHIP = "hardship"
    PROOF = "proof"
    NEW_DATE = "new_date"
    LEGAL = "legal"
    SOLD = "sold"
    SECOND_CONTACT = "second_contact"
    """Evidence only: another contact was tried."""

    @property
    def words(self) -> str:
        """The report as people say it."""
        return _REPORTS.get(self, self.value.replace("_", " ").capitalize())


_REPORTS = {
    ReportKind.PROOF: "Proof of payment",
    ReportKind.NEW_DATE: "New date named",
    ReportKind.LEGAL: "Legal matter",
    ReportKind.SOLD: "Sold or closed",
    ReportKind.SECOND_CONTACT: "Second contact tried",
}


class CaseReport(Record):
    """Something that bears on a case, told to management as soon as it is known."""

    __tablename__ = "case_reports"

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"), index=True)
    kind: Mapped[ReportKind]
    words: Mapped[str] = mapped_column(Text, default="")
    new_date: Mapped[date | None]
    file: Mapped[str] = mapped_column(default="")
    """The proof: a file's name or where it is."""
    at: Mapped[datetime]
    on: Mapped[date]
    """The company's date."""
    by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    """The form's nonce, `call:7` or `payment:3:12000`: reported once."""
    taken_back_at: Mapped[datetime | None]


class Told(NamedTuple):
    """A report to look at, as its row is."""

    case_id: int
    kind: ReportKind
    words: str
    new_date: date | None
    file: str
    at: datetime
    on: date


class Extension(Record):
    """A later date for paying, so that services stay on (R59-R60)."""

    __tablename__ = "extensions"

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"), index=True)
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    approval_id: Mapped[int] = mapped_column(ForeignKey("approvals.id"), unique=True)
    asked_at: Mapped[datetime]
    until: Mapped[date | None]
    """The day granted."""
    granted_on: Mapped[date | None]
    granted_at: Mapped[datetime | None]
    waived: Mapped[str] = mapped_column(Text, default="")
    """The word with which the proof was waived."""


class OrderKind(StrEnum):
    """What support is asked to do."""

    SUSPEND = "suspend"
    RESTORE = "restore"


class OrderState(StrEnum):
    """Where an order has got to."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    """The last check found a reason not to."""
    WITHDRAWN = "withdrawn"


class SupportOrder(Record):
    """What support is asked to do with one account's services; done when they say so."""

    __tablename__ = "support_orders"
    __table_args__ = (Index("ix_support_orders_case", "case_id", "customer_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[OrderKind]
    state: Mapped[OrderState] = mapped_column(default=OrderState.OPEN)
    why: Mapped[str] = mapped_column(Text)
    restored_for: Mapped[RestoredFor | None]
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who decided; None: the desk, because what the notice named is paid (R57)."""
    done_at: Mapped[datetime | None]
    done_on: Mapped[date | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    left: Mapped[Amount] = mapped_column(default=0)
    """What was left of what the notices named when it was done, minor units."""
    ended_why: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)


class PartPayment(Record):
    """A part of what the notices named came in: a decider says if that restores services."""

    __tablename__ = "part_payments"

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    received: Mapped[str]
    """What came in, in words."""
    left: Mapped[str]
    """What is left of what the notices named, in words."""
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    restores: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)


class TemplateLock(Record):
    """The wording of a notice as the controller approved it; the last row of a name counts."""

    __tablename__ = "template_locks"

    name: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    locked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    locked_at: Mapped[datetime]


freeze(CaseEvent.__table__)  # type: ignore[arg-type]
freeze(NoticedInvoice.__table__)  # type: ignore[arg-type]
freeze(TemplateLock.__table__)  # type: ignore[arg-type]
freeze(CaseReport.__table__, may_change=("taken_back_at",))  # type: ignore[arg-type]
