"""A file that was handed over becomes the customer's proof in a dispute (R18)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.workflows.approvals.rules import Act
from bot.workflows.customers import queries as customers
from bot.workflows.disputes import department, queries
from bot.workflows.disputes.records import Dispute
from bot.workflows.disputes.rules import ClosedAlready, DisputeState
from bot.workflows.people.rules import Member, Role
from bot.workflows.proofs import operations as proofs
from bot.workflows.proofs import queries as files
from bot.workflows.proofs.operations import Proven
from bot.workflows.proofs.records import ProofFile, ProofUse

_PREFIX: Final = "dispute:"


def prove(session: Session, dispute: Dispute, file: ProofFile, *, act: Act) -> ProofUse:
    """
    Put a file on a dispute, and draw the cards of its department and of the leads again.

    :raises NotYourPortfolio: if the payer is not theirs, nor the dispute their department's.
    :raises ClosedAlready: if it is not open any more.
    """
    if not department.may_work(act.by, dispute):
        payer = customers.get(session, dispute.payer_id)
        customers.check_may_act(session, act.by, payer, today=act.on)
    if dispute.state is not DisputeState.OPEN:
        raise ClosedAlready("Somebody has closed this dispute meanwhile.")
    proven = Proven(about=f"{_PREFIX}{dispute.id}", payer_id=dispute.payer_id)
    used = proofs.prove(session, file, proven, by=act.by, at=act.at)
    department.refresh(session, dispute, at=act.at)
    return used


def take_off(
    session: Session, use_id: int, *, by: Member, at: datetime, policy: Policy
) -> Dispute:
    """
    Take a file off the dispute that it was put on by mistake.

    :raises CannotUse: if it is not theirs, or too late.
    """
    use = files.use(session, use_id)
    proofs.take_off(session, use, by=by, at=at, policy=policy)
    dispute = queries.get(session, int(use.about.removeprefix(_PREFIX)))
    department.refresh(session, dispute, at=at)
    return dispute


def recent(session: Session, member: Member, *, today: date, limit: int) -> list[Dispute]:
    """Return the open disputes of somebody, their payers or their department, newest first."""
    mine = set(customers.agents_payers(session, member, today=today))
    theirs = [
        dispute
        for dispute in queries.open_disputes(session)
        if dispute.raised_by == member.id
        or dispute.payer_id in mine
        or Role(dispute.department.value) in member.roles
    ]
    return sorted(theirs, key=lambda dispute: -dispute.id)[:limit]


def of_dispute(session: Session, dispute_id: int) -> list[ProofFile]:
    """Return the files that stand as the customer's proof in a dispute."""
    return files.proving(session, [f"{_PREFIX}{dispute_id}"])
