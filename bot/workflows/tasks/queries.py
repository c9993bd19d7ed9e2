"""Finding tasks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, bindparam, or_, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, table_of
from bot.workflows.people.rules import Member
from bot.workflows.tasks.records import Task, TaskState

_TASKS: Final = table_of(Task)
_WHICH: Final[BindParameter[Any]] = bindparam("tasks", expanding=True)
_BY_KEY: Final = Prepared(select(_TASKS).where(_TASKS.c.key == bindparam("key")))
_SEVERAL: Final = Prepared(select(_TASKS).where(_TASKS.c.id.in_(_WHICH)))


def get(session: Session, task_id: int) -> Task:
    """Return a task by the desk's own id."""
    return record(session, Task, task_id)


def several(session: Session, task_ids: Collection[int]) -> dict[int, Task]:
    """Return tasks by the desk's own ids."""
    found = records(session, Task, _SEVERAL, {"tasks": list(task_ids)})
    return {task.id: task for task in found}


def by_key(session: Session, key: str) -> Task | None:
    """Return the task that was opened under that key, if any."""
    return first_record(session, Task, _BY_KEY, {"key": key})


def open_of_payer(session: Session, payer_id: int) -> list[Task]:
    """Return what is still to be done for a payer, the most urgent first."""
    return records(session, Task, _open_of_payer(), {"payer": payer_id})


@cache
def _open_of_payer() -> Prepared:
    return _open(_TASKS.c.payer_id == bindparam("payer"))


def open_about(session: Session, about: str) -> list[Task]:
    """Return what is still to be done about a record, the most urgent first."""
    return records(session, Task, _open_about(), {"about": about})


@cache
def _open_about() -> Prepared:
    return _open(_TASKS.c.about == bindparam("about"))


def open_for(session: Session, member: Member) -> Sequence[Task]:
    """Return what a person has to do, and what waits for somebody in a role of theirs."""
    given = {"person": member.id, "roles": list(member.roles)}
    return records(session, Task, _open_for(), given)


@cache
def _open_for() -> Prepared:
    roles: BindParameter[Any] = bindparam("roles", expanding=True)
    is_anybodys = _TASKS.c.owner_id.is_(None) & _TASKS.c.role.in_(roles)
    return _open(or_(_TASKS.c.owner_id == bindparam("person"), is_anybodys))


def late(session: Session, *, today: date) -> Sequence[Task]:
    """Return every open task that was due before today, the oldest first."""
    return records(session, Task, _late(), {"today": today})


@cache
def _late() -> Prepared:
    return _open(_TASKS.c.due_on < bindparam("today"))


def _open(which: ColumnElement[bool]) -> Prepared:
    still = select(_TASKS).where(_TASKS.c.state == TaskState.OPEN, which)
    return Prepared(still.order_by(_TASKS.c.due_on, _TASKS.c.id))
