"""Calls, as remembered."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze


class Direction(StrEnum):
    """Who called whom."""

    OUT = "out"
    IN = "in"


class Outcome(StrEnum):
    """What came of a call."""

    NO_ANSWER = "no_answer"
    LEFT_VOICEMAIL = "left_voicemail"
    WRONG_NUMBER = "wrong_number"
    SPOKE_TO_OTHER = "spoke_to_other"
    PROMISE_TO_PAY = "promise_to_pay"
    PAID_ALREADY = "paid_already"
    CHECK_MAILED = "check_mailed"
    DISPUTE = "dispute"
    REFUSED = "refused"
    CALL_BACK_AT = "call_back_at"
    INVOICE_NOT_RECEIVED = "invoice_not_received"
    NEEDS_DOCUMENT = "needs_document"
    PLAN_INQUIRY = "plan_inquiry"
    HARDSHIP = "hardship"
    SOLD_OR_CLOSED = "sold_or_closed"
    LEGAL = "legal"


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


freeze(Call.__table__, may_change=("undone_at",))  # type: ignore[arg-type]
