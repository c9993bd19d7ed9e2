"""Opening, handing over and ending tasks; nobody's transaction is committed here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import amend, enter, table_of
from bot.store.rows import locked as locked_record
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member, Role
from bot.workflows.tasks import queries
from bot.workflows.tasks.records import Task, TaskKind, TaskState

TASK_CARD: Final = CardName("tasks.task")
"""For who has to do it; about is the task."""
_OPEN: Final = PreparedChange(insert(table_of(Task)))


class NoResult(Refused):
    """A task cannot end without saying what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What has to be done, by whom, by when; `key` makes it once only."""

    key: str
    kind: TaskKind
    title: str
    due_on: date
    words: str = ""
    about: str = ""
    payer_id: int | None = None
    owner_id: int | None = None
    role: Role = Role.LEAD


def open_once(
    session: Session, new: NewTask, *, at: datetime, by: int | None = None, tell: bool = True
) -> Task:
    """Open a task and tell who has to do it; one with the same key is returned as it is."""
    if known := queries.by_key(session, new.key):
        return known
    task = _opened(session, new, at=at, by=by)
    _note(session, task, "task opened", by=by, at=at)
    if tell:
        _tell(session, task, at=at)
    return task


def add_words(session: Session, task: Task, line: str, *, at: datetime) -> Task:
    """Say more on a task that is open; what it says already is not said twice."""
    if line in task.words:
        return task
    task.words, task.version = f"{task.words}\n{line}".strip(), task.version + 1
    _note(session, task, "task grew", by=None, at=at)
    postings.refresh(session, TASK_CARD, about=task.id, at=at)
    return task


def finish(
    session: Session, task: Task, *, result: str, by: Member | None, at: datetime
) -> Task:
    """
    End a task as done; one that has ended stays as it is.

    :raises NoResult: if the result is empty.
    """
    return _end(session, task, TaskState.DONE, result=result, by=by, at=at)


def drop(session: Session, task: Task, *, why: str, by: Member | None, at: datetime) -> Task:
    """
    End a task that is not needed any more; one that has ended stays as it is.

    :raises NoResult: if no reason is given.
    """
    return _end(session, task, TaskState.DROPPED, result=why, by=by, at=at)


def locked(session: Session, task_id: int) -> Task:
    """Return a task as it is now, kept from others until this transaction ends."""
    return locked_record(session, Task, task_id)


def open_again(
    session: Session, task: Task, *, why: str, by: Member | None, at: datetime
) -> Task:
    """Let a task that ended wait again, since what ended it was taken back."""
    if task.state is TaskState.OPEN:
        return task
    task.state, task.result = TaskState.OPEN, ""
    task.ended_at, task.ended_by, task.version = None, None, task.version + 1
    _note(session, task, f"task opened again: {why}", by=by.id if by else None, at=at)
    postings.refresh(session, TASK_CARD, about=task.id, at=at)
    return task


def hand_to(session: Session, task: Task, owner: Member, *, by: Member, at: datetime) -> Task:
    """Give a task to somebody, who is told."""
    before = task.owner_id
    task.owner_id, task.version = owner.id, task.version + 1
    handed = audit.Note(
        what="task handed over",
        about=f"task:{task.id}",
        at=at,
        by=by.id,
        before={"owner": before},
        after={"owner": owner.id},
    )
    audit.note(session, handed)
    postings.show(session, Showing(TASK_CARD, task.id, place_of(owner.id)), at=at)
    postings.refresh(session, TASK_CARD, about=task.id, at=at)
    return task


def _opened(session: Session, new: NewTask, *, at: datetime, by: int | None) -> Task:
    values = {
        "key": new.key,
        "kind": new.kind,
        "about": new.about,
        "payer_id": new.payer_id,
        "title": new.title,
        "words": new.words,
        "owner_id": new.owner_id,
        "role": new.role,
        "due_on": new.due_on,
        "state": TaskState.OPEN,
        "result": "",
        "opened_at": at,
        "opened_by": by,
        "version": 1,
    }
    return enter(session, Task, _OPEN, values)


def _end(  # noqa: PLR0913 - one ending, whatever its name
    session: Session,
    task: Task,
    state: TaskState,
    *,
    result: str,
    by: Member | None,
    at: datetime,
) -> Task:
    if task.state is not TaskState.OPEN:
        return task
    if not result.strip():
        raise NoResult("Please say in a few words what came of it.")
    amend(
        session,
        task,
        state=state,
        result=result.strip(),
        ended_at=at,
        ended_by=by.id if by else None,
        version=task.version + 1,
    )
    _note(session, task, f"task {state}", by=task.ended_by, at=at)
    postings.refresh(session, TASK_CARD, about=task.id, at=at)
    return task


def _tell(session: Session, task: Task, *, at: datetime) -> None:
    if task.owner_id:
        readers = [task.owner_id]
    else:
        readers = [member.id for member in people.in_roles(session, {task.role})]
    for reader in readers:
        postings.show(session, Showing(TASK_CARD, task.id, place_of(reader)), at=at)


def _note(session: Session, task: Task, what: str, *, by: int | None, at: datetime) -> None:
    facts = {"key": task.key, "title": task.title, "state": task.state, "owner": task.owner_id}
    about, why = f"task:{task.id}", task.result
    audit.note(session, audit.Note(what=what, about=about, at=at, by=by, after=facts, why=why))
