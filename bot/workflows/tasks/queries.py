"""Finding tasks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from bot.store.rows import record
from bot.workflows.people.rules import Member
from bot.workflows.tasks.records import Task, TaskState

_BY_KEY: Final = select(Task).where(Task.key == bindparam("key"))
_SEVERAL: Final = select(Task).where(Task.id.in_(bindparam("tasks", expanding=True)))


def get(session: Session, task_id: int) -> Task:
    """Return a task by the desk's own id."""
    return record(session, Task, task_id)


def several(session: Session, task_ids: Collection[int]) -> dict[int, Task]:
    """Return tasks by the desk's own ids."""
    found = session.scalars(_SEVERAL, {"tasks": list(task_ids)})
    return {task.id: task for task in found}


def by_key(session: Session, key: str) -> Task | None:
    """Return the task that was opened under that key, if any."""
    return session.scalar(_BY_KEY, {"key": key})


def open_of_payer(session: Session, payer_id: int) -> list[Task]:
    """Return what is still to be done for a payer, the most urgent first."""
    return list(session.scalars(_open().where(Task.payer_id == payer_id)))


def open_about(session: Session, about: str) -> list[Task]:
    """Return what is still to be done about a record, the most urgent first."""
    return list(session.scalars(_open().where(Task.about == about)))


def open_for(session: Session, member: Member) -> Sequence[Task]:
    """Return what a person has to do, and what waits for somebody in a role of theirs."""
    theirs = or_(
        Task.owner_id == member.id,
        Task.owner_id.is_(None) & Task.role.in_(member.roles),
    )
    return session.scalars(_open().where(theirs)).all()


def late(session: Session, *, today: date) -> Sequence[Task]:
    """Return every open task that was due before today, the oldest first."""
    return session.scalars(_open().where(Task.due_on < today)).all()


def _open() -> Select[Task]:
    return select(Task).where(Task.state == TaskState.OPEN).order_by(Task.due_on, Task.id)
