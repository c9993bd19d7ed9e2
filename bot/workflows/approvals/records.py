"""Requests, their versions, what was said about them, and delegations, as remembered."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze
from bot.workflows.approvals.rules import OPEN, ApprovalState, Kind
from bot.workflows.approvals.terms import Terms, as_terms


class Approval(Record):
    """Something that somebody else has to say yes to."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index("ix_approvals_payer", "payer_id", "kind"),
        Index("ix_approvals_state", "state", "expires_at"),
    )

    kind: Mapped[Kind]
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    state: Mapped[ApprovalState] = mapped_column(default=ApprovalState.WAITING)
    number: Mapped[int] = mapped_column(default=1)
    """The version that stands now, counting from 1."""
    question_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Whose question waits for the requester's answer."""
    remind_at: Mapped[datetime]
    last_call_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    decided_hash: Mapped[str | None]
    """The hash of the version that was decided on."""
    reason: Mapped[str] = mapped_column(Text, default="")
    nonce: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)
    """Grows with everything said or done; a press of an older card changes nothing."""

    @property
    def is_open(self) -> bool:
        """Test if something can still happen."""
        return self.state in OPEN


class ApprovalVersion(Record):
    """The exact text and figures that were asked for, or offered instead."""

    __tablename__ = "approval_versions"
    __table_args__ = (UniqueConstraint("approval_id", "number"),)

    approval_id: Mapped[int] = mapped_column(ForeignKey("approvals.id"))
    number: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    written_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    hash: Mapped[str]

    @property
    def terms(self) -> Terms:
        """The terms that the text holds."""
        return as_terms(self.text)


class Happening(StrEnum):
    """What happened to a request."""

    ASKED = "asked"
    QUESTION = "question"
    ANSWER = "answer"
    COUNTER_OFFER = "counter_offer"
    CUSTOMER_ACCEPTED = "customer_accepted"
    CUSTOMER_DECLINED = "customer_declined"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REMINDER = "reminder"
    LAST_CALL = "last_call"


class ApprovalEvent(Record):
    """One thing that was said or done about a request."""

    __tablename__ = "approval_events"

    approval_id: Mapped[int] = mapped_column(ForeignKey("approvals.id"), index=True)
    number: Mapped[int]
    """The version that stood then."""
    what: Mapped[Happening]
    by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text, default="")


class Delegation(Record):
    """Who may decide fee waivers in a principal's place: up to what, and when (R69)."""

    __tablename__ = "delegations"

    given_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    currency: Mapped[str]
    up_to: Mapped[Amount]
    """The largest fee that may be waived."""
    first_day: Mapped[date]
    last_day: Mapped[date]
    words: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    nonce: Mapped[str | None] = mapped_column(unique=True)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


freeze(ApprovalVersion.__table__)  # type: ignore[arg-type]
freeze(ApprovalEvent.__table__)  # type: ignore[arg-type]
freeze(
    Delegation.__table__,  # type: ignore[arg-type]
    may_change=("ended_at", "ended_by"),
)
