"""Ending a follow-up, whatever way, with its entry in the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.store import audit, postings
from bot.store.postings import CardName
from bot.store.rows import amend
from bot.workflows.follow_ups import queries
from bot.workflows.follow_ups.records import FollowUp, FollowUpState
from bot.workflows.people.rules import Member

BATCH_CARD: Final = CardName("follow_ups.batch")
"""What an agent is asked at a shift's end; about is the batch."""


def end(  # noqa: PLR0913 - one ending, whatever its name
    session: Session,
    found: FollowUp,
    state: FollowUpState,
    *,
    by: Member | None,
    why: str,
    at: datetime,
) -> None:
    """
    End a follow-up; where nobody pressed for it, the card that asks about it is drawn again.

    Who presses gets the next card as the answer, in that card's own message.
    """
    amend(session, found, state=state, why=why, ended_at=at, ended_by=by.id if by else None)
    note(session, found, f"follow-up {state}", by=found.ended_by, at=at)
    batch = queries.batch_of(session, found.agent_id, found.day) if by is None else None
    if batch is not None:
        postings.refresh(session, BATCH_CARD, about=batch.id, at=at)


def note(session: Session, found: FollowUp, what: str, *, by: int | None, at: datetime) -> None:
    """Enter in the trail what became of a follow-up."""
    facts = {"payer": found.payer_id, "state": found.state.value, "topic": found.topic}
    about = f"follow_up:{found.id}"
    audit.note(
        session, audit.Note(what=what, about=about, at=at, by=by, after=facts, why=found.why)
    )
