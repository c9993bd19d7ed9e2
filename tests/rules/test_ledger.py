"""Balances from events, and the SQL that answers the same (R32, R91, I15)."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store.database import Database
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.rules import (
    BUCKETS,
    Aging,
    Applied,
    Billed,
    Receipt,
    applied_to,
    balance_on,
    bucket_of,
    closed_on,
)
from tests.support.book import INVOICES, PAYMENTS, Imports

FIRST = date(2026, 1, 1)
days = st.integers(0, 40).map(lambda n: FIRST + timedelta(days=n))
cents = st.integers(1, 300)


@pytest.mark.parametrize(
    ("days_past_due", "name"),
    [
        (-400, "current"),
        (0, "current"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-120"),
        (120, "91-120"),
        (121, "121+"),
        (9999, "121+"),
    ],
)
def test_every_age_has_one_bucket(days_past_due: int, name: str):
    assert BUCKETS[bucket_of(days_past_due)] == name


@pytest.mark.parametrize(
    ("billed", "closed"),
    [
        (Billed(invoice_date=FIRST, amount=0), FIRST),
        (Billed(invoice_date=FIRST, amount=10), None),
        (Billed(invoice_date=FIRST, amount=10, settled_on=date(2026, 2, 1)), date(2026, 2, 1)),
        (
            Billed(
                invoice_date=FIRST,
                amount=10,
                settled_on=date(2026, 2, 1),
                applications=(Applied(date(2026, 1, 5), 4), Applied(date(2026, 1, 9), 6)),
            ),
            date(2026, 1, 9),
        ),
    ],
)
def test_an_invoice_is_closed_when_it_is_settled_or_paid(billed: Billed, closed: date | None):
    assert closed_on(billed) == closed


receipts = st.lists(st.tuples(days, cents, st.sampled_from(["USD", "EUR"])), max_size=5)


@given(amount=st.integers(-300, 300), dated=days, settled=st.none() | days, paid=receipts)
def test_what_is_applied_never_exceeds_the_invoice_or_the_payment(amount, dated, settled, paid):
    billed = Billed(invoice_date=dated, amount=amount, settled_on=settled)
    named = [
        Receipt(payment_id=n, number=f"P{n}", received_on=day, amount=minor, currency=currency)
        for n, (day, minor, currency) in enumerate(paid)
    ]

    parts = applied_to(billed, named, currency="USD")

    assert sum(part.minor for part in parts) <= max(amount, 0)
    assert all(0 < part.minor <= named[part.payment_id].amount for part in parts)
    assert all(named[part.payment_id].currency == "USD" for part in parts)
    assert all(part.on >= dated for part in parts)
    assert all(settled is None or part.on < settled for part in parts)
    assert parts == applied_to(billed, reversed(named), currency="USD")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imports]:
    folder = tmp_path_factory.mktemp("ledger")
    database = Database(f"sqlite:///{folder / 'desk.db'}", audit_key=b"k" * 32)
    database.create_tables()
    yield Imports(database, folder)
    database.close()


_codes = ("".join(letters) for letters in itertools.product(string.ascii_uppercase, repeat=3))
"""A currency for each example, so that one database serves them all."""
invoice_rows = st.lists(
    st.tuples(st.integers(-300, 300), days, days, st.none() | days, st.integers(0, 1)),
    min_size=1,
    max_size=5,
)
payment_rows = st.lists(st.tuples(days, cents, st.integers(0, 6)), max_size=6)


@settings(max_examples=30, deadline=None)
@given(invoices=invoice_rows, payments=payment_rows, on=days, is_ordered=st.booleans())
def test_the_sql_and_the_fold_of_the_events_agree(
    book: Imports, invoices, payments, on, is_ordered
):
    code = next(_codes)
    take(book, code, invoices, payments, is_ordered=is_ordered)

    buckets, unapplied = folded(invoices, payments, on)
    aging = book.aging(on, code) if any(buckets) or unapplied else Aging(currency=code)

    assert aging.buckets == buckets
    assert aging.unapplied == unapplied
    with book.database.reading() as session:
        payers = [book.customer(f"{code}-C{n}").id for n in (0, 1)]
        each = [ledger.aging(session, on=on, payer_id=payer) for payer in payers]
        items = [item for one in payers for item in ledger.open_items(session, one, on=on)]
        loose = [ledger.unapplied(session, payer, on=on) for payer in payers]
    assert sum(one[code].outstanding for one in each if one) == aging.outstanding
    assert sum(item.balance.minor for item in items) == sum(buckets)
    assert sum(one.get(code, 0) for one in loose) == unapplied


def take(book: Imports, code: str, invoices, payments, *, is_ordered: bool) -> None:
    billed = [
        f"{code}-I{n},{code}-C{who},{dated},{due},{minor / 100:.2f},{settled or ''},{code}"
        for n, (minor, dated, due, settled, who) in enumerate(invoices)
    ]
    received = [
        f"{code}-P{n},{code}-C0,{day},{minor / 100:.2f},{code},,,{code}-I{which}"
        for n, (day, minor, which) in enumerate(payments)
    ]
    both = ("customers", "customer_id,name", f"{code}-C0,Zero", f"{code}-C1,One")
    files = [
        ("invoices", f"{INVOICES},settled_on,currency", *billed),
        ("payments", PAYMENTS, *received),
    ]
    for file in (both, *(files if is_ordered else reversed(files))):
        book.take(*file)


def folded(invoices, payments, on: date) -> tuple[tuple[int, ...], int]:
    buckets, unapplied = [0] * len(BUCKETS), 0
    for n, (minor, dated, due, settled, _) in enumerate(invoices):
        plain = Billed(invoice_date=dated, amount=minor, settled_on=settled)
        named = [
            Receipt(payment_id=k, number=f"P{k}", received_on=day, amount=cash, currency="USD")
            for k, (day, cash, which) in enumerate(payments)
            if which == n
        ]
        parts = applied_to(plain, named, currency="USD")
        lines = tuple(Applied(part.on, part.minor) for part in parts)
        balance = balance_on(replace(plain, applications=lines), on)
        buckets[bucket_of((on - due).days)] += max(balance, 0)
        unapplied += min(balance, 0) + sum(part.minor for part in parts if part.on <= on)
    return tuple(buckets), unapplied - sum(cash for day, cash, _ in payments if day <= on)
