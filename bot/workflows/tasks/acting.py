"""What people do with a task: take it, hand it on, end it; and write a new one (R111)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store.rows import locked
from bot.workflows.people.rules import Member, Role
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries, rules
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import Task, TaskKind, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Who does something with a task, when, and which version of it their card showed."""

    by: Member
    at: datetime
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A task that a person writes down: what, for which payer, by whom, by which day."""

    title: str
    due_on: date
    owner: Member
    payer_id: int | None = None
    words: str = ""
    nonce: str


def write(
    session: Session, wish: Wish, *, by: Member, at: datetime, today: date
) -> tuple[Task, bool]:
    """
    Write a task down; the same form sent twice writes it once. Somebody else is told of theirs.

    Returns the task, and whether it is new.

    :raises BadDay: if it is for a day that has passed, or is years away.
    """
    key = f"by_hand:{wish.nonce}"
    if known := queries.by_key(session, key):
        return known, False
    rules.check_day(wish.due_on, today=today)
    new = NewTask(
        key=key,
        kind=TaskKind.OTHER,
        title=wish.title,
        words=wish.words,
        due_on=wish.due_on,
        payer_id=wish.payer_id,
        owner_id=wish.owner.id,
        role=Role.AGENT,
    )
    is_for_another = wish.owner.id != by.id
    return tasks.open_once(session, new, at=at, by=by.id, tell=is_for_another), True


def end(session: Session, task_id: int, *, result: str, is_done: bool, press: Press) -> Task:
    """
    End a task, done or not needed any more, with what came of it.

    :raises NotYourTask: if it is somebody else's.
    :raises TaskChanged: if it is not as the card showed it.
    :raises NoResult: if no result is given.
    """
    task = _pressed(session, task_id, press)
    if is_done:
        return tasks.finish(session, task, result=result, by=press.by, at=press.at)
    return tasks.drop(session, task, why=result, by=press.by, at=press.at)


def hand(session: Session, task_id: int, owner: Member, *, press: Press) -> Task:
    """
    Give a task to a colleague, who is told; to whoever has it already changes nothing.

    :raises NotYourTask: if it is somebody else's.
    :raises TaskChanged: if it is not as the card showed it.
    """
    task = _pressed(session, task_id, press)
    if task.owner_id == owner.id:
        return task
    return tasks.hand_to(session, task, owner, by=press.by, at=press.at)


def _pressed(session: Session, task_id: int, press: Press) -> Task:
    task = locked(session, Task, task_id)
    if not rules.may_work(task.owner_id, task.role, press.by):
        raise rules.NotYourTask("That task is somebody else's: ask them or a lead.")
    if task.state is not TaskState.OPEN or task.version != press.version:
        raise rules.TaskChanged("That task has changed meanwhile. Nothing was changed now.")
    return task
