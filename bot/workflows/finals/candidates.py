"""Which final invoices still lack a contact: set-based, before each is looked at by itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.rows import AnySelect
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.finals import rules
from bot.workflows.finals.records import ContactInvoice, ContactState, FinalsContact, Stage
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.queries import Day
from bot.workflows.ledger.records import Invoice, InvoiceKind
from bot.workflows.payment_plans import pauses

Payers = Collection[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The day that is looked at, and the one on which the desk began with finals work."""

    on: date
    since: date
    """What had come to a stage before is not called about (go-live), unless it is confirmed."""
    policy: Policy

    def reach(self, stage: Stage) -> ColumnElement[bool]:
        """Return the condition that an invoice has come to a stage, and to no later one."""
        reached = timedelta(days=rules.stage_days(stage, self.policy))
        oldest = self.on - timedelta(days=self.policy.suspension_days)
        if stage is Stage.DAY_5:
            later = rules.stage_days(Stage.DAY_15, self.policy)
            oldest = self.on - timedelta(days=later - 1)
        is_within = Invoice.due_date.between(oldest, self.on - reached)
        return and_(is_within, or_(Invoice.due_date >= self.since - reached, _is_confirmed()))


class Billed(NamedTuple):
    """A final invoice that lacks a contact of a stage."""

    payer_id: int
    invoice_id: int
    due_date: date
    is_open: bool
    left: int
    """What is neither disputed, nor promised, nor on a kept plan; minor units."""
    is_disputed: bool


def to_confirm(month: date, *, on: date, payers: Payers) -> AnySelect:
    """Return the select of payers' final invoices of a month that nobody confirmed (R40)."""
    wanted = _billed(on, payers).where(
        Invoice.invoice_date >= month,
        Invoice.invoice_date < rules.month_after(month),
        _lacks(Stage.CONFIRMATION),
    )
    return wanted.order_by(Invoice.payer_id, Invoice.due_date, Invoice.number)


def to_ask(stage: Stage, days: Days, *, payers: Payers) -> AnySelect:
    """Return the select of payers' final invoices due for a stage's call by a day (R46)."""
    wanted = _billed(days.on, payers, is_free=True).where(
        ledger.is_open_on(days.on), days.reach(stage), _lacks(stage)
    )
    return wanted.order_by(Invoice.payer_id, Invoice.due_date, Invoice.number)


def unconfirmed(month: date, *, on: date) -> AnySelect:
    """Return the select of the payers for whom `to_confirm` has anything."""
    return _payers(on).where(
        Invoice.invoice_date >= month,
        Invoice.invoice_date < rules.month_after(month),
        _lacks(Stage.CONFIRMATION),
    )


def unasked(stage: Stage, days: Days) -> AnySelect:
    """
    Return the select of the payers for whom `to_ask` may have anything.

    It narrows for a sweep of today, by what is open now whenever that closes.
    """
    held = pauses.held(days.on)
    left = Invoice.amount - Invoice.applied - Invoice.disputed - func.coalesce(held.c.minor, 0)
    return (
        _payers(days.on)
        .outerjoin(held, held.c.invoice_id == Invoice.id)
        .where(Invoice.closed_on.is_(None), days.reach(stage), left > 0, _lacks(stage))
    )


def billed(session: Session, wanted: AnySelect) -> dict[int, list[Billed]]:
    """Return the invoices of a select by payer."""
    found: dict[int, list[Billed]] = {}
    for row in session.execute(wanted):
        found.setdefault(row[0], []).append(Billed._make((*row[:4], int(row[4]), row[5])))
    return found


def named(
    session: Session, invoice_ids: Collection[int], *, payer_id: int, on: date
) -> list[Billed]:
    """Return what is left of a payer's invoices on a day, the oldest due first."""
    mine = _billed(on, [payer_id]).where(Invoice.id.in_(invoice_ids))
    found = billed(session, mine.order_by(Invoice.due_date, Invoice.number))
    return found.get(payer_id, [])


def over(on: date, policy: Policy) -> AnySelect:
    """
    Return the select of contacts that are due and have nothing left to ask about (their ids).

    All is paid, or a later stage or the suspension process took over.
    """
    still = exists().where(
        ContactInvoice.contact_id == FinalsContact.id,
        ContactInvoice.invoice_id == Invoice.id,
        ledger.is_open_on(on),
        Invoice.due_date >= on - timedelta(days=policy.suspension_days),
        ~is_taken_over(on),
    )
    return (
        select(FinalsContact.id)
        .where(FinalsContact.state == ContactState.DUE, ~still)
        .order_by(FinalsContact.id)
    )


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


def _billed(on: date, payers: Payers, *, is_free: bool = False) -> AnySelect:
    held = pauses.held(on)
    left = ledger.balance_on(on) - Invoice.disputed - func.coalesce(held.c.minor, 0)
    is_open = case((ledger.is_open_on(on), True), else_=False)
    wanted = (
        select(
            Invoice.payer_id,
            Invoice.id,
            Invoice.due_date,
            is_open,
            left,
            _is_disputed(on),
        )
        .outerjoin(held, held.c.invoice_id == Invoice.id)
        .where(_is_final(on), Invoice.payer_id.in_(payers))
    )
    return wanted.where(left > 0) if is_free else wanted


def _payers(on: date) -> AnySelect:
    return select(Invoice.payer_id).where(_is_final(on)).distinct()


def _is_final(on: date) -> ColumnElement[bool]:
    return and_(
        Invoice.kind == InvoiceKind.FINAL,
        Invoice.amount > 0,
        Invoice.invoice_date <= on,
        ledger.is_published(),
    )


def _is_disputed(on: date) -> ColumnElement[bool]:
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
