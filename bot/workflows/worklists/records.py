"""Worklists, as handed out."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record


class EntryState(StrEnum):
    """Where a payer on a list has got to today."""

    OPEN = "open"
    """To be called (again)."""
    REACHED = "reached"
    TRIED_OUT = "tried_out"
    """All of the day's attempts are used, nobody reached."""
    LATER = "later"
    """Handled for today without being reached: call-back agreed, wrong number, ..."""


class Worklist(Record):
    """One agent's list for one business day."""

    __tablename__ = "worklists"
    __table_args__ = (UniqueConstraint("agent_id", "day"),)

    agent_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    day: Mapped[date]
    made_at: Mapped[datetime]
    book_at: Mapped[datetime | None]
    """When the book was last brought up to date before the list was made."""
    version: Mapped[int] = mapped_column(default=1)


class WorklistEntry(Record):
    """A payer to call, where it stood when the list was made, and what has happened since."""

    __tablename__ = "worklist_entries"
    __table_args__ = (
        UniqueConstraint("worklist_id", "payer_id"),
        Index("ix_worklist_entries_next", "worklist_id", "state", "turn"),
        Index("ix_worklist_entries_payer", "payer_id"),
    )

    worklist_id: Mapped[int] = mapped_column(ForeignKey("worklists.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    position: Mapped[int]
    """Where it stands on the list, from 1; it never moves."""
    turn: Mapped[int]
    """The order of calling; starts as the position and grows when the payer steps back."""
    tier: Mapped[int]
    rule: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    currency: Mapped[str]
    past_due: Mapped[Amount]
    ranked: Mapped[Amount]
    oldest_days: Mapped[int]
    unapplied: Mapped[Amount] = mapped_column(default=0)
    """Open credits and unapplied payments, as a negative."""
    is_in_window: Mapped[bool] = mapped_column(default=False)
    state: Mapped[EntryState] = mapped_column(default=EntryState.OPEN)
    attempts: Mapped[int] = mapped_column(default=0)
    back_at: Mapped[datetime | None]
    """Not to be called before this moment."""
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every touch; a press of an older card changes nothing."""
