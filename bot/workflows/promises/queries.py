"""Finding promises, and the money that came in for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.promises.records import Promise, PromisedInvoice
from bot.workflows.promises.rules import PromiseState, Received

_LIVE: Final = (
    select(Promise)
    .where(Promise.payer_id == bindparam("payer"), Promise.state == PromiseState.LIVE)
    .order_by(Promise.due_on, Promise.id)
)
_PROMISED: Final = (
    select(PromisedInvoice.invoice_id, func.sum(PromisedInvoice.amount).label("minor"))
    .join(Promise, Promise.id == PromisedInvoice.promise_id)
    .where(
        Promise.payer_id == bindparam("payer"),
        Promise.state == PromiseState.LIVE,
        Promise.due_on >= bindparam("on"),
    )
    .group_by(PromisedInvoice.invoice_id)
)


def get(session: Session, promise_id: int) -> Promise:
    """Return a promise by the desk's own id."""
    return session.get_one(Promise, promise_id)


def live(session: Session, payer_id: int) -> list[Promise]:
    """Return the payer's promises that nothing has come of yet, the soonest first."""
    return list(session.scalars(_LIVE, {"payer": payer_id}))


def history(session: Session, payer_id: int, *, limit: int) -> list[Promise]:
    """Return the payer's latest promises, whatever became of them, the newest first."""
    made = select(Promise).filter_by(payer_id=payer_id)
    return list(session.scalars(made.order_by(Promise.id.desc()).limit(limit)))


def broken_count(session: Session, payer_id: int, *, since: date | None = None) -> int:
    """Return how many promises the payer broke, ever or since a day."""
    broken = select(func.count()).where(
        Promise.payer_id == payer_id, Promise.state == PromiseState.BROKEN
    )
    return session.scalar(broken.where(Promise.state_on >= since) if since else broken) or 0


def of_call(session: Session, call_id: int) -> Promise | None:
    """Return the promise that a call ended in."""
    return session.scalar(select(Promise).filter_by(call_id=call_id))


def parts(session: Session, promise_id: int) -> dict[int, int]:
    """Return what a promise is for: minor units by invoice."""
    named = select(PromisedInvoice.invoice_id, PromisedInvoice.amount)
    rows = session.execute(named.where(PromisedInvoice.promise_id == promise_id))
    return {row.invoice_id: row.amount for row in rows}


def promised(session: Session, payer_id: int, *, on: date) -> dict[int, int]:
    """Return what of each invoice is promised for that day or later; minor units."""
    standing = session.execute(_PROMISED, {"payer": payer_id, "on": on})
    return {row.invoice_id: int(row.minor) for row in standing}


def waiting(session: Session) -> list[int]:
    """Return the ids of all promises that nothing has come of yet, the oldest first."""
    still = select(Promise.id).where(Promise.state == PromiseState.LIVE)
    return list(session.scalars(still.order_by(Promise.id)))


def received(session: Session, promise: Promise, *, until: date) -> Received:
    """
    Return the money that the desk learned of after the promise, received by the end of a day.

    Money of the same currency counts where it is applied to the named invoices, and where it
    is not applied at all (R47); an invoice that the source marks as settled was paid in full.
    """
    named = parts(session, promise.id)
    settled = select(Invoice.id).where(
        Invoice.id.in_(named),
        Invoice.settled_on >= promise.made_on - _LATE_NEWS,
        Invoice.settled_on <= until,
    )
    paid = _applied(session, promise, list(named), until)
    paid |= {invoice_id: named[invoice_id] for invoice_id in session.scalars(settled)}
    return Received(on_invoices=paid, unapplied=_unapplied(session, promise, until))


def _applied(
    session: Session, promise: Promise, invoice_ids: Sequence[int], until: date
) -> dict[int, int]:
    since = (
        select(Application.invoice_id, func.sum(Application.amount).label("minor"))
        .where(
            Application.invoice_id.in_(invoice_ids),
            Application.applied_on <= until,
            Application.learned_at > promise.made_at,
        )
        .group_by(Application.invoice_id)
    )
    return {row.invoice_id: int(row.minor) for row in session.execute(since)}


def _unapplied(session: Session, promise: Promise, until: date) -> int:
    since = select(func.sum(Payment.amount - Payment.applied)).where(
        Payment.payer_id == promise.payer_id,
        Payment.currency == promise.currency,
        Payment.received_on <= until,
        Payment.learned_at > promise.made_at,
    )
    return int(session.scalar(since) or 0)


_LATE_NEWS = timedelta(days=7)
"""A payment that was under way when the promise was made may carry an earlier day."""
