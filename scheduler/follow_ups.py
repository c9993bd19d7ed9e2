"""At each agent's shift end: e-mails drafted to those not reached, and one card (R85)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.workflows.customers import queries as customers
from bot.workflows.follow_ups import drafting, queries
from bot.workflows.follow_ups import operations as follow_ups
from scheduler import shift_ends
from scheduler.job import Tick
from scheduler.shift_ends import OVERTIME, Ended

FOLLOW_UPS: Final = "follow-ups"
_AT_ONCE: Final = 10
"""Payers in one transaction."""


def ask(tick: Tick) -> str:
    """Draft what is to be sent to those not reached in a shift, and ask its agent once."""
    asked = sum(_ask(tick, shift) for shift in shift_ends.still_open(tick, FOLLOW_UPS))
    return f"{wording.counted(asked, 'agent')} asked"


def _ask(tick: Tick, shift: Ended) -> bool:
    """Draft the e-mails, some at once so that presses go on, then claim and ask once."""
    with tick.database.reading() as session:
        payers = queries.missed(
            session,
            shift.agent.id,
            since=shift.starts_at - OVERTIME,
            until=shift.ends_at + OVERTIME,
        )
    for some in in_batches(payers, _AT_ONCE):
        with tick.database.transaction() as session:
            for payer_id in some:
                _draft(session, tick, shift, payer_id)
    with tick.database.transaction() as session:
        if not shift_ends.claim(session, FOLLOW_UPS, shift, at=tick.at):
            return False
        batch = follow_ups.ask(session, shift.agent, day=shift.day, at=tick.at)
    return batch is not None


def _draft(session: Session, tick: Tick, shift: Ended, payer_id: int) -> None:
    payer = customers.locked(session, payer_id)
    if queries.was_reached(session, payer_id, since=shift.starts_at - OVERTIME):
        return
    drafting.draft(
        session, payer, agent=shift.agent, day=shift.day, at=tick.at, policy=tick.policy
    )
