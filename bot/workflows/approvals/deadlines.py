"""Reminders, last calls, and the end: nobody's answer in time is a no."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit
from bot.workflows.approvals import queries, trail
from bot.workflows.approvals.checks import locked
from bot.workflows.approvals.records import Approval, ApprovalEvent, Happening
from bot.workflows.approvals.rules import AUTHORITY, ApprovalState
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member


def end_of(at: datetime, until: datetime | None, policy: Policy) -> tuple[datetime, datetime]:
    """
    Return when a request made now ends, and when the last call goes out before.

    :param until: the last moment at which a yes makes sense.
    """
    hours = policy.business_hours
    usual = hours.end_after(at, policy.approval_business_days)
    end = min(usual, until) if until else usual
    close = min(end, hours.close(policy.company_date(end)))
    return end, close - timedelta(hours=policy.approval_last_call_hours)


def remind(session: Session, approval_id: int, *, at: datetime, on: date) -> int:
    """Remind those who may decide and are there; return how many."""
    approval = locked(session, approval_id)
    if approval.state is not ApprovalState.WAITING or at >= approval.expires_at:
        return 0
    return _call(session, approval, Happening.REMINDER, at, present(session, approval, on=on))


def last_call(session: Session, approval_id: int, *, at: datetime, on: date) -> int:
    """Tell those who are there that another principal is away, and the time is short."""
    approval = locked(session, approval_id)
    if approval.state is not ApprovalState.WAITING or at >= approval.expires_at:
        return 0
    if not away(session, approval, on=on):
        return 0
    return _call(session, approval, Happening.LAST_CALL, at, present(session, approval, on=on))


def expire(session: Session, approval_id: int, *, at: datetime) -> Approval | None:
    """Close a request that nobody answered in time, which is a no; None if it is not due."""
    approval = locked(session, approval_id)
    if not approval.is_open or at < approval.expires_at:
        return None
    event = ApprovalEvent(what=Happening.EXPIRED, at=at, words="")
    trail.enter(
        session,
        approval,
        event,
        state=ApprovalState.EXPIRED,
        decided_at=approval.expires_at,
        question_by=None,
    )
    trail.tell(session, event, approval.asked_by)
    return approval


def end_as_moot(session: Session, approval: Approval, *, why: str, at: datetime) -> None:
    """Close an open request whose matter is over: nobody decides on it; tell who asked."""
    event = ApprovalEvent(what=Happening.WITHDRAWN, at=at, words=why)
    trail.enter(
        session,
        approval,
        event,
        state=ApprovalState.WITHDRAWN,
        reason=why,
        decided_at=at,
        question_by=None,
    )
    trail.tell(session, event, approval.asked_by)


def present(session: Session, approval: Approval, *, on: date) -> list[Member]:
    """Return those who may decide and are not away that day."""
    absent = people.absent_on(session, on)
    return [m for m in queries.deciders(session, approval, on=on) if m.id not in absent]


def away(session: Session, approval: Approval, *, on: date) -> list[Member]:
    """Return the principals who might decide but are away that day."""
    absent = people.absent_on(session, on)
    deciders = queries.deciders(session, approval, on=on)
    return [m for m in deciders if m.id in absent and m.roles & AUTHORITY[approval.kind]]


def _call(
    session: Session, approval: Approval, what: Happening, at: datetime, to: list[Member]
) -> int:
    event = ApprovalEvent(
        approval_id=approval.id, number=approval.number, what=what, at=at, words=""
    )
    session.add(event)
    session.flush()
    told = [member.id for member in to]
    trail.tell(session, event, *told)
    about = f"approval:{approval.id}"
    note = audit.Note(what=f"approvals.{what.value}", about=about, at=at, after={"told": told})
    audit.note(session, note)
    return len(told)
