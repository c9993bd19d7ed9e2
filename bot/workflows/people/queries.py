"""Finding people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from bot.store import addresses
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.people.records import Absence, Person, member_of
from bot.workflows.people.rules import LEADS, Member, Role

_PEOPLE: Final = table_of(Person)
_BY_ACCOUNT: Final = Prepared(
    select(_PEOPLE)
    .where(
        _PEOPLE.c.entra_id == bindparam("entra_id"),
        or_(_PEOPLE.c.tenant_id == "", _PEOPLE.c.tenant_id == bindparam("tenant_id")),
        _PEOPLE.c.is_active,
    )
    .order_by(_PEOPLE.c.tenant_id.desc())
    .limit(1)
)


def by_account(session: Session, *, tenant_id: str, entra_id: str) -> Member | None:
    """Return the active person with that Microsoft account, if the desk knows them."""
    account = {"entra_id": entra_id.lower(), "tenant_id": tenant_id.lower()}
    person = rows(session, _BY_ACCOUNT, account).first()
    return member_of(person) if person else None


def named(session: Session, text: str) -> Member | None:
    """Return the active person with that e-mail address or Entra id."""
    wanted = text.strip().lower()
    known = select(Person).where(
        or_(Person.entra_id == wanted, Person.email == wanted), Person.is_active
    )
    person = session.scalars(known.order_by(Person.id)).first() if wanted else None
    return person.as_member() if person else None


def get(session: Session, person_id: int) -> Member:
    """Return a person by the desk's own id."""
    return session.get_one(Person, person_id).as_member()


def is_active(session: Session, person_id: int) -> bool:
    """Test if a person is of the desk still."""
    person = session.get(Person, person_id)
    return person is not None and person.is_active


def everybody(session: Session) -> list[Member]:
    """Return all active people, by name."""
    active = select(Person).where(Person.is_active).order_by(Person.name, Person.id)
    return [person.as_member() for person in session.scalars(active)]


def in_roles(session: Session, roles: Collection[Role]) -> list[Member]:
    """Return all active people who have one of the roles, by name."""
    return [member for member in everybody(session) if member.roles & frozenset(roles)]


def leads(session: Session) -> list[Member]:
    """Return who is told as a lead: the leads, else whoever is above, by name."""
    return in_roles(session, {Role.LEAD}) or in_roles(session, LEADS)


def absent_on(session: Session, day: date) -> dict[int, int | None]:
    """Return who is away that day, each with the person who covers (or None)."""
    away = select(Absence.person_id, Absence.cover_id).where(
        Absence.first_day <= day, Absence.last_day >= day, Absence.cancelled_at.is_(None)
    )
    return {row.person_id: row.cover_id for row in session.execute(away)}


def without_app(session: Session) -> list[Member]:
    """Return the active people whose chat the desk cannot write to, by name."""
    there = addresses.with_app(session)
    active = select(Person).where(Person.is_active).order_by(Person.name, Person.id)
    return [
        person.as_member() for person in session.scalars(active) if person.entra_id not in there
    ]


def called(session: Session, text: str) -> list[Member]:
    """Return the active people whom a text may mean: by account, full name, or part of one."""
    if exact := named(session, text):
        return [exact]
    wanted = " ".join(text.split()).casefold()
    near = [m for m in everybody(session) if wanted and wanted in m.name.casefold()]
    return [m for m in near if m.name.casefold() == wanted] or near
