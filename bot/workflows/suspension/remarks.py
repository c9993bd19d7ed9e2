"""What people write and say about cases, and the story of a case (R81, R82)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.calls import queries as calls
from bot.workflows.people import queries as people
from bot.workflows.people.records import Person
from bot.workflows.suspension.records import CaseComment, CaseNote, SuspensionCase

_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something written about a case."""

    words: str
    name: str
    """Whose words."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was said or done about a case."""

    at: datetime
    who: str
    words: str


def last_notes(
    session: Session, case_ids: Collection[int] | None, *, before: datetime | None = None
) -> dict[int, Said]:
    """
    Return the last note of each case that has one, or had one before a moment.

    :param case_ids: of which cases; None: of all.
    """
    given = {"cases": case_ids, "before": before}
    wanted = _last_notes(of_some=case_ids is not None, by_then=before is not None)
    found = rows(session, wanted, given)
    return {row.case_id: Said(words=row.words, name=row.name, at=row.at) for row in found}


@cache
def _last_notes(*, of_some: bool, by_then: bool) -> Prepared:
    noted, people = table_of(CaseNote), table_of(Person)
    last = select(func.max(noted.c.id))
    if of_some:
        last = last.where(noted.c.case_id.in_(_CASES))
    if by_then:
        last = last.where(noted.c.at < bindparam("before"))
    return Prepared(
        select(noted.c.case_id, noted.c.words, noted.c.at, people.c.name)
        .join(people, people.c.id == noted.c.by)
        .where(noted.c.id.in_(last.group_by(noted.c.case_id)))
    )


def notes(session: Session, case_id: int, *, limit: int) -> list[Said]:
    """Return the latest notes on a case, the newest first."""
    found = session.execute(
        select(CaseNote.words, CaseNote.at, Person.name)
        .join(Person, Person.id == CaseNote.by)
        .where(CaseNote.case_id == case_id)
        .order_by(CaseNote.id.desc())
        .limit(limit)
    )
    return [Said(words=row.words, name=row.name, at=row.at) for row in found]


def comments(session: Session, case_ids: Collection[int]) -> dict[int, list[Said]]:
    """Return what was said in the meeting's thread about each case, oldest first."""
    found: dict[int, list[Said]] = {}
    for row in rows(session, _comments(), {"cases": case_ids}):
        said = Said(words=row.words, name=row.name, at=row.at)
        found.setdefault(row.case_id, []).append(said)
    return found


@cache
def _comments() -> Prepared:
    said, people = table_of(CaseComment), table_of(Person)
    return Prepared(
        select(said.c.case_id, said.c.words, said.c.at, people.c.name)
        .join(people, people.c.id == said.c.by)
        .where(said.c.case_id.in_(_CASES))
        .order_by(said.c.id)
    )


def events(session: Session, case: SuspensionCase, *, limit: int) -> list[Event]:
    """Return the notes, comments and calls about a case, the newest first."""
    noted = notes(session, case.id, limit=limit)
    said = comments(session, [case.id]).get(case.id, [])
    found = [Event(at=one.at, who=f"{one.name}, note", words=one.words) for one in noted]
    found += [Event(at=one.at, who=f"{one.name}, comment", words=one.words) for one in said]
    for call in calls.touches(session, case.payer_id, limit):
        who = people.get(session, call.agent_id).name
        words = f"{call.outcome.words}. {call.words}".strip()
        found.append(Event(at=call.at, who=f"{who}, call", words=words))
    return sorted(found, key=lambda event: event.at, reverse=True)[:limit]
