"""Why what a payer owes does not rank: disputes, live promises, kept plans; broken promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.disputes.records import DisputedInvoice
from bot.workflows.ledger.records import Invoice
from bot.workflows.payment_plans import pauses
from bot.workflows.payment_plans.records import PlannedInvoice
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState
from bot.workflows.worklists import facts, words
from bot.workflows.worklists.scope import ON, AnySelect, Kind, Scope

_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)


def broken(session: Session, scope: Scope, *, on: date) -> set[int]:
    """Return the payers that broke a promise on something that is still open (R107)."""
    found = rows(session, _broken(scope.kind), {**scope.given, "on": on})
    return {row.payer_id for row in found}


@cache
def _broken(whose: Kind) -> Prepared:
    return Prepared(
        select(Promise.payer_id)
        .distinct()
        .join(PromisedInvoice, PromisedInvoice.promise_id == Promise.id)
        .join(Invoice, Invoice.id == PromisedInvoice.invoice_id)
        .where(
            whose.has(Promise.payer_id),
            Promise.state == PromiseState.BROKEN,
            Promise.state_on <= ON,
            _is_open(),
        )
    )


def reasons(session: Session, payer_ids: Sequence[int], *, on: date) -> dict[int, str]:
    """Return why nothing ranks payers of whose debt nothing is left, in words."""
    why: dict[int, list[str]] = {}
    for part in facts.parts(payer_ids):
        given = {"payers": part, "on": on}
        for row in rows(session, _disputed(), given):
            why.setdefault(row.payer_id, []).append(words.DISPUTED)
        for payer_id, until in rows(session, _promised(), given):
            why.setdefault(payer_id, []).append(words.promised(until))
        for row in rows(session, _planned(), given):
            why.setdefault(row.payer_id, []).append(words.PLANNED)
    return {payer_id: words.joined(parts) for payer_id, parts in why.items()}


@cache
def _disputed() -> Prepared:
    at_the_desk = pauses.disputed(ON).with_only_columns(DisputedInvoice.invoice_id)
    disputed = or_(Invoice.disputed > 0, Invoice.id.in_(at_the_desk))
    return Prepared(_past_due().where(disputed).distinct())


@cache
def _promised() -> Prepared:
    return Prepared(
        pauses.promised(ON)
        .with_only_columns(Promise.payer_id, func.max(Promise.due_on))
        .join(Invoice, Invoice.id == PromisedInvoice.invoice_id)
        .where(Promise.payer_id.in_(_PAYERS), Invoice.due_date < ON, _is_open())
        .group_by(Promise.payer_id)
    )


@cache
def _planned() -> Prepared:
    on_plans = pauses.planned(ON).with_only_columns(PlannedInvoice.invoice_id)
    return Prepared(_past_due().where(Invoice.id.in_(on_plans)).distinct())


def _past_due() -> AnySelect:
    return select(Invoice.payer_id).where(
        Invoice.payer_id.in_(_PAYERS), Invoice.due_date < ON, Invoice.amount > 0, _is_open()
    )


def _is_open() -> ColumnElement[bool]:
    return or_(Invoice.closed_on.is_(None), Invoice.closed_on > ON)
