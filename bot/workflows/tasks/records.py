"""Tasks, as remembered."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.workflows.people.rules import Role
from bot.workflows.tasks.rules import TaskKind, TaskState

__all__ = ["Task", "TaskKind", "TaskReminder", "TaskRound", "TaskState"]


class Task(Record):
    """Something that somebody has to do by a day."""

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_state_due", "state", "due_on"),)

    key: Mapped[str] = mapped_column(unique=True)
    """What it is for, such as `no_address:statement:2026-05:12`: opened once only."""
    kind: Mapped[TaskKind]
    about: Mapped[str] = mapped_column(default="", index=True)
    """The record it belongs to, such as `finals_contact:7`."""
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    title: Mapped[str]
    words: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[Role] = mapped_column(default=Role.LEAD)
    """Who sees it while it has no owner."""
    due_on: Mapped[date]
    """The company's date."""
    state: Mapped[TaskState] = mapped_column(default=TaskState.OPEN)
    result: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None: the desk."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(default=1)


class TaskRound(Record):
    """What a person is reminded of at a shift's start; one card a day."""

    __tablename__ = "task_rounds"
    __table_args__ = (UniqueConstraint("person_id", "day"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    day: Mapped[date]
    made_at: Mapped[datetime]


class TaskReminder(Record):
    """A task that somebody is reminded of: once when it is due, a lead once when it is late."""

    __tablename__ = "task_reminders"
    __table_args__ = (UniqueConstraint("task_id", "person_id", "is_late"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("task_rounds.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    is_late: Mapped[bool]
