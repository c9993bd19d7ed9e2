"""Intacct's answers, as a real company's were recorded, and what is asked of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bot.connectors.intacct import queries
from bot.connectors.intacct.recordings import read_folder
from bot.policy import Policy
from bot.store.database import Database
from bot.workflows.imports import intacct
from bot.workflows.imports.intake import NotWhole
from bot.workflows.imports.rows import BadFile
from bot.workflows.imports.tally import Tally
from tests.support.book import Imports
from tests.support.desk import TODAY


@pytest.fixture
def book(database: Database, tmp_path: Path) -> Imports:
    return Imports(database, tmp_path)


def invoice(number: str, due: str, **more: object) -> dict[str, object]:
    return {
        "key": number,
        "invoiceNumber": number,
        "state": "posted",
        "invoiceDate": "2026-05-01",
        "dueDate": "2026-05-31",
        "totalTxnAmount": "100.00",
        "totalTxnAmountDue": due,
        "somethingNobodyKnows": 1,
    } | more


def take(book: Imports, *items: dict[str, object], strict: bool = False, **meta: int) -> Tally:
    told = {"totalCount": len(items), "start": 1, "pageSize": 100} | meta
    page = {"ia::result": list(items), "ia::meta": told}
    (book.folder / "page.json").write_text(json.dumps(page), "utf-8")
    answers = read_folder(book.folder)
    return intacct.take_in(
        book.database, answers, at=book.now, policy=Policy(), is_strict=strict
    )


def test_the_recorded_company_adds_up_to_the_cent(book: Imports, shared: Path):
    answers = read_folder(shared / "data" / "intacct")

    tally = intacct.take_in(book.database, answers, at=book.now, policy=Policy())

    aging = book.aging()
    assert sum(aging.buckets) == 3_452_958_43
    assert (aging.unapplied, aging.outstanding) == (-2_650_00, 3_450_308_43)
    assert aging.invoices == 63
    assert (tally.accepted, tally.rejected, tally.new) == (26 + 508, 0, 26 + 508)
    assert any("5 invoices are paid in part, 5 of them new;" in note for note in tally.notes)
    assert sum("REST-1106" in one.message for one in tally.problems) == 4
    assert any("508 invoices carry no customer" in note for note in tally.notes)
    assert any("a difference of $2,500.00" in note for note in tally.notes)


def test_the_same_answers_twice_change_nothing(book: Imports):
    items = (invoice("INV-1", "100.00"), invoice("INV-2", "60.00"), invoice("INV-3", "0.00"))
    take(book, *items)
    book.now += timedelta(days=1)

    tally = take(book, *items)

    assert (tally.new, tally.changed) == (0, 0)
    assert book.aging().outstanding == 160_00


def test_an_open_invoice_that_is_paid_now_was_settled_when_the_desk_learned_of_it(
    book: Imports,
):
    take(book, invoice("INV-1", "60.00"))
    book.now += timedelta(days=1)

    take(book, invoice("INV-1", "0.00", state="paid"))

    assert book.invoice("INV-1").settled_on == TODAY + timedelta(days=1)
    assert book.aging(TODAY).outstanding == 60_00
    assert book.aging(TODAY + timedelta(days=1)).outstanding == 0


def test_customers_and_currencies_that_were_asked_for_are_taken(book: Imports):
    nested: dict[str, object] = {
        "customer": {"id": "C1", "name": "Aurora"},
        "currency": {"txnCurrency": "EUR"},
    }
    flat: dict[str, object] = {
        "customer.id": "C2",
        "customer.name": "Borealis",
        "currency.txnCurrency": "USD",
    }
    customer: dict[str, object] = {"id": "C1", "name": "Hotel Aurora", "totalDue": "100.00"}

    take(
        book, invoice("INV-1", "100.00", **nested), invoice("INV-2", "100.00", **flat), customer
    )

    assert book.customer("C1").name == "Hotel Aurora"
    assert book.customer("C2").name == "Borealis"
    assert book.invoice("INV-1").currency == "EUR"


def test_a_bad_record_is_listed_and_the_others_taken(book: Imports):
    tally = take(
        book,
        invoice("INV-1", "100.00"),
        invoice("INV-2", "100.00", invoiceDate=None),
        invoice("INV-3", "1e5", totalTxnAmount="1e5"),
    )

    assert (tally.accepted, tally.rejected, tally.unreadable_amounts) == (1, 2, 1)
    assert {one.column for one in tally.problems} == {"invoice_date", "amount"}


def test_missing_pages_are_said_and_strict_refuses_them(book: Imports):
    tally = take(book, invoice("INV-1", "100.00"), totalCount=508)
    assert "1 of 508 invoices" in tally.problems[0].message

    with pytest.raises(NotWhole):
        take(book, invoice("INV-2", "100.00"), totalCount=508, strict=True)

    assert book.aging().invoices == 1


def test_what_is_paid_of_an_invoice_later_is_said_apart_from_what_changed(book: Imports):
    take(book, invoice("INV-1", "60.00"))

    tally = take(book, invoice("INV-1", "30.00"))

    assert (tally.accepted, tally.new, tally.changed) == (1, 0, 0)
    assert "1 invoice is paid in part, 1 of them changed; " in tally.notes[0]
    assert book.aging().outstanding == 30_00


@pytest.mark.parametrize(
    "error",
    [
        {"ia::error": {"code": "x", "message": "Not you", "errorId": "REST-1"}},
        {"ia::result": {"ia::error": {"code": "x", "message": "Not you", "errorId": "REST-1"}}},
        {"ia::error": "Not you"},
    ],
)
def test_an_error_is_an_error_wherever_it_stands(tmp_path: Path, error: dict[str, object]):
    (tmp_path / "error.json").write_text(json.dumps(error), "utf-8")

    assert "Not you" in read_folder(tmp_path).problems[0].message


def test_a_cassette_is_read_where_there_is_nothing_else(tmp_path: Path):
    page = {"ia::result": [invoice("INV-1", "5.00")], "ia::meta": {"totalCount": 1}}
    exchange = {"request": {}, "response": {"body": {"string": json.dumps(page)}}}
    cassette = {"interactions": [exchange, {"response": {"body": {"string": "<html>"}}}, {}]}
    (tmp_path / "all.cassette.json").write_text(json.dumps(cassette), "utf-8")

    assert len(read_folder(tmp_path).invoices) == 1


def test_a_folder_without_answers_is_refused_and_a_broken_file_listed(tmp_path: Path):
    with pytest.raises(BadFile, match="no answers"):
        read_folder(tmp_path)
    with pytest.raises(BadFile, match="not a folder"):
        read_folder(tmp_path / "nowhere")

    (tmp_path / "broken.json").write_text("{", "utf-8")

    assert read_folder(tmp_path).problems[0].column == "broken.json"


@pytest.mark.parametrize(
    "query",
    [
        queries.customers(),
        queries.invoices(start=4001),
        queries.invoices(since=datetime(2026, 6, 1, tzinfo=UTC)),
    ],
)
def test_what_is_asked_keeps_to_the_contract(shared: Path, query: dict[str, object]):
    path = shared / "contracts" / "intacct" / "intacct-rest-min.schema.json"
    contract = json.loads(path.read_text("utf-8"))["$defs"]

    Draft202012Validator({"$ref": "#/$defs/QueryRequest", "$defs": contract}).validate(query)


def test_a_query_asks_for_the_customer_and_the_currency_by_name():
    fields = queries.invoices()["fields"]

    assert {"customer.id", "customer.name", "currency.txnCurrency"} <= set(fields)
