"""Capturing disputes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.store.prepared import PreparedChange
from bot.store.rows import change, table_of
from bot.workflows.calls import operations as calls
from bot.workflows.calls.operations import Conversation
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.disputes import department, queries, rules
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.disputes.rules import (
    Department,
    Disputable,
    Reason,
)
from bot.workflows.people.rules import Member

_NAME: Final = PreparedChange(insert(table_of(DisputedInvoice)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What a customer says against some invoices."""

    payer_id: int
    invoice_ids: tuple[int, ...]
    amount: Money | None
    """None means all that is open and undisputed of the invoices."""
    reason: Reason
    description: str
    contact: str
    department: Department
    evidence: str = ""
    """Where the customer's proof is."""
    nonce: str | None = None


class Captured(NamedTuple):
    """A dispute, and whether it was raised now or had been by the same form."""

    dispute: Dispute
    is_new: bool


def capture(
    session: Session, objection: Objection, *, by: Member, at: datetime, policy: Policy
) -> Captured:
    """
    Record a dispute, log its call, and tell the leads and the department (R18-R19, R55).

    The same form sent twice captures it once.

    :raises NotYourPortfolio: if the payer is not the person's to act on.
    :raises NothingToDispute, TooMuchDisputed, SeveralCurrencies: if the amount does not fit.
    """
    if earlier := queries.by_nonce(session, objection.nonce):
        return Captured(earlier, is_new=False)
    today = policy.company_date(at)
    payer = customers.get(session, objection.payer_id)
    customers.check_may_act(session, by, payer, today=today)
    chosen = _chosen(session, objection, at=at, policy=policy)
    amount = rules.check_amount(objection.amount, chosen)
    dispute = _add(session, objection, chosen, amount, (by, at, policy))
    department.tell_leads(session, dispute, at=at)
    department.tell(session, dispute, at=at)
    return Captured(dispute, is_new=True)


def _chosen(
    session: Session, objection: Objection, *, at: datetime, policy: Policy
) -> Sequence[Disputable]:
    today = policy.company_date(at)
    wanted = set(objection.invoice_ids)
    items = queries.disputable_items(session, objection.payer_id, on=today)
    chosen = [invoice for invoice in items if invoice.item.invoice_id in wanted]
    if len(chosen) < len(wanted):
        raise rules.NothingToDispute("One of those invoices is paid meanwhile. Look again.")
    return chosen


def _add(
    session: Session,
    objection: Objection,
    chosen: Sequence[Disputable],
    amount: Money,
    when: tuple[Member, datetime, Policy],
) -> Dispute:
    by, at, policy = when
    today = policy.company_date(at)
    dispute = Dispute(
        payer_id=objection.payer_id,
        reason=objection.reason,
        description=objection.description,
        contact=objection.contact,
        evidence=objection.evidence,
        department=objection.department,
        currency=amount.currency,
        amount=amount.minor,
        raised_on=today,
        raised_at=at,
        raised_by=by.id,
        call_id=_log_call(session, objection, amount, when),
        answer_due_on=policy.calendar.plus(today, policy.dispute_answer_business_days),
        is_late=_is_late(session, chosen, at=at, policy=policy),
        nonce=objection.nonce,
    )
    session.add(dispute)
    _add_parts(session, dispute, chosen, amount)
    audit.note(session, _raised(dispute, chosen))
    return dispute


def _is_late(
    session: Session, chosen: Sequence[Disputable], *, at: datetime, policy: Policy
) -> bool:
    items = [invoice.item for invoice in chosen]
    known = queries.ever_disputed(session, [item.invoice_id for item in items])
    first_raised = [item for item in items if item.invoice_id not in known]
    today = policy.company_date(at)
    return rules.is_late(first_raised, on=today, days=policy.dispute_late_days)


def _add_parts(
    session: Session, dispute: Dispute, chosen: Sequence[Disputable], amount: Money
) -> None:
    session.flush()
    parts = rules.split(amount, [invoice.left.minor for invoice in chosen])
    for invoice, part in zip(chosen, parts, strict=True):
        if part:
            named = {"invoice_id": invoice.item.invoice_id, "amount": part}
            change(session, _NAME, {"dispute_id": dispute.id, **named})


def _log_call(
    session: Session,
    objection: Objection,
    amount: Money,
    when: tuple[Member, datetime, Policy],
) -> int:
    by, at, policy = when
    logged = calls.log(
        session,
        Conversation(
            payer_id=objection.payer_id,
            outcome=Outcome.DISPUTE,
            direction=Direction.OUT,
            spoke_to=objection.contact,
            words=f"Disputes {amount}: {objection.description}",
            nonce=objection.nonce,
        ),
        by=by,
        at=at,
        policy=policy,
    )
    return logged.call.id


def _raised(dispute: Dispute, chosen: Sequence[Disputable]) -> audit.Note:
    return audit.Note(
        what="dispute raised",
        about=f"dispute:{dispute.id}",
        at=dispute.raised_at,
        by=dispute.raised_by,
        after={
            "payer": dispute.payer_id,
            "amount": str(Money(dispute.amount, dispute.currency)),
            "invoices": [invoice.item.number for invoice in chosen],
            "reason": dispute.reason,
            "department": dispute.department,
            "answer_due_on": dispute.answer_due_on,
        },
        why=dispute.description,
    )
