"""What is checked before anything happens to a request, under its lock."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.store.rows import locked as locked_record
from bot.workflows.approvals import queries
from bot.workflows.approvals.records import Approval, ApprovalVersion
from bot.workflows.approvals.rules import (
    Act,
    AlreadyDecided,
    ApprovalState,
    NotYours,
    check_may_decide,
)
from bot.workflows.people.rules import Member


class Stale(Refused):
    """Something was said or done since the card was drawn."""


class NothingSaid(Refused):
    """The question, the answer or the reason is missing."""


class Seen(NamedTuple):
    """A request exactly as a card showed it (I11)."""

    approval_id: int
    version: int | None
    hash: str


def locked(session: Session, approval_id: int) -> Approval:
    """Return a request as it is now, held against everybody else until the commit (I08)."""
    return locked_record(session, Approval, approval_id)


def standing(
    session: Session, seen: Seen, act: Act, *, by_decider: bool
) -> tuple[Approval, ApprovalVersion]:
    """Return a request that waits for a decision, exactly as seen, and its version."""
    approval = locked(session, seen.approval_id)
    if by_decider:
        check_decider(session, approval, act)
    else:
        check_requester(approval, act.by)
    check_open(approval, act)
    return approval, _check_seen(session, approval, seen, ApprovalState.WAITING)


def countered(session: Session, seen: Seen, act: Act) -> tuple[Approval, ApprovalVersion]:
    """Return a request whose counter-offer is with the customer, exactly as seen."""
    approval = locked(session, seen.approval_id)
    check_requester(approval, act.by)
    check_open(approval, act)
    return approval, _check_seen(session, approval, seen, ApprovalState.COUNTERED)


def _check_seen(
    session: Session, approval: Approval, seen: Seen, state: ApprovalState
) -> ApprovalVersion:
    current = queries.standing_version(session, approval)
    shown = (seen.version, seen.hash)
    if shown != (approval.version, current.hash) or approval.state is not state:
        raise Stale(
            "This changed a moment ago and nothing was done. This is how it stands now."
        )
    return current


def check_open(approval: Approval, act: Act) -> None:
    """
    Check that something can still happen to a request.

    :raises AlreadyDecided: if it is closed, or its time has run out.
    """
    if not approval.is_open:
        raise AlreadyDecided(f"This is closed already: it was {approval.state.value}.")
    if act.at >= approval.expires_at:
        raise AlreadyDecided("The time for an answer has run out, which is a no.")


def check_decider(session: Session, approval: Approval, act: Act) -> None:
    """
    Check that the person may decide the version that stands, today (I09, I10, I13).

    :raises NotYours: if not.
    """
    request = queries.request_of(session, approval)
    check_may_decide(request, act.by, queries.mandates(session, act.by), on=act.on)


def check_requester(approval: Approval, member: Member) -> None:
    """
    Check that the person is the one who asked.

    :raises NotYours: if not.
    """
    if member.id != approval.asked_by:
        raise NotYours("Only the person who asked for this can do that.")


def check_said(words: str, otherwise: str) -> None:
    """
    Check that something was written.

    :raises NothingSaid: saying what is missing.
    """
    if not words.strip():
        raise NothingSaid(otherwise)
