"""
Importing people: who they are, what they may do, when they work.

A person is known by their Entra object id, never by a name. Whoever is not in the file stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store import audit, bulk
from bot.workflows.customers import operations as customers
from bot.workflows.imports import publishing
from bot.workflows.imports.layouts import PEOPLE
from bot.workflows.imports.parsing import Problem
from bot.workflows.imports.shapes import Staged, WithoutAmounts
from bot.workflows.imports.tally import Tally
from bot.workflows.people.records import Person

_ZONE: Final = "America/New_York"
_STARTS: Final = time(8)
_ENDS: Final = time(17)
_MAY_BE_EMPTIED: Final = ("email", "roles", "sales_partners")
"""What an empty cell takes away; elsewhere it says nothing."""


class PersonShape(WithoutAmounts):
    """People."""

    def shape(self, line: int, values: tuple[Any, ...]) -> Staged:
        """Return the row as it is: people are few."""
        return (line, *values)


class PersonIntake:
    """One file of people on its way in."""

    def __init__(self, load: bulk.Load, present: frozenset[str]) -> None:
        self.shape: Final = PersonShape()
        self._load = load
        self._present = present
        self._rows: dict[str, tuple[Any, ...]] = {}

    def take(self, rows: Sequence[tuple[Any, ...]], tally: Tally) -> None:
        """Keep rows; a second, different row for a person is rejected."""
        for row in rows:
            first = self._rows.setdefault(row[1], row)
            if first[1:] != row[1:]:
                said = f"Line {first[0]} has another row for {row[1]}."
                tally.turn_down(Problem(row[0], "entra_id", said), None)
            elif first[0] != row[0]:
                tally.repeated += 1

    def merge(self, tally: Tally, *, source: str, at: datetime) -> None:
        """Bring the people in, and give them the payers that name them or their partners."""
        update = publishing.begin(self._load)
        with self._load.slice() as session:
            before = customers.partners(session)
            for row in self._rows.values():
                self._bring_in(session, self._told(row), tally, at)
            session.flush()
            customers.let_partners_go(session, before)
            customers.link_agents(session)
            facts = publishing.Facts(source=source, at=at)
            publishing.end(session, update, tally, what="people", facts=facts)

    def _told(self, row: tuple[Any, ...]) -> dict[str, Any]:
        named = dict(zip(PEOPLE.names, row[1:], strict=True))
        return {name: named[name] for name in PEOPLE.names if name in self._present}

    def _bring_in(
        self, session: Session, told: dict[str, Any], tally: Tally, at: datetime
    ) -> None:
        by_account = select(Person).filter_by(entra_id=told["entra_id"])
        person = session.scalars(by_account.order_by(Person.id)).first()
        if person is None:
            person = Person(tenant_id="", learned_at=at, **_complete(told))
            session.add(person)
            session.flush()
            tally.new += 1
            _note(session, person, "person added", {}, at)
            return
        before = {name: getattr(person, name) for name in told}
        told = {name: told[name] for name in told if told[name] or name in _MAY_BE_EMPTIED}
        if any(before[name] != told[name] for name in told):
            for name, value in told.items():
                setattr(person, name, value)
            person.learned_at = at
            tally.changed += 1
            _note(session, person, "person changed", before, at)


def _complete(told: Mapping[str, Any]) -> dict[str, Any]:
    zone = told.get("time_zone") or _ZONE
    return {
        "entra_id": told["entra_id"],
        "name": told["name"],
        "email": told.get("email") or "",
        "roles": told.get("roles") or "",
        "time_zone": zone,
        "shift_start": told.get("shift_start") or _STARTS,
        "shift_end": told.get("shift_end") or _ENDS,
        "shift_zone": told.get("shift_zone") or zone,
        "sales_partners": told.get("sales_partners") or "",
    }


def _note(
    session: Session, person: Person, what: str, before: Mapping[str, Any], at: datetime
) -> None:
    after = {name: getattr(person, name) for name in PEOPLE.names}
    note = audit.Note(
        what=what,
        about=f"person:{person.id}",
        at=at,
        before={name: str(value) for name, value in before.items()},
        after={name: str(value) for name, value in after.items()},
    )
    audit.note(session, note)
