"""Handovers, as remembered; what is handed over is drawn from the payers as they are."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record


class Handover(Record):
    """One agent's shift, handed over; once a business day."""

    __tablename__ = "handovers"
    __table_args__ = (UniqueConstraint("agent_id", "day"),)

    agent_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    day: Mapped[date]
    """The business day of the shift."""
    made_at: Mapped[datetime]


class HandoverReader(Record):
    """Who gets a handover, and from when on."""

    __tablename__ = "handover_readers"
    __table_args__ = (
        UniqueConstraint("handover_id", "person_id"),
        Index("ix_handover_readers_person", "person_id", "from_at"),
    )

    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    from_at: Mapped[datetime]
