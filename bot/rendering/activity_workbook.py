"""
Draws an agent's day: `python -m bot.rendering.activity_workbook < sheet.json`.

Every cell is text: nothing that was typed becomes a formula or a link.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from bot.rendering import workbooks

COLUMNS: Final = (
    ("Time", 10),
    ("Customer", 32),
    ("Number", 12),
    ("Direction", 10),
    ("Outcome", 20),
    ("Reached", 9),
    ("Spoke to", 20),
    ("In words", 60),
    ("Next step", 32),
    ("Next on", 12),
)


def write(order: dict[str, Any]) -> None:
    """Draw the workbook that is ordered; the file appears whole or not at all."""
    with workbooks.whole(Path(order["path"])) as book:
        _fill(book, order)


def _fill(book: Any, order: dict[str, Any]) -> None:  # noqa: ANN401 - xlsxwriter is untyped
    page, bold = book.add_worksheet("Activity"), book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    page.write_string(0, 0, order["title"], bold)
    for row, (name, value) in enumerate(order["figures"], start=1):
        page.write_string(row, 0, name)
        page.write_string(row, 1, value)
    head = len(order["figures"]) + 2
    for column, (name, width) in enumerate(COLUMNS):
        page.set_column(column, column, width, wrap)
        page.write_string(head, column, name, bold)
    for row, cells in enumerate(order["rows"], start=head + 1):
        for column, cell in enumerate(cells):
            page.write_string(row, column, cell)
    page.freeze_panes(head + 1, 0)


if __name__ == "__main__":
    write(json.load(sys.stdin))
