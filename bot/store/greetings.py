"""
Cards that are brought to somebody who opens the app, while they may wait for a courier, too.

Such a card is held before it is sent, so that it comes once: either by the greeting or by the
courier. If the greeting does not come back, the lease ends as any courier's does.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.store.deliveries import LEASE
from bot.store.postings import GREETING, Posting, PostingState, Showing


def hold(session: Session, showing: Showing, *, since: datetime, at: datetime) -> bool:
    """
    Hold a card for the greeting that is about to send it; False if a courier brings it.

    :param since: when the app was opened: what a courier has brought since then is there.
    """
    mine = select(Posting).filter_by(**showing._asdict()).with_for_update()
    posting = session.scalar(mine)
    if posting is None:
        return True
    is_there = posting.shown_at is not None and posting.shown_at >= since
    if is_there or (posting.state is PostingState.SENDING and posting.owner != GREETING):
        return False
    posting.state, posting.owner, posting.lease_until = (
        PostingState.SENDING,
        GREETING,
        at + LEASE,
    )
    return True


def let_go(session: Session, showing: Showing, *, at: datetime) -> None:
    """Leave a card that was held to the courier: its greeting certainly did not leave."""
    held = update(Posting).where(
        Posting.card == showing.card,
        Posting.about == showing.about,
        Posting.place == showing.place,
        Posting.state == PostingState.SENDING,
        Posting.owner == GREETING,
    )
    due = held.values(state=PostingState.DUE, due_at=at, owner=None, lease_until=None)
    session.execute(due)
