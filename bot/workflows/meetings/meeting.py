"""The meeting itself: what its digest opens with, which case it is at, what ran out of time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit
from bot.workflows.meetings import queries, trail
from bot.workflows.meetings.records import CasePresented, DigestDecision
from bot.workflows.meetings.rules import ProposalState
from bot.workflows.people.rules import Member
from bot.workflows.suspension.records import Digest


def open_digest(session: Session, digest: Digest, *, policy: Policy) -> int:
    """Let a digest open with what was decided and is not carried out, as it stands now."""
    pending = queries.not_carried_out(session)
    session.add_all(
        DigestDecision(
            digest_id=digest.id,
            decision_id=one.decision.id,
            department=one.decision.department,
            words=one.words,
            days=(digest.as_of - policy.company_date(one.decision.at)).days,
        )
        for one in pending
    )
    session.flush()
    return len(pending)


def present(
    session: Session, digest_id: int, line_id: int, *, by: Member, at: datetime
) -> None:
    """Remember which case the meeting is at."""
    if queries.presented(session, digest_id) == line_id:
        return
    session.add(CasePresented(digest_id=digest_id, line_id=line_id, by=by.id, at=at))
    session.flush()
    about, facts = f"digest:{digest_id}", {"line": line_id}
    note = audit.Note(what="case presented", about=about, at=at, by=by.id, after=facts)
    audit.note(session, note)


def expire(session: Session, *, at: datetime) -> int:
    """End the proposals that nobody decided in time, which is a no; return how many."""
    ended = 0
    for waiting in queries.waiting(session):
        if waiting.expires_at > at:
            continue
        proposal = trail.locked(session, waiting.id)
        if proposal.state is ProposalState.OPEN:
            why = "nobody answered in time"
            trail.end(session, proposal, ProposalState.EXPIRED, reason=why, act=None)
            ended += 1
    return ended
