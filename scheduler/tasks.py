"""Reminding people of their tasks at their shift's start, once a task (R111)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.store import runs
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member
from bot.workflows.tasks import reminders
from bot.workflows.worklists import shifts
from scheduler.job import Tick

REMINDERS: Final = "task-reminders"
_AT_ONCE: Final = 20
"""People in one transaction."""


def remind(tick: Tick) -> str:
    """Show each person what is due, when their shift of the business day has started."""
    today = tick.policy.company_date(tick.at)
    if not tick.policy.calendar.is_open(today):
        return "no reminders: no business day"
    with tick.database.reading() as session:
        if not reminders.is_anything_due(session, today=today):
            return "nothing is due"
        readers = _not_reminded(session, tick)
    told = 0
    for some in in_batches(readers, _AT_ONCE):
        with tick.database.transaction() as session:
            told += sum(_remind(session, tick, reader) for reader in some)
    return f"{wording.counted(told, 'person', 'people')} reminded"


def _not_reminded(session: Session, tick: Tick) -> list[Member]:
    """Return who is at work and whose run of the day is not claimed yet."""
    starts = {person: _starts_at(person, tick) for person in people.everybody(session)}
    done = runs.done_since(session, REMINDERS, since=min(starts.values(), default=tick.at))
    return [
        person
        for person, start in starts.items()
        if start <= tick.at and (start, str(person.id)) not in done
    ]


def _starts_at(person: Member, tick: Tick) -> datetime:
    today = tick.policy.company_date(tick.at)
    return shifts.of_day(person, today, policy=tick.policy)[0]


def _remind(session: Session, tick: Tick, reader: Member) -> bool:
    today = tick.policy.company_date(tick.at)
    starts_at = _starts_at(reader, tick)
    away = people.absent_on(session, today)
    if reader.id in away or not runs.claim(
        session, REMINDERS, scheduled_for=starts_at, at=tick.at, subject=str(reader.id)
    ):
        return False
    made = reminders.remind(session, reader, today=today, at=tick.at, away=away)
    return made is not None
