"""The sample company: a whole book from a seed, the same every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from bot.demo.billing import LAST_FRIDAY, Bill, bills
from bot.demo.cast import PEOPLE
from bot.demo.payers import Payer, customer_rows, payers
from bot.demo.paying import MOVED, Habit, Paid, habit, paid
from bot.demo.rows import Book, InvoiceRow, PaymentRow
from bot.demo.stories import Story
from bot.workflows.ledger.records import InvoiceKind

SEED: Final = 20260608

_PREFIXES: Final = {InvoiceKind.MRR: "R", InvoiceKind.FINAL: "F", InvoiceKind.OTHER: "S"}

Told = tuple[Payer, Paid, str]
"""A payer's bill, what became of it, and its number."""


def company(seed: int = SEED) -> Book:
    """Return the sample company's people, customers, invoices and payments."""
    everyone = payers(seed)
    told = _numbered(
        (payer, outcome)
        for payer in everyone
        for outcome in paid(seed, payer, bills(seed, payer))
    )
    habits = {payer.number: habit(seed, payer) for payer in everyone}
    return Book(
        people=PEOPLE,
        customers=tuple(row for payer in everyone for row in customer_rows(seed, payer)),
        invoices=(*(_invoice(one) for one in told), *_credits(seed, everyone)),
        payments=(*_payments(told, habits), *_unapplied(seed, everyone)),
    )


def _numbered(outcomes: Iterable[tuple[Payer, Paid]]) -> tuple[Told, ...]:
    in_order = sorted(outcomes, key=lambda one: (one[1].bill.dated, one[1].bill.site.number))
    return tuple(
        (payer, outcome, f"{_PREFIXES[outcome.bill.kind]}-{20_000 + n}")
        for n, (payer, outcome) in enumerate(in_order, start=1)
    )


def _invoice(told: Told) -> InvoiceRow:
    payer, outcome, number = told
    bill = outcome.bill
    settled = outcome.on if outcome.on and outcome.on < MOVED else None
    first, last = _service(bill)
    return InvoiceRow(
        invoice_number=number,
        customer_id=bill.site.number,
        invoice_date=bill.dated.isoformat(),
        due_date=bill.due.isoformat(),
        amount=_plain(bill.amount),
        kind=bill.kind.value,
        currency=payer.town.currency,
        settled_on=settled.isoformat() if settled else "",
        disputed=outcome.disputed,
        service_from=first,
        service_to=last,
        terms=f"Net {(bill.due - bill.dated).days}",
        po=f"PO-{number[2:]}" if bill.kind is not InvoiceKind.MRR else "",
    )


def _service(bill: Bill) -> tuple[str, str]:
    if not bill.months:
        return "", ""
    after = bill.dated.month - 1 + bill.months
    next_one = date(bill.dated.year + after // 12, after % 12 + 1, 1)
    return bill.dated.isoformat(), (next_one - timedelta(days=1)).isoformat()


def _payments(told: tuple[Told, ...], habits: dict[str, Habit]) -> Iterator[PaymentRow]:
    """Return the payments since the move, those of one payer and day under one reference."""
    since = sorted(
        ((outcome.on, payer, outcome, number) for payer, outcome, number in told if outcome.on),
        key=lambda one: (one[0], one[1].number, one[3]),
    )
    moved = [one for one in since if one[0] >= MOVED]
    for n, (on, payer, outcome, number) in enumerate(moved, start=1):
        method = habits[payer.number].method
        yield PaymentRow(
            payment_id=f"P-{300_000 + n}",
            customer_id=outcome.bill.site.number,
            received_on=on.isoformat(),
            amount=_plain(outcome.amount),
            currency=payer.town.currency,
            method=method,
            reference=f"{method} {on:%m%d}-{payer.number[1:]}",
            invoice_number=number,
        )


def _credits(seed: int, everyone: tuple[Payer, ...]) -> Iterator[InvoiceRow]:
    """Return open credit memos: small ones here and there, large ones where the story is."""
    for payer in everyone:
        rng = Random(f"{seed}/credit/{payer.number}")
        is_large = payer.story is Story.CREDIT
        if not is_large and rng.random() > 0.04:
            continue
        monthly = sum(site.monthly for site in payer.sites)
        amount = monthly * 2 if is_large else payer.sites[0].monthly // 4
        dated = LAST_FRIDAY - timedelta(days=rng.randint(10, 60))
        yield InvoiceRow(
            invoice_number=f"CM-{payer.number[1:]}",
            customer_id=payer.sites[0].number,
            invoice_date=dated.isoformat(),
            due_date=dated.isoformat(),
            amount=_plain(-amount),
            kind=InvoiceKind.OTHER.value,
            currency=payer.town.currency,
            settled_on="",
            disputed="",
            service_from="",
            service_to="",
            terms="",
            po="",
        )


def _unapplied(seed: int, everyone: tuple[Payer, ...]) -> Iterator[PaymentRow]:
    """Return money that came without a word on what it is for."""
    for payer in everyone:
        rng = Random(f"{seed}/unapplied/{payer.number}")
        if rng.random() > 0.05:
            continue
        on = LAST_FRIDAY - timedelta(days=rng.choice((0, 1, 2, 7, 8)))
        yield PaymentRow(
            payment_id=f"P-9{payer.number[1:]}",
            customer_id=payer.number,
            received_on=on.isoformat(),
            amount=_plain(payer.sites[0].monthly * rng.randint(30, 90) // 100),
            currency=payer.town.currency,
            method="check",
            reference=f"lockbox {on:%m%d}",
            invoice_number="",
        )


def _plain(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
