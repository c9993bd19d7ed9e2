"""A postman to whom no server says no."""

from __future__ import annotations

from datetime import datetime

from bot.workflows.correspondence import departures, outcomes
from tests.support.desk import Desk


def post(desk: Desk, at: datetime) -> None:
    """Let a mail server take all that is due."""
    with desk.database.transaction() as session:
        for claim in departures.claim(
            session, owner="postman", at=at, policy=desk.policy, most=1000, is_repeatable=True
        ):
            outcomes.sent(session, claim, at=at)
