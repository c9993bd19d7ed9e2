"""What is owed on a date, from the events of the book."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Text,
    bindparam,
    case,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.ledger import by_age
from bot.workflows.ledger.balances import AnyRow as AnyRow
from bot.workflows.ledger.balances import AnySelect as AnySelect
from bot.workflows.ledger.balances import Day as Day
from bot.workflows.ledger.balances import balance_on as balance_on
from bot.workflows.ledger.balances import everybodys
from bot.workflows.ledger.balances import is_open_on as is_open_on
from bot.workflows.ledger.balances import is_published as is_published
from bot.workflows.ledger.balances import may_be_loose_on as may_be_loose_on
from bot.workflows.ledger.balances import unapplied_on as unapplied_on
from bot.workflows.ledger.by_age import ANY_DAY
from bot.workflows.ledger.by_age import BUCKET_COLUMNS as BUCKET_COLUMNS
from bot.workflows.ledger.by_age import as_aging as as_aging
from bot.workflows.ledger.by_age import by_account as by_account
from bot.workflows.ledger.by_age import is_past as is_past
from bot.workflows.ledger.records import BookUpdate, Invoice, Payment
from bot.workflows.ledger.rules import Aging, OpenItem

_INVOICES: Final = table_of(Invoice).c
_PAYMENTS: Final = table_of(Payment).c
_CUSTOMERS: Final = table_of(Customer).c
_UPDATES: Final = table_of(BookUpdate).c
_BOOK_AT: Final = Prepared(select(func.max(_UPDATES.at)))
_LAST_UPDATE: Final = Prepared(select(func.max(_UPDATES.id)))
_ANY_INVOICE: Final = Prepared(select(_INVOICES.id).limit(1))
_NUMBERED: Final = Prepared(
    select(_INVOICES.id)
    .where(_INVOICES.number.in_(bindparam("numbers", type_=Text(), expanding=True)))
    .order_by(_INVOICES.id)
)
_ON: Final = bindparam("on", type_=Date())
_PAYER: Final = bindparam("payer", type_=BigInteger())


def open_items(session: Session, payer_id: int, *, on: date) -> list[OpenItem]:
    """
    Return the payer's open invoices on a date, of all its accounts, the longest due first.

    Credits are not among them: they are in `unapplied`.
    """
    found = rows(session, _payers_items(), {"payer": payer_id, "on": on})
    return [_item(row) for row in found]


def open_invoices(
    session: Session, invoice_ids: Sequence[int], *, on: date
) -> dict[int, OpenItem]:
    """Return those of the invoices that are open on a date, by their ids."""
    found = rows(session, _open_invoices(), {"on": on, "ids": list(invoice_ids)})
    return {row.id: _item(row) for row in found}


@cache
def _open_invoices() -> Prepared:
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    return Prepared(_items(_ON).where(_INVOICES.id.in_(ids), _INVOICES.amount > 0))


def ids_of(session: Session, numbers: Collection[str]) -> list[int]:
    """Return the ids of the invoices with these numbers, as far as the book has them."""
    return rows(session, _NUMBERED, {"numbers": numbers}).scalars()


def unapplied(session: Session, payer_id: int, *, on: date) -> dict[str, int]:
    """Return the payer's open credits and unapplied payments by currency, as negatives."""
    found: dict[str, int] = {}
    for currency, minor in rows(session, _payers_credits(), {"payer": payer_id, "on": on}):
        found[currency] = found.get(currency, 0) + int(minor)
    return {currency: minor for currency, minor in sorted(found.items()) if minor}


def aging(session: Session, *, on: date, payer_id: int | None = None) -> dict[str, Aging]:
    """
    Return what is owed by age for each currency on a date, of everybody or of one payer.

    Buckets and unapplied credit add up to what is outstanding, always.
    """
    of_payer, given = payer_id is not None, {**by_age.given(on), "payer": payer_id}
    total = rows(session, _total(is_past=is_past(session, on), of_payer=of_payer), given)
    found = {row.currency: as_aging(row, row.customers) for row in total}
    for currency, minor in rows(session, _unapplied_cash(of_payer=of_payer), given):
        item = found.get(currency, Aging(currency=currency))
        found[currency] = replace(item, unapplied=item.unapplied - int(minor))
    return {name: found[name] for name in sorted(found) if is_something(found[name])}


def owed_from_before(session: Session, *, on: date, due_before: date) -> dict[str, int]:
    """Return what is owed on a date of what was due before a day, by currency, minor units."""
    given = {**by_age.given(on), "due_before": due_before}
    owed = rows(session, _owed_from_before(is_past=is_past(session, on)), given)
    return {currency: int(minor) for currency, minor in owed}


def book_at(session: Session) -> datetime | None:
    """Return when the book was last brought up to date; None when it never was."""
    at: datetime | None = rows(session, _BOOK_AT, {}).one()[0]
    return at


def last_update(session: Session) -> int:
    """Return which update of the book was the last one; 0 before the first."""
    last: int | None = rows(session, _LAST_UPDATE, {}).one()[0]
    return last or 0


def has_invoices(session: Session) -> bool:
    """Test if there is any invoice at all."""
    return rows(session, _ANY_INVOICE, {}).first() is not None


@cache
def _total(*, is_past: bool, of_payer: bool) -> Prepared:
    wanted = [Invoice.payer_id == _PAYER] if of_payer else []
    accounts = by_age.accounts(ANY_DAY, *wanted, is_past=is_past).subquery()
    sums = (func.sum(accounts.c[name]).label(name) for name in (*BUCKET_COLUMNS, "credits"))
    owing = func.sum(case((accounts.c.invoices > 0, 1), else_=0)).label("customers")
    total = select(
        accounts.c.currency, *sums, func.sum(accounts.c.invoices).label("invoices"), owing
    )
    return Prepared(total.group_by(accounts.c.currency))


@cache
def _owed_from_before(*, is_past: bool) -> Prepared:
    wanted = Invoice.due_date < bindparam("due_before", type_=Date())
    accounts = by_age.accounts(ANY_DAY, wanted, is_past=is_past).subquery()
    summed = sum((accounts.c[name] for name in BUCKET_COLUMNS), start=literal(0))
    owed = select(accounts.c.currency, func.sum(summed))
    return Prepared(owed.group_by(accounts.c.currency))


@cache
def _unapplied_cash(*, of_payer: bool) -> Prepared:
    whose = _is_payers if of_payer else everybodys
    return Prepared(
        select(_PAYMENTS.currency, func.sum(unapplied_on(_ON)))
        .where(may_be_loose_on(_ON, whose))
        .group_by(_PAYMENTS.currency)
    )


def _is_payers(payer: ColumnElement[int]) -> ColumnElement[bool]:
    return payer == _PAYER


def is_something(item: Aging) -> bool:
    """Test if there is anything to show."""
    return any(item.buckets) or item.unapplied != 0 or item.invoices > 0


@cache
def _payers_items() -> Prepared:
    mine = _items(_ON).where(_INVOICES.payer_id == _PAYER, _INVOICES.amount > 0)
    return Prepared(mine.order_by(_INVOICES.due_date, _INVOICES.number))


@cache
def _payers_credits() -> Prepared:
    credits = (
        select(_INVOICES.currency, func.sum(balance_on(_ON)).label("minor"))
        .where(_INVOICES.payer_id == _PAYER, _INVOICES.amount < 0, is_open_on(_ON))
        .group_by(_INVOICES.currency)
    )
    cash = (
        select(_PAYMENTS.currency, -func.sum(unapplied_on(_ON)))
        .where(may_be_loose_on(_ON, _is_payers))
        .group_by(_PAYMENTS.currency)
    )
    return Prepared(select(union_all(credits, cash).subquery()))


def _items(on: Day) -> AnySelect:
    return select(
        _INVOICES.id,
        _INVOICES.number,
        _INVOICES.customer_id,
        _INVOICES.kind,
        _INVOICES.currency,
        _INVOICES.invoice_date,
        _INVOICES.due_date,
        _INVOICES.amount,
        _INVOICES.disputed,
        _CUSTOMERS.site,
        _CUSTOMERS.name,
        balance_on(on).label("balance"),
    ).where(_CUSTOMERS.id == _INVOICES.customer_id, is_open_on(on))


def _item(row: AnyRow) -> OpenItem:
    invoice, number, account, kind, currency, dated, due, amount, marked, site, name, left = row
    balance = int(left)
    return OpenItem(
        invoice_id=invoice,
        number=number,
        customer_id=account,
        site=site or name,
        kind=kind,
        invoice_date=dated,
        due_date=due,
        amount=Money(amount, currency),
        balance=Money(balance, currency),
        disputed=Money(min(marked, balance), currency),
    )
