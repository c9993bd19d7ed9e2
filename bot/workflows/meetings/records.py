"""Proposals, decisions, and what was shown in the meeting, as remembered."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze
from bot.workflows.meetings.rules import ProposalKind, ProposalState


class Proposal(Record):
    """What somebody proposed for a case: its text and figures frozen as they were then."""

    __tablename__ = "meeting_proposals"
    __table_args__ = (
        Index("ix_meeting_proposals_case", "case_id", "state"),
        Index("ix_meeting_proposals_state", "state", "expires_at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"))
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("digests.id"))
    """The digest that stood then."""
    kind: Mapped[ProposalKind]
    until: Mapped[date | None]
    """Of a hold: its last day."""
    ask: Mapped[str] = mapped_column(Text)
    figures: Mapped[str] = mapped_column(Text)
    """Lines of text: the case as it stood."""
    words: Mapped[str] = mapped_column(Text)
    accounts: Mapped[str]
    """Of a suspension: the accounts that were ready, by id, comma-separated."""
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("suspension_notices.id"))
    notice_version: Mapped[int | None]
    by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    nonce: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.OPEN)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who ended it; None: the desk."""
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)


class Decision(Record):
    """A proposal that was confirmed, and what carries it out."""

    __tablename__ = "meeting_decisions"

    proposal_id: Mapped[int] = mapped_column(ForeignKey("meeting_proposals.id"), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"), index=True)
    kind: Mapped[ProposalKind]
    words: Mapped[str] = mapped_column(Text)
    department: Mapped[str]
    by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    orders: Mapped[str]
    """What support was told, by id, comma-separated."""


class DigestDecision(Record):
    """What a digest opens with: decided, and not carried out when it was posted (R168)."""

    __tablename__ = "digest_decisions"
    __table_args__ = (UniqueConstraint("digest_id", "decision_id"),)

    digest_id: Mapped[int] = mapped_column(ForeignKey("digests.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("meeting_decisions.id"))
    department: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
    days: Mapped[int]
    """Since it was decided."""


class CasePresented(Record):
    """A case that was shown alone in the meeting; the last one is where the meeting is."""

    __tablename__ = "cases_presented"

    digest_id: Mapped[int] = mapped_column(ForeignKey("digests.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("digest_lines.id"))
    by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


freeze(
    Proposal.__table__,  # type: ignore[arg-type]
    may_change=("state", "decided_by", "decided_at", "reason", "version"),
)
freeze(Decision.__table__)  # type: ignore[arg-type]
freeze(DigestDecision.__table__)  # type: ignore[arg-type]
freeze(CasePresented.__table__)  # type: ignore[arg-type]
