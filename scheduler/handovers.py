"""At each agent's shift end: one card for whoever comes next (R161)."""

from __future__ import annotations

from typing import Final

from bot.kernel import wording
from bot.workflows.handovers import operations as handovers
from bot.workflows.people import queries as people
from scheduler import shift_ends
from scheduler.job import Tick
from scheduler.shift_ends import Ended

HANDOVERS: Final = "handovers"


def hand_over(tick: Tick) -> str:
    """Hand over every shift that has ended, once an agent and business day."""
    done = sum(_hand_over(tick, shift) for shift in shift_ends.still_open(tick, HANDOVERS))
    return f"{wording.counted(done, 'shift')} handed over"


def _hand_over(tick: Tick, shift: Ended) -> bool:
    with tick.database.transaction() as session:
        is_mine = shift_ends.claim(session, HANDOVERS, shift, at=tick.at)
        if not is_mine or shift.agent.id in people.absent_on(session, shift.day):
            return False
        made = handovers.hand_over(
            session, shift.agent, day=shift.day, at=tick.at, policy=tick.policy
        )
    return made is not None
