"""Statements, as remembered: what was sent, line by line."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze
from bot.workflows.statements.rules import LineKind, Why

__all__ = ["LeftOut", "LineKind", "Statement", "StatementLine", "StatementRun", "Why"]


class StatementRun(Record):
    """A month's statements."""

    __tablename__ = "statement_runs"

    month: Mapped[str] = mapped_column(unique=True)
    """`2026-06`."""
    scheduled_on: Mapped[date]
    as_of: Mapped[date]
    """The company's date on which it began; what every statement of it is as of."""
    began_at: Mapped[datetime]
    payers: Mapped[int] = mapped_column(default=0)
    """Payers with anything open when it began."""
    done: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """The last payer that is done: the run goes on after it."""
    ended_at: Mapped[datetime | None]
    is_missed: Mapped[bool] = mapped_column(default=False)
    """The desk was off until the next month's were due: recorded, and not sent."""
    version: Mapped[int] = mapped_column(default=1)


class Statement(Record):
    """One payer's statement of a month, or one that was sent when somebody asked."""

    __tablename__ = "statements"
    __table_args__ = (UniqueConstraint("run_id", "payer_id"),)

    run_id: Mapped[int | None] = mapped_column(ForeignKey("statement_runs.id"))
    """None: somebody asked for it."""
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    as_of: Mapped[date]
    made_at: Mapped[datetime]
    mail_key: Mapped[str] = mapped_column(unique=True)
    path: Mapped[str]
    """Of the PDF, relative to the desk's home."""
    sha256: Mapped[str]


class StatementLine(Record):
    """A line of a statement, as it was sent."""

    __tablename__ = "statement_lines"

    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"), index=True)
    kind: Mapped[LineKind]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    number: Mapped[str]
    currency: Mapped[str]
    dated: Mapped[date]
    due_on: Mapped[date | None]
    amount: Mapped[Amount]
    balance: Mapped[Amount]
    disputed: Mapped[Amount] = mapped_column(default=0)


class LeftOut(Record):
    """A payer of a run that got no statement, and why."""

    __tablename__ = "statements_left_out"
    __table_args__ = (UniqueConstraint("run_id", "payer_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("statement_runs.id"), index=True)
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    why: Mapped[Why]
    words: Mapped[str] = mapped_column(default="")


freeze(Statement.__table__)  # type: ignore[arg-type]
freeze(StatementLine.__table__)  # type: ignore[arg-type]
freeze(LeftOut.__table__)  # type: ignore[arg-type]
