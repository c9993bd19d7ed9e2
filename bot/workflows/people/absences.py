"""
Who is away, and who works their portfolio meanwhile (R163).

A lead sets anybody's absence, an agent their own; whoever covers is away at no time of it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.store import audit
from bot.store.rows import locked
from bot.workflows.people import queries as people
from bot.workflows.people.records import Absence, Person
from bot.workflows.people.rules import AT_THE_DESK, Member

LONGEST_DAYS: Final = 366


class CannotBeAway(Refused):
    """The absence makes no sense, or is not this person's to set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Somebody's absence, both days included, and who covers (None: nobody does)."""

    person_id: int
    first_day: date
    last_day: date
    cover_id: int | None = None


def plan(session: Session, away: Away, *, by: Member, at: datetime, today: date) -> Absence:
    """
    Enter an absence; the same one entered again is the one that is there.

    :raises CannotBeAway: if it makes no sense, overlaps another, or is not theirs to set.
    """
    _check_may(by, away.person_id)
    _check_days(away, today)
    if again := _same(session, away):
        return again
    _check_free(session, away)
    _check_cover(session, away)
    absence = Absence(
        person_id=away.person_id,
        cover_id=away.cover_id,
        first_day=away.first_day,
        last_day=away.last_day,
        set_by=by.id,
        set_at=at,
    )
    session.add(absence)
    session.flush()
    audit.note(session, _note("absence planned", absence, by=by, at=at))
    return absence


def end(session: Session, absence_id: int, *, by: Member, at: datetime) -> Absence:
    """
    Take an absence back, also while it lasts; doing so again changes nothing.

    :raises CannotBeAway: if it is not theirs to change.
    """
    absence = locked(session, Absence, absence_id)
    _check_may(by, absence.person_id)
    if absence.cancelled_at is None:
        absence.cancelled_at = at
        audit.note(session, _note("absence taken back", absence, by=by, at=at))
    return absence


def current_and_coming(session: Session, *, today: date) -> list[Absence]:
    """Return the absences that have not ended, the earliest first."""
    live = select(Absence).where(Absence.last_day >= today, Absence.cancelled_at.is_(None))
    return list(session.scalars(live.order_by(Absence.first_day, Absence.id)))


def _check_may(by: Member, person_id: int) -> None:
    if by.id != person_id and not by.is_lead:
        raise CannotBeAway("You can set your own absence; a lead sets anybody's.")


def _check_days(away: Away, today: date) -> None:
    if away.last_day < away.first_day:
        raise CannotBeAway("The last day of the absence is before its first.")
    if away.last_day < today:
        raise CannotBeAway("That absence is already over.")
    if (away.last_day - away.first_day).days >= LONGEST_DAYS:
        raise CannotBeAway("An absence can be a year long at most.")


def _check_free(session: Session, away: Away) -> None:
    if other := _overlapping(session, Absence.person_id == away.person_id, away):
        name = people.get(session, away.person_id).name
        raise CannotBeAway(f"{name} is already away {days_of(other)}: take that back first.")
    if other := _overlapping(session, Absence.cover_id == away.person_id, away):
        covered = people.get(session, other.person_id).name
        raise CannotBeAway(f"They cover for {covered} {days_of(other)}: change that first.")


def _check_cover(session: Session, away: Away) -> None:
    if away.cover_id is None:
        return
    if away.cover_id == away.person_id:
        raise CannotBeAway("Nobody covers for themselves: choose a colleague.")
    cover = session.get(Person, away.cover_id)
    if cover is None or not cover.is_active or not cover.as_member().roles & AT_THE_DESK:
        raise CannotBeAway("Whoever covers should work accounts at the desk.")
    if other := _overlapping(session, Absence.person_id == cover.id, away):
        raise CannotBeAway(f"{cover.name} is away then, too ({days_of(other)}).")


def _same(session: Session, away: Away) -> Absence | None:
    return session.scalar(
        select(Absence).filter_by(
            person_id=away.person_id,
            cover_id=away.cover_id,
            first_day=away.first_day,
            last_day=away.last_day,
            cancelled_at=None,
        )
    )


def _overlapping(session: Session, whose: ColumnElement[bool], away: Away) -> Absence | None:
    overlapping = select(Absence).where(
        whose,
        Absence.cancelled_at.is_(None),
        Absence.first_day <= away.last_day,
        Absence.last_day >= away.first_day,
    )
    return session.scalars(overlapping.order_by(Absence.first_day)).first()


def days_of(absence: Absence) -> str:
    """Return the days of an absence for people: `on Fri 12 Jun 2026`, or first `to` last."""
    first, last = wording.dated(absence.first_day), wording.dated(absence.last_day)
    return f"on {first}" if absence.first_day == absence.last_day else f"{first} to {last}"


def _note(what: str, absence: Absence, *, by: Member, at: datetime) -> audit.Note:
    facts = {
        "person": absence.person_id,
        "cover": absence.cover_id,
        "first_day": absence.first_day.isoformat(),
        "last_day": absence.last_day.isoformat(),
    }
    return audit.Note(what=what, about=f"absence:{absence.id}", at=at, by=by.id, after=facts)
