"""`ardesk job`: what the desk does by itself, looked at and done by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import typer
from rapidfuzz import process
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.cli.desk import open_desk
from bot.cli.output import Format, FormatOption, as_json, say, table
from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store.runs import Run
from scheduler.job import Job, Tick
from scheduler.timetable import TIMETABLE

_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2100

app = typer.Typer(no_args_is_help=True)


class NoSuchJob(Refused):
    """The timetable has no job of that name."""


class BadTime(Refused):
    """The time given is none."""


@app.callback()
def job() -> None:
    """Look at the timetable, or do one of its jobs now."""


@app.command("list")
def list_jobs(output: FormatOption = Format.TEXT) -> None:
    """Show what the desk does by itself, when, and when it last did."""
    with open_desk() as desk, desk.database.reading() as session:
        last = _last_runs(session)
        zone = desk.policy.zone
    if output is Format.JSON:
        as_json([_as_dict(job, last.get(job.name)) for job in TIMETABLE])
        return
    rows = [
        (job.name, job.when, f"{last[job.name].astimezone(zone):%a %d %b %H:%M}")
        if job.name in last
        else (job.name, job.when, "never")
        for job in TIMETABLE
    ]
    table(f"The desk's day ({zone.key})", ("Job", "When", "Last done for"), rows)


@app.command("run")
def run_job(
    name: Annotated[str, typer.Argument(help="As in `ardesk job list`.")],
    at: Annotated[
        str, typer.Option("--at", help="Do as if it were this time (ISO); now if not given.")
    ] = "",
    output: FormatOption = Format.TEXT,
) -> None:
    """Do what a job has due at a time and has not done yet; doing it again changes nothing."""
    job = find(name)
    with open_desk() as desk:
        moment = as_moment(at, desk.policy) if at else desk.clock()
        tick = Tick(
            at=moment,
            database=desk.database,
            policy=desk.policy,
            home=desk.settings.home,
        )
        did = job.run(tick)
    if output is Format.JSON:
        as_json({"job": job.name, "at": moment.isoformat(), "did": did})
    else:
        say(did or "Nothing was due.")


def find(name: str) -> Job:
    """
    Return the job of that name.

    :raises NoSuchJob: naming those that look like it.
    """
    jobs = {job.name: job for job in TIMETABLE}
    if name in jobs:
        return jobs[name]
    near = [found for found, _, _ in process.extract(name, jobs.keys(), limit=2)]
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise NoSuchJob(f"There is no job {name!r}.{hint}")


def as_moment(text: str, policy: Policy) -> datetime:
    """
    Return the moment that a text names; without a zone it is the company's.

    :raises BadTime: if it names none.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadTime(
            f"{text!r} is not a time; write it like 2026-06-08T08:00:00-04:00."
        ) from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise BadTime(f"{text!r} is not within {_FIRST_YEAR} to {_LAST_YEAR}.")
    return moment if moment.tzinfo else moment.replace(tzinfo=policy.zone)


def _last_runs(session: Session) -> dict[str, datetime]:
    last = select(Run.job, func.max(Run.scheduled_for).label("at")).group_by(Run.job)
    return {row.job: row.at for row in session.execute(last)}


def _as_dict(job: Job, last: datetime | None) -> dict[str, object]:
    return {
        "name": job.name,
        "when": job.when,
        "every_seconds": job.every_seconds,
        "last_done_for": last.isoformat() if last else None,
    }
