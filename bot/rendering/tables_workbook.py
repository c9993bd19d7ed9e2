"""
Draws tables, a sheet each: `python -m bot.rendering.tables_workbook < tables.json`.

Words are text, never formulas or links; amounts and counts are numbers.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bot.rendering import workbooks


def write(order: dict[str, Any]) -> None:
    """Draw the workbook that is ordered; the file appears whole or not at all."""
    with workbooks.whole(Path(order["path"])) as book:
        styles = {
            "title": book.add_format({"bold": True}),
            "head": book.add_format({"bold": True, "bg_color": "#f3f4f6", "bottom": 1}),
            "money": book.add_format({"num_format": "#,##0.00"}),
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
            if isinstance(cell, int):
                page.write_number(row, column, cell)
            elif isinstance(cell, list):
                page.write_number(row, column, float(cell[0]), styles["money"])
            else:
                page.write_string(row, column, cell)
    page.freeze_panes(3, 0)
    page.set_landscape()
    page.fit_to_pages(1, 0)


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    write(json.load(sys.stdin))
