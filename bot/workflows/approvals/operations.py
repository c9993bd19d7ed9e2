"""Asking and deciding."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.approvals import queries, trail
from bot.workflows.approvals.checks import (
    Seen,
    check_open,
    check_requester,
    check_said,
    locked,
    standing,
)
from bot.workflows.approvals.deadlines import end_of
from bot.workflows.approvals.records import Approval, Happening
from bot.workflows.approvals.rules import (
    Act,
    ApprovalState,
    Kind,
    Verdict,
    check_reason,
)
from bot.workflows.approvals.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for."""

    kind: Kind
    payer_id: int
    terms: Terms
    until: datetime | None = None
    """The last moment at which a yes makes sense, if that is before the usual end."""
    nonce: str | None = None


def ask(session: Session, wanted: Wanted, *, act: Act, policy: Policy) -> Approval:
    """
    Put a request to those who may decide it, its text and figures frozen (R62, R66-R68).

    Asking twice from the same form asks once.
    """
    if asked := queries.by_nonce(session, wanted.nonce):
        return asked
    end, last_call = end_of(act.at, wanted.until, policy)
    approval = Approval(
        kind=wanted.kind,
        payer_id=wanted.payer_id,
        asked_by=act.by.id,
        asked_at=act.at,
        nonce=wanted.nonce,
        number=1,
        version=0,
        remind_at=policy.business_hours.plus(act.at, policy.approval_reminder_hours),
        last_call_at=last_call,
        expires_at=end,
    )
    session.add(approval)
    session.flush()
    trail.write(session, approval, wanted.terms, act)
    asked_now = trail.said(Happening.ASKED, act, wanted.terms.reason)
    trail.enter(session, approval, asked_now, state=ApprovalState.WAITING)
    trail.show_to_deciders(session, approval, act)
    return approval


def decide(
    session: Session, seen: Seen, *, verdict: Verdict, reason: str, act: Act
) -> Approval:
    """
    Record the decision on exactly the version seen, and tell the requester (I08-I11).

    :raises AlreadyDecided: if the request is closed, or its time has run out.
    :raises Stale: if something changed since the card was drawn.
    :raises NotYours: if it is not theirs to decide.
    :raises NoReason: if it needs a reason in writing.
    """
    approval, current = standing(session, seen, act, by_decider=True)
    check_reason(approval.kind, verdict, reason)
    event = trail.said(Happening(verdict.value), act, reason)
    closing = trail.closing(ApprovalState(verdict.value), act, reason)
    trail.enter(session, approval, event, **closing, decided_hash=current.hash)
    trail.tell(session, event, approval.asked_by)
    return approval


def question(session: Session, seen: Seen, *, words: str, act: Act) -> Approval:
    """
    Ask the requester something before deciding.

    :raises NotYours: if it is not theirs to decide.
    :raises NothingSaid: if there is no question.
    """
    approval, _ = standing(session, seen, act, by_decider=True)
    check_said(words, "Please write your question.")
    event = trail.said(Happening.QUESTION, act, words)
    trail.enter(session, approval, event, question_by=act.by.id)
    trail.tell(session, event, approval.asked_by)
    return approval


def answer(session: Session, seen: Seen, *, words: str, act: Act) -> Approval:
    """
    Answer a decider's question.

    :raises NotYours: if somebody else asked for this.
    :raises NothingSaid: if there is no answer.
    """
    approval, _ = standing(session, seen, act, by_decider=False)
    check_said(words, "Please write your answer.")
    asker = approval.question_by
    event = trail.said(Happening.ANSWER, act, words)
    trail.enter(session, approval, event, question_by=None)
    trail.tell(session, event, asker)
    return approval


def withdraw(session: Session, seen: Seen, *, words: str, act: Act) -> Approval:
    """
    Take a request back before it is decided; what was said meanwhile does not matter.

    :raises NotYours: if somebody else asked for this.
    """
    approval = locked(session, seen.approval_id)
    check_requester(approval, act.by)
    check_open(approval, act)
    event = trail.said(Happening.WITHDRAWN, act, words)
    trail.enter(session, approval, event, **trail.closing(ApprovalState.WITHDRAWN, act, words))
    return approval
