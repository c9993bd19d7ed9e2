"""Promises, as remembered."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.workflows.promises.rules import PromiseState

__all__ = ["AnyPromise", "BrokenDay", "Made", "Promise", "PromiseState", "PromisedInvoice"]


class Promise(Record):
    """A customer's word to pay an amount by a day."""

    __tablename__ = "promises"
    __table_args__ = (
        Index("ix_promises_state", "state", "state_on"),
        Index("ix_promises_payer", "payer_id", "state", "state_on"),
    )

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    currency: Mapped[str]
    amount: Mapped[Amount]
    due_on: Mapped[date] = mapped_column(index=True)
    method: Mapped[str] = mapped_column(default="")
    check_number: Mapped[str] = mapped_column(default="")
    state: Mapped[PromiseState] = mapped_column(default=PromiseState.LIVE)
    state_on: Mapped[date | None]
    """The company date on which it stopped being live."""
    told_on: Mapped[date | None] = mapped_column(index=True)
    """The company date on which the leads were told that it was not kept; it stays."""
    made_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    call_id: Mapped[int | None] = mapped_column(index=True)


class Made(NamedTuple):
    """A promise to look at, as its row is."""

    id: int
    payer_id: int
    currency: str
    due_on: date
    check_number: str
    state: PromiseState
    made_on: date
    made_at: datetime


AnyPromise = Promise | Made
"""A promise that is only looked at."""


class PromisedInvoice(Record):
    """The part of a promise that is for one invoice."""

    __tablename__ = "promised_invoices"

    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), index=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount: Mapped[Amount]


class BrokenDay(Record):
    """A day on which promises were not kept, or in part: the leads get one card (R107)."""

    __tablename__ = "broken_days"

    day: Mapped[date] = mapped_column(unique=True)
    made_at: Mapped[datetime]
