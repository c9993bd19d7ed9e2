"""At each agent's shift end: one card for whoever comes next (R161)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.workflows.handovers import operations as handovers
from bot.workflows.people import queries as people
from scheduler import shift_ends
from scheduler.job import Tick
from scheduler.shift_ends import Ended

HANDOVERS: Final = "handovers"
_AT_ONCE: Final = 10
"""Shifts in one transaction."""


def hand_over(tick: Tick) -> str:
    """Hand over every shift that has ended, once an agent and business day."""
    done = 0
    for some in in_batches(shift_ends.still_open(tick, HANDOVERS), _AT_ONCE):
        with tick.database.transaction() as session:
            done += sum(_hand_over(session, tick, shift) for shift in some)
    return f"{wording.counted(done, 'shift')} handed over"


def _hand_over(session: Session, tick: Tick, shift: Ended) -> bool:
    is_mine = shift_ends.claim(session, HANDOVERS, shift, at=tick.at)
    if not is_mine or shift.agent.id in people.absent_on(session, shift.day):
        return False
    made = handovers.hand_over(
        session, shift.agent, day=shift.day, at=tick.at, policy=tick.policy
    )
    return made is not None
