"""The clock of mail: the day's mail leaves, and what was released is let go (R85)."""

from __future__ import annotations

from typing import Final

from bot.kernel import wording
from bot.workflows.correspondence import releases
from scheduler.job import Tick

MAIL: Final = "daily-mail"
_BATCH: Final = 100
"""So many a transaction, so that presses are answered meanwhile."""


def let_leave(tick: Tick) -> str:
    """Fix the text of each day's mail that is due, and let go what was released."""
    count = 0
    while moved := _some(tick):
        count += moved
    return f"{wording.counted(count, 'mail')} on the way" if count else ""


def _some(tick: Tick) -> int:
    with tick.database.transaction() as session:
        return releases.leave_due(session, at=tick.at, policy=tick.policy, most=_BATCH)
