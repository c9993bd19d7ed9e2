"""Which final invoices still lack a contact: set-based, before each is looked at by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, rows
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.finals import rules
from bot.workflows.finals.records import ContactInvoice, ContactState, FinalsContact, Stage
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.queries import Day
from bot.workflows.ledger.records import Invoice, InvoiceKind
from bot.workflows.payment_plans import pauses

Payers = Collection[int]
_ON: Final = bindparam("on", type_=Date())
_FIRST: Final = bindparam("first", type_=Date())
_LAST: Final = bindparam("last", type_=Date())
_SINCE: Final = bindparam("since", type_=Date())


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The day that is looked at, and the one on which the desk began with finals work."""

    on: date
    since: date
    """What had come to a stage before is not called about (go-live), unless it is confirmed."""
    policy: Policy

    def dues(self, stage: Stage) -> dict[str, date]:
        """Return the due dates of what is at a stage: first, last, and since go-live."""
        reached = timedelta(days=rules.stage_days(stage, self.policy))
        first = self.on - timedelta(days=self.policy.suspension_days)
        if stage is Stage.DAY_5:
            later = rules.stage_days(Stage.DAY_15, self.policy)
            first = self.on - timedelta(days=later - 1)
        return {"first": first, "last": self.on - reached, "since": self.since - reached}


class Billed(NamedTuple):
    """A final invoice that lacks a contact of a stage."""

    payer_id: int
    invoice_id: int
    due_date: date
    is_open: bool
    left: int
    """What is neither disputed, nor promised, nor on a kept plan; minor units."""
    is_disputed: bool


BilledTo = dict[int, list[Billed]]
"""By payer."""


def to_confirm(session: Session, month: date, *, on: date, payers: Payers) -> BilledTo:
    """Return payers' final invoices of a month that nobody confirmed (R40)."""
    given = {"month": month, "month_after": rules.month_after(month), "on": on}
    return _by_payer(session, _to_confirm(), given | {"payers": list(payers)})


def to_ask(session: Session, stage: Stage, days: Days, *, payers: Payers) -> BilledTo:
    """Return payers' final invoices that are due for a stage's call by a day (R46)."""
    given: dict[str, object] = {"on": days.on, **days.dues(stage)}
    return _by_payer(session, _to_ask(stage), given | {"payers": list(payers)})


def unconfirmed(session: Session, month: date, *, on: date) -> list[int]:
    """Return the payers for whom `to_confirm` has anything, by id."""
    given = {"month": month, "month_after": rules.month_after(month), "on": on}
    return [row.payer_id for row in rows(session, _unconfirmed(), given)]


def unasked(session: Session, stage: Stage, days: Days) -> list[int]:
    """
    Return the payers for whom `to_ask` may have anything, by id.

    It narrows for a sweep of today, by what is open now whenever that closes.
    """
    given = {"on": days.on, **days.dues(stage)}
    return [row.payer_id for row in rows(session, _unasked(stage), given)]


def named(
    session: Session, invoice_ids: Collection[int], *, payer_id: int, on: date
) -> list[Billed]:
    """Return what is left of a payer's invoices on a day, the oldest due first."""
    given = {"invoices": list(invoice_ids), "payers": [payer_id], "on": on}
    return _by_payer(session, _named(), given).get(payer_id, [])


def over(session: Session, *, on: date, policy: Policy) -> list[int]:
    """
    Return the contacts that are due and have nothing left to ask about, by id.

    All is paid, or a later stage or the suspension process took over.
    """
    given = {"on": on, "first": on - timedelta(days=policy.suspension_days)}
    return [row.id for row in rows(session, _over(), given)]


def is_taken_over(on: Day) -> ColumnElement[bool]:
    """Return the condition that a later stage's contact is about a contact's invoice, too."""
    later, named = aliased(FinalsContact), aliased(ContactInvoice)
    after = (
        and_(FinalsContact.stage == stage, later.stage.in_(rules.LADDER[place:]))
        for place, stage in enumerate(rules.LADDER, start=1)
    )
    return (
        exists()
        .where(
            named.invoice_id == ContactInvoice.invoice_id,
            later.id == named.contact_id,
            later.opened_on <= on,
            or_(*after),
        )
        .correlate(ContactInvoice, FinalsContact)
    )


def _by_payer(session: Session, wanted: Prepared, given: Mapping[str, object]) -> BilledTo:
    found: BilledTo = {}
    for row in rows(session, wanted, given):
        found.setdefault(row[0], []).append(Billed._make((*row[:4], int(row[4]), row[5])))
    return found


@cache
def _to_confirm() -> Prepared:
    wanted = _billed().where(_is_of_month(), _lacks(Stage.CONFIRMATION))
    return Prepared(wanted.order_by(Invoice.payer_id, Invoice.due_date, Invoice.number))


@cache
def _to_ask(stage: Stage) -> Prepared:
    wanted = _billed(is_free=True).where(ledger.is_open_on(_ON), _reach(), _lacks(stage))
    return Prepared(wanted.order_by(Invoice.payer_id, Invoice.due_date, Invoice.number))


@cache
def _named() -> Prepared:
    wanted: BindParameter[Any] = bindparam("invoices", expanding=True)
    mine = _billed().where(Invoice.id.in_(wanted))
    return Prepared(mine.order_by(Invoice.due_date, Invoice.number))


@cache
def _unconfirmed() -> Prepared:
    wanted = _payers(_ON).where(_is_of_month(), _lacks(Stage.CONFIRMATION))
    return Prepared(wanted.order_by(Invoice.payer_id))


def _is_of_month() -> ColumnElement[bool]:
    first, after = bindparam("month", type_=Date()), bindparam("month_after", type_=Date())
    return and_(Invoice.invoice_date >= first, Invoice.invoice_date < after)


@cache
def _unasked(stage: Stage) -> Prepared:
    held = pauses.held(_ON)
    left = Invoice.amount - Invoice.applied - Invoice.disputed - func.coalesce(held.c.minor, 0)
    wanted = (
        _payers(_ON)
        .outerjoin(held, held.c.invoice_id == Invoice.id)
        .where(Invoice.closed_on.is_(None), _reach(), left > 0, _lacks(stage))
    )
    return Prepared(wanted.order_by(Invoice.payer_id))


@cache
def _over() -> Prepared:
    still = exists().where(
        ContactInvoice.contact_id == FinalsContact.id,
        ContactInvoice.invoice_id == Invoice.id,
        ledger.is_open_on(_ON),
        Invoice.due_date >= _FIRST,
        ~is_taken_over(_ON),
    )
    wanted = select(FinalsContact.id).where(FinalsContact.state == ContactState.DUE, ~still)
    return Prepared(wanted.order_by(FinalsContact.id))


def _reach() -> ColumnElement[bool]:
    """Return the condition that an invoice has come to a stage, and to no later one."""
    is_within = Invoice.due_date.between(_FIRST, _LAST)
    return and_(is_within, or_(Invoice.due_date >= _SINCE, _is_confirmed()))


def _billed(*, is_free: bool = False) -> AnySelect:
    held = pauses.held(_ON)
    left = ledger.balance_on(_ON) - Invoice.disputed - func.coalesce(held.c.minor, 0)
    is_open = case((ledger.is_open_on(_ON), True), else_=False)
    payers: BindParameter[Any] = bindparam("payers", expanding=True)
    wanted = (
        select(
            Invoice.payer_id,
            Invoice.id,
            Invoice.due_date,
            is_open,
            left,
            _is_disputed(_ON),
        )
        .outerjoin(held, held.c.invoice_id == Invoice.id)
        .where(_is_final(_ON), Invoice.payer_id.in_(payers))
    )
    return wanted.where(left > 0) if is_free else wanted


def _payers(on: Day) -> AnySelect:
    return select(Invoice.payer_id).where(_is_final(on)).distinct()


def _is_final(on: Day) -> ColumnElement[bool]:
    return and_(
        Invoice.kind == InvoiceKind.FINAL,
        Invoice.amount > 0,
        Invoice.invoice_date <= on,
        ledger.is_published(),
    )


def _is_disputed(on: Day) -> ColumnElement[bool]:
    here = exists().where(
        DisputedInvoice.invoice_id == Invoice.id,
        DisputedInvoice.dispute_id == Dispute.id,
        disputes.is_open_on(on),
    )
    return or_(Invoice.disputed > 0, here)


def _is_confirmed() -> ColumnElement[bool]:
    """Return the condition that receipt was confirmed: when it is paid is still to be asked."""
    return exists().where(
        ContactInvoice.invoice_id == Invoice.id,
        ContactInvoice.stage == Stage.CONFIRMATION,
        ContactInvoice.contact_id == FinalsContact.id,
        FinalsContact.state == ContactState.CONFIRMED,
    )


def _lacks(stage: Stage) -> ColumnElement[bool]:
    made = exists().where(
        and_(ContactInvoice.invoice_id == Invoice.id, ContactInvoice.stage == stage)
    )
    return ~made
