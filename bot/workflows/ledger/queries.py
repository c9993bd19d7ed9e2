"""What is owed on a date, from the events of the book."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import (
    Application,
    BookUpdate,
    Invoice,
    Payment,
    PendingUpdate,
)
from bot.workflows.ledger.rules import BUCKET_ENDS, Aging, OpenItem

AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
Day = date | BindParameter[date]
"""A date, or its place in a statement that is built once and used for every payer."""

_ON: Final = bindparam("on", type_=Date())
_PAYER: Final = bindparam("payer", type_=BigInteger())
BUCKET_COLUMNS: Final = tuple(f"bucket_{n}" for n in range(len(BUCKET_ENDS) + 1))


def open_items(session: Session, payer_id: int, *, on: date) -> list[OpenItem]:
    """
    Return the payer's open invoices on a date, of all its accounts, the longest due first.

    Credits are not among them: they are in `unapplied`.
    """
    rows = session.execute(_payers_items(), {"payer": payer_id, "on": on})
    return [_item(row) for row in rows]


def open_invoices(
    session: Session, invoice_ids: Sequence[int], *, on: date
) -> dict[int, OpenItem]:
    """Return those of the invoices that are open on a date, by their ids."""
    found = _items(on).where(Invoice.id.in_(invoice_ids), Invoice.amount > 0)
    return {row.id: _item(row) for row in session.execute(found)}


def ids_of(session: Session, numbers: Collection[str]) -> list[int]:
    """Return the ids of the invoices with these numbers, as far as the book has them."""
    known = select(Invoice.id).where(Invoice.number.in_(numbers))
    return list(session.scalars(known.order_by(Invoice.id)))


def unapplied(session: Session, payer_id: int, *, on: date) -> dict[str, int]:
    """Return the payer's open credits and unapplied payments by currency, as negatives."""
    given = {"payer": payer_id, "on": on}
    credits = session.execute(_payers_credits(), given)
    found = {currency: int(minor) for currency, minor in credits}
    for currency, minor in session.execute(_payers_cash(), given):
        found[currency] = found.get(currency, 0) - int(minor)
    return {currency: minor for currency, minor in sorted(found.items()) if minor}


def aging(session: Session, *, on: date, payer_id: int | None = None) -> dict[str, Aging]:
    """
    Return what is owed by age for each currency on a date, of everybody or of one payer.

    Buckets and unapplied credit add up to what is outstanding, always.
    """
    accounts = by_account(session, on=on, payer_id=payer_id).subquery()
    sums = (func.sum(accounts.c[name]).label(name) for name in (*BUCKET_COLUMNS, "credits"))
    owing = func.sum(case((accounts.c.invoices > 0, 1), else_=0)).label("customers")
    total = select(
        accounts.c.currency, *sums, func.sum(accounts.c.invoices).label("invoices"), owing
    ).group_by(accounts.c.currency)
    found = {row.currency: as_aging(row, row.customers) for row in session.execute(total)}
    for currency, minor in session.execute(_unapplied_cash(on, payer_id)):
        item = found.get(currency, Aging(currency=currency))
        found[currency] = replace(item, unapplied=item.unapplied - int(minor))
    return {name: found[name] for name in sorted(found) if is_something(found[name])}


def book_at(session: Session) -> datetime | None:
    """Return when the book was last brought up to date; None when it never was."""
    return session.scalar(select(func.max(BookUpdate.at)))


def is_open_on(on: Day) -> ColumnElement[bool]:
    """Return the condition that an invoice is dated by that day and not settled by then."""
    return and_(
        Invoice.invoice_date <= on,
        or_(Invoice.closed_on.is_(None), Invoice.closed_on > on),
        is_published(),
    )


def is_published() -> ColumnElement[bool]:
    """Return the condition that an invoice is not part of an update still being merged."""
    pending = select(func.max(PendingUpdate.id)).scalar_subquery()
    return Invoice.update_id != func.coalesce(pending, -1)


def balance_on(on: Day) -> ColumnElement[int]:
    """Return what is open of an invoice on a date on which it is open, in minor units."""
    later = (
        select(func.coalesce(func.sum(Application.amount), 0))
        .where(Application.invoice_id == Invoice.id, Application.applied_on > on)
        .scalar_subquery()
    )
    return Invoice.amount - Invoice.applied + case((Invoice.applied != 0, later), else_=0)


def unapplied_on(on: Day) -> ColumnElement[int]:
    """Return what is not applied of a payment on a date, in minor units."""
    later = (
        select(func.coalesce(func.sum(Application.amount), 0))
        .where(Application.payment_id == Payment.id, Application.applied_on > on)
        .scalar_subquery()
    )
    return Payment.amount - Payment.applied + case((Payment.applied != 0, later), else_=0)


def by_account(
    session: Session,
    *,
    on: date,
    payer_id: int | None = None,
    due_before: date | None = None,
) -> AnySelect:
    """
    Return the select of one row an account and currency: what it owes by age on a date.

    Columns: customer_id, currency, one for each of `BUCKET_COLUMNS`, credits, invoices, oldest
    (the earliest due date among the open positive items).

    :param due_before: only items that were due before this day.
    """
    wanted = [Invoice.invoice_date <= on, is_published()]
    wanted += [] if payer_id is None else [Invoice.payer_id == payer_id]
    wanted += [] if due_before is None else [Invoice.due_date < due_before]
    parts = union_all(*_parts(session, on, wanted)).subquery()
    summed = ("credits", *BUCKET_COLUMNS, "invoices")
    return select(
        parts.c.customer_id,
        parts.c.currency,
        *(func.sum(parts.c[name]).label(name) for name in summed),
        func.min(parts.c.oldest).label("oldest"),
    ).group_by(parts.c.customer_id, parts.c.currency)


def as_aging(row: AnyRow, customers: int) -> Aging:
    """Return a row of sums as an aging."""
    return Aging(
        currency=row.currency,
        buckets=tuple(int(getattr(row, name)) for name in BUCKET_COLUMNS),
        unapplied=int(row.credits),
        invoices=int(row.invoices),
        customers=int(customers),
    )


def _parts(
    session: Session, on: date, wanted: Sequence[ColumnElement[bool]]
) -> list[AnySelect]:
    still_open = _items_by_account().where(*wanted, Invoice.closed_on.is_(None))
    if not _is_past(session, on):
        open_now = still_open.add_columns((Invoice.amount - Invoice.applied).label("open"))
        return [_summed(open_now, on)]
    later = (
        select(Application.invoice_id, func.sum(Application.amount).label("minor"))
        .where(Application.applied_on > on)
        .group_by(Application.invoice_id)
        .subquery()
    )
    closed_since = _items_by_account().where(*wanted, Invoice.closed_on > on)
    balance = Invoice.amount - Invoice.applied + func.coalesce(later.c.minor, 0)
    return [
        _summed(
            part.add_columns(balance.label("open")).outerjoin(
                later, later.c.invoice_id == Invoice.id
            ),
            on,
        )
        for part in (still_open, closed_since)
    ]


def _is_past(session: Session, on: date) -> bool:
    """Test if anything has happened since that day, so that the open items are not all."""
    closed = select(Invoice.id).where(Invoice.closed_on > on).limit(1)
    applied = select(Application.id).where(Application.applied_on > on).limit(1)
    return session.scalar(closed) is not None or session.scalar(applied) is not None


def _items_by_account() -> AnySelect:
    """Return the select of items; the sum keeps SQLite from reading them by customer."""
    account = (Invoice.customer_id + 0).label("customer_id")
    return select(account, Invoice.currency, Invoice.due_date).select_from(Invoice)


def _summed(items: AnySelect, on: date) -> AnySelect:
    open_then = items.subquery()
    is_debt = open_then.c.open > 0
    return select(
        open_then.c.customer_id,
        open_then.c.currency,
        _sum_where(open_then.c.open < 0, open_then.c.open).label("credits"),
        *(
            _sum_where(and_(is_debt, within), open_then.c.open).label(name)
            for name, within in zip(
                BUCKET_COLUMNS, _bucket_conditions(open_then.c.due_date, on), strict=True
            )
        ),
        _sum_where(is_debt, literal(1)).label("invoices"),
        func.min(case((is_debt, open_then.c.due_date))).label("oldest"),
    ).group_by(open_then.c.customer_id, open_then.c.currency)


def _sum_where(condition: ColumnElement[bool], value: ColumnElement[int]) -> ColumnElement[int]:
    return func.sum(case((condition, value), else_=0))


def _bucket_conditions(due: ColumnElement[date], on: date) -> list[ColumnElement[bool]]:
    starts = [on - timedelta(days=end) for end in BUCKET_ENDS]
    between = [and_(due < later, due >= earlier) for later, earlier in pairwise(starts)]
    return [due >= starts[0], *between, due < starts[-1]]


def _unapplied_cash(on: Day, payer_id: int | BindParameter[int] | None) -> AnySelect:
    return (
        select(Payment.currency, func.sum(unapplied_on(on)))
        .where(Payment.received_on <= on)
        .where(true() if payer_id is None else Payment.payer_id == payer_id)
        .group_by(Payment.currency)
    )


def is_something(item: Aging) -> bool:
    """Test if there is anything to show."""
    return any(item.buckets) or item.unapplied != 0 or item.invoices > 0


@cache
def _payers_items() -> AnySelect:
    mine = _items(_ON).where(Invoice.payer_id == _PAYER, Invoice.amount > 0)
    return mine.order_by(Invoice.due_date, Invoice.number)


@cache
def _payers_credits() -> AnySelect:
    return (
        select(Invoice.currency, func.sum(balance_on(_ON)).label("minor"))
        .where(Invoice.payer_id == _PAYER, Invoice.amount < 0, is_open_on(_ON))
        .group_by(Invoice.currency)
    )


@cache
def _payers_cash() -> AnySelect:
    return _unapplied_cash(_ON, _PAYER)


def _items(on: Day) -> AnySelect:
    return (
        select(
            Invoice.id,
            Invoice.number,
            Invoice.customer_id,
            Invoice.kind,
            Invoice.currency,
            Invoice.invoice_date,
            Invoice.due_date,
            Invoice.amount,
            Invoice.disputed,
            Customer.site,
            Customer.name,
            balance_on(on).label("balance"),
        )
        .join(Customer, Customer.id == Invoice.customer_id)
        .where(is_open_on(on))
    )


def _item(row: AnyRow) -> OpenItem:
    balance = int(row.balance)
    return OpenItem(
        invoice_id=row.id,
        number=row.number,
        customer_id=row.customer_id,
        site=row.site or row.name,
        kind=row.kind,
        invoice_date=row.invoice_date,
        due_date=row.due_date,
        amount=Money(row.amount, row.currency),
        balance=Money(balance, row.currency),
        disputed=Money(min(row.disputed, balance), row.currency),
    )
