"""Who is played in the demo, and from which chair."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.demo.teams_client.config import Account
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.workflows.people.records import Person
from bot.workflows.people.rules import Role

CHAIRS: Final[tuple[tuple[Role, str], ...]] = (
    (Role.AGENT, "works a list of payers"),
    (Role.CONTROLLER, "decides fee waivers and payment plans"),
    (Role.VP_FINANCE, "decides them, too: one of the two is enough"),
    (Role.LEAD, "leads the team and holds the suspension meeting"),
    (Role.BILLING, "answers disputes about invoices"),
    (Role.SUPPORT, "suspends and restores services"),
)
"""The roles that are played, and what each does."""


class NobodyToPlay(Refused):
    """The book has nobody whom the demo could play."""


@dataclass(frozen=True, slots=True)
class Chair:
    """Somebody to play."""

    account: Account
    role: Role
    what: str
    person_id: int


def chairs(session: Session) -> tuple[Chair, ...]:
    """
    Return whom to play: the first person of each role, as the people file has them.

    :raises NobodyToPlay: if there is none at all.
    """
    everybody = list(
        session.scalars(select(Person).where(Person.is_active).order_by(Person.id))
    )
    taken: set[int] = set()
    found: list[Chair] = []
    for role, what in CHAIRS:
        for person in everybody:
            if role.value in person.roles.split(",") and person.id not in taken:
                taken.add(person.id)
                found.append(Chair(_account(person), role, what, person.id))
                break
    if not found:
        raise NobodyToPlay(
            "There is no agent, controller, VP Finance or lead among the people."
        )
    return tuple(found)


def accounts(session: Session) -> tuple[Account, ...]:
    """Return everybody's account: those played first, then the others."""
    people = session.scalars(select(Person).where(Person.is_active).order_by(Person.id))
    everybody = [_account(person) for person in people]
    played = [chair.account for chair in chairs(session)]
    return (*played, *(one for one in everybody if one not in played))


def agents(session: Session) -> tuple[Chair, ...]:
    """Return every agent's chair."""
    _, what = CHAIRS[0]
    people = session.scalars(select(Person).where(Person.is_active).order_by(Person.id))
    return tuple(
        Chair(_account(person), Role.AGENT, what, person.id)
        for person in people
        if Role.AGENT.value in person.roles.split(",")
    )


def _account(person: Person) -> Account:
    return Account(person.entra_id, person.name, person.email or person.entra_id)
