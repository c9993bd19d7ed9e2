"""Payments meet what they name, whichever comes first (R32, R151)."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from bot.store.database import Database
from tests.support.book import INVOICES, PAYMENTS, Imports
from tests.support.desk import TODAY

HEAD = f"{INVOICES},settled_on"
INVOICE = "INV-1,C1,2026-05-01,2026-05-31,100.00,"


@pytest.fixture
def book(database: Database, tmp_path: Path) -> Imports:
    return Imports(database, tmp_path)


def payment(number: str, amount: str, day: str = "2026-06-01", invoice: str = "INV-1") -> str:
    return f"{number},C1,{day},{amount},USD,check,ref,{invoice}"


def test_a_payment_settles_the_invoice_it_names_from_the_day_it_came(book: Imports):
    book.take("invoices", HEAD, INVOICE)

    book.take(
        "payments", PAYMENTS, payment("P1", "60.00"), payment("P2", "40.00", "2026-06-03")
    )

    assert book.aging(date(2026, 5, 31)).outstanding == 100_00
    assert book.aging(date(2026, 6, 1)).outstanding == 40_00
    assert book.aging(date(2026, 6, 3)).outstanding == 0
    assert book.invoice("INV-1").closed_on == date(2026, 6, 3)


def test_what_is_left_of_a_payment_is_unapplied(book: Imports):
    book.take("invoices", HEAD, INVOICE)

    book.take("payments", PAYMENTS, payment("P1", "130.00"), payment("P2", "5.00", invoice=""))

    aging = book.aging()
    assert (aging.buckets[1], aging.unapplied, aging.outstanding) == (0, -35_00, -35_00)


def test_a_payment_before_the_invoices_date_is_applied_on_that_date(book: Imports):
    book.take("invoices", HEAD, INVOICE)

    book.take("payments", PAYMENTS, payment("P1", "100.00", "2026-04-20"))

    assert book.aging(date(2026, 4, 25)).unapplied == -100_00
    assert book.aging(date(2026, 5, 1)).outstanding == 0


def test_nothing_is_applied_to_what_settled_on_has_closed(book: Imports):
    book.take("invoices", HEAD, f"{INVOICE}2026-06-01")

    book.take("payments", PAYMENTS, payment("P1", "100.00", "2026-06-02"))

    assert book.aging(date(2026, 6, 2)).unapplied == -100_00
    assert book.applications() == 0


def test_what_came_in_before_it_was_settled_stays_applied(book: Imports):
    book.take("invoices", HEAD, f"{INVOICE}2026-06-05")

    book.take("payments", PAYMENTS, payment("P1", "30.00", "2026-06-01"))

    assert book.aging(date(2026, 6, 4)).outstanding == 70_00
    assert book.aging(date(2026, 6, 5)).outstanding == 0


@pytest.mark.parametrize(
    "row",
    [
        "P1,C1,2026-06-01,10.00,EUR,check,ref,INV-1",
        "P1,C1,2026-06-01,10.00,USD,check,ref,CM-1",
        "P1,C1,2026-06-01,10.00,USD,check,ref,INV-9",
    ],
    ids=["another currency", "a credit", "an invoice nobody knows"],
)
def test_what_cannot_be_applied_is_unapplied(book: Imports, row: str):
    book.take("invoices", HEAD, INVOICE, "CM-1,C1,2026-05-01,2026-05-01,-50.00,")

    book.take("payments", PAYMENTS, row)

    assert book.applications() == 0
    assert book.payment("P1").applied == 0


def test_r97_a_returned_payment_comes_in_as_nothing_and_reopens_what_it_paid(book: Imports):
    book.take("invoices", HEAD, INVOICE)
    book.take("payments", PAYMENTS, payment("P1", "100.00"), payment("P2", "5.00", invoice=""))

    tally = book.take("payments", PAYMENTS, payment("P1", "0.00"), payment("P2", "0.00"))
    again = book.take("payments", PAYMENTS, payment("P1", "0.00"))

    assert (tally.accepted, tally.changed, again.changed) == (2, 2, 0)
    assert (book.payment("P1").amount, book.payment("P1").applied) == (0, 0)
    assert book.invoice("INV-1").closed_on is None
    assert (book.aging().outstanding, book.aging().unapplied) == (100_00, 0)
    book.take("payments", PAYMENTS, payment("P1", "100.00", "2026-06-05"))
    assert book.invoice("INV-1").closed_on == date(2026, 6, 5)


def test_nothing_cannot_be_taken_back_from_a_payment_nobody_knows(book: Imports):
    tally = book.take("payments", PAYMENTS, payment("P1", "0.00"), payment("P2", "1.00"))

    [problem] = tally.problems
    assert (tally.accepted, tally.rejected, problem.line, problem.column) == (1, 1, 2, "amount")
    assert problem.message == (
        "amount is zero, and no payment P1 is known: only a payment that the desk knows can be "
        "taken back."
    )
    assert tally.accepted_total["USD"] == 1_00


@pytest.mark.parametrize("amount", ["0.00", "-5.00", "ten", "1e3"])
def test_money_received_is_above_zero(book: Imports, amount: str):
    tally = book.take("payments", PAYMENTS, payment("P1", amount))

    assert (tally.accepted, tally.rejected) == (0, 1)
    assert tally.problems[0].column == "amount"


def test_the_order_in_which_files_come_in_does_not_matter(book: Imports):
    results = set()
    for order in permutations("ABC"):
        name = "".join(order)
        one, two = f"INV-{name}", f"P-{name}"
        files = {
            "A": ("invoices", HEAD, INVOICE.replace("INV-1", one)),
            "B": ("payments", PAYMENTS, payment(f"{two}-2", "70.00", "2026-06-02", one)),
            "C": ("payments", PAYMENTS, payment(f"{two}-1", "50.00", "2026-06-01", one)),
        }
        for letter in order:
            book.take(*files[letter])

        book.take("invoices", HEAD, INVOICE.replace("INV-1", one).replace("100.00", "110.00"))

        parts = (book.payment(f"{two}-{n}").applied for n in (1, 2))
        results.add((book.invoice(one).closed_on, *parts))
    assert results == {(date(2026, 6, 2), 50_00, 60_00)}


def test_a_payment_that_names_another_invoice_now_is_taken_back(book: Imports):
    book.take("invoices", HEAD, INVOICE, INVOICE.replace("INV-1", "INV-2"))
    book.take("payments", PAYMENTS, payment("P1", "100.00"))

    tally = book.take("payments", PAYMENTS, payment("P1", "100.00", invoice="INV-2"))

    assert tally.changed == 1
    assert book.invoice("INV-1").closed_on is None
    assert book.invoice("INV-2").closed_on == date(2026, 6, 1)
    assert book.aging().outstanding == 100_00


def test_the_same_payments_twice_change_nothing(book: Imports):
    book.take("invoices", HEAD, INVOICE)
    rows = (PAYMENTS, payment("P1", "60.00"), payment("P2", "60.00"))
    book.take("payments", *rows)

    tally = book.take("payments", *rows)

    assert (tally.new, tally.changed) == (0, 0)
    assert book.applications() == 2
    assert book.aging().outstanding == -20_00


def test_many_payments_come_in_slices_and_add_up(
    book: Imports, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.workflows.imports.payments._AT_ONCE", 4)
    monkeypatch.setattr("bot.workflows.imports.payments._SLICE", 3)
    book.take("invoices", HEAD, INVOICE)

    book.take("payments", PAYMENTS, *(payment(f"P{n}", "10.00") for n in range(12)))

    assert book.aging().outstanding == -20_00
    assert book.invoice("INV-1").closed_on == date(2026, 6, 1)


def test_a_payment_of_a_customer_nobody_knows_creates_it(book: Imports):
    book.take("payments", PAYMENTS, payment("P1", "10.00"))

    assert book.customer("C1").name == "C1"
    assert book.aging(TODAY).unapplied == -10_00
