"""Closing disputes: every one ends in a recorded result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.workflows.customers import queries as customers
from bot.workflows.disputes import queries
from bot.workflows.disputes.operations import RAISED_CARD
from bot.workflows.disputes.records import Dispute
from bot.workflows.disputes.rules import ClosedAlready, DisputeState, Resolution
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS, Member, check_role

CLOSED_CARD: Final = CardName("disputes.closed")
"""For the agent: what came of it, and that a payment date is asked today (R23)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What came of a dispute, in words, and who says so."""

    resolution: Resolution
    words: str
    by: Member


def resolve(
    session: Session, dispute: Dispute, *, ruling: Ruling, at: datetime, policy: Policy
) -> None:
    """
    Close a dispute with its recorded result, which brings what is owed back (R23, R133).

    :raises NotForYou: if the person is not a lead or above.
    :raises ClosedAlready: if it was closed meanwhile.
    """
    check_role(ruling.by, LEADS, what="Closing a dispute")
    if dispute.state is not DisputeState.OPEN:
        raise ClosedAlready("Somebody has closed this dispute meanwhile.")
    _close(session, dispute, ruling=ruling, at=at, policy=policy)
    owner = customers.get(session, dispute.payer_id).agent_id
    for person_id in {dispute.raised_by, owner} - {ruling.by.id}:
        if person_id is not None:
            closed = Showing(CLOSED_CARD, dispute.id, place_of(person_id))
            postings.show(session, closed, at=at)


def withdraw_with_call(
    session: Session, call_id: int, *, by: Member, at: datetime, policy: Policy
) -> list[Dispute]:
    """Withdraw what was disputed in a call that is taken back; return those disputes."""
    withdrawn = queries.of_call(session, call_id)
    ruling = Ruling(resolution=Resolution.WITHDRAWN, words="The call was taken back.", by=by)
    for dispute in withdrawn:
        _close(session, dispute, ruling=ruling, at=at, policy=policy)
    return withdrawn


def _close(
    session: Session, dispute: Dispute, *, ruling: Ruling, at: datetime, policy: Policy
) -> None:
    is_withdrawn = ruling.resolution is Resolution.WITHDRAWN
    dispute.state = DisputeState.WITHDRAWN if is_withdrawn else DisputeState.RESOLVED
    dispute.closed_on, dispute.closed_at = policy.company_date(at), at
    dispute.closed_by, dispute.resolution = ruling.by.id, ruling.resolution
    dispute.resolution_words = ruling.words
    dispute.version += 1
    audit.note(
        session,
        audit.Note(
            what="dispute closed",
            about=f"dispute:{dispute.id}",
            at=at,
            by=ruling.by.id,
            before={"state": DisputeState.OPEN},
            after={"state": dispute.state, "resolution": ruling.resolution},
            why=ruling.words,
        ),
    )
    postings.refresh(session, RAISED_CARD, about=dispute.id, at=at)
