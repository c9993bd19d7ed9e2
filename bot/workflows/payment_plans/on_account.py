"""
Which past-due items the money on account covers before anybody applies it (R47, R57, R151).

A payer's unapplied payments and open credits count, each currency by itself: first for what it
promised and kept, then for the oldest due. What is disputed or on a kept plan needs none of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    bindparam,
    exists,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from bot.kernel.batches import in_batches
from bot.kernel.money import Money
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.payment_plans import pauses
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState

Covered = Mapping[int, Money]
"""The invoices that are covered, each with what its payer has on account in its currency."""
_ON: Final = bindparam("on", type_=Date())
_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)
_PAYMENTS: Final = table_of(Payment).c
_APPLIED: Final = table_of(Application).c
_INVOICES: Final = table_of(Invoice).c
_PROMISES: Final = table_of(Promise).c
_PROMISED: Final = table_of(PromisedInvoice).c
_AT_ONCE: Final = 500
"""Payers in one question."""


class _Item(NamedTuple):
    payer_id: int
    currency: str
    invoice_id: int
    left: int
    """What is neither disputed nor on a kept plan; minor units."""
    is_kept: bool
    """A promise for it was kept."""


def covered(session: Session, payer_ids: Collection[int], *, on: date) -> Covered:
    """Return the past-due invoices of payers that their money on account covers wholly."""
    of_each = covered_of_each(session, payer_ids, on=on)
    return {invoice_id: money for one in of_each.values() for invoice_id, money in one.items()}


def covered_of_each(
    session: Session, payer_ids: Collection[int], *, on: date
) -> dict[int, Covered]:
    """Return the same by payer; whoever's money covers nothing is not in it."""
    found: dict[int, Covered] = {}
    for part in in_batches(sorted(payer_ids), _AT_ONCE):
        money = unapplied(session, part, on=on)
        paying = [payer_id for payer_id in part if any(m > 0 for m in money[payer_id].values())]
        if paying:
            found |= _spread(money, _owed(session, paying, on))
    return found


def unapplied(
    session: Session, payer_ids: Collection[int], *, on: date
) -> dict[int, dict[str, int]]:
    """Return each payer's open credits and unapplied payments by currency, as positives."""
    found: dict[int, dict[str, int]] = {payer_id: {} for payer_id in payer_ids}
    given = {"payers": list(payer_ids), "on": on}
    for payer_id, currency, minor in rows(session, _loose(), given):
        sums = found[payer_id]
        sums[currency] = sums.get(currency, 0) + int(minor)
    return found


def moved_since(session: Session, payer_id: int, *, at: datetime) -> bool:
    """Test if the desk learned since a moment of a payment, an application or a credit."""
    paid = exists().where(_PAYMENTS.payer_id == payer_id, _PAYMENTS.learned_at > at)
    applied = exists().where(
        _PAYMENTS.payer_id == payer_id,
        _APPLIED.payment_id == _PAYMENTS.id,
        _APPLIED.learned_at > at,
    )
    credited = exists().where(
        _INVOICES.payer_id == payer_id, _INVOICES.amount < 0, _INVOICES.learned_at > at
    )
    return bool(session.scalar(select(or_(paid, applied, credited))))


def _spread(
    money: Mapping[int, Mapping[str, int]], owed: Iterable[_Item]
) -> dict[int, Covered]:
    free = {payer_id: dict(sums) for payer_id, sums in money.items()}
    found = defaultdict[int, dict[int, Money]](dict)
    for item in owed:
        till = free[item.payer_id]
        had = max(till.get(item.currency, 0), 0)
        till[item.currency] = had - min(had, item.left)
        if had >= item.left:
            whole = money[item.payer_id][item.currency]
            found[item.payer_id][item.invoice_id] = Money(whole, item.currency)
    return dict(found)


def _owed(session: Session, payer_ids: Sequence[int], on: date) -> list[_Item]:
    """Return what takes the money, in its order."""
    found = rows(session, _items(), {"payers": payer_ids, "on": on})
    items = [_Item(row[0], row[1], row[2], int(row[3]), bool(row[4])) for row in found]
    return sorted(items, key=lambda item: not item.is_kept)


@cache
def _items() -> Prepared:
    held = pauses.conceded_of(_INVOICES.id, _ON)
    left = (ledger.balance_on(_ON) - _INVOICES.disputed - held).label("left")
    kept = exists().where(
        _PROMISES.id == _PROMISED.promise_id,
        _PROMISES.state == PromiseState.KEPT,
        _PROMISES.state_on <= _ON,
    )
    # Nested: else SQLite would go through all promises ever kept, for each invoice.
    is_kept = exists().where(_PROMISED.invoice_id == _INVOICES.id, kept)
    return Prepared(
        select(_INVOICES.payer_id, _INVOICES.currency, _INVOICES.id, left, is_kept)
        .where(
            _INVOICES.payer_id.in_(_PAYERS),
            _INVOICES.amount > 0,
            _INVOICES.due_date < _ON,
            ledger.is_open_on(_ON),
            left > 0,
        )
        .order_by(_INVOICES.due_date, _INVOICES.id)
    )


@cache
def _loose() -> Prepared:
    """Cash that is on no invoice, and credits that are open, each by payer and currency."""
    loose = func.sum(ledger.unapplied_on(_ON)).label("minor")
    cash = (
        select(_PAYMENTS.payer_id, _PAYMENTS.currency, loose)
        .where(ledger.may_be_loose_on(_ON, _is_meant))
        .group_by(_PAYMENTS.payer_id, _PAYMENTS.currency)
    )
    credit = (-func.sum(ledger.balance_on(_ON))).label("minor")
    credits = (
        select(_INVOICES.payer_id, _INVOICES.currency, credit)
        .where(_INVOICES.payer_id.in_(_PAYERS), _INVOICES.amount < 0, ledger.is_open_on(_ON))
        .group_by(_INVOICES.payer_id, _INVOICES.currency)
    )
    return Prepared(select(union_all(cash, credits).subquery()))


def _is_meant(payer: ColumnElement[int]) -> ColumnElement[bool]:
    return payer.in_(_PAYERS)
