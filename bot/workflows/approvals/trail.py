"""Entering what happens to a request: its state, the trail, every copy of its card."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.workflows.approvals import queries
from bot.workflows.approvals.records import (
    Approval,
    ApprovalEvent,
    ApprovalVersion,
    Happening,
)
from bot.workflows.approvals.rules import Act, ApprovalState
from bot.workflows.approvals.terms import Terms, hash_of
from bot.workflows.people.records import place_of

DECISION_CARD: Final = CardName("approvals.decision")
"""About an approval, for whoever may decide it."""
REQUEST_CARD: Final = CardName("approvals.request")
"""About an approval, for its requester."""
NEWS_CARD: Final = CardName("approvals.answer")
"""About an event: what is new about an approval, for the one it is for."""


def said(what: Happening, act: Act, words: str = "") -> ApprovalEvent:
    """Return what somebody said or did, not yet entered."""
    return ApprovalEvent(what=what, by=act.by.id, at=act.at, words=words.strip())


def closing(state: ApprovalState, act: Act, reason: str = "") -> dict[str, Any]:
    """Return what changes when somebody closes a request."""
    return {
        "state": state,
        "reason": reason.strip(),
        "decided_by": act.by.id,
        "decided_at": act.at,
        "question_by": None,
    }


def enter(
    session: Session,
    approval: Approval,
    event: ApprovalEvent,
    **changed: Any,  # noqa: ANN401
) -> ApprovalEvent:
    """Change a request, keep what happened, and have every copy of its card drawn again."""
    before = {name: _plain(getattr(approval, name)) for name in changed}
    for name, value in changed.items():
        setattr(approval, name, value)
    approval.version += 1
    event.approval_id, event.number = approval.id, approval.number
    session.add(event)
    session.flush()
    refresh(session, approval, at=event.at)
    after = {name: _plain(value) for name, value in changed.items()}
    current = queries.standing_version(session, approval)
    audit.note(
        session,
        audit.Note(
            what=f"approvals.{event.what.value}",
            about=f"approval:{approval.id}",
            at=event.at,
            by=event.by,
            before=before,
            after=after | {"number": approval.number, "hash": current.hash},
            why=event.words,
        ),
    )
    return event


def write(session: Session, approval: Approval, terms: Terms, act: Act) -> ApprovalVersion:
    """Freeze the terms as the request's next version."""
    text = terms.text()
    version = ApprovalVersion(
        approval_id=approval.id,
        number=approval.number,
        author_id=act.by.id,
        written_at=act.at,
        text=text,
        hash=hash_of(approval.id, approval.number, text),
    )
    session.add(version)
    session.flush()
    return version


def tell(session: Session, event: ApprovalEvent, *person_ids: int | None) -> None:
    """Show people what happened, as a new message of its own."""
    for person_id in person_ids:
        if person_id is not None:
            showing = Showing(NEWS_CARD, event.id, place_of(person_id))
            postings.show(session, showing, at=event.at)


def show_to_deciders(session: Session, approval: Approval, act: Act) -> None:
    """Show a request to everybody who may decide it."""
    for decider in queries.deciders(session, approval, on=act.on):
        showing = Showing(DECISION_CARD, approval.id, place_of(decider.id))
        postings.show(session, showing, at=act.at)


def refresh(session: Session, approval: Approval, *, at: datetime) -> None:
    """Have every copy of a request's cards drawn again."""
    for card in (DECISION_CARD, REQUEST_CARD):
        postings.refresh(session, card, about=approval.id, at=at)
    for event in queries.events(session, approval):
        postings.refresh(session, NEWS_CARD, about=event.id, at=at)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    return value.isoformat() if isinstance(value, datetime) else value
