"""Offering something else, and what the customer says to it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.workflows.approvals import queries, trail
from bot.workflows.approvals.checks import (
    Seen,
    check_decider,
    check_said,
    countered,
    standing,
)
from bot.workflows.approvals.deadlines import end_of
from bot.workflows.approvals.records import Approval, Happening
from bot.workflows.approvals.rules import Act, ApprovalState
from bot.workflows.approvals.terms import Terms
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member


def offer(session: Session, seen: Seen, *, terms: Terms, act: Act, policy: Policy) -> Approval:
    """
    Offer something else: a new frozen version for the requester to take to the customer.

    :raises NotYours: if what was asked, or what is offered, is not theirs to decide.
    :raises NothingSaid: if it has no reason.
    """
    approval, _ = standing(session, seen, act, by_decider=True)
    check_said(terms.reason, "Please write why you offer this instead.")
    end, last_call = end_of(act.at, None, policy)
    approval.number += 1
    trail.write(session, approval, terms, act)
    check_decider(session, approval, act)
    event = trail.said(Happening.COUNTER_OFFER, act, terms.reason)
    trail.enter(
        session,
        approval,
        event,
        state=ApprovalState.COUNTERED,
        question_by=None,
        expires_at=end,
        last_call_at=last_call,
    )
    trail.tell(session, event, approval.asked_by)
    return approval


def accept(session: Session, seen: Seen, *, act: Act) -> Approval:
    """
    Record that the customer accepts the counter-offer: it is approved in its author's name.

    Where its author may no longer decide, the new version waits for somebody who may (I13).

    :raises NotYours: if somebody else asked for this.
    """
    approval, offered = countered(session, seen, act)
    event = trail.said(Happening.CUSTOMER_ACCEPTED, act)
    author = _active(session, offered.author_id)
    if author is None or not queries.is_for(session, approval, author, on=act.on):
        trail.enter(session, approval, event, state=ApprovalState.WAITING)
        trail.show_to_deciders(session, approval, act)
        return approval
    closing = trail.closing(ApprovalState.APPROVED, act, offered.terms.reason)
    closing |= {"decided_by": author.id, "decided_hash": offered.hash}
    trail.enter(session, approval, event, **closing)
    trail.tell(session, event, author.id)
    return approval


def refuse(session: Session, seen: Seen, *, words: str, act: Act) -> Approval:
    """
    Record that the customer does not take the counter-offer, which closes the request.

    :raises NotYours: if somebody else asked for this.
    """
    approval, offered = countered(session, seen, act)
    event = trail.said(Happening.CUSTOMER_DECLINED, act, words)
    trail.enter(session, approval, event, **trail.closing(ApprovalState.WITHDRAWN, act, words))
    trail.tell(session, event, offered.author_id)
    return approval


def _active(session: Session, person_id: int) -> Member | None:
    return next((one for one in people.everybody(session) if one.id == person_id), None)
