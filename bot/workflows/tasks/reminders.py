"""
Reminding people of what is due, once a task, in one card a person and day (R111).

Whoever has to do it is reminded on its day, at their shift's start, or later if they were off;
whoever covers stands in. What should have been done before that day is shown to the leads once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import Boolean, and_, bindparam, insert, or_, select
from sqlalchemy.orm import Session

from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import enter, first_record, insert_new, rows, table_of
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member, Role
from bot.workflows.tasks import queries
from bot.workflows.tasks.records import Task, TaskReminder, TaskRound, TaskState

ROUND_CARD: Final = CardName("tasks.round")
"""What is due for a person today; about is the round."""

_TASKS: Final = table_of(Task)
_REMINDERS: Final = table_of(TaskReminder).c
_ROUNDS: Final = table_of(TaskRound)
_IS_DUE: Final = (_TASKS.c.state == TaskState.OPEN, _TASKS.c.due_on <= bindparam("today"))
_ANY_DUE: Final = Prepared(select(_TASKS.c.id).where(*_IS_DUE).limit(1))
_ROUND: Final = Prepared(
    select(_ROUNDS).where(
        _ROUNDS.c.person_id == bindparam("person"), _ROUNDS.c.day == bindparam("day")
    )
)
_BEGIN: Final = PreparedChange(insert(_ROUNDS))
_OF_ROUND: Final = Prepared(
    select(_TASKS.c.id, _REMINDERS.is_late)
    .join(table_of(TaskReminder), _REMINDERS.task_id == _TASKS.c.id)
    .where(_REMINDERS.round_id == bindparam("round"))
    .order_by(_REMINDERS.is_late, _TASKS.c.due_on, _TASKS.c.id)
)

Away = Mapping[int, int | None]
"""Who is away, each with who covers."""


class Due(NamedTuple):
    """An open task that is due today or should have been done before."""

    id: int
    owner_id: int | None
    role: Role
    due_on: date


def is_anything_due(session: Session, *, today: date) -> bool:
    """Test if any open task is due today or should have been done before."""
    return rows(session, _ANY_DUE, {"today": today}).first() is not None


def remind(
    session: Session, reader: Member, *, today: date, at: datetime, away: Away
) -> TaskRound | None:
    """Show a person what is due, if there is anything that they were not reminded of yet."""
    waiting = _due_for(session, reader, away, today=today)
    mine = [task.id for task in waiting if _is_theirs(task, reader, away)]
    late = [
        task.id
        for task in waiting
        if reader.is_lead and task.id not in mine and task.due_on < today
    ]
    new = [(task_id, False) for task_id in mine] + [(task_id, True) for task_id in late]
    known = _known(session, reader, today) if new else set()
    if not (fresh := [one for one in new if one not in known]):
        return None
    made = _round(session, reader, today, at)
    reminders = [
        {"round_id": made.id, "task_id": task_id, "person_id": reader.id, "is_late": is_late}
        for task_id, is_late in fresh
    ]
    insert_new(session, table_of(TaskReminder), reminders)
    reminded = audit.Note(
        what="person reminded of tasks",
        about=f"task_round:{made.id}",
        at=at,
        after={"person": reader.id, "tasks": [task_id for task_id, _ in fresh]},
    )
    audit.note(session, reminded)
    postings.show(session, Showing(ROUND_CARD, made.id, place_of(reader.id)), at=at)
    return made


def round_of(session: Session, person_id: int, day: date) -> TaskRound | None:
    """Return what a person was reminded of on a day, while something of it is open."""
    made = first_record(session, TaskRound, _ROUND, {"person": person_id, "day": day})
    if made is None or all(
        t.state is not TaskState.OPEN for t, _ in of_round(session, made.id)
    ):
        return None
    return made


def of_round(session: Session, round_id: int) -> list[tuple[Task, bool]]:
    """Return what a card reminds of, each with whether it is a late one of somebody else."""
    told = rows(session, _OF_ROUND, {"round": round_id}).all()
    tasks = queries.several(session, [row.id for row in told])
    return [(tasks[row.id], row.is_late) for row in told]


def _is_theirs(task: Due, reader: Member, away: Away) -> bool:
    if task.owner_id is None:
        return task.role in reader.roles
    if task.owner_id in away:
        cover = away[task.owner_id]
        return cover == reader.id if cover else reader.is_lead
    return task.owner_id == reader.id


def _due_for(session: Session, reader: Member, away: Away, *, today: date) -> Sequence[Due]:
    """Return what is due of those whose tasks a person may be reminded of; of all to a lead."""
    stood_in_for = [one for one, cover in away.items() if cover in (reader.id, None)]
    given = {
        "today": today,
        "owners": [reader.id, *stood_in_for],
        "roles": sorted(reader.roles),
        "is_lead": reader.is_lead,
    }
    return [Due._make(row) for row in rows(session, _due(), given)]


def _known(session: Session, reader: Member, today: date) -> set[tuple[int, bool]]:
    """Return what of that which is due a person was reminded of, not of all years."""
    told = rows(session, _told(), {"today": today, "person": reader.id})
    return {(row.task_id, row.is_late) for row in told}


@cache
def _due() -> Prepared:
    return Prepared(
        select(*(_TASKS.c[name] for name in Due._fields))
        .where(
            *_IS_DUE,
            or_(
                _TASKS.c.owner_id.in_(bindparam("owners", expanding=True)),
                and_(
                    _TASKS.c.owner_id.is_(None),
                    _TASKS.c.role.in_(bindparam("roles", expanding=True)),
                ),
                bindparam("is_lead", type_=Boolean()),
            ),
        )
        .order_by(_TASKS.c.due_on, _TASKS.c.id)
    )


@cache
def _told() -> Prepared:
    return Prepared(
        select(_REMINDERS.task_id, _REMINDERS.is_late)
        .join(_TASKS, _TASKS.c.id == _REMINDERS.task_id)
        .where(*_IS_DUE, _REMINDERS.person_id == bindparam("person"))
    )


def _round(session: Session, reader: Member, today: date, at: datetime) -> TaskRound:
    asked = {"person": reader.id, "day": today}
    if earlier := first_record(session, TaskRound, _ROUND, asked):
        return earlier
    values = {"person_id": reader.id, "day": today, "made_at": at}
    return enter(session, TaskRound, _BEGIN, values)
