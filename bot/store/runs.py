"""Runs of scheduled jobs: claimed in the database, so that none happens twice (I01)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import UniqueConstraint, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store.base import Record
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, insert_new, rows, table_of


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


_RUNS: Final = table_of(Run)
_R: Final = _RUNS.c
_MINE: Final = _R.job == bindparam("job")
_RUN: Final = Prepared(
    select(_R.id, _R.outcome).where(
        _MINE,
        _R.scheduled_for == bindparam("scheduled_for"),
        _R.subject == bindparam("subject"),
    )
)
_LAST: Final = Prepared(
    select(_R.scheduled_for).where(_MINE).order_by(_R.scheduled_for.desc()).limit(1)
)
_LAST_CLAIM: Final = Prepared(
    select(_R.at).where(_MINE).order_by(_R.scheduled_for.desc(), _R.id.desc()).limit(1)
)
_FIRST: Final = Prepared(
    select(_R.scheduled_for).where(_MINE).order_by(_R.scheduled_for).limit(1)
)
_MISS: Final = PreparedChange(
    update(_RUNS)
    .where(
        _R.job == bindparam("of_job"),
        _R.scheduled_for == bindparam("at_time"),
        _R.subject == bindparam("of"),
    )
    .values(outcome=bindparam("came_of"), detail=bindparam("why"))
)
_SINCE: Final = Prepared(
    select(_R.scheduled_for, _R.subject).where(_MINE, _R.scheduled_for >= bindparam("since"))
)


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


class Found(NamedTuple):
    """A run that was claimed."""

    id: int
    outcome: Outcome


def find(
    session: Session, job: str, *, scheduled_for: datetime, subject: str = ""
) -> Found | None:
    """Return the run of the job for that time and subject, if it was claimed."""
    given = {"job": job, "scheduled_for": scheduled_for, "subject": subject}
    row = rows(session, _RUN, given).first()
    return Found._make(row) if row else None


def last_of(session: Session, job: str) -> datetime | None:
    """Return the latest time that a run of the job was scheduled for; None: it never ran."""
    last: datetime | None = rows(session, _LAST, {"job": job}).scalar()
    return last


def last_claim_of(session: Session, job: str) -> datetime | None:
    """Return when a run of the job was last claimed; None: it never ran."""
    at: datetime | None = rows(session, _LAST_CLAIM, {"job": job}).scalar()
    return at


def first_of(session: Session, job: str) -> datetime | None:
    """Return the earliest time that a run of the job was scheduled for; None: it never ran."""
    first: datetime | None = rows(session, _FIRST, {"job": job}).scalar()
    return first


def done_since(session: Session, job: str, *, since: datetime) -> set[tuple[datetime, str]]:
    """Return the runs of a job from a scheduled time on, each as its time and subject."""
    done = rows(session, _SINCE, {"job": job, "since": since})
    return {(row[0], row[1]) for row in done}


def mark_missed(
    session: Session, job: str, *, scheduled_for: datetime, subject: str = "", detail: str = ""
) -> None:
    """Record that a run, claimed in this transaction, came too late to do its work."""
    mine = {"of_job": job, "at_time": scheduled_for, "of": subject}
    change(session, _MISS, {**mine, "came_of": Outcome.MISSED, "why": detail})
