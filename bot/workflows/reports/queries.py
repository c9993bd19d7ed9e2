"""Figures of the whole book as of a date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Final

from sqlalchemy import Select, bindparam, case, func, literal, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.customers.records import Customer
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice, Payment
from bot.workflows.ledger.rules import Aging
from bot.workflows.reports import rules
from bot.workflows.reports.rules import SALES_DAYS, Dso, Sales

_ONE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDue:
    """What one account owes past its day, in one currency."""

    customer_id: str
    """The source system's."""
    name: str
    past_due: Money
    invoices: int
    oldest_days: int


@dataclass(frozen=True, slots=True)
class AccountAging:
    """What one account owes by age, in each currency."""

    customer_id: str
    name: str
    currencies: Mapping[str, Aging]


def aging(session: Session, *, on: date) -> dict[str, Aging]:
    """Return what is owed by age, of everybody, by currency."""
    return ledger.aging(session, on=on)


def aging_by_customer(session: Session, *, on: date) -> list[AccountAging]:
    """Return what is owed by age for each account that owes or has credit, by its number."""
    found: defaultdict[int, dict[str, Aging]] = defaultdict(dict)
    for row in session.execute(ledger.by_account(session, on=on)):
        found[row.customer_id][row.currency] = ledger.as_aging(row, row.invoices > 0)
    for customer_id, currency, minor in session.execute(_cash_by_account(on)):
        item = found[customer_id].get(currency, Aging(currency=currency))
        found[customer_id][currency] = replace(item, unapplied=item.unapplied - int(minor))
    named = _named(session, set(found))
    listed = [
        AccountAging(*named[customer_id], dict(sorted(kept.items())))
        for customer_id, items in found.items()
        if (kept := {name: item for name, item in items.items() if ledger.is_something(item)})
    ]
    return sorted(listed, key=lambda one: one.customer_id)


def past_due(session: Session, *, on: date, top: int) -> list[PastDue]:
    """Return who owes the most past its day, a row an account and currency."""
    accounts = ledger.by_account(session, on=on, due_before=on).subquery()
    summed = sum((accounts.c[name] for name in ledger.BUCKET_COLUMNS[1:]), start=literal(0))
    largest = (
        select(Customer.number, Customer.name, accounts, summed.label("past_due"))
        .join(Customer, Customer.id == accounts.c.customer_id)
        .where(accounts.c.invoices > 0)
        .order_by(summed.desc(), Customer.number, accounts.c.currency)
        .limit(top)
    )
    return [
        PastDue(
            customer_id=row.number,
            name=row.name,
            past_due=Money(int(row.past_due), row.currency),
            invoices=int(row.invoices),
            oldest_days=(on - row.oldest).days,
        )
        for row in session.execute(largest)
    ]


def dso(session: Session, *, on: date) -> dict[str, Dso]:
    """Return DSO by currency, for each currency that has sales or owes (R90)."""
    owed, sold = ledger.aging(session, on=on), sales(session, on=on)
    nothing = Sales(by_month={}, last_90_days=0)
    found = {}
    for currency in sorted({*owed, *sold}):
        item = owed.get(currency, Aging(currency=currency))
        found[currency] = rules.dso(
            outstanding=item.outstanding,
            current=item.buckets[0],
            sales=sold.get(currency, nothing),
            on=on,
        )
    return found


def plus_31(session: Session, *, on: date, policy: Policy) -> dict[str, Money]:
    """Return what has been past due for 31 days or more, by currency (R91)."""
    last = on - timedelta(days=policy.plus_31_days)
    owed = ledger.owed_from_before(session, on=on, due_before=last + _ONE)
    return {name: Money(minor, name) for name, minor in owed.items()}


def sales(session: Session, *, on: date) -> dict[str, Sales]:
    """Return what was invoiced up to a date, credits taken off, by currency."""
    given = {"on": on, "since": on - timedelta(days=SALES_DAYS)}
    months: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    recent: defaultdict[str, int] = defaultdict(int)
    for currency, dated, minor, lately in rows(session, _by_day(), given):
        months[currency][rules.month_of(dated)] += int(minor)
        recent[currency] += int(lately)
    return {
        currency: Sales(by_month=dict(by_month), last_90_days=recent[currency])
        for currency, by_month in months.items()
    }


@cache
def _by_day() -> Prepared:
    recently = case((Invoice.invoice_date > bindparam("since"), Invoice.amount))
    return Prepared(
        select(
            Invoice.currency,
            Invoice.invoice_date,
            func.sum(Invoice.amount),
            func.coalesce(func.sum(recently), 0),
        )
        .where(Invoice.invoice_date <= bindparam("on"), ledger.is_published())
        .group_by(Invoice.currency, Invoice.invoice_date)
    )


def _cash_by_account(on: date) -> Select[int, str, int]:
    return (
        select(Payment.customer_id, Payment.currency, func.sum(ledger.unapplied_on(on)))
        .where(ledger.may_be_loose_on(on))
        .group_by(Payment.customer_id, Payment.currency)
    )


def _named(session: Session, wanted: set[int]) -> dict[int, tuple[str, str]]:
    rows = session.execute(select(Customer.id, Customer.number, Customer.name))
    return {row.id: (row.number, row.name) for row in rows if row.id in wanted}
