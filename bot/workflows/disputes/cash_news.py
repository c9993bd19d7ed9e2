"""Which decided disputes have anything new on their way to cash: one question for all (R23)."""

from __future__ import annotations

from datetime import date
from functools import cache

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.disputes.records import Dispute, DisputedInvoice, DisputeStep
from bot.workflows.disputes.rules import DisputeState, Step
from bot.workflows.ledger.records import Application, Invoice, InvoiceVersion

_AWAITED = aliased(Dispute, name="awaited")
AnyDispute = type[Dispute]


def moving(session: Session, *, on: date, policy: Policy) -> list[int]:
    """
    Return the decided disputes that are to be looked at one by one, by id.

    Those are the ones whose money or credit seems to be in, and those that wait too long
    without anybody having been told. What only waits on is left alone, and takes no lock.
    """
    late_after = policy.dispute_cash_business_days
    return [
        row.id
        for row in rows(session, _watched(), {})
        if row.seems_in
        or (not row.is_told and on > policy.calendar.plus(row.closed_on, late_after))
    ]


@cache
def _watched() -> Prepared:
    told = exists().where(DisputeStep.dispute_id == Dispute.id, DisputeStep.step == Step.UNPAID)
    credit_is_in = exists().where(_awaits(), or_(_all_closed(_AWAITED), *_credited()))
    is_awaited = exists().where(_awaits())
    seems_in = or_(credit_is_in, and_(~is_awaited, or_(_all_closed(Dispute), _paid())))
    return Prepared(
        select(
            Dispute.id,
            Dispute.closed_on,
            seems_in.label("seems_in"),
            told.label("is_told"),
        )
        .where(Dispute.state == DisputeState.RESOLVED)
        .order_by(Dispute.id)
    )


def _awaits() -> ColumnElement[bool]:
    return and_(
        _AWAITED.parent_id == Dispute.id, _AWAITED.state == DisputeState.AWAITING_CREDIT
    )


def _all_closed(whose: AnyDispute) -> ColumnElement[bool]:
    return ~exists().where(
        DisputedInvoice.dispute_id == whose.id,
        Invoice.id == DisputedInvoice.invoice_id,
        Invoice.closed_on.is_(None),
    )


def _paid() -> ColumnElement[bool]:
    came_in = (
        select(func.coalesce(func.sum(Application.amount), 0))
        .where(
            DisputedInvoice.dispute_id == Dispute.id,
            Application.invoice_id == DisputedInvoice.invoice_id,
            Application.learned_at >= Dispute.closed_at,
        )
        .correlate(Dispute)
        .scalar_subquery()
    )
    return came_in >= Dispute.amount - Dispute.granted


def _credited() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that an awaited credit shows in the book."""
    reduced = (
        select(func.coalesce(func.sum(InvoiceVersion.amount - Invoice.amount), 0))
        .where(
            DisputedInvoice.dispute_id == _AWAITED.id,
            Invoice.id == DisputedInvoice.invoice_id,
            InvoiceVersion.invoice_id == Invoice.id,
            InvoiceVersion.superseded_at >= _AWAITED.raised_at,
            InvoiceVersion.learned_at < _AWAITED.raised_at,
        )
        .correlate(_AWAITED)
        .scalar_subquery()
    )
    memo = exists().where(
        Invoice.payer_id == _AWAITED.payer_id,
        Invoice.currency == _AWAITED.currency,
        Invoice.amount <= -_AWAITED.amount,
        Invoice.learned_at >= _AWAITED.raised_at,
    )
    return reduced >= _AWAITED.amount, memo
