"""Calls, as remembered."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze
from bot.workflows.calls.rules import Direction, Outcome

__all__ = [
    "ActivitySheet",
    "Call",
    "CallEffect",
    "Direction",
    "DocumentRequest",
    "EffectKind",
    "Outcome",
]


class Call(Record):
    """One call with a payer: when, with whom, what came of it, and what comes next."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_payer_day", "payer_id", "day"),
        Index("ix_calls_agent_day", "agent_id", "day"),
    )

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    day: Mapped[date]
    """The company's date."""
    direction: Mapped[Direction] = mapped_column(default=Direction.OUT)
    outcome: Mapped[Outcome]
    is_reached: Mapped[bool]
    number: Mapped[str] = mapped_column(default="")
    """The number called."""
    spoke_to: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(Text, default="")
    """The result in words."""
    next_step: Mapped[str] = mapped_column(default="")
    next_on: Mapped[date | None]
    """The company date of the next touch."""
    next_at: Mapped[datetime | None]
    """The moment of an agreed call-back."""
    is_difficult: Mapped[bool] = mapped_column(default=False)
    nonce: Mapped[str | None] = mapped_column(unique=True)
    undone_at: Mapped[datetime | None]


class EffectKind(StrEnum):
    """What else a call changed."""

    PROMISE = "promise"
    HOLD = "hold"
    CONTACT = "contact"
    REQUEST = "request"
    TASK = "task"
    """A call-back that it made due (R29)."""
    TASK_ENDED = "task_ended"
    """A call-back that it returned."""


class CallEffect(Record):
    """A record that a call made, so that undoing the call takes it back, too."""

    __tablename__ = "call_effects"

    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    kind: Mapped[EffectKind]
    record_id: Mapped[int] = mapped_column(BigInteger)


class DocumentRequest(Record):
    """Something the customer asked to be sent: what, what for, and when it was (R12-R14)."""

    __tablename__ = "document_requests"

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    what: Mapped[str]
    send_to: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class ActivitySheet(Record):
    """One agent's shift, closed: the figures are drawn from its calls."""

    __tablename__ = "activity_sheets"
    __table_args__ = (UniqueConstraint("agent_id", "day"),)

    agent_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    day: Mapped[date]
    """The business day of the shift."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_at: Mapped[datetime]


freeze(Call.__table__, may_change=("undone_at",))  # type: ignore[arg-type]
