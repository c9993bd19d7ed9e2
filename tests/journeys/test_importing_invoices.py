"""A real book comes in: control totals, changes, credits, and nothing twice (I14, I15, I18)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from bot.kernel.money import Money
from bot.store import bulk
from bot.store.database import Database
from bot.workflows.customers.records import Customer
from bot.workflows.imports import publishing
from bot.workflows.imports.intake import NotWhole
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice, InvoiceKind, PendingUpdate
from tests.support.book import INVOICES, Imports
from tests.support.desk import MONDAY_8_AM, TODAY


@pytest.fixture
def book(database: Database, tmp_path: Path) -> Imports:
    return Imports(database, tmp_path)


def test_accepted_and_rejected_add_up_to_the_file(book: Imports):
    tally = book.take(
        "invoices",
        INVOICES,
        'INV-1,C1,2026-05-01,2026-05-31,"1,234.50"',
        "INV-2,C1,2026-05-01,31/05/2026,100.00",
        "INV-3,C2,2026-05-01,2026-05-31,a lot",
        "INV-4,C2,2026-05-01,2026-05-31,(12.00)",
        ",C2,,2026-02-30,5.00",
    )

    assert (tally.accepted, tally.rejected, tally.unreadable_amounts) == (2, 3, 1)
    assert tally.money(tally.accepted_total) == {"USD": Money.parse("1222.50")}
    assert tally.money(tally.rejected_total) == {"USD": Money.parse("105.00")}
    assert [(one.line, one.column) for one in tally.problems] == [
        (3, "due_date"),
        (4, "amount"),
        (6, "invoice_number"),
        (6, "invoice_date"),
        (6, "due_date"),
    ]
    assert book.aging().outstanding == 1222_50


def test_a_credit_is_unapplied_and_not_counted_among_open_invoices(book: Imports):
    book.take(
        "invoices",
        INVOICES,
        "INV-1,C1,2026-05-01,2026-06-08,100.00",
        "CM-1,C1,2026-05-01,2026-05-01,-30.00",
    )

    aging = book.aging()
    assert aging.buckets == (100_00, 0, 0, 0, 0, 0)
    assert (aging.unapplied, aging.outstanding) == (-30_00, 70_00)
    assert (aging.invoices, aging.customers) == (1, 1)


def test_ages_fall_into_inclusive_buckets(book: Imports):
    ages = (-5, 0, 1, 30, 31, 60, 61, 90, 91, 120, 121, 400)
    due = [TODAY - timedelta(days=days) for days in ages]

    book.take(
        "invoices",
        INVOICES,
        *(f"INV-{n},C1,2024-01-01,{day},{2**n}.00" for n, day in enumerate(due)),
    )

    assert book.aging().buckets == tuple(3 * 4**n * 100 for n in range(6))
    assert book.aging().invoices == len(ages)


def test_the_same_file_twice_changes_nothing(book: Imports):
    lines = (
        f"{INVOICES},kind,settled_on,disputed,service_from,service_to,terms,agent,customer_name",
        "INV-1,C1,2026-05-01,2026-05-31,100.00,mrr,,yes,2026-04-01,2026-06-30,30,a@x.io,Aurora",
        "INV-2,C1,2026-05-01,2026-05-31,200.00,final,2026-05-20,,,,,a@x.io,Aurora",
    )
    book.take("invoices", *lines)
    before = (book.invoice("INV-1"), book.customer("C1"))
    book.now += timedelta(days=1)

    again = book.take("invoices", *lines)

    assert (again.accepted, again.new, again.changed) == (2, 0, 0)
    assert book.versions() == []
    assert book.invoice("INV-1").learned_at == before[0].learned_at == MONDAY_8_AM
    assert book.customer("C1").learned_at == before[1].learned_at
    assert book.trail() == ["invoices imported", "invoices imported"]


def test_every_column_is_taken_over(book: Imports):
    book.take(
        "invoices",
        f"{INVOICES},kind,disputed,service_from,service_to,terms,po,currency",
        "INV-1,C1,2026-05-01,2026-05-31,100.00,MRR,40.00,2026-04-01,2026-06-30,net 30,PO 7,eur",
    )

    invoice = book.invoice("INV-1")
    assert (invoice.kind, invoice.currency) == (InvoiceKind.MRR, "EUR")
    assert (invoice.amount, invoice.disputed) == (100_00, 40_00)
    assert (invoice.service_month, invoice.service_months) == (2026 * 12 + 3, 3)
    assert (invoice.terms, invoice.po) == ("net 30", "PO 7")
    assert book.aging(currency="EUR").outstanding == 100_00


def test_a_changed_row_is_kept_with_both_times(book: Imports):
    head = f"{INVOICES},settled_on"
    book.take("invoices", head, "INV-1,C1,2026-05-01,2026-05-31,100.00,")
    book.now += timedelta(days=2)

    tally = book.take("invoices", head, "INV-1,C1,2026-05-01,2026-05-31,90.00,2026-06-05")

    (version,) = book.versions()
    assert tally.changed == 1
    assert (version.amount, version.settled_on) == (100_00, None)
    assert (version.learned_at, version.superseded_at) == (MONDAY_8_AM, book.now)
    assert version.effective_on == date(2026, 6, 5)
    assert book.aging(date(2026, 6, 4)).outstanding == 90_00
    assert book.aging(date(2026, 6, 5)).outstanding == 0


def test_a_correction_holds_from_the_invoices_own_date(book: Imports):
    book.take("invoices", INVOICES, "INV-1,C1,2026-05-01,2026-05-31,100.00")

    book.take("invoices", INVOICES, "INV-1,C1,2026-05-01,2026-05-31,90.00")

    assert book.versions()[0].effective_on == date(2026, 5, 1)
    assert book.aging(date(2026, 5, 2)).outstanding == 90_00


def test_a_column_that_is_not_in_the_file_leaves_the_invoice_as_it_is(book: Imports):
    book.take(
        "invoices", f"{INVOICES},settled_on", "INV-1,C1,2026-05-01,2026-05-31,100.00,2026-06-01"
    )

    tally = book.take("invoices", INVOICES, "INV-1,C1,2026-05-01,2026-05-31,100.00")

    assert tally.changed == 0
    assert book.invoice("INV-1").settled_on == date(2026, 6, 1)


def test_an_invoice_that_is_no_longer_settled_is_open_again(book: Imports):
    head = f"{INVOICES},settled_on"
    book.take("invoices", head, "INV-1,C1,2026-05-01,2026-05-31,100.00,2026-06-01")

    book.take("invoices", head, "INV-1,C1,2026-05-01,2026-05-31,100.00,")

    assert book.aging().outstanding == 100_00


def test_a_second_different_row_for_an_invoice_is_rejected_and_the_first_stands(book: Imports):
    tally = book.take(
        "invoices",
        INVOICES,
        "INV-1,C1,2026-05-01,2026-05-31,100.00",
        "INV-2,C1,2026-05-01,2026-05-31,7.00",
        "INV-1,C1,2026-05-01,2026-05-31,150.00",
    )

    assert (tally.accepted, tally.rejected) == (2, 1)
    assert tally.problems[0].line == 4
    assert "Line 2 has another row for INV-1" in tally.problems[0].message
    assert tally.money(tally.rejected_total) == {"USD": Money.parse("150")}
    assert book.aging().outstanding == 107_00


def test_a_row_that_is_repeated_word_for_word_counts_once_in_the_book(book: Imports):
    row = "INV-1,C1,2026-05-01,2026-05-31,100.00"

    tally = book.take("invoices", INVOICES, row, row)

    assert (tally.accepted, tally.rejected, tally.repeated, tally.new) == (2, 0, 1, 1)
    assert tally.money(tally.accepted_total) == {"USD": Money.parse("200")}
    assert book.aging().outstanding == 100_00


def test_strict_takes_all_or_nothing(book: Imports):
    with pytest.raises(NotWhole, match="1 row has an error") as refusal:
        book.take(
            "invoices",
            INVOICES,
            "INV-1,C1,2026-05-01,2026-05-31,100.00",
            "INV-2,C1,2026-05-01,never,100.00",
            strict=True,
        )

    assert refusal.value.tally.rejected == 1
    assert book.aging().invoices == 0
    assert book.trail() == []


def test_what_a_refused_import_had_put_aside_does_not_come_in_with_the_next(book: Imports):
    for number in ("INV-1", "INV-2"):
        row = f"{number},C1,2026-05-01,2026-05-31,100.00"
        with pytest.raises(NotWhole):
            book.take("invoices", INVOICES, row, "INV-9,C9,,,", strict=True)

    tally = book.take("invoices", INVOICES, "INV-3,C3,2026-05-01,2026-05-31,30.00")

    assert (tally.accepted, tally.new) == (1, 1)
    assert book.aging().outstanding == 30_00
    with book.database.reading() as session:
        assert session.scalars(select(Customer.number)).all() == ["C3"]


def test_an_amount_of_zero_is_closed_at_once(book: Imports):
    book.take("invoices", INVOICES, "INV-1,C1,2026-05-01,2026-05-31,0.00")

    assert book.invoice("INV-1").closed_on == date(2026, 5, 1)
    assert book.aging().invoices == 0


def test_an_invoice_settled_before_its_date_is_never_open(book: Imports):
    row = "INV-1,C1,2026-05-01,2026-05-31,100.00,2026-04-20"

    tally = book.take("invoices", f"{INVOICES},settled_on", row)

    assert tally.accepted == 1
    assert all(book.aging(date(2026, 5, day)).invoices == 0 for day in (1, 15, 31))


def test_an_invoice_of_tomorrow_is_not_open_today(book: Imports):
    book.take("invoices", INVOICES, "INV-1,C1,2026-06-09,2026-07-09,100.00")

    assert book.aging().invoices == 0
    assert book.aging(TODAY + timedelta(days=1)).invoices == 1


def test_card_numbers_are_cut_out_of_words_and_refused_as_keys(book: Imports):
    card = "4111 1111 1111 1111"

    tally = book.take(
        "invoices",
        f"{INVOICES},po",
        f"INV-1,C1,2026-05-01,2026-05-31,100.00,card {card}",
        "4111111111111111,C1,2026-05-01,2026-05-31,100.00,",
    )

    assert book.invoice("INV-1").po == "card [card number removed]"
    assert "card number" in tally.problems[0].message
    assert "4111" not in tally.problems[0].message


def test_until_an_import_is_whole_nobody_sees_any_of_it(book: Imports):
    book.take("invoices", INVOICES, "INV-1,C1,2026-05-01,2026-05-31,100.00")
    with bulk.opened(book.database) as load:
        update = publishing.begin(load)
        with load.slice() as session:
            half = {**_row(book.invoice("INV-1")), "number": "INV-2", "update_id": update}
            session.execute(insert(Invoice).values(half))

    assert book.aging().outstanding == 100_00
    with book.database.reading() as session:
        payer = book.customer("C1").id
        assert [item.number for item in ledger.open_items(session, payer, on=TODAY)] == [
            "INV-1"
        ]


def test_what_a_stopped_import_left_is_gone_after_the_next(book: Imports):
    test_until_an_import_is_whole_nobody_sees_any_of_it(book)

    row = "INV-2,C1,2026-05-01,2026-05-31,5.00"
    tally = book.take("invoices", INVOICES, row, row.replace("INV-2", "INV-3"))

    assert (tally.new, tally.changed) == (2, 0)
    with book.database.reading() as session:
        assert set(session.scalars(select(Invoice.number))) == {"INV-1", "INV-2", "INV-3"}
        assert session.scalars(select(PendingUpdate)).all() == []
    assert book.aging().outstanding == 110_00


def test_only_one_import_runs_at_a_time(book: Imports):
    with bulk.opened(book.database), pytest.raises(bulk.LoadRunning, match="Another import"):
        book.take("invoices", INVOICES, "INV-1,C1,2026-05-01,2026-05-31,100.00")


def test_many_changes_come_in_slices_and_add_up(book: Imports, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.workflows.imports.invoices.AT_ONCE", 5)
    monkeypatch.setattr("bot.workflows.imports.changes.SLICE", 4)
    rows = [f"INV-{n},C{n % 3},2026-05-01,2026-05-31,{n}.00" for n in range(1, 21)]
    book.take("invoices", INVOICES, *rows)

    tally = book.take("invoices", INVOICES, *(row.replace(".00", ".50") for row in rows))

    assert tally.changed == 20
    assert book.aging().outstanding == sum(range(1, 21)) * 100 + 20 * 50
    assert len(book.versions()) == 20


def test_a_credit_settled_on_a_day_is_gone_from_that_day(book: Imports):
    head = f"{INVOICES},settled_on"
    book.take("invoices", head, "CM-1,C1,2026-05-01,2026-05-01,-50.00,2026-06-01")

    assert book.aging(date(2026, 5, 31)).unapplied == -50_00
    assert book.aging(date(2026, 6, 1)).unapplied == 0


def _row(invoice: Invoice) -> dict[str, object]:
    names = [column.name for column in Invoice.__table__.columns if column.name != "id"]
    return {name: getattr(invoice, name) for name in names}


def test_amounts_are_whole_minor_units_in_the_database(book: Imports):
    book.take("invoices", INVOICES, "INV-1,C1,2026-05-01,2026-05-31,0.10")

    with book.database.reading() as session:
        kind = {"sqlite": "typeof", "postgresql": "pg_typeof"}[session.get_bind().dialect.name]
        stored = session.execute(text(f"SELECT amount, {kind}(amount) FROM invoices")).one()
    assert stored[0] == 10
    assert str(stored[1]) in {"integer", "bigint"}
