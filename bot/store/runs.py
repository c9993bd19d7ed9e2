"""Runs of scheduled jobs: claimed in the database, so that none happens twice (I01)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final, cast

from sqlalchemy import Select, Table, UniqueConstraint, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store.base import Record, insert_new
from bot.store.rows import AnySelect


class Outcome(StrEnum):
    """What came of a run."""

    DONE = "done"
    MISSED = "missed"


class Run(Record):
    """One job, for one moment it was scheduled for, about one subject."""

    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("job", "scheduled_for", "subject"),)

    job: Mapped[str]
    scheduled_for: Mapped[datetime]
    subject: Mapped[str] = mapped_column(default="")
    outcome: Mapped[Outcome]
    detail: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


_RUNS: Final = cast(Table, Run.__table__)


def claim(
    session: Session,
    job: str,
    *,
    scheduled_for: datetime,
    at: datetime,
    subject: str = "",
) -> bool:
    """
    Claim a run, in the transaction that does its work; False means it was done before.

    The claim and the work commit together, so a crash leaves neither. On PostgreSQL a second
    claimer waits for the first and then gets False.
    """
    row = {
        "job": job,
        "scheduled_for": scheduled_for,
        "subject": subject,
        "outcome": Outcome.DONE,
        "detail": "",
        "at": at,
    }
    return insert_new(session, _RUNS, [row]) == 1


def find(
    session: Session, job: str, *, scheduled_for: datetime, subject: str = ""
) -> Run | None:
    """Return the run of the job for that time and subject, if it was claimed."""
    given = {"job": job, "scheduled_for": scheduled_for, "subject": subject}
    return session.scalar(_run(), given)


@cache
def _run() -> Select[Run]:
    return select(Run).where(
        Run.job == bindparam("job"),
        Run.scheduled_for == bindparam("scheduled_for"),
        Run.subject == bindparam("subject"),
    )


def last_of(session: Session, job: str) -> datetime | None:
    """Return the latest time that a run of the job was scheduled for; None: it never ran."""
    last = select(Run.scheduled_for).where(Run.job == job)
    return session.scalars(last.order_by(Run.scheduled_for.desc()).limit(1)).first()


def first_of(session: Session, job: str) -> datetime | None:
    """Return the earliest time that a run of the job was scheduled for; None: it never ran."""
    first = select(Run.scheduled_for).where(Run.job == job)
    return session.scalars(first.order_by(Run.scheduled_for).limit(1)).first()


def done_since(session: Session, job: str, *, since: datetime) -> set[tuple[datetime, str]]:
    """Return the runs of a job from a scheduled time on, each as its time and subject."""
    done = session.execute(_since(), {"job": job, "since": since})
    return {(row[0], row[1]) for row in done}


@cache
def _since() -> AnySelect:
    return select(Run.scheduled_for, Run.subject).where(
        Run.job == bindparam("job"), Run.scheduled_for >= bindparam("since")
    )


def mark_missed(
    session: Session, job: str, *, scheduled_for: datetime, subject: str = ""
) -> None:
    """Record that a run, claimed in this transaction, came too late to do its work."""
    claimed = update(Run).where(
        Run.job == job, Run.scheduled_for == scheduled_for, Run.subject == subject
    )
    session.execute(claimed.values(outcome=Outcome.MISSED))
