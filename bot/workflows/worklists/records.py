"""Worklists, as handed out."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze


class EntryState(StrEnum):
    """Where a payer on a list has got to today."""

    OPEN = "open"
    """To be called (again)."""
    REACHED = "reached"
    TRIED_OUT = "tried_out"
    """All of the day's attempts are used, nobody reached."""
    LATER = "later"
    """Handled for today without being reached: call-back agreed, wrong number, ..."""
    POSTPONED = "postponed"
    """R86: a lead took it off the list for the day."""


class Worklist(Record):
    """One agent's list for one business day."""

    __tablename__ = "worklists"
    __table_args__ = (
        UniqueConstraint("agent_id", "day"),
        Index("ix_worklists_starts_at", "starts_at"),
    )

    agent_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    day: Mapped[date]
    made_at: Mapped[datetime]
    book_at: Mapped[datetime | None]
    """When the book was last brought up to date before the list was made."""
    starts_at: Mapped[datetime]
    """When the shift it is for starts ..."""
    ends_at: Mapped[datetime]
    """... and ends."""
    covers: Mapped[str] = mapped_column(default="")
    """Whose payers it holds: the agents' ids, comma-separated."""
    joined_to: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """The newest call about final invoices that joined it after it was made."""
    version: Mapped[int] = mapped_column(default=1)


class DayList(NamedTuple):
    """One agent's list for one business day to look at, as its row is."""

    id: int
    agent_id: int
    day: date
    book_at: datetime | None
    starts_at: datetime
    ends_at: datetime


AnyList = Worklist | DayList
"""A list that is only looked at."""


class WorklistEntry(Record):
    """A payer to call, where it stood when the list was made, and what has happened since."""

    __tablename__ = "worklist_entries"
    __table_args__ = (
        UniqueConstraint("worklist_id", "payer_id"),
        Index(
            "ix_worklist_entries_next",
            "worklist_id",
            "state",
            "turn",
            "ready_at",
            "closes_at",
            "lane_turn",
        ),
        Index("ix_worklist_entries_payer", "payer_id", "starts_at"),
    )

    worklist_id: Mapped[int] = mapped_column(ForeignKey("worklists.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    position: Mapped[int]
    """Where it stands on the list, from 1; it moves only when others join the list."""
    turn: Mapped[int]
    """The order of calling; starts as the position and grows when the payer steps back."""
    tier: Mapped[int]
    tier_before: Mapped[int | None]
    """Its tier before a voicemail of the day put it first (R29); None: it was not."""
    rule: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    """In words; what a lead overruled comes first, with who and why (R86)."""
    overruled: Mapped[str] = mapped_column(Text, default="")
    """The part of the reason that is a lead's."""
    currency: Mapped[str]
    past_due: Mapped[Amount]
    ranked: Mapped[Amount]
    oldest_days: Mapped[int]
    unapplied: Mapped[Amount] = mapped_column(default=0)
    """Open credits and unapplied payments, as a negative."""
    is_in_window: Mapped[bool] = mapped_column(default=False)
    """In the lane of the 5-15 day window: not contacted since it entered it (R93)."""
    lane_turn: Mapped[int | None]
    """Its place in that lane, from 1, largest first; None outside it."""
    is_pinned: Mapped[bool] = mapped_column(default=False)
    """R86: a lead put it first for the day."""
    state: Mapped[EntryState] = mapped_column(default=EntryState.OPEN)
    attempts: Mapped[int] = mapped_column(default=0)
    back_at: Mapped[datetime | None]
    """Not to be called before this moment: the next attempt (R84), or after "not now"."""
    starts_at: Mapped[datetime]
    """When the shift that the list is for starts."""
    opens_at: Mapped[datetime]
    """When the payer's calling hours of that shift open (UTC) ..."""
    closes_at: Mapped[datetime]
    """... and close."""
    ready_at: Mapped[datetime]
    """The later of `opens_at` and `back_at`: it may be called from then until `closes_at`."""
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every touch; a press of an older card changes nothing."""


class LeftOff(Record):
    """A payer that owes and is not on the list that day, and why."""

    __tablename__ = "worklist_left_off"

    worklist_id: Mapped[int] = mapped_column(ForeignKey("worklists.id"), index=True)
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    reason: Mapped[str] = mapped_column(Text)


class PostedLine(Record):
    """A payer on a list, or left off it, as the list was handed out: it never changes."""

    __tablename__ = "worklist_posted_lines"

    worklist_id: Mapped[int] = mapped_column(ForeignKey("worklists.id"), index=True)
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    position: Mapped[int | None]
    """Where it stood, from 1; None: it was left off, and nothing but the reason is known."""
    lane_turn: Mapped[int | None]
    """Its place in the lane of the 5-15 day window, from 1; None outside it."""
    tier: Mapped[int | None]
    rule: Mapped[str | None]
    reason: Mapped[str] = mapped_column(Text)
    currency: Mapped[str | None]
    past_due: Mapped[Amount | None]
    ranked: Mapped[Amount | None]
    oldest_days: Mapped[int | None]


freeze(PostedLine.__table__)  # type: ignore[arg-type]


class WindowStanding(Record):
    """What a payer owes in the 5-15 day window that day, and whether it was contacted (R93)."""

    __tablename__ = "window_standings"
    __table_args__ = (
        Index("ix_window_standings_list", "worklist_id"),
        Index("ix_window_standings_payer", "payer_id", "starts_at"),
    )

    worklist_id: Mapped[int] = mapped_column(ForeignKey("worklists.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    starts_at: Mapped[datetime]
    currency: Mapped[str]
    amount: Mapped[Amount]
    was_contacted: Mapped[bool]
    """Reached since it entered the window, before the list was made."""
    reached_at: Mapped[datetime | None]
    """Reached since the list was made."""


class OverrideKind(StrEnum):
    """What a lead changed for a day (R86)."""

    PIN = "pin"
    POSTPONE = "postpone"
    TIERS = "tiers"


class Override(Record):
    """A lead's word on the lists of one day, or of several in a row (R86)."""

    __tablename__ = "worklist_overrides"
    __table_args__ = (Index("ix_worklist_overrides_days", "last_day", "first_day"),)

    kind: Mapped[OverrideKind]
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    """Whom it pins or postpones."""
    tiers: Mapped[str] = mapped_column(default="")
    """The tiers in the order of that day, comma-separated."""
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Whose list the order of tiers is for; None: everybody's."""
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str]
    set_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    set_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    nonce: Mapped[str | None] = mapped_column(unique=True)


class MissedList(Record):
    """A morning list that was not posted during its shift, and so not at all."""

    __tablename__ = "missed_worklists"
    __table_args__ = (UniqueConstraint("agent_id", "day"),)

    agent_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    day: Mapped[date]
    noticed_at: Mapped[datetime]
