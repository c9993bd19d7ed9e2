"""Finding people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import bindparam, event, or_, select
from sqlalchemy.orm import Session, object_session

from bot.store import addresses
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.people.records import Absence, Person, member_of
from bot.workflows.people.rules import LEADS, Member, Role

T = TypeVar("T")
_PEOPLE: Final = table_of(Person)
_MEMBER: Final = select(*(_PEOPLE.c[field.name] for field in fields(Member)))
_BY_ACCOUNT: Final = Prepared(
    _MEMBER.where(
        _PEOPLE.c.entra_id == bindparam("entra_id"),
        or_(_PEOPLE.c.tenant_id == "", _PEOPLE.c.tenant_id == bindparam("tenant_id")),
        _PEOPLE.c.is_active,
    )
    .order_by(_PEOPLE.c.tenant_id.desc())
    .limit(1)
)

_ACTIVE: Final = Prepared(
    _MEMBER.where(_PEOPLE.c.is_active).order_by(_PEOPLE.c.name, _PEOPLE.c.id)
)
_BY_ID: Final = Prepared(_MEMBER.where(_PEOPLE.c.id == bindparam("id")))
_ABSENCES: Final = table_of(Absence)
_AWAY: Final = Prepared(
    select(_ABSENCES.c.person_id, _ABSENCES.c.cover_id).where(
        _ABSENCES.c.first_day <= bindparam("day"),
        _ABSENCES.c.last_day >= bindparam("day"),
        _ABSENCES.c.cancelled_at.is_(None),
    )
)
_member = lru_cache(maxsize=4096)(member_of)
"""Makes a member of a row; each look reads the same rows of everybody."""
_READ: Final = "people.read"
"""In a session: what its transaction has read of people, until it changes any."""


def by_account(session: Session, *, tenant_id: str, entra_id: str) -> Member | None:
    """Return the active person with that Microsoft account, if the desk knows them."""
    account = {"entra_id": entra_id.lower(), "tenant_id": tenant_id.lower()}
    person = rows(session, _BY_ACCOUNT, account).first()
    return _member(person) if person else None


def named(session: Session, text: str) -> Member | None:
    """Return the active person with that e-mail address or Entra id."""
    wanted = text.strip().lower()
    known = select(Person).where(
        or_(Person.entra_id == wanted, Person.email == wanted), Person.is_active
    )
    person = session.scalars(known.order_by(Person.id)).first() if wanted else None
    return person.as_member() if person else None


def get(session: Session, person_id: int) -> Member:
    """
    Return a person by the desk's own id.

    :raises NoResultFound: if there is none.
    """
    read = _read(session)
    if person_id not in read:
        read[person_id] = _member(rows(session, _BY_ID, {"id": person_id}).one())
    member: Member = read[person_id]
    return member


def is_active(session: Session, person_id: int) -> bool:
    """Test if a person is of the desk still."""
    person = session.get(Person, person_id)
    return person is not None and person.is_active


def everybody(session: Session) -> list[Member]:
    """Return all active people, by name."""
    read = _read(session)
    if "active" not in read:
        read["active"] = [_member(row) for row in rows(session, _ACTIVE, {})]
        read |= {member.id: member for member in read["active"]}
    return list(read["active"])


def in_roles(session: Session, roles: Collection[Role]) -> list[Member]:
    """Return all active people who have one of the roles, by name."""
    wanted = frozenset(roles)
    return [member for member in everybody(session) if member.roles & wanted]


def once(session: Session, what: Hashable, make: Callable[[], T]) -> T:
    """Return what follows from people alone, made once for all that a transaction looks at."""
    read = _read(session)
    if what not in read:
        read[what] = make()
    made: T = read[what]
    return made


def leads(session: Session) -> list[Member]:
    """Return who is told as a lead: the leads, else whoever is above, by name."""
    return in_roles(session, {Role.LEAD}) or in_roles(session, LEADS)


def absent_on(session: Session, day: date) -> dict[int, int | None]:
    """Return who is away that day, each with the person who covers (or None)."""
    read = _read(session)
    if day not in read:
        away = rows(session, _AWAY, {"day": day})
        read[day] = {row.person_id: row.cover_id for row in away}
    return dict(read[day])


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


def _read(session: Session) -> dict[Any, Any]:
    """Return what this session has read: a job of many payers asks for the same people."""
    found: dict[Any, Any] = session.info.setdefault(_READ, {})
    return found


@event.listens_for(Person, "after_insert")
@event.listens_for(Person, "after_update")
@event.listens_for(Absence, "after_insert")
@event.listens_for(Absence, "after_update")
def _read_again(_mapper: object, _connection: object, changed: object) -> None:
    if session := object_session(changed):
        session.info.pop(_READ, None)
