"""The meeting itself: what its digest opens with, which case it is at, what ran out of time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.workflows.approvals.deadlines import end_of
from bot.workflows.approvals.rules import is_same_person
from bot.workflows.meetings import queries, rules, trail
from bot.workflows.meetings.records import CasePresented, DigestDecision, Proposal
from bot.workflows.meetings.rules import ProposalState
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import PRINCIPALS, Member
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


def remind_at(proposal: Proposal, policy: Policy) -> datetime:
    """Return when those who may decide a proposal are reminded of it."""
    return policy.business_hours.plus(proposal.at, policy.approval_reminder_hours)


def last_call_at(proposal: Proposal, policy: Policy) -> datetime:
    """Return when they are told, before its end, that another principal is away."""
    return end_of(proposal.at, None, policy)[1]


def remind(session: Session, proposal_id: int, *, at: datetime, policy: Policy) -> int:
    """Remind those who may decide a proposal and are there; return how many."""
    proposal = trail.locked(session, proposal_id)
    if proposal.state is not ProposalState.OPEN or at >= proposal.expires_at:
        return 0
    there, _ = _deciders(session, proposal, at=at, policy=policy)
    return _tell(session, proposal, trail.REMINDER_CARD, there, at)


def last_call(session: Session, proposal_id: int, *, at: datetime, policy: Policy) -> int:
    """Tell the principals who are there that another one is away, and the time is short."""
    proposal = trail.locked(session, proposal_id)
    if proposal.state is not ProposalState.OPEN or at >= proposal.expires_at:
        return 0
    there, away = _deciders(session, proposal, at=at, policy=policy)
    if not any(member.roles & PRINCIPALS for member in away):
        return 0
    told = [member for member in there if member.roles & PRINCIPALS]
    return _tell(session, proposal, trail.LAST_CALL_CARD, told, at)


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


def _deciders(
    session: Session, proposal: Proposal, *, at: datetime, policy: Policy
) -> tuple[list[Member], list[Member]]:
    """Return who may decide a proposal: those who are there today, and those who are away."""
    on = policy.company_date(proposal.at)
    roles = rules.deciders(proposal.kind, proposal.until, on=on, policy=policy)
    author = people.get(session, proposal.by)
    absent = people.absent_on(session, policy.company_date(at))
    may = [one for one in people.in_roles(session, roles) if not is_same_person(one, author)]
    there = [one for one in may if one.id not in absent]
    return there, [one for one in may if one.id in absent]


def _tell(
    session: Session, proposal: Proposal, card: CardName, to: list[Member], at: datetime
) -> int:
    for member in to:
        showing = Showing(card, proposal.id, place_of(member.id))
        postings.show(session, showing, at=at, until=proposal.expires_at)
    about, told = f"meeting_proposal:{proposal.id}", [member.id for member in to]
    audit.note(session, audit.Note(what=card, about=about, at=at, after={"told": told}))
    return len(to)
