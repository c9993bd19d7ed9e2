"""Follow-up e-mails, as remembered; their text is in the payer's mail of the day."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.workflows.follow_ups.rules import FollowUpState, Origin

__all__ = ["FollowUp", "FollowUpBatch", "FollowUpState", "Origin"]


class FollowUp(Record):
    """An e-mail to a payer that was tried and not reached on a business day; one a day."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        UniqueConstraint("payer_id", "day"),
        Index("ix_follow_ups_agent_day", "agent_id", "day"),
        Index("ix_follow_ups_state", "state", "payer_id"),
    )

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    """Who tried last, and sends it."""
    day: Mapped[date]
    """The business day of the shift in which it was tried."""
    origin: Mapped[Origin]
    call_id: Mapped[int | None] = mapped_column(index=True)
    """The third miss."""
    revision: Mapped[int] = mapped_column(default=1)
    """Counts its texts: each has a topic of its own in the payer's mail."""
    state: Mapped[FollowUpState] = mapped_column(default=FollowUpState.DRAFT)
    why: Mapped[str] = mapped_column(Text, default="")
    drafted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    @property
    def topic(self) -> str:
        """What its text is called in the payer's mail."""
        return f"follow_up:{self.id}:{self.revision}"


class FollowUpBatch(Record):
    """What an agent is asked at a shift's end: send all, look first, or leave."""

    __tablename__ = "follow_up_batches"
    __table_args__ = (UniqueConstraint("agent_id", "day"),)

    agent_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    day: Mapped[date]
    made_at: Mapped[datetime]
