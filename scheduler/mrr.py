"""The escalation ladder's clock: one step a business day, ended when all is paid (R53)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Final

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.store import runs
from bot.workflows.ledger import queries as ledger
from bot.workflows.mrr import operations as mrr
from bot.workflows.mrr import queries
from bot.workflows.payment_plans import applying
from bot.workflows.people.rules import instant
from scheduler.job import Tick

LADDER: Final = "escalation-ladder"
_AT_ONCE: Final = 50
"""Payers in one transaction: presses go on meanwhile."""


def climb(tick: Tick) -> str:
    """End the ladders of what is paid, and take the steps that are due; look once a state."""
    subject = _not_swept(tick)
    if not subject:
        return "The ladder was looked through already, and nothing has come in since."
    _begin(tick)
    with tick.database.reading() as session:
        due = queries.due(session, on=tick.policy.company_date(tick.at), policy=tick.policy)
    ended = _end(tick, due.ladders)
    taken = _step(tick, due.payers)
    _drop_applied(tick)
    _swept(tick, subject)
    steps = wording.counted(taken, "step")
    return f"Escalation: {steps} taken, {wording.counted(ended, 'ladder')} ended."


def _begin(tick: Tick) -> None:
    with tick.database.reading() as session:
        if queries.began_on(session, tick.policy):
            return
    with tick.database.transaction() as session:
        mrr.begin(session, at=tick.at)


def _end(tick: Tick, ladders: Sequence[int]) -> int:
    ended = 0
    for part in in_batches(ladders, _AT_ONCE):
        with tick.database.transaction() as session:
            ended += mrr.end(session, part, at=tick.at, policy=tick.policy)
    return ended


def _step(tick: Tick, payers: Sequence[int]) -> int:
    taken = 0
    for part in in_batches(payers, _AT_ONCE):
        with tick.database.transaction() as session:
            taken += len(mrr.take_steps(session, part, at=tick.at, policy=tick.policy))
    return taken


def _drop_applied(tick: Tick) -> None:
    """Drop the tasks to have money applied that covers nothing any more."""
    with tick.database.reading() as session:
        waiting = applying.waiting(session)
    for part in in_batches(waiting, _AT_ONCE):
        with tick.database.transaction() as session:
            applying.drop_done(session, part, at=tick.at, policy=tick.policy)


def _not_swept(tick: Tick) -> str:
    """Return what the book and the promises are like now, unless that was swept today."""
    with tick.database.reading() as session:
        book = ledger.last_update(session)
        if not ledger.has_invoices(session):
            return ""
        subject = f"{book}/{queries.broken_in_all(session)}"
        midnight = instant(tick.policy.company_date(tick.at), time(), tick.policy.zone)
        done = runs.find(session, LADDER, scheduled_for=midnight, subject=subject)
    return "" if done else subject


def _swept(tick: Tick, subject: str) -> None:
    midnight = instant(tick.policy.company_date(tick.at), time(), tick.policy.zone)
    with tick.database.transaction() as session:
        runs.claim(session, LADDER, scheduled_for=midnight, at=tick.at, subject=subject)
