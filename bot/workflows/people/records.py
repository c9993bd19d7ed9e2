"""People, as remembered."""

from datetime import date, datetime, time
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, Row, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.postings import Place
from bot.workflows.people.rules import Member, Role


class Person(Record):
    """A person known by their Microsoft account."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("tenant_id", "entra_id"),)

    tenant_id: Mapped[str] = mapped_column(default="")
    """Empty means the bot's own tenant."""
    entra_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(index=True, default="")
    roles: Mapped[str]
    """Comma-separated."""
    time_zone: Mapped[str] = mapped_column(default="America/New_York")
    shift_start: Mapped[time] = mapped_column(default=time(8))
    shift_end: Mapped[time] = mapped_column(default=time(17))
    shift_zone: Mapped[str] = mapped_column(default="America/New_York")
    sales_partners: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """Whose customers are theirs where no known agent is named (R163); semicolon-separated."""
    is_active: Mapped[bool] = mapped_column(default=True)
    learned_at: Mapped[datetime]

    def as_member(self) -> Member:
        """Return the person as the rules know them."""
        return member_of(self)


class Absence(Record):
    """Days on which somebody is away, and who works their portfolio meanwhile."""

    __tablename__ = "absences"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    set_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    set_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


def member_of(person: Person | Row[*tuple[Any, ...]]) -> Member:
    """Return a person, or the row of one, as the rules know them."""
    return Member(
        id=person.id,
        name=person.name,
        email=person.email,
        roles=_roles(person.roles),
        time_zone=person.time_zone,
        shift_start=person.shift_start,
        shift_end=person.shift_end,
        shift_zone=person.shift_zone,
    )


@cache
def _roles(named: str) -> frozenset[Role]:
    return frozenset(Role(part) for part in named.split(",") if part)


def place_of(person_id: int) -> Place:
    """Return the place that is a person's own chat."""
    return Place(f"person:{person_id}")
