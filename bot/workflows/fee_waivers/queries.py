"""Finding waivers, and the payments they are for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import locked as locked_record
from bot.store.rows import records, table_of
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import OPEN
from bot.workflows.fee_waivers.records import FeeWaiver, WaiverInvoice
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Payment

RECENT: Final = timedelta(days=7)
"""A card payment of that very amount within so many days is taken for the planned one."""
_WAIVERS: Final = table_of(FeeWaiver)
_UNUSED: Final = Prepared(
    select(_WAIVERS)
    .where(_WAIVERS.c.granted_at.is_not(None), _WAIVERS.c.used_on.is_(None))
    .order_by(_WAIVERS.c.id)
)


def of_approval(session: Session, approval_id: int) -> FeeWaiver:
    """Return the waiver that a request is about."""
    return session.scalars(select(FeeWaiver).filter_by(approval_id=approval_id)).one()


def locked(session: Session, waiver_id: int) -> FeeWaiver:
    """Return a waiver as it is now, held against everybody else until the commit."""
    return locked_record(session, FeeWaiver, waiver_id)


def invoices_of(session: Session, waiver: FeeWaiver) -> list[int]:
    """Return the ids of the invoices that the payment is meant for."""
    mine = select(WaiverInvoice.invoice_id).filter_by(waiver_id=waiver.id)
    return list(session.scalars(mine))


def is_asked(session: Session, payer_id: int, amount: Money, *, planned_on: date) -> bool:
    """Test if a waiver for that very payment waits for a decision, or for the customer."""
    open_ones = select(Approval.id).where(Approval.state.in_(OPEN))
    same = select(func.count()).where(
        FeeWaiver.payer_id == payer_id,
        FeeWaiver.currency == amount.currency,
        FeeWaiver.payment == amount.minor,
        FeeWaiver.planned_on == planned_on,
        FeeWaiver.approval_id.in_(open_ones),
    )
    return bool(session.scalar(same))


def card_payment(session: Session, payer_id: int, amount: Money, *, on: date) -> bool:
    """Test if the payer has just paid that amount by card."""
    made = select(func.count()).where(
        Payment.payer_id == payer_id,
        Payment.currency == amount.currency,
        Payment.amount == amount.minor,
        Payment.received_on.between(on - RECENT, on),
        func.lower(Payment.method).contains("card"),
    )
    return bool(session.scalar(made))


def payment_for(
    session: Session, waiver: FeeWaiver, *, on: date, policy: Policy
) -> Payment | None:
    """Return the payment that a waiver was asked for, once it has come in."""
    taken = select(FeeWaiver.payment_id).where(FeeWaiver.payment_id.is_not(None))
    made = select(Payment).where(
        Payment.payer_id == waiver.payer_id,
        Payment.currency == waiver.currency,
        Payment.amount == waiver.payment,
        Payment.received_on.between(policy.company_date(waiver.asked_at), on),
        Payment.id.not_in(taken),
    )
    return session.scalars(made.order_by(Payment.received_on, Payment.id)).first()


def is_paid(session: Session, waiver: FeeWaiver, *, on: date, policy: Policy) -> bool:
    """Test if the payment has been made: it came in, or none of its invoices is open."""
    if payment_for(session, waiver, on=on, policy=policy):
        return True
    named = invoices_of(session, waiver)
    return bool(named) and not ledger.open_invoices(session, named, on=on)


def unused(session: Session) -> list[FeeWaiver]:
    """Return the granted waivers whose payment has not come in."""
    return records(session, FeeWaiver, _UNUSED, {})
