"""
Draws an agent's day: `python -m bot.rendering.activity_workbook < sheet.json`.

What was typed is text, never a formula or a link; counts are numbers, days are days (I30).
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any, Final

from bot.rendering import typed_sheets, workbooks
from bot.rendering.typed_sheets import Cells, Sheet

_COLUMNS: Final = (
    ("Time", 22),
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
    styles = typed_sheets.styles_of(book)
    head = [(order["title"],), *order["figures"]]
    sheet = Sheet(name="Activity", columns=_COLUMNS)
    typed_sheets.draw(book, sheet, map(_cells, order["rows"]), styles=styles, head=head)


def _cells(row: Cells) -> Cells:
    *words, next_on = row
    return (*words, date.fromisoformat(str(next_on)) if next_on else None)


if __name__ == "__main__":
    write(json.load(sys.stdin))
