"""
Draws tables, a sheet each: `python -m bot.rendering.tables_workbook < tables.json`.

Words are text, never formulas or links; amounts and counts are numbers, days are days.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.rendering import workbooks
from bot.rendering.tables_sheet import DAY


def write(order: dict[str, Any]) -> None:
    """Draw the workbook that is ordered; the file appears whole or not at all."""
    with workbooks.whole(Path(order["path"])) as book:
        styles = {
            "title": book.add_format({"bold": True}),
            "head": book.add_format({"bold": True, "bg_color": "#f3f4f6", "bottom": 1}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            DAY: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for table in order["tables"]:
            _sheet(book, order["title"], table, styles)


def _sheet(
    book: Any,  # noqa: ANN401 - xlsxwriter is untyped
    title: str,
    table: dict[str, Any],
    styles: dict[str, Any],
) -> None:
    page = book.add_worksheet(table["name"])
    page.write_string(0, 0, title, styles["title"])
    for column, (name, width) in enumerate(table["columns"]):
        page.set_column(column, column, width)
        page.write_string(2, column, name, styles["head"])
    for row, cells in enumerate(table["rows"], start=3):
        for column, cell in enumerate(cells):
            _write(page, (row, column), cell, styles)
    page.freeze_panes(3, 0)
    page.set_landscape()
    page.fit_to_pages(1, 0)


def _write(
    page: Any,  # noqa: ANN401 - xlsxwriter is untyped
    at: tuple[int, int],
    cell: str | int | list[str],
    styles: dict[str, Any],
) -> None:
    if isinstance(cell, int):
        page.write_number(*at, cell)
    elif isinstance(cell, str):
        page.write_string(*at, cell)
    elif cell[1:] == [DAY]:
        page.write_datetime(*at, datetime.fromisoformat(cell[0]), styles[DAY])
    else:
        page.write_number(*at, float(cell[0]), styles["money"])


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    write(json.load(sys.stdin))
