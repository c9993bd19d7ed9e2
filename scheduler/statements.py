"""Statements: on the 15th (14th, 16th), once a month, late rather than never (R35–R37)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.rendering.statement_sheet import Pencil, Sheet, pencil
from bot.store.rows import locked, record
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import instant
from bot.workflows.statements import operations, queries, rules
from bot.workflows.statements.operations import Drawn
from bot.workflows.statements.records import StatementRun
from scheduler import statement_words
from scheduler.job import Tick

BATCH: Final = 10
"""Payers kept in one transaction: what a crash has to do again, and what presses wait for."""
SHOWN_EVERY: Final = 500
"""Payers after which the leads' card is drawn again."""


@dataclass(frozen=True, slots=True)
class Easel:
    """What is needed to draw: the process that does, and where its files go."""

    pencil: Pencil
    home: Path
    policy: Policy


def send(tick: Tick) -> str:
    """Begin the month's run when it is due, and go on with one that was interrupted."""
    run_id = _current(tick)
    if run_id is None:
        return "No statements are due now."
    if tick.home is None:
        return "There is nowhere to keep statements."
    with pencil() as drawing:
        done = 0
        while batch := _batch(tick, run_id):
            _serve(tick, run_id, batch, Easel(drawing, tick.home, tick.policy))
            done += len(batch)
    with tick.database.transaction() as session:
        operations.end(session, record(session, StatementRun, run_id), at=tick.at)
    return f"{wording.counted(done, 'payer')} served"


def draw(
    easel: Easel, session: Session, payer_ids: Sequence[int], *, month: str, as_of: date
) -> list[Drawn]:
    """Draw payers' statements as of a day, by what is known now, each into its own file."""
    plans = [_plan(easel, session, each, month=month, as_of=as_of) for each in payer_ids]
    digests = easel.pencil.draw_all(
        [(sheet, easel.home / drawn.path) for drawn, sheet in plans]
    )
    return [
        replace(drawn, sha256=digest) for (drawn, _), digest in zip(plans, digests, strict=True)
    ]


def _plan(
    easel: Easel, session: Session, payer_id: int, *, month: str, as_of: date
) -> tuple[Drawn, Sheet]:
    payer = customers.get(session, payer_id)
    lines = tuple(queries.lines_of(session, payer_id, on=as_of))
    drawn = Drawn(
        key=rules.key_of(month, payer_id),
        payer_id=payer_id,
        as_of=as_of,
        lines=lines,
        path=str(statement_words.path_of(payer, month, as_of)),
        sha256="",
    )
    words = statement_words.sheet(session, payer, lines, as_of=as_of, policy=easel.policy)
    return drawn, words


def _current(tick: Tick) -> int | None:
    """Return the run to work on: one that was interrupted, else this month's when it is due."""
    due = rules.last_due(tick.policy.company_date(tick.at))
    with tick.database.reading() as session:
        so_far = queries.standing(session)
    if so_far.unfinished and so_far.begun_for == due:
        return so_far.unfinished
    since, last = so_far.at_work_since, so_far.last
    moment = instant(due, tick.policy.statement_time, tick.policy.zone)
    if tick.at < moment or since is None or since > moment:
        return None
    return None if last and last >= due else _begin(tick, due, last)


def _begin(tick: Tick, due: date, last: date | None) -> int:
    with tick.database.transaction() as session:
        if going := queries.unfinished(session):
            operations.end(session, going, at=tick.at)
        for day in rules.missed_between(last, due) if last else []:
            operations.miss(session, day, at=tick.at, policy=tick.policy)
        return operations.begin(session, due, at=tick.at, policy=tick.policy).id


def _batch(tick: Tick, run_id: int) -> list[int]:
    with tick.database.reading() as session:
        run = record(session, StatementRun, run_id)
        return queries.payers_after(session, run.cursor, on=run.as_of, limit=BATCH)


def _serve(tick: Tick, run_id: int, payer_ids: list[int], easel: Easel) -> None:
    with tick.database.reading() as session:
        run = record(session, StatementRun, run_id)
        month, as_of = run.month, run.as_of
        drawn = draw(easel, session, payer_ids, month=month, as_of=as_of)
    with tick.database.transaction() as session:
        run = locked(session, StatementRun, run_id)
        before = run.done
        operations.keep(session, run, drawn, at=tick.at, policy=tick.policy)
        if run.done // SHOWN_EVERY != before // SHOWN_EVERY:
            operations.show_progress(session, run, at=tick.at)
