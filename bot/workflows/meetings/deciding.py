"""Deciding on what was proposed; nothing is committed here."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.workflows.approvals.rules import Act, is_same_person
from bot.workflows.meetings import carrying_out, queries, rules
from bot.workflows.meetings.records import Proposal
from bot.workflows.meetings.rules import (
    NoReason,
    NotOpen,
    NotYours,
    ProposalKind,
    ProposalState,
)
from bot.workflows.meetings.trail import end, locked
from bot.workflows.people import queries as people
from bot.workflows.suspension import releasing
from bot.workflows.suspension.case_records import NoticeState


class Seen(NamedTuple):
    """A proposal as a card showed it."""

    proposal_id: int
    version: int | None
    notice_version: int | None = None
    """Of the notice that it would release, as the card showed it."""


def confirm(session: Session, seen: Seen, *, reason: str, act: Act, policy: Policy) -> Proposal:
    """
    Make a proposal a decision, and carry it out: once, by one who may, not its author.

    A notice goes out as the card showed it: if it reads otherwise by now, it is only brought up
    to date, and the proposal returned still open.

    :raises NotYours: if it is not theirs to decide.
    :raises NotOpen: if it was decided, or changed, since the card was drawn.
    :raises Refused: if the case as it stands now does not allow it.
    """
    proposal = _waiting(session, seen, act)
    _check_decides(session, proposal, act, policy)
    if _reads_otherwise(session, proposal, seen, act, policy):
        return proposal
    end(session, proposal, ProposalState.CONFIRMED, reason=reason, act=act)
    carrying_out.carry_out(session, proposal, act=act, policy=policy)
    if proposal.kind in rules.EXCLUSIVE:
        for other in queries.open_of(session, proposal.case_id):
            if other.kind in rules.EXCLUSIVE:
                why = f"decided instead: {rules.ask(proposal.kind, proposal.until)}"
                end(session, other, ProposalState.SUPERSEDED, reason=why, act=act)
    return proposal


def _reads_otherwise(
    session: Session, proposal: Proposal, seen: Seen, act: Act, policy: Policy
) -> bool:
    if proposal.kind is not ProposalKind.RELEASE or proposal.notice_id is None:
        return False
    now = releasing.bring_up_to_date(session, proposal.notice_id, at=act.at, policy=policy)
    return now.state is NoticeState.DRAFT and now.version != seen.notice_version


def decline(session: Session, seen: Seen, *, reason: str, act: Act, policy: Policy) -> Proposal:
    """
    Say no to a proposal, with the reason.

    :raises NotYours: if it is not theirs to decide.
    :raises NotOpen: if it was decided, or changed, since the card was drawn.
    :raises NoReason: if there is no reason.
    """
    proposal = _waiting(session, seen, act)
    _check_decides(session, proposal, act, policy)
    if not reason.strip():
        raise NoReason("Please write why not: a no needs a reason.")
    end(session, proposal, ProposalState.DECLINED, reason=reason, act=act)
    return proposal


def withdraw(session: Session, seen: Seen, *, act: Act) -> Proposal:
    """
    Take one's own proposal back before it is decided.

    :raises NotYours: if somebody else made it.
    :raises NotOpen: if it was decided, or changed, since the card was drawn.
    """
    proposal = _waiting(session, seen, act)
    if proposal.by != act.by.id:
        raise NotYours("Only who proposed this takes it back.")
    end(session, proposal, ProposalState.WITHDRAWN, reason="", act=act)
    return proposal


def _waiting(session: Session, seen: Seen, act: Act) -> Proposal:
    proposal = locked(session, seen.proposal_id)
    if proposal.state is not ProposalState.OPEN or proposal.version != seen.version:
        raise NotOpen("This is closed already. This is how it stands.")
    if act.at >= proposal.expires_at:
        raise NotOpen("The time for an answer has run out, which is a no.")
    return proposal


def _check_decides(session: Session, proposal: Proposal, act: Act, policy: Policy) -> None:
    on = policy.company_date(proposal.at)
    roles = rules.deciders(proposal.kind, proposal.until, on=on, policy=policy)
    if not act.by.roles & roles:
        raise NotYours(f"This is for {rules.roles_words(roles)} to decide.")
    if is_same_person(people.get(session, proposal.by), act.by):
        raise NotYours("You proposed this yourself, so somebody else has to decide.")
