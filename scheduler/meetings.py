"""Proposals of the suspension meeting that nobody decides in time."""

from __future__ import annotations

from typing import Final

from bot.kernel import wording
from bot.workflows.meetings import meeting, queries
from scheduler.job import Tick

PROPOSALS: Final = "meeting-proposals"


def expire(tick: Tick) -> str:
    """End the proposals whose time has run out, which is a no."""
    with tick.database.reading() as session:
        late = [one for one in queries.waiting(session) if one.expires_at <= tick.at]
    if not late:
        return "No proposal has run out of time."
    with tick.database.transaction() as session:
        ended = meeting.expire(session, at=tick.at)
    return f"{wording.counted(ended, 'proposal')} ran out of time."
