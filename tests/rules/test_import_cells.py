"""What a cell may hold: dates and amounts of every bad kind are a sentence (I14)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.money import Money
from bot.workflows.imports import cells
from bot.workflows.imports.cells import BadCell
from bot.workflows.imports.layouts import INVOICES
from bot.workflows.imports.mapping import BadMap, ColumnMap, read
from bot.workflows.imports.parsing import Faulty, Parsed, RowParser
from bot.workflows.imports.rows import BadFile, Number, Row, Rows


def wide(text: str) -> str:
    """The text in full-width digits."""
    return text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.50", 123450),
        ("1,234.50", 123450),
        ("$1,234.50", 123450),
        ("(12.00)", -1200),
        ("-5", -500),
        ("0.1", 10),
        (".50", 50),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, minor: int):
    assert cells.minor("USD")(text) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1e5",
        "NaN",
        "Infinity",
        "1_000",
        wide("12.00"),
        "12.345",
        "1,23.00",
        "--5",
        "9" * 20,
        "1 000",
        "12.00 EUR",
        "= 1+1",
        "five",
        "0x10",
        "1.2.3",
        "∞",
    ],
)
def test_amounts_of_every_bad_kind_are_refused(text: str):
    with pytest.raises(BadCell):
        cells.minor("USD")(text)


def test_yen_have_no_cents_and_dinars_have_three_digits():
    assert cells.minor("JPY")("1500") == 1500
    assert cells.minor("KWD")("1.234") == 1234
    with pytest.raises(BadCell):
        cells.minor("JPY")("1500.50")


@pytest.mark.parametrize(
    ("date_format", "text"),
    [
        ("", "2026-06-08"),
        ("%d/%m/%Y", "08/06/2026"),
        ("%d.%m.%Y", "8.6.2026"),
        ("%b %d, %Y", "Jun 08, 2026"),
        ("%Y%m%d", "20260608"),
    ],
)
def test_dates_are_read_in_the_format_of_the_map(date_format: str, text: str):
    assert cells.day(date_format)(text) == "2026-06-08"


@pytest.mark.parametrize(
    ("date_format", "text"),
    [
        ("", "2026-02-30"),
        ("", "20260608"),
        ("", "08/06/2026"),
        ("", "2026-6-8"),
        ("", "26-06-08"),
        ("", "0001-01-01"),
        ("", "2126-01-01"),
        ("", "2026-W24-1"),
        ("", wide("2026") + "-06-08"),
        ("%d/%m/%Y", "31/02/2026"),
        ("%d/%m/%Y", "8/6/26"),
        ("%d/%m/%Y", "2026-06-08"),
    ],
)
def test_dates_of_every_bad_kind_are_refused(date_format: str, text: str):
    with pytest.raises(BadCell):
        cells.day(date_format)(text)


@given(st.text(max_size=30))
def test_no_text_whatever_breaks_a_parser(text: str):
    for parse in (cells.day(""), cells.minor("USD"), cells.email, cells.phone, cells.time_zone):
        with suppress(BadCell):
            parse(text)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_day_there_is_is_read(day: date):
    assert cells.day("%d/%m/%Y")(day.strftime("%d/%m/%Y")) == day.isoformat()


HEADER = ("invoice_number", "customer_id", "invoice_date", "due_date", "amount", "disputed")
GOOD = ["INV-1", "C1", "2026-05-01", "2026-05-31", "100.00", ""]


def parsed(*rows: list[str], header: tuple[str, ...] = HEADER, column_map=ColumnMap()):  # noqa: B008
    lines = (Row(n, list(cells)) for n, cells in enumerate(rows, start=2))
    return list(RowParser(INVOICES, Rows("book.csv", header, lines), column_map))


def test_rows_without_any_text_are_passed_over():
    assert parsed(["", " ", "", "", "", ""]) == []


def test_a_ragged_row_says_how_many_cells_it_has():
    (row,) = parsed(GOOD[:3])

    assert isinstance(row, Faulty)
    assert row.problems[0].message == "The row has 3 cells where the header has 6."


def test_headings_are_known_whatever_their_case_and_blanks():
    header = ("Invoice Number", "CUSTOMER_ID", " invoice_date ", "due-date", "Amount", "x")

    assert isinstance(parsed(GOOD, header=header)[0], Parsed)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (("invoice_number", "customer_id", "amount"), "no column invoice_date, due_date"),
        ((*HEADER, "Amount"), "two columns named 'Amount'"),
    ],
)
def test_a_header_that_does_not_fit_is_a_sentence(header: tuple[str, ...], said: str):
    with pytest.raises(BadFile, match=said):
        parsed(header=header)


def test_a_map_names_their_columns_and_what_stands_in_for_missing_ones():
    column_map = read(
        {
            "date_format": "%d/%m/%Y",
            "columns": {"invoice_number": "No.", "amount": "Total"},
            "defaults": {"currency": "eur", "kind": "mrr"},
        },
        INVOICES,
        where="The map",
    )
    header = ("No.", "customer_id", "invoice_date", "due_date", "Total", "kind")

    (row,) = parsed(
        ["INV-1", "C1", "01/05/2026", "31/05/2026", "1.00", ""],
        header=header,
        column_map=column_map,
    )

    assert isinstance(row, Parsed)
    assert (row.named()["currency"], row.named()["kind"]) == ("EUR", "mrr")
    assert row.named()["invoice_date"] == "2026-05-01"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"colums": {}}, "'colums', which is none of"),
        ({"columns": {"invoice": "x"}}, "'invoice', which is none of"),
        ({"columns": {"amount": "x", "po": "x"}}, "takes the column 'x' twice"),
        ({"columns": "x"}, "should be a table"),
        ({"defaults": {"currency": [1]}}, "should be a text"),
        ({"date_format": "%Q"}, "no format of a date"),
        ({"date_format": "%d/%m"}, "no format of a date"),
        ({"date_format": 7}, "no format of a date"),
        ({"decimal": ";"}, 'decimal in .invoices. should be ","'),
        ({"decimal": 1}, 'decimal in .invoices. should be ","'),
        ({"decimal": ",", "thousands": ","}, "thousands in .invoices. should be"),
        ({"thousands": "x"}, "thousands in .invoices. should be"),
    ],
)
def test_a_map_that_makes_no_sense_is_a_sentence(section: dict[str, object], said: str):
    with pytest.raises(BadMap, match=said):
        read(section, INVOICES, where="The map")


COMMA = {"decimal": ","}


@pytest.mark.parametrize(
    ("section", "text", "means"),
    [
        (COMMA, "1234,5", "1234.5"),
        (COMMA, "1.234.567,89", "1234567.89"),
        (COMMA, "1 234,50", "1234.50"),
        (COMMA, "1\u202f234\u202f567,50", "1234567.50"),
        (COMMA, "-1.234,50 EUR", "-1234.50 EUR"),
        (COMMA, "€ 1.234", "€ 1234"),
        (COMMA, "(0,05)", "(0.05)"),
        (COMMA, ",50", ".50"),
        (COMMA, "", ""),
        (COMMA | {"thousands": "."}, "1.234", "1234"),
        (COMMA | {"thousands": ""}, "1234,50", "1234.50"),
        ({"decimal": ".", "thousands": "'"}, "1'234.50", "1234.50"),
        ({"thousands": " "}, "1 234.50", "1234.50"),
    ],
)
def test_amounts_are_read_with_the_marks_of_the_map(section, text: str, means: str):
    column_map = read(section, INVOICES, where="The map")

    (row,) = parsed(["I1", "C1", "2026-05-01", "2026-05-31", text, ""], column_map=column_map)

    assert isinstance(row, Parsed)
    assert row.named()["amount"] == means


@pytest.mark.parametrize(
    ("section", "text"),
    [
        (COMMA, "1234.50"),
        (COMMA, "1,234.50"),
        (COMMA, "1.23,45"),
        (COMMA, "1.234 567,00"),
        (COMMA, "12 34"),
        (COMMA, "1,2,3"),
        (COMMA, wide("1.234") + ",1"),
        (COMMA | {"thousands": "."}, "1 234,50"),
        (COMMA | {"thousands": ""}, "1.234,50"),
        ({"decimal": ".", "thousands": " "}, "1,234.50"),
    ],
)
def test_amounts_with_other_marks_than_the_maps_are_left_out(section, text: str):
    column_map = read(section, INVOICES, where="The map")

    (row,) = parsed(["I1", "C1", "2026-05-01", "2026-05-31", text, ""], column_map=column_map)

    assert isinstance(row, Faulty)
    assert "is not an amount like 1" in row.problems[0].message
    assert row.problems[0].column == "amount"


def test_a_number_of_a_workbook_is_one_whatever_marks_the_map_says_texts_have():
    column_map = read(COMMA, INVOICES, where="The map")
    dates = ["2026-05-01", "2026-05-31"]

    rows = parsed(
        ["I1", "C1", *dates, Number("1.234"), ""],
        ["I2", "C1", *dates, "1.234", ""],
        column_map=column_map,
    )

    assert [row.named()["amount"] for row in rows if isinstance(row, Parsed)] == [
        "1.234",
        "1234",
    ]


@given(minor=st.integers(-(10**12), 10**12))
def test_an_amount_means_the_same_however_a_company_writes_it(minor: int):
    ours = f"{minor / 100:,.2f}" if abs(minor) < 10**11 else Money(minor).plain
    theirs = ours.replace(",", " ").replace(".", ",").replace(" ", ".")

    assert Money.parse(cells.with_point(",", ". '")(theirs)).minor == Money.parse(ours).minor


def test_a_column_of_the_map_that_the_file_does_not_have_is_a_sentence():
    with pytest.raises(BadFile, match="no column 'Nr'"):
        parsed(GOOD, column_map=ColumnMap(columns={"invoice_number": "Nr"}))
