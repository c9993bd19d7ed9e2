"""Showing proposals, ending them, and entering both into the trail."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Place, Showing
from bot.store.rows import locked as locked_record
from bot.workflows.approvals.rules import Act, is_same_person
from bot.workflows.channels import queries as channels
from bot.workflows.channels.rules import Purpose
from bot.workflows.meetings import rules
from bot.workflows.meetings.records import Proposal
from bot.workflows.meetings.rules import ProposalState
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension.operations import DIGEST_CARD, PAGE_CARD

PROPOSAL_CARD: Final = CardName("meetings.proposal")
"""For its author, those who may decide, and the meeting's thread; about is the proposal."""

REMINDER_CARD: Final = CardName("meetings.reminder")
"""Reminds those who may decide; about is the proposal."""
LAST_CALL_CARD: Final = CardName("meetings.last_call")
"""Tells them before the end that the other principal is away; about is the proposal."""


def show(session: Session, proposal: Proposal, *, act: Act, policy: Policy) -> None:
    """Show a proposal to those who may decide it, in the meeting's thread, on the digest."""
    roles = rules.deciders(proposal.kind, proposal.until, on=act.on, policy=policy)
    places = [
        place_of(member.id)
        for member in people.in_roles(session, roles)
        if not is_same_person(member, act.by)
    ]
    places += [place_of(act.by.id), *_thread(session, proposal)]
    for place in dict.fromkeys(places):
        showing = Showing(PROPOSAL_CARD, proposal.id, place)
        postings.show(session, showing, at=act.at, until=proposal.expires_at)
    _refresh_digest(session, proposal)


def end(
    session: Session, proposal: Proposal, state: ProposalState, *, reason: str, act: Act | None
) -> None:
    """End a proposal, and show that on every copy of its card and on the digest."""
    proposal.state, proposal.reason = state, reason.strip()
    proposal.decided_by = act.by.id if act else None
    proposal.decided_at = act.at if act else proposal.expires_at
    proposal.version += 1
    session.flush()
    note(session, proposal, f"proposal {state}", act)
    at = proposal.decided_at
    for card in (PROPOSAL_CARD, REMINDER_CARD, LAST_CALL_CARD):
        postings.refresh(session, card, about=proposal.id, at=at)
    _refresh_digest(session, proposal)


def locked(session: Session, proposal_id: int) -> Proposal:
    """Return a proposal as it is now, held against everybody else until the commit."""
    return locked_record(session, Proposal, proposal_id)


def note(session: Session, proposal: Proposal, what: str, act: Act | None) -> None:
    """Enter what happened to a proposal into the trail."""
    facts = {
        "case": proposal.case_id,
        "ask": proposal.ask,
        "figures": proposal.figures,
        "state": proposal.state,
    }
    audit.note(
        session,
        audit.Note(
            what=what,
            about=f"meeting_proposal:{proposal.id}",
            at=act.at if act else proposal.expires_at,
            by=act.by.id if act else None,
            after=facts,
            why=proposal.reason or proposal.words,
        ),
    )


def _thread(session: Session, proposal: Proposal) -> list[Place]:
    channel = channels.named(session, Purpose.SUSPENSION)
    if channel is None or proposal.digest_id is None:
        return []
    head = Showing(DIGEST_CARD, proposal.digest_id, Place(channel.place))
    if postings.state_of(session, head) is None:
        return []
    return [postings.thread_under(session, head)]


def _refresh_digest(session: Session, proposal: Proposal) -> None:
    digest = digests.latest(session)
    line = digests.line_on(session, proposal.case_id, digest.id) if digest else None
    if line:
        moment = proposal.decided_at or proposal.at
        postings.refresh(session, PAGE_CARD, about=line.page_id, at=moment)
