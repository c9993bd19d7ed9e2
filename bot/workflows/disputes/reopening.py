"""Taking up again what was decided, when the customer objects once more."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit
from bot.workflows.customers import queries as customers
from bot.workflows.disputes import department, queries
from bot.workflows.disputes.department import Said
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.disputes.rules import (
    ClosedAlready,
    DisputeState,
    NothingToDispute,
    SayingKind,
)
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as open_tasks


def reopen(
    session: Session, dispute: Dispute, said: Said, *, at: datetime, policy: Policy
) -> Dispute:
    """
    Dispute again what is still open of a decided dispute; both keep their dates.

    :raises NotYourPortfolio: if the payer is not the person's.
    :raises ClosedAlready: if it is open, settled, or taken up again already.
    :raises NothingToDispute: if nothing of it is open any more.
    """
    if earlier := queries.by_nonce(session, said.nonce):
        return earlier
    today = policy.company_date(at)
    payer = customers.get(session, dispute.payer_id)
    customers.check_may_act(session, said.by, payer, today=today)
    if dispute.state not in {DisputeState.RESOLVED, DisputeState.WITHDRAWN}:
        raise ClosedAlready(
            "Only a dispute that was decided and is not paid is taken up again."
        )
    _let_go(session, dispute, said, on=today, at=at)
    return _raise_again(session, dispute, said, at=at, policy=policy)


def _let_go(session: Session, dispute: Dispute, said: Said, *, on: date, at: datetime) -> None:
    awaited = queries.credit_of(session, dispute.id)
    if awaited and awaited.state is DisputeState.AWAITING_CREDIT:
        awaited.state, awaited.closed_on = DisputeState.WITHDRAWN, on
    for task in open_tasks.open_about(session, f"dispute:{dispute.id}"):
        tasks.drop(session, task, why="The customer objects again.", by=said.by, at=at)
    dispute.state = DisputeState.REOPENED
    words = Said(words=said.words, by=said.by)
    department.say(session, dispute, SayingKind.OBJECTION, words, at=at)


def _raise_again(
    session: Session, dispute: Dispute, said: Said, *, at: datetime, policy: Policy
) -> Dispute:
    today = policy.company_date(at)
    shares = _still_open(session, dispute, on=today)
    due_on = policy.calendar.plus(today, policy.dispute_answer_business_days)
    again = Dispute(
        payer_id=dispute.payer_id,
        reason=dispute.reason,
        description=said.words,
        contact=dispute.contact,
        department=dispute.department,
        currency=dispute.currency,
        amount=sum(shares.values()),
        raised_on=today,
        raised_at=at,
        raised_by=said.by.id,
        answer_due_on=due_on,
        evidence=dispute.evidence,
        reopens_id=dispute.id,
        nonce=said.nonce,
    )
    session.add(again)
    session.flush()
    session.add_all(
        DisputedInvoice(dispute_id=again.id, invoice_id=invoice_id, amount=share)
        for invoice_id, share in shares.items()
    )
    _announce(session, again, at=at)
    return again


def _announce(session: Session, again: Dispute, *, at: datetime) -> None:
    session.flush()
    audit.note(session, _raised_again(again))
    department.tell(session, again, at=at)
    department.tell_leads(session, again, at=at)


def _raised_again(again: Dispute) -> audit.Note:
    return audit.Note(
        what="dispute raised again",
        about=f"dispute:{again.id}",
        at=again.raised_at,
        by=again.raised_by,
        after={"payer": again.payer_id, "amount": again.amount, "reopens": again.reopens_id},
        why=again.description,
    )


def _still_open(session: Session, dispute: Dispute, *, on: date) -> dict[int, int]:
    """Return how much of each part is open and undisputed, at most what it was before."""
    session.flush()
    items = queries.disputable_items(session, dispute.payer_id, on=on)
    left = {one.item.invoice_id: one.left.minor for one in items}
    before = select(DisputedInvoice).filter_by(dispute_id=dispute.id)
    parts = session.scalars(before.order_by(DisputedInvoice.id))
    shares = {part.invoice_id: min(part.amount, left.get(part.invoice_id, 0)) for part in parts}
    kept = {invoice_id: share for invoice_id, share in shares.items() if share > 0}
    if not kept:
        raise NothingToDispute("Nothing of that dispute is open any more.")
    return kept
