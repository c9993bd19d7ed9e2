"""Why what a payer owes does not rank: disputes, live promises, kept plans; broken promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.workflows.disputes.records import DisputedInvoice
from bot.workflows.ledger.records import Invoice
from bot.workflows.payment_plans import pauses
from bot.workflows.payment_plans.records import PlannedInvoice
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState
from bot.workflows.worklists import facts, words
from bot.workflows.worklists.scope import AnySelect, Scope


def broken(session: Session, scope: Scope, *, on: date) -> set[int]:
    """Return the payers that broke a promise on something that is still open (R107)."""
    still_open = (
        select(Promise.payer_id)
        .distinct()
        .join(PromisedInvoice, PromisedInvoice.promise_id == Promise.id)
        .join(Invoice, Invoice.id == PromisedInvoice.invoice_id)
        .where(
            scope.kind.has(Promise.payer_id),
            Promise.state == PromiseState.BROKEN,
            Promise.state_on <= on,
            _is_open(on),
        )
    )
    return set(session.scalars(still_open, scope.given))


def reasons(session: Session, payer_ids: Sequence[int], *, on: date) -> dict[int, str]:
    """Return why nothing ranks payers of whose debt nothing is left, in words."""
    why: dict[int, list[str]] = {}
    for part in facts.parts(payer_ids):
        for payer_id in session.scalars(_disputed(part, on).distinct()):
            why.setdefault(payer_id, []).append(words.DISPUTED)
        for payer_id, until in session.execute(_promised(part, on)):
            why.setdefault(payer_id, []).append(words.promised(until))
        for payer_id in session.scalars(_planned(part, on).distinct()):
            why.setdefault(payer_id, []).append(words.PLANNED)
    return {payer_id: words.joined(parts) for payer_id, parts in why.items()}


def _disputed(payer_ids: Iterable[int], on: date) -> AnySelect:
    at_the_desk = pauses.disputed(on).with_only_columns(DisputedInvoice.invoice_id)
    return _past_due(payer_ids, on).where(
        or_(Invoice.disputed > 0, Invoice.id.in_(at_the_desk))
    )


def _promised(payer_ids: Iterable[int], on: date) -> AnySelect:
    return (
        pauses.promised(on)
        .with_only_columns(Promise.payer_id, func.max(Promise.due_on))
        .join(Invoice, Invoice.id == PromisedInvoice.invoice_id)
        .where(Promise.payer_id.in_(payer_ids), Invoice.due_date < on, _is_open(on))
        .group_by(Promise.payer_id)
    )


def _planned(payer_ids: Iterable[int], on: date) -> AnySelect:
    return _past_due(payer_ids, on).where(
        Invoice.id.in_(pauses.planned(on).with_only_columns(PlannedInvoice.invoice_id))
    )


def _past_due(payer_ids: Iterable[int], on: date) -> AnySelect:
    return select(Invoice.payer_id).where(
        Invoice.payer_id.in_(payer_ids), Invoice.due_date < on, Invoice.amount > 0, _is_open(on)
    )


def _is_open(on: date) -> Any:  # noqa: ANN401 - a condition
    return or_(Invoice.closed_on.is_(None), Invoice.closed_on > on)
