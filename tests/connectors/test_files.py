"""Files of every kind come out as the same rows, and hostile ones as one sentence."""

from __future__ import annotations

import codecs
import io
import time
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot.connectors.files import open_rows
from bot.workflows.imports.layouts import INVOICES
from bot.workflows.imports.mapping import ColumnMap
from bot.workflows.imports.parsing import knows
from bot.workflows.imports.rows import BadFile, Cell, Row

HEADER = "invoice_number,customer_id,invoice_date,due_date,amount"
KNOWS = knows(INVOICES, ColumnMap())


def opened(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    with open_rows(path, knows=KNOWS) as rows:
        return rows.header, list(rows.rows)


def from_bytes(
    folder: Path, content: bytes, name: str = "book.csv"
) -> tuple[tuple[str, ...], list[Row]]:
    path = folder / name
    path.write_bytes(content)
    return opened(path)


def cells(rows: list[Row]) -> list[list[Cell]]:
    return [row.cells for row in rows]


def workbook(folder: Path, *lines: list[Any]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    for line in lines:
        sheet.append(line)
    path = folder / "book.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", ":"])
def test_any_delimiter_is_found(tmp_path: Path, delimiter: str):
    text = f"{HEADER}\nINV-1,C 1,2026-05-01,2026-05-31,12.50\n".replace(",", delimiter)

    header, rows = from_bytes(tmp_path, text.encode())

    assert header == tuple(HEADER.split(","))
    assert cells(rows) == [["INV-1", "C 1", "2026-05-01", "2026-05-31", "12.50"]]


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("cp1252"),
    ],
    ids=["utf-8", "utf-8 with BOM", "utf-16", "utf-16 big endian", "no BOM", "cp1252"],
)
def test_the_usual_encodings_are_read(tmp_path: Path, encode):
    header, rows = from_bytes(tmp_path, encode("customer_id,name\nC1,Café Zürich\n"))

    assert header == ("customer_id", "name")
    assert cells(rows) == [["C1", "Café Zürich"]]


def test_rows_know_the_line_they_start_on(tmp_path: Path):
    text = 'customer_id,name\nC1,"Hotel\nAurora"\n\nC2,"says ""hi"""\r\nC3\n'

    _, rows = from_bytes(tmp_path, text.encode())

    assert [(row.line, row.cells) for row in rows] == [
        (2, ["C1", "Hotel\nAurora"]),
        (5, ["C2", 'says "hi"']),
        (6, ["C3"]),
    ]


def test_a_bad_quote_spoils_its_own_row_only(tmp_path: Path):
    _, rows = from_bytes(tmp_path, b'customer_id,name\nC1,"a"b"\nC2,fine\n')

    assert [bool(row.problem) for row in rows] == [True, False]


def test_a_line_that_names_the_separator_is_obeyed(tmp_path: Path):
    header, rows = from_bytes(tmp_path, b"sep=;\ncustomer_id;name\nC1;a,b\n")

    assert (header, cells(rows)) == (("customer_id", "name"), [["C1", "a,b"]])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"  \n \n", "is empty"),
        (b'customer_id,name\nC1,"never closed\n', "quotes of line 2 never close"),
        (b"customer_id,name\nC1," + b"x" * 10_000_000 + b"\n", "more than 131,072 characters"),
        (b"\x7fELF\x00\x01\x02" + bytes(range(256)) * 20, "not a text file"),
        (b"customer_id,name\nC1,a\x00b\n", "zero bytes"),
        (b"PK\x03\x04 and no more", "not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, said: str
):
    with pytest.raises(BadFile, match=said):
        from_bytes(tmp_path, content)


def test_a_missing_file_and_a_folder_are_refused_in_a_sentence(tmp_path: Path):
    with pytest.raises(BadFile, match="There is no file"):
        opened(tmp_path / "nothing.csv")
    with pytest.raises(BadFile, match="is a folder"):
        opened(tmp_path)


def test_a_workbook_gives_numbers_and_dates_as_they_are_meant(tmp_path: Path):
    path = workbook(
        tmp_path,
        HEADER.split(","),
        [1001, "C1", date(2026, 5, 1), datetime(2026, 5, 31, 0, 0), 1234.5],  # noqa: DTZ001
        ["INV-2", 7.0, "2026-05-01", datetime(2026, 5, 31, 13, 30), 0.1 + 0.2],  # noqa: DTZ001
        [None, None, None, None, None],
        [True, "C3"],
    )

    header, rows = opened(path)

    assert header == tuple(HEADER.split(","))
    assert [(row.line, row.cells) for row in rows] == [
        (2, ["1001", "C1", date(2026, 5, 1), date(2026, 5, 31), "1234.5"]),
        (3, ["INV-2", "7", "2026-05-01", "2026-05-31 13:30:00", "0.3"]),
        (5, ["true", "C3", "", "", ""]),
    ]


def test_a_formula_counts_as_what_it_was_calculated_to(tmp_path: Path):
    path = workbook(tmp_path, ["customer_id", "name"], ["C1", "=1+1"], ["C2", "x"])

    _, rows = opened(path)

    assert cells(rows) == [["C1", ""], ["C2", "x"]]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
    start = time.perf_counter()

    with pytest.raises(BadFile, match="unreasonable size"):
        opened(path)
    assert time.perf_counter() - start < 2


def test_a_workbook_cut_in_the_middle_is_refused_in_a_sentence(tmp_path: Path):
    whole = io.BytesIO()
    book = Workbook()
    book.worksheets[0].append(["customer_id", "name"])
    book.save(whole)
    path = tmp_path / "cut.xlsx"
    path.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])

    with pytest.raises(BadFile):
        opened(path)
