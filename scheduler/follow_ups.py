"""At each agent's shift end: e-mails drafted to those not reached, and one card (R85)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.store import runs
from bot.workflows.customers import queries as customers
from bot.workflows.follow_ups import drafting, queries
from bot.workflows.follow_ups import operations as follow_ups
from scheduler import shift_ends
from scheduler.job import Tick
from scheduler.shift_ends import OVERTIME, Ended

FOLLOW_UPS: Final = "follow-ups"


def ask(tick: Tick) -> str:
    """Draft what is to be sent to those not reached in a shift, and ask its agent once."""
    asked = sum(_ask(tick, shift) for shift in _open(tick))
    return f"{wording.counted(asked, 'agent')} asked"


def _open(tick: Tick) -> list[Ended]:
    over = shift_ends.ended(tick)
    if not over:
        return []
    first = min(shift.ends_at for shift in over)
    with tick.database.reading() as session:
        done = runs.done_since(session, FOLLOW_UPS, since=first)
    return [one for one in over if (one.ends_at, str(one.agent.id)) not in done]


def _ask(tick: Tick, shift: Ended) -> bool:
    with tick.database.transaction() as session:
        is_mine = runs.claim(
            session,
            FOLLOW_UPS,
            scheduled_for=shift.ends_at,
            at=tick.at,
            subject=str(shift.agent.id),
        )
        if not is_mine:
            return False
        _draft(session, shift, tick)
        batch = follow_ups.ask(session, shift.agent, day=shift.day, at=tick.at)
    return batch is not None


def _draft(session: Session, shift: Ended, tick: Tick) -> None:
    payers = queries.missed(
        session,
        shift.agent.id,
        since=shift.starts_at - OVERTIME,
        until=shift.ends_at + OVERTIME,
    )
    for payer_id in payers:
        payer = customers.get(session, payer_id)
        drafting.draft(
            session, payer, agent=shift.agent, day=shift.day, at=tick.at, policy=tick.policy
        )
