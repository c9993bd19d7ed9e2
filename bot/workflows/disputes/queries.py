"""Finding disputes, and what is disputed on a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, rows, table_of
from bot.store.rows import locked as locked_record
from bot.workflows.disputes.records import Dispute, DisputedInvoice, DisputeSaying
from bot.workflows.disputes.rules import Department, Disputable, DisputeState, disputable
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice

_DISPUTES: Final = table_of(Dispute).c
_SAYINGS: Final = table_of(DisputeSaying).c
_OPEN: Final = (
    select(table_of(Dispute))
    .where(_DISPUTES.state == DisputeState.OPEN)
    .order_by(_DISPUTES.answer_due_on, _DISPUTES.id)
)
_HELD_OF_PAYER: Final = Prepared(
    select(table_of(Dispute))
    .where(
        Dispute.state.in_((DisputeState.OPEN, DisputeState.AWAITING_CREDIT)),
        Dispute.payer_id == bindparam("payer_id"),
    )
    .order_by(Dispute.answer_due_on, Dispute.id)
)
"""Built once, since every call card needs it."""


@dataclass(frozen=True, slots=True)
class DisputedPart:
    """The part of one invoice that a dispute is about."""

    number: str
    amount: Money


def get(session: Session, dispute_id: int) -> Dispute:
    """Return a dispute."""
    return record(session, Dispute, dispute_id)


def locked(session: Session, dispute_id: int) -> Dispute:
    """Return a dispute that nobody else changes meanwhile."""
    return locked_record(session, Dispute, dispute_id)


def by_nonce(session: Session, nonce: str | None) -> Dispute | None:
    """Return the dispute that a form with that nonce has already raised."""
    return first_record(session, Dispute, _by_nonce(), {"nonce": nonce}) if nonce else None


@cache
def _by_nonce() -> Prepared:
    return Prepared(select(table_of(Dispute)).where(_DISPUTES.nonce == bindparam("nonce")))


def of_call(session: Session, call_id: int) -> list[Dispute]:
    """Return the open disputes that were raised in a call."""
    return records(session, Dispute, _of_call(), {"call": call_id})


@cache
def _of_call() -> Prepared:
    return Prepared(
        select(table_of(Dispute)).where(
            _DISPUTES.call_id == bindparam("call"), _DISPUTES.state == DisputeState.OPEN
        )
    )


def parts_of(session: Session, dispute: Dispute) -> list[DisputedPart]:
    """Return the invoices that a dispute is about, each with its part, by number."""
    parts = rows(session, _parts(), {"dispute": dispute.id})
    return [DisputedPart(row.number, Money(row.amount, dispute.currency)) for row in parts]


@cache
def _parts() -> Prepared:
    return Prepared(
        select(Invoice.number, DisputedInvoice.amount)
        .join(Invoice, Invoice.id == DisputedInvoice.invoice_id)
        .where(DisputedInvoice.dispute_id == bindparam("dispute"))
        .order_by(Invoice.number)
    )


def disputable_items(session: Session, payer_id: int, *, on: date) -> list[Disputable]:
    """Return the payer's open invoices, each with what is left to dispute of it."""
    items = ledger.open_items(session, payer_id, on=on)
    disputed = open_amounts(session, [item.invoice_id for item in items], on=on)
    return [disputable(item, disputed_here=disputed.get(item.invoice_id, 0)) for item in items]


def open_amounts(session: Session, invoice_ids: Collection[int], *, on: date) -> dict[int, int]:
    """Return how much of each invoice is disputed at the desk on a day, in minor units."""
    held = rows(session, _open_amounts(), {"invoices": list(invoice_ids), "on": on})
    return {invoice_id: int(minor) for invoice_id, minor in held}


def ever_disputed(session: Session, invoice_ids: Collection[int]) -> set[int]:
    """Return which of the invoices have been disputed before, and not by mistake."""
    return set(rows(session, _ever_disputed(), {"invoices": list(invoice_ids)}).scalars())


@cache
def _ever_disputed() -> Prepared:
    invoices: BindParameter[Any] = bindparam("invoices", expanding=True)
    return Prepared(
        select(DisputedInvoice.invoice_id)
        .join(Dispute, Dispute.id == DisputedInvoice.dispute_id)
        .where(
            DisputedInvoice.invoice_id.in_(invoices), Dispute.state != DisputeState.WITHDRAWN
        )
    )


def open_disputes(session: Session, *, payer_id: int | None = None) -> list[Dispute]:
    """
    Return the open disputes, the soonest answer first.

    Of one payer, also what is granted and not credited yet: it is not owed meanwhile.
    """
    if payer_id is None:
        return records(session, Dispute, _every_open(), {})
    return records(session, Dispute, _HELD_OF_PAYER, {"payer_id": payer_id})


def of_department(session: Session, departments: Collection[Department]) -> list[Dispute]:
    """Return the open disputes that departments have to answer, the soonest first."""
    return records(session, Dispute, _of_department(), {"departments": list(departments)})


@cache
def _every_open() -> Prepared:
    return Prepared(_OPEN)


@cache
def _of_department() -> Prepared:
    theirs: BindParameter[Any] = bindparam("departments", expanding=True)
    return Prepared(_OPEN.where(_DISPUTES.department.in_(theirs)))


def sayings(session: Session, dispute_id: int) -> list[DisputeSaying]:
    """Return what was said and done about a dispute, the oldest first."""
    return records(session, DisputeSaying, _sayings(), {"dispute": dispute_id})


@cache
def _sayings() -> Prepared:
    said = select(table_of(DisputeSaying)).where(_SAYINGS.dispute_id == bindparam("dispute"))
    return Prepared(said.order_by(_SAYINGS.id))


def saying(session: Session, saying_id: int) -> DisputeSaying:
    """Return one thing that was said."""
    return record(session, DisputeSaying, saying_id)


def saying_by_nonce(session: Session, nonce: str | None) -> DisputeSaying | None:
    """Return what a form with that nonce has already said."""
    if not nonce:
        return None
    return first_record(session, DisputeSaying, _saying_by_nonce(), {"nonce": nonce})


@cache
def _saying_by_nonce() -> Prepared:
    return Prepared(select(table_of(DisputeSaying)).where(_SAYINGS.nonce == bindparam("nonce")))


def reply_to(session: Session, question_id: int) -> DisputeSaying | None:
    """Return what was answered to a question, if anything."""
    return first_record(session, DisputeSaying, _replies(), {"question": question_id})


@cache
def _replies() -> Prepared:
    said = select(table_of(DisputeSaying)).where(_SAYINGS.answers_id == bindparam("question"))
    return Prepared(said.order_by(_SAYINGS.id).limit(1))


def credit_of(session: Session, dispute_id: int) -> Dispute | None:
    """Return the record that awaits, or awaited, the last credit granted on a dispute."""
    return first_record(session, Dispute, _credit_of(), {"dispute": dispute_id})


@cache
def _credit_of() -> Prepared:
    awaited = select(table_of(Dispute)).where(_DISPUTES.parent_id == bindparam("dispute"))
    return Prepared(awaited.order_by(_DISPUTES.id.desc()).limit(1))


@cache
def _open_amounts() -> Prepared:
    named = DisputedInvoice.invoice_id.in_(bindparam("invoices", expanding=True))
    return Prepared(
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
