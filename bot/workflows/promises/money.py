"""What promises are for, and the money that came in: read as rows, for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.ledger.balances import AnyRow
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.promises.records import PromisedInvoice

_NAMED: Final = table_of(PromisedInvoice).c
_PAYMENTS: Final = table_of(Payment).c
_INVOICES: Final = table_of(Invoice).c
_APPLIED: Final = table_of(Application).c
_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)
_THOSE: Final[BindParameter[Any]] = bindparam("invoices", expanding=True)
_WHICH: Final[BindParameter[Any]] = bindparam("promises", expanding=True)


def parts_of(
    session: Session, promise_ids: Collection[int]
) -> defaultdict[int, dict[int, int]]:
    """Return what promises are for: minor units by invoice, by promise."""
    found = defaultdict[int, dict[int, int]](dict)
    named = rows(session, _named(), {"promises": list(promise_ids)})
    for promise_id, invoice_id, amount in named:
        found[promise_id][invoice_id] = amount
    return found


def settled(session: Session, invoice_ids: Collection[int]) -> dict[int, date]:
    """Return those of the invoices that are settled, each with its day."""
    found = rows(session, _settled_on(), {"invoices": list(invoice_ids)})
    return {row[0]: row[1] for row in found}


def applied_to(session: Session, invoice_ids: Collection[int]) -> Sequence[AnyRow]:
    """Return what was applied to invoices: amount, day, learned, invoice."""
    return rows(session, _applied_to(), {"invoices": list(invoice_ids)}).all()


def free_of(session: Session, payer_ids: Collection[int]) -> Sequence[AnyRow]:
    """Return payers' money on no invoice: amount, day, learned, whose, currency."""
    return rows(session, _free_of(), {"payers": list(payer_ids)}).all()


@cache
def _named() -> Prepared:
    named = select(_NAMED.promise_id, _NAMED.invoice_id, _NAMED.amount)
    return Prepared(named.where(_NAMED.promise_id.in_(_WHICH)))


@cache
def _settled_on() -> Prepared:
    settled = select(_INVOICES.id, _INVOICES.settled_on)
    return Prepared(settled.where(_INVOICES.id.in_(_THOSE), _INVOICES.settled_on.is_not(None)))


@cache
def _applied_to() -> Prepared:
    return Prepared(
        select(
            _APPLIED.amount, _APPLIED.applied_on, _APPLIED.learned_at, _APPLIED.invoice_id
        ).where(_APPLIED.invoice_id.in_(_THOSE))
    )


@cache
def _free_of() -> Prepared:
    free = (_PAYMENTS.amount - _PAYMENTS.applied).label("free")
    return Prepared(
        select(
            free,
            _PAYMENTS.received_on,
            _PAYMENTS.learned_at,
            _PAYMENTS.payer_id,
            _PAYMENTS.currency,
        ).where(_PAYMENTS.payer_id.in_(_PAYERS), _PAYMENTS.applied != _PAYMENTS.amount)
    )
