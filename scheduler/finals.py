"""The clock of the month's final invoices: start, calls that come due, calls that are over."""

from __future__ import annotations

from datetime import time
from typing import Final

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.store import runs
from bot.workflows.finals import (
    candidates,
    months,
    opening,
    queries,
    resting,
    solving,
    writing_again,
)
from bot.workflows.finals.contacts import When, close_over
from bot.workflows.finals.opening import Wanted
from bot.workflows.finals.rules import Stage
from bot.workflows.ledger import queries as ledger
from bot.workflows.mrr import queries as ladders
from bot.workflows.people.rules import instant
from bot.workflows.worklists import joining
from scheduler.job import Tick

SWEEP: Final = "finals"
_AT_ONCE: Final = 50
"""Payers in one transaction: presses go on meanwhile."""


def work(tick: Tick) -> str:
    """Start months, open and close contacts, and bring today's lists up to date."""
    started = _start(tick)
    confirmed = _confirm_solved(tick)
    opened = closed = written = 0
    if subject := _not_swept(tick):
        opened = _open(tick)
        closed = _close(tick)
        written = _write_again(tick)
        _ask_to_apply(tick)
        _swept(tick, subject)
    joined = _join_lists(tick)
    parts = [
        *(f"work on {month} started" for month in started),
        f"{wording.counted(opened, 'payer')} to call" if opened else "",
        f"{wording.counted(closed, 'call')} no longer needed" if closed else "",
        f"{wording.counted(written, 'payer')} to be written to after all" if written else "",
        f"{wording.counted(joined, 'line')} brought onto today's lists" if joined else "",
        f"{wording.counted(confirmed, 'payer')} without questions left" if confirmed else "",
    ]
    said = "; ".join(part for part in parts if part)
    return f"Final invoices: {said or 'nothing to do now'}."


def _start(tick: Tick) -> list[str]:
    today = tick.policy.company_date(tick.at)
    with tick.database.reading() as session:
        due = months.due(session, today=today, policy=tick.policy)
    started = []
    for month in due:
        with tick.database.transaction() as session:
            if months.start(session, month, at=tick.at, policy=tick.policy).is_new:
                started.append(f"{month:%B %Y}")
    return started


def _open(tick: Tick) -> int:
    when = When(at=tick.at, policy=tick.policy)
    opened = 0
    with tick.database.reading() as session:
        to_confirm = queries.joinable(session)
    for wanted in (
        *(Wanted(stage=Stage.CONFIRMATION, month=month) for month in to_confirm),
        Wanted(stage=Stage.DAY_15, month=when.today.replace(day=1)),
        Wanted(stage=Stage.DAY_5, month=when.today.replace(day=1)),
    ):
        with tick.database.reading() as session:
            lacking = opening.lacking(session, wanted, when)
        for payers in in_batches(lacking, _AT_ONCE):
            with tick.database.transaction() as session:
                opened += len(opening.open_for(session, payers, wanted, when))
    return opened


def _close(tick: Tick) -> int:
    """Close what is paid, and what a later stage, opened just before, has taken over."""
    when = When(at=tick.at, policy=tick.policy)
    with tick.database.reading() as session:
        over = candidates.over(session, on=when.today, policy=tick.policy)
    closed = 0
    for contacts in in_batches(over, _AT_ONCE):
        with tick.database.transaction() as session:
            closed += close_over(session, contacts, when)
    return closed


def _write_again(tick: Tick) -> int:
    when = When(at=tick.at, policy=tick.policy)
    with tick.database.reading() as session:
        dropped = writing_again.unwritten(session)
    written = 0
    for contacts in in_batches(dropped, _AT_ONCE):
        with tick.database.transaction() as session:
            written += writing_again.write(session, contacts, when)
    return written


def _ask_to_apply(tick: Tick) -> None:
    when = When(at=tick.at, policy=tick.policy)
    with tick.database.reading() as session:
        due = queries.due_contacts(session, on=when.today, policy=tick.policy)
        resting_now = [one for one in resting.marked(session, due, on=when.today) if one.rests]
    for contacts in in_batches(resting_now, _AT_ONCE):
        with tick.database.transaction() as session:
            resting.ask_to_apply(session, contacts, when)


def _confirm_solved(tick: Tick) -> int:
    when = When(at=tick.at, policy=tick.policy)
    with tick.database.reading() as session:
        solved = solving.solved(session)
    confirmed = 0
    for contact_id in solved:
        with tick.database.transaction() as session:
            confirmed += solving.confirm(session, contact_id, when=when)
    return confirmed


def _join_lists(tick: Tick) -> int:
    with tick.database.reading() as session:
        outdated = joining.outdated(session, at=tick.at)
    joined = 0
    for worklist_id in outdated:
        with tick.database.transaction() as session:
            joined += joining.bring_in(session, worklist_id, at=tick.at, policy=tick.policy)
    return joined


def _not_swept(tick: Tick) -> str:
    """Return what the book and the months are like now, unless that was swept today."""
    with tick.database.reading() as session:
        latest = queries.latest_month(session)
        if latest is None:
            return ""
        subject = f"{latest.id}/{ledger.last_update(session)}/{ladders.broken_in_all(session)}"
        midnight = instant(tick.policy.company_date(tick.at), time(), tick.policy.zone)
        done = runs.find(session, SWEEP, scheduled_for=midnight, subject=subject)
    return "" if done else subject


def _swept(tick: Tick, subject: str) -> None:
    midnight = instant(tick.policy.company_date(tick.at), time(), tick.policy.zone)
    with tick.database.transaction() as session:
        runs.claim(session, SWEEP, scheduled_for=midnight, at=tick.at, subject=subject)
