"""Finding disputes, and what is disputed on a day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.disputes.rules import Disputable, DisputeState, disputable
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice

_OPEN: Final = (
    select(Dispute)
    .where(Dispute.state == DisputeState.OPEN)
    .order_by(Dispute.answer_due_on, Dispute.id)
)
_OPEN_OF_PAYER: Final = _OPEN.where(Dispute.payer_id == bindparam("payer_id"))
"""Built once, since every call card needs it."""


@dataclass(frozen=True, slots=True)
class DisputedPart:
    """The part of one invoice that a dispute is about."""

    number: str
    amount: Money


def get(session: Session, dispute_id: int) -> Dispute:
    """Return a dispute."""
    return session.get_one(Dispute, dispute_id)


def by_nonce(session: Session, nonce: str | None) -> Dispute | None:
    """Return the dispute that a form with that nonce has already raised."""
    return session.scalar(select(Dispute).filter_by(nonce=nonce)) if nonce else None


def of_call(session: Session, call_id: int) -> list[Dispute]:
    """Return the open disputes that were raised in a call."""
    return list(
        session.scalars(select(Dispute).filter_by(call_id=call_id, state=DisputeState.OPEN))
    )


def parts_of(session: Session, dispute: Dispute) -> list[DisputedPart]:
    """Return the invoices that a dispute is about, each with its part, by number."""
    rows = session.execute(
        select(Invoice.number, DisputedInvoice.amount)
        .join(Invoice, Invoice.id == DisputedInvoice.invoice_id)
        .where(DisputedInvoice.dispute_id == dispute.id)
        .order_by(Invoice.number)
    )
    return [DisputedPart(row.number, Money(row.amount, dispute.currency)) for row in rows]


def disputable_items(session: Session, payer_id: int, *, on: date) -> list[Disputable]:
    """Return the payer's open invoices, each with what is left to dispute of it."""
    items = ledger.open_items(session, payer_id, on=on)
    disputed = open_amounts(session, [item.invoice_id for item in items], on=on)
    return [disputable(item, disputed_here=disputed.get(item.invoice_id, 0)) for item in items]


def open_amounts(session: Session, invoice_ids: Collection[int], *, on: date) -> dict[int, int]:
    """Return how much of each invoice is disputed at the desk on a day, in minor units."""
    rows = session.execute(_open_amounts(), {"invoices": list(invoice_ids), "on": on})
    return {invoice_id: int(minor) for invoice_id, minor in rows}


def ever_disputed(session: Session, invoice_ids: Collection[int]) -> set[int]:
    """Return which of the invoices have been disputed before, and not by mistake."""
    rows = session.scalars(
        select(DisputedInvoice.invoice_id)
        .join(Dispute, Dispute.id == DisputedInvoice.dispute_id)
        .where(
            DisputedInvoice.invoice_id.in_(invoice_ids),
            Dispute.state != DisputeState.WITHDRAWN,
        )
    )
    return set(rows)


def open_disputes(session: Session, *, payer_id: int | None = None) -> list[Dispute]:
    """Return the open disputes, of everybody or of one payer, the soonest answer first."""
    if payer_id is None:
        return list(session.scalars(_OPEN))
    return list(session.scalars(_OPEN_OF_PAYER, {"payer_id": payer_id}))


@cache
def _open_amounts() -> Select[int, int]:
    named = DisputedInvoice.invoice_id.in_(bindparam("invoices", expanding=True))
    return (
        select(DisputedInvoice.invoice_id, func.sum(DisputedInvoice.amount))
        .join(Dispute, Dispute.id == DisputedInvoice.dispute_id)
        .where(named, is_open_on(bindparam("on", type_=Date())))
        .group_by(DisputedInvoice.invoice_id)
    )


def is_open_on(on: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition that a dispute had been raised by that day and not closed by it."""
    return and_(
        Dispute.raised_on <= on, or_(Dispute.closed_on.is_(None), Dispute.closed_on > on)
    )
