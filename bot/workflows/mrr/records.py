"""The escalation ladder, as remembered."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze
from bot.workflows.mrr.rules import Rung

__all__ = ["EscalationDigest", "EscalationStep", "Ladder", "Rung"]


class RungColumn(TypeDecorator[Rung]):
    """A rung, by its number, so that higher ones compare as higher."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Rung | None, dialect: Dialect) -> int | None:
        """Return the number to store."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Rung | None:
        """Return the rung of a number."""
        return None if value is None else Rung(value)


class Ladder(Record):
    """A payer's way up while its aged MRR is not paid; at most one of a payer is open."""

    __tablename__ = "escalation_ladders"
    __table_args__ = (Index("ix_escalation_ladders_open", "closed_on", "payer_id"),)

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    rung: Mapped[Rung] = mapped_column(RungColumn)
    """How far it has got ..."""
    rung_on: Mapped[date]
    """... and since which company date."""
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    closed_why: Mapped[str] = mapped_column(default="")


class EscalationStep(Record):
    """One step up, with the facts it was taken on; it never changes (R53)."""

    __tablename__ = "escalation_steps"
    __table_args__ = (
        UniqueConstraint("ladder_id", "rung"),
        Index("ix_escalation_steps_on", "on", "rung"),
    )

    ladder_id: Mapped[int] = mapped_column(ForeignKey("escalation_ladders.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    rung: Mapped[Rung] = mapped_column(RungColumn)
    is_start: Mapped[bool] = mapped_column(default=False)
    """The starting rung of a payer that had gone that far when the desk first knew of it."""
    days: Mapped[int]
    """How many days past due the oldest aged MRR invoice was."""
    months: Mapped[int]
    """How many service months were aged."""
    broken: Mapped[int]
    """How many promises for MRR that is still open were broken."""
    amount: Mapped[Amount]
    """What was aged, in the currency that most was owed in."""
    currency: Mapped[str]
    why: Mapped[str] = mapped_column(Text)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"), index=True)
    """Whoever the rung names has to act; a starting rung shares one task a day."""
    on: Mapped[date]
    at: Mapped[datetime]


class EscalationDigest(Record):
    """One person's card for all steps of a day that are theirs."""

    __tablename__ = "escalation_digests"
    __table_args__ = (UniqueConstraint("person_id", "on"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    on: Mapped[date]
    made_at: Mapped[datetime]


freeze(EscalationStep.__table__)  # type: ignore[arg-type]
