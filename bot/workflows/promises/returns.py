"""Promises that were kept by money which went back, such as a returned check (R47, R97)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, bindparam, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.policy import Policy
from bot.store.base import UtcColumn
from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.ledger.records import (
    Application,
    Invoice,
    InvoiceVersion,
    Payment,
    PaymentVersion,
)
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState

RETURNED: Final = "Money for it went back: a payment was returned or taken back."
Moment = ColumnElement[datetime] | InstrumentedAttribute[datetime]
KEPT: Final = (PromiseState.KEPT, PromiseState.PARTLY_KEPT)


def to_judge(session: Session, *, on: date, news_since: datetime, policy: Policy) -> list[int]:
    """
    Return the kept and partly kept promises for which money went back, by id.

    :param news_since: what went back before has been looked at.
    """
    since = on - timedelta(days=policy.judged_again_days)
    return [row.id for row in rows(session, _kept(), {"since": since, "news": news_since})]


@cache
def _kept() -> Prepared:
    kept = select(Promise.id).where(
        Promise.state.in_(KEPT),
        Promise.state_on >= bindparam("since"),
        went_back(bindparam("news", type_=UtcColumn())),
    )
    return Prepared(kept.order_by(Promise.id))


def went_back(since: Moment = Promise.made_at) -> ColumnElement[bool]:
    """Return the condition that money for a promise went back after it was made."""
    return or_(_was_unapplied(since), _was_voided(since), _was_reopened(since))


def _was_unapplied(since: Moment) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            PromisedInvoice.promise_id == Promise.id,
            Application.invoice_id == PromisedInvoice.invoice_id,
            Application.amount < 0,
            Application.learned_at >= Promise.made_at,
            Application.learned_at >= since,
        )
        .correlate(Promise)
    )


def _was_voided(since: Moment) -> ColumnElement[bool]:
    """Test for money on account, named for no invoice, of which less is left."""
    return (
        exists()
        .where(
            Payment.payer_id == Promise.payer_id,
            Payment.currency == Promise.currency,
            PaymentVersion.payment_id == Payment.id,
            PaymentVersion.invoice_number == "",
            PaymentVersion.amount > Payment.amount,
            PaymentVersion.superseded_at >= Promise.made_at,
            PaymentVersion.superseded_at >= since,
        )
        .correlate(Promise)
    )


def _was_reopened(since: Moment) -> ColumnElement[bool]:
    """Test for an invoice that the source system had settled and opened again."""
    return (
        exists()
        .where(
            PromisedInvoice.promise_id == Promise.id,
            Invoice.id == PromisedInvoice.invoice_id,
            Invoice.settled_on.is_(None),
            InvoiceVersion.invoice_id == Invoice.id,
            InvoiceVersion.settled_on.is_not(None),
            InvoiceVersion.superseded_at >= Promise.made_at,
            InvoiceVersion.superseded_at >= since,
        )
        .correlate(Promise)
    )
