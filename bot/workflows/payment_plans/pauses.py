"""What of an item is spoken for on a day: disputed, promised, or on a kept plan."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import CTE, BindParameter, ColumnElement, func, or_, select, union_all
from sqlalchemy.orm import aliased

from bot.store.rows import AnySelect, table_of
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.ledger.records import Invoice
from bot.workflows.payment_plans.records import PaymentPlan, PlannedInvoice
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState

Day = date | BindParameter[date]
"""A date, or its place in a statement that is built once."""
PAUSING_BROKEN: Final = 2
"""R107: from the second broken promise on, a new one no longer pauses calls."""


def held(on: Day) -> CTE:
    """Return how much of each invoice is spoken for on a day, in minor units."""
    promises = select(PromisedInvoice.invoice_id, PromisedInvoice.amount).where(
        PromisedInvoice.promise_id.in_(select(Promise.id).where(*_pauses(on)))
    )
    return _summed("held", *_settled(on), promises)


def held_of(invoice: ColumnElement[int], on: Day) -> ColumnElement[int]:
    """Return how much of an invoice of the statement is spoken for, looked up for each."""
    promises = promised(on).with_only_columns(func.sum(PromisedInvoice.amount))
    mine = promises.where(PromisedInvoice.invoice_id == invoice)
    sums = mine.correlate(table_of(Invoice)).scalar_subquery()
    return conceded_of(invoice, on) + func.coalesce(sums, 0)


def conceded(on: Day) -> CTE:
    """Return how much of each invoice is disputed or on a kept plan; promises do not count."""
    return _summed("conceded", *_settled(on))


def conceded_of(invoice: ColumnElement[int], on: Day) -> ColumnElement[int]:
    """
    Return how much of an invoice of the statement is disputed or on a kept plan.

    It is looked up for each invoice: for those of some payers, where `conceded` reads all that
    is disputed.
    """
    here = disputed(on).with_only_columns(func.sum(DisputedInvoice.amount))
    plan = planned(on).with_only_columns(func.sum(PlannedInvoice.amount))
    whole = table_of(Invoice)
    parts = (
        here.where(DisputedInvoice.invoice_id == invoice).correlate(whole).scalar_subquery(),
        plan.where(PlannedInvoice.invoice_id == invoice).correlate(whole).scalar_subquery(),
    )
    return func.coalesce(parts[0], 0) + func.coalesce(parts[1], 0)


def disputed(on: Day) -> AnySelect:
    """Return what was disputed at the desk on a day, to be narrowed further (R18)."""
    return (
        select(DisputedInvoice)
        .join(Dispute, Dispute.id == DisputedInvoice.dispute_id)
        .where(*_stands(on))
    )


def _stands(on: Day) -> tuple[ColumnElement[bool], ...]:
    is_open = or_(Dispute.closed_on.is_(None), Dispute.closed_on > on)
    return Dispute.raised_on <= on, is_open


def promised(on: Day) -> AnySelect:
    """Return what was promised and paused calls on a day, to be narrowed further (R107)."""
    return (
        select(PromisedInvoice)
        .join(Promise, Promise.id == PromisedInvoice.promise_id)
        .where(*_pauses(on))
    )


def _pauses(on: Day) -> tuple[ColumnElement[bool], ...]:
    broken = aliased(Promise)
    before = select(func.count()).where(
        broken.payer_id == Promise.payer_id,
        broken.state == PromiseState.BROKEN,
        broken.state_on <= on,
    )
    return (
        Promise.made_on <= on,
        Promise.due_on >= on,
        or_(Promise.state_on.is_(None), Promise.state_on > on),
        before.correlate(Promise).scalar_subquery() < PAUSING_BROKEN,
    )


def planned(on: Day) -> AnySelect:
    """Return what was on a kept plan on a day, to be narrowed further (R62)."""
    return (
        select(PlannedInvoice)
        .join(PaymentPlan, PaymentPlan.id == PlannedInvoice.plan_id)
        .where(*_runs(on))
    )


def _runs(on: Day) -> tuple[ColumnElement[bool], ...]:
    is_kept = or_(PaymentPlan.ended_on.is_(None), PaymentPlan.ended_on > on)
    return PaymentPlan.granted_on <= on, is_kept


def _settled(on: Day) -> tuple[AnySelect, AnySelect]:
    # Nested, as promises are: else SQLite goes through all invoices that were ever disputed.
    standing = select(Dispute.id).where(*_stands(on))
    return (
        select(DisputedInvoice.invoice_id, DisputedInvoice.amount).where(
            DisputedInvoice.dispute_id.in_(standing)
        ),
        select(PlannedInvoice.invoice_id, PlannedInvoice.amount).where(
            PlannedInvoice.plan_id.in_(select(PaymentPlan.id).where(*_runs(on)))
        ),
    )


def _summed(name: str, *parts: AnySelect) -> CTE:
    each = union_all(*parts).subquery()
    return (
        select(each.c.invoice_id, func.sum(each.c.amount).label("minor"))
        .group_by(each.c.invoice_id)
        .cte(name)
    )
