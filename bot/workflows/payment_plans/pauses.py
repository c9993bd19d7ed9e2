"""What of an item is spoken for on a day: disputed, promised, or on a kept plan."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import CTE, BindParameter, ColumnElement, func, or_, select, union_all

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
    promises = promised(on).with_only_columns(
        PromisedInvoice.invoice_id, PromisedInvoice.amount
    )
    return _summed("held", *_settled(on), promises)


def conceded(on: Day) -> CTE:
    """Return how much of each invoice is disputed or on a kept plan; promises do not count."""
    return _summed("conceded", *_settled(on))


def conceded_of(invoice: ColumnElement[int], on: Day) -> ColumnElement[int]:
    """
    Return how much of an invoice of the statement is disputed or on a kept plan.

    It is looked up for each invoice: for those of some payers, where `conceded` reads all that
    was ever disputed.
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
        .where(
            Dispute.raised_on <= on, or_(Dispute.closed_on.is_(None), Dispute.closed_on > on)
        )
    )


def promised(on: Day) -> AnySelect:
    """Return what was promised and paused calls on a day, to be narrowed further (R107)."""
    breakers = (
        select(Promise.payer_id)
        .where(Promise.state == PromiseState.BROKEN, Promise.state_on <= on)
        .group_by(Promise.payer_id)
        .having(func.count() >= PAUSING_BROKEN)
    )
    return (
        select(PromisedInvoice)
        .join(Promise, Promise.id == PromisedInvoice.promise_id)
        .where(
            Promise.made_on <= on,
            Promise.due_on >= on,
            or_(Promise.state_on.is_(None), Promise.state_on > on),
            Promise.payer_id.not_in(breakers),
        )
    )


def planned(on: Day) -> AnySelect:
    """Return what was on a kept plan on a day, to be narrowed further (R62)."""
    return (
        select(PlannedInvoice)
        .join(PaymentPlan, PaymentPlan.id == PlannedInvoice.plan_id)
        .where(
            PaymentPlan.granted_on <= on,
            or_(PaymentPlan.ended_on.is_(None), PaymentPlan.ended_on > on),
        )
    )


def _settled(on: Day) -> tuple[AnySelect, AnySelect]:
    return (
        disputed(on).with_only_columns(DisputedInvoice.invoice_id, DisputedInvoice.amount),
        planned(on).with_only_columns(PlannedInvoice.invoice_id, PlannedInvoice.amount),
    )


def _summed(name: str, *parts: AnySelect) -> CTE:
    each = union_all(*parts).subquery()
    return (
        select(each.c.invoice_id, func.sum(each.c.amount).label("minor"))
        .group_by(each.c.invoice_id)
        .cte(name)
    )
