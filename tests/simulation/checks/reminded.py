"""Reminders: each person of each task, and deciders of each request, at the first chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from bot.workflows.people.rules import Member
from tests.simulation.checks.raw import Tables, as_day, as_moment
from tests.simulation.checks.schedule import is_away, shift
from tests.simulation.clock import NEW_YORK
from tests.simulation.machine import Watch

TASKS = "task-reminders"
REQUESTS = ("approval-reminders", "approval-last-calls")
TOLD = (
    "SELECT r.task_id, r.person_id, r.is_late FROM task_reminders r "
    "JOIN tasks t ON t.id = r.task_id WHERE t.state = 'open'"
)
ABOVE = {"lead", "collections_manager", "controller", "vp_finance"}


class Waiting(NamedTuple):
    """A task as it waited at the end of a day: whose, and since when it is due."""

    owner: int | None
    role: str
    due: date


@dataclass
class Reminders:
    """What waited at the end of the day before."""

    people: list[Member]
    is_open: Callable[[date], bool]
    tasks: dict[int, Waiting] = field(default_factory=dict)
    last_run: int = 0

    def check(self, found: Tables, watch: Watch, day: date) -> Iterator[str]:
        """Look whether everybody heard of everything that was due, at the first chance."""
        now = self._waiting(found)
        if self.is_open(day):
            still = {task: w for task, w in now.items() if self.tasks.get(task) == w}
            yield from self._tasks(found, watch, still, day)
        self.tasks = now
        yield from self._requests(found, watch)
        yield from self._runs(found, watch)

    def _waiting(self, found: Tables) -> dict[int, Waiting]:
        rows = found.rows("SELECT id, owner_id, role, due_on FROM tasks WHERE state = 'open'")
        return {row[0]: Waiting(row[1], row[2], as_day(row[3])) for row in rows}

    def _tasks(
        self, found: Tables, watch: Watch, still: dict[int, Waiting], day: date
    ) -> Iterator[str]:
        due = {task: waiting for task, waiting in still.items() if waiting.due <= day}
        if not due:
            return
        rows = found.rows(TOLD)
        told = {(task, person, bool(is_late)) for task, person, is_late in rows}
        away = {one.id for one in self.people if is_away(found, one, day)}
        for person in self.people:
            if person.id in away or not _had_its_chance(person, watch, day):
                continue
            for task, waiting in due.items():
                is_late = not _is_theirs(waiting, person)
                is_for = not is_late or (waiting.due < day and bool(ABOVE & _roles(person)))
                is_told = (task, person.id, is_late) in told
                if is_for and not is_told and waiting.owner not in away:
                    yield f"{person.name} was not reminded of task {task}, due {waiting.due}"

    def _requests(self, found: Tables, watch: Watch) -> Iterator[str]:
        for request, *due in found.rows(
            "SELECT id, remind_at, last_call_at FROM approvals WHERE state = 'open'"
        ):
            for job, at in zip(REQUESTS, map(as_moment, due), strict=True):
                if watch.first_look(REQUESTS[0], at) and not found.one(
                    "SELECT COUNT(*) FROM runs WHERE job = :job AND subject = :subject",
                    job=job,
                    subject=f"approval:{request}",
                ):
                    yield f"request {request}: no {job}, due {at}"

    def _runs(self, found: Tables, watch: Watch) -> Iterator[str]:
        """What deciders were told since the last look, they were told at the first chance."""
        for number, job, due, at in found.rows(
            "SELECT id, job, scheduled_for, at FROM runs WHERE id > :last ORDER BY id",
            last=self.last_run,
        ):
            self.last_run = number
            if job not in REQUESTS:
                continue
            chance = watch.first_look(REQUESTS[0], as_moment(due))
            if as_moment(at) < as_moment(due) or (chance and as_moment(at) > chance):
                yield f"{job}, due {due}, was done at {at}; the first chance was {chance}"


def _had_its_chance(person: Member, watch: Watch, day: date) -> bool:
    chance = watch.first_look(TASKS, shift(person, day)[0])
    return chance is not None and chance.astimezone(NEW_YORK).date() == day


def _is_theirs(waiting: Waiting, person: Member) -> bool:
    if waiting.owner is None:
        return waiting.role in _roles(person)
    return waiting.owner == person.id


def _roles(person: Member) -> set[str]:
    return {role.value for role in person.roles}
