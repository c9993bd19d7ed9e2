"""Sheets whose cells are what they hold: amounts and counts numbers, days days (I30)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bot.kernel.shapes import dataclass

Cells = Sequence[object]
"""A row: `Decimal` is an amount, `int` a count, None an empty cell, all else is text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet: its columns, each with its width in characters."""

    name: str
    columns: Sequence[tuple[str, int]]
    fixed: int = 0
    """So many columns stay in view."""


def styles_of(book: Any) -> dict[str, Any]:  # noqa: ANN401 - xlsxwriter is untyped
    """Return how a workbook's cells look, by what they hold; amounts by their decimals."""
    formats: dict[str, dict[str, object]] = {
        "bold": {"bold": True},
        "head": {"bold": True, "bg_color": "#f3f4f6", "bottom": 1, "text_wrap": True},
        "plain": {"text_wrap": True},
        "date": {"num_format": "d mmm yyyy"},
        "moment": {"num_format": "d mmm yyyy hh:mm"},
        "0": {"num_format": "#,##0"},
        "2": {"num_format": "#,##0.00"},
        "3": {"num_format": "#,##0.000"},
    }
    return {name: book.add_format({"valign": "top"} | how) for name, how in formats.items()}


def draw(
    book: Any,  # noqa: ANN401 - xlsxwriter is untyped
    sheet: Sheet,
    rows: Iterable[Cells],
    *,
    styles: Mapping[str, Any],
    head: Sequence[Cells] = (),
) -> None:
    """
    Draw a sheet: titles that stay in view and filter, and a cell for each value.

    :param head: lines above the titles, of words and counts.
    """
    page = book.add_worksheet(sheet.name)
    for row, line in enumerate(head):
        for column, cell in enumerate(line):
            page.write(row, column, cell, None if row else styles["bold"])
    first = last = len(head) + 1 if head else 0
    for column, (title, width) in enumerate(sheet.columns):
        page.set_column(column, column, width)
        page.write_string(first, column, title, styles["head"])
    for last, cells in enumerate(rows, start=first + 1):
        for column, cell in enumerate(cells):
            _write(page, last, column, cell, styles)
    page.freeze_panes(first + 1, sheet.fixed)
    page.autofilter(first, 0, max(last, first + 1), len(sheet.columns) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(first)


def _write(
    page: Any,  # noqa: ANN401 - xlsxwriter is untyped
    row: int,
    column: int,
    cell: object,
    styles: Mapping[str, Any],
) -> None:
    match cell:
        case Decimal():
            decimals = str(-int(cell.as_tuple().exponent))
            page.write_number(row, column, float(cell), styles[decimals])
        case datetime():
            page.write_datetime(row, column, cell, styles["moment"])
        case date():
            page.write_datetime(row, column, cell, styles["date"])
        case int():
            page.write_number(row, column, cell, styles["plain"])
        case None | "":
            page.write_blank(row, column, None, styles["plain"])
        case _:
            page.write_string(row, column, str(cell), styles["plain"])
