from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bot.demo.billing import MONDAY, bills
from bot.demo.cast import AGENTS
from bot.demo.company import SEED, company
from bot.demo.files import KINDS, write
from bot.demo.payers import payers
from bot.demo.paying import paid
from bot.demo.rows import Book
from bot.demo.stories import Story
from bot.workflows.ledger.records import InvoiceKind


@pytest.fixture(scope="module")
def book() -> Book:
    return company()


def test_the_same_seed_writes_the_same_bytes(book: Book, tmp_path: Path) -> None:
    write(book, tmp_path / "one")
    write(company(SEED), tmp_path / "two")

    for kind in KINDS:
        one, two = tmp_path / "one" / f"{kind}.csv", tmp_path / "two" / f"{kind}.csv"
        assert one.read_bytes() == two.read_bytes()


def test_another_seed_makes_another_company(book: Book) -> None:
    assert company(SEED + 1).invoices != book.invoices


def test_the_company_has_the_size_and_the_people_that_a_desk_has(book: Book) -> None:
    payer_rows = [row for row in book.customers if not row.payer_id]
    sites = Counter(row.payer_id for row in book.customers if row.payer_id)
    roles = Counter(role for row in book.people for role in row.roles.split(","))

    assert 300 <= len(payer_rows) <= 700
    assert max(sites.values()) >= 10
    assert 5_000 <= len(book.invoices) <= 20_000
    assert roles["agent"] == 4
    assert roles["lead"] == roles["controller"] == roles["vp_finance"] == 1
    assert roles["collections_manager"] + roles["assistant_manager"] == 2
    assert roles["delegate"] == 1, "a decider has somebody to name (R69)"
    assert {row.time_zone for row in book.people if row.roles == "agent"} == {"Asia/Manila"}


def test_the_book_covers_18_months_and_ends_before_its_monday(book: Book) -> None:
    dated = [date.fromisoformat(row.invoice_date) for row in book.invoices]
    received = [date.fromisoformat(row.received_on) for row in book.payments]

    assert min(dated) == date(2024, 12, 1)
    assert max(dated) < MONDAY
    assert max(received) < MONDAY


def test_numbers_are_unique_and_everything_named_exists(book: Book) -> None:
    invoices = {row.invoice_number for row in book.invoices}
    customers = {row.customer_id for row in book.customers}

    assert len(invoices) == len(book.invoices)
    assert len(customers) == len(book.customers)
    assert len({row.payment_id for row in book.payments}) == len(book.payments)
    names = [row.name for row in book.customers if not row.payer_id]
    assert len(set(names)) == len(names)
    assert {row.customer_id for row in book.invoices} <= customers
    assert {row.customer_id for row in book.payments} <= customers
    assert {row.invoice_number for row in book.payments if row.invoice_number} <= invoices
    assert {row.payer_id for row in book.customers if row.payer_id} <= customers


def test_no_payment_is_larger_than_the_invoice_it_names(book: Book) -> None:
    amounts = {row.invoice_number: float(row.amount) for row in book.invoices}

    for row in book.payments:
        if row.invoice_number:
            assert 0 < float(row.amount) <= amounts[row.invoice_number]


def test_several_currencies_kinds_and_time_zones_are_there(book: Book) -> None:
    assert {row.currency for row in book.invoices} == {"USD", "CAD", "EUR"}
    assert {row.kind for row in book.invoices} == {"mrr", "final", "other"}
    assert len({row.time_zone for row in book.customers}) > 8
    assert any(row.time_zone == "" for row in book.customers)
    assert any("ext." in row.phone for row in book.customers)


@pytest.mark.parametrize("agent", [agent.email for agent in AGENTS])
def test_every_agent_has_a_payer_for_every_story(agent: str) -> None:
    assert {payer.story for payer in payers(SEED) if payer.agent == agent} == set(Story)


@pytest.mark.parametrize(
    ("story", "first", "last"),
    [
        (Story.WINDOW, 5, 15),
        (Story.LATE, 1, 23),
        (Story.CROSSING, 24, 31),
        (Story.OLD, 32, 240),
        (Story.FINAL, 1, 30),
    ],
)
def test_what_a_story_leaves_unpaid_has_its_age(story: Story, first: int, last: int) -> None:
    told = [payer for payer in payers(SEED) if payer.story is story]

    for payer in told:
        ages = [_age(bill.due) for bill in bills(SEED, payer) if bill.is_unpaid]
        assert ages
        assert all(first <= age <= last for age in ages)


def test_two_months_of_recurring_charges_are_unpaid_where_the_story_says_so() -> None:
    for payer in payers(SEED):
        if payer.story is Story.TWO_MONTHS:
            unpaid = [bill for bill in bills(SEED, payer) if bill.is_unpaid]
            assert {bill.kind for bill in unpaid} == {InvoiceKind.MRR}
            assert len({bill.dated for bill in unpaid}) >= 2


def test_who_pays_promptly_has_nothing_past_due() -> None:
    for payer in payers(SEED):
        if payer.story is Story.PROMPT:
            outcomes = paid(SEED, payer, bills(SEED, payer))
            assert all(outcome.on for outcome in outcomes if outcome.bill.due < MONDAY)


def _age(due: date) -> int:
    return (MONDAY - due).days
