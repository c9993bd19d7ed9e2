"""
Draws statements: `python -m bot.rendering.statement_pdf`, an order a line on standard input.

Everything is drawn as text (`paper`): nothing that was typed becomes markup or a link.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from bot.rendering import paper
from bot.rendering.paper import (
    ALERT,
    BOLD,
    BOTTOM,
    INK,
    LEFT,
    LINE,
    PALE,
    PLAIN,
    RIGHT,
    Page,
    wrapped,
)

Columns = tuple[tuple[str, float, str], ...]
"""What stands at each one's head, where it is (points), and which side is even."""

COLUMNS: Final[Columns] = (
    ("Document", LEFT, "left"),
    ("Date", 176.0, "left"),
    ("Due", 238.0, "left"),
    ("Days past due", 366.0, "right"),
    ("Amount", 465.0, "right"),
    ("Open", RIGHT, "right"),
)
WITH_DISPUTED: Final[Columns] = (
    *COLUMNS[:3],
    ("Days past due", 342.0, "right"),
    ("Amount", 416.0, "right"),
    ("Open", 490.0, "right"),
    ("Disputed", RIGHT, "right"),
)


def draw(order: dict[str, Any]) -> bytes:
    """Return the statement that is ordered, as a PDF."""
    whole = BytesIO()
    page = paper.begin(
        whole,
        title=order["title"],
        company=order["company"],
        heading=f"{order['title']} · {order['payer']}",
    )
    _head(page, order)
    columns = _columns_of(order)
    for account in order["accounts"]:
        _account(page, account, columns)
    _ages(page, order)
    _notes(page, order)
    page.end()
    return whole.getvalue()


def _head(page: Page, order: dict[str, Any]) -> None:
    page.text(LEFT, order["company"], size=14, font=BOLD)
    page.canvas.setFillColor(PALE)
    for line in order["company_address"].splitlines()[:4]:
        page.down(11)
        page.text(LEFT, line, size=8)
    page.canvas.setFillColor(INK)
    page.down(34)
    page.text(LEFT, order["title"], size=17, font=BOLD)
    page.down(22)
    for line in wrapped(order["payer"], BOLD, 11, RIGHT - LEFT):
        page.text(LEFT, line, size=11, font=BOLD)
        page.down(15)
    for name, value in order["facts"]:
        page.canvas.setFillColor(PALE)
        page.text(LEFT, name)
        page.canvas.setFillColor(INK)
        for line in wrapped(value, PLAIN, 9, RIGHT - LEFT - 90):
            page.text(LEFT + 90, line)
            page.down()
    page.down(6)


def _columns_of(order: dict[str, Any]) -> Columns:
    """Return the columns of a statement: what is disputed has one where anything is."""
    lines = (cells for account in order["accounts"] for cells in account["lines"])
    return WITH_DISPUTED if any(cells[6] for cells in lines) else COLUMNS


def _account(page: Page, account: dict[str, Any], columns: Columns) -> None:
    if page.y < BOTTOM + 5 * LINE:
        page.turn()
    for line in wrapped(account["name"], BOLD, 10, RIGHT - LEFT):
        page.text(LEFT, line, size=10, font=BOLD)
        page.down(15)
    _heads(page, columns)
    for cells in account["lines"]:
        if page.y < BOTTOM + LINE:
            page.turn()
            _heads(page, columns)
        _line(page, cells, columns)
    for words in account["sums"]:
        page.text(RIGHT, words, font=BOLD, align="right")
        page.down()
    page.down(8)


def _heads(page: Page, columns: Columns) -> None:
    page.shade()
    for name, x, align in columns:
        page.text(x, name, size=8, font=BOLD, align=align)
    page.down(15)


def _line(page: Page, cells: Sequence[str], columns: Columns) -> None:
    document = list(wrapped(cells[0], PLAIN, 9, 122))
    for words, (_, x, align) in zip((document[0], *cells[1:6]), columns, strict=False):
        page.text(x, words, align=align)
    if cells[6]:
        page.canvas.setFillColor(ALERT)
        page.text(RIGHT, cells[6], align="right")
        page.canvas.setFillColor(INK)
    for more in document[1:]:
        page.down(11)
        page.text(LEFT, more)
    page.rule()
    page.down(15)


def _ages(page: Page, order: dict[str, Any]) -> None:
    names, rows = order["age_names"], order["ages"]
    if not rows:
        return
    if page.y < BOTTOM + (len(rows) + 4) * LINE:
        page.turn()
    page.text(LEFT, "By age", size=10, font=BOLD)
    page.down(15)
    page.shade()
    step = (RIGHT - LEFT) / len(names)
    for place, name in enumerate(names):
        align, x = ("left", LEFT) if not place else ("right", LEFT + step * (place + 1))
        page.text(x, name, size=8, font=BOLD, align=align)
    page.down(15)
    for row in rows:
        for place, value in enumerate(row):
            align, x = ("left", LEFT) if not place else ("right", LEFT + step * (place + 1))
            last = place == len(row) - 1
            page.text(x, value, size=8.5, font=BOLD if last else PLAIN, align=align)
        page.rule()
        page.down(15)
    page.down(8)


def _notes(page: Page, order: dict[str, Any]) -> None:
    for note in order["notes"]:
        for line in wrapped(note, PLAIN, 9, RIGHT - LEFT):
            page.text(LEFT, line)
            page.down()
        page.down(4)


def answer(order: dict[str, Any]) -> str:
    """Draw one order into its file; return its digest, or what is wrong, in one line."""
    try:
        drawn = draw(order)
        path = Path(order["path"])
        half = path.with_name(f"{path.name}.{hashlib.sha256(drawn).hexdigest()[:8]}.part")
        half.write_bytes(drawn)
        half.replace(path)
    except Exception as fault:
        return f"failed {fault!r}".replace("\n", " ")
    return f"ok {hashlib.sha256(drawn).hexdigest()}"


if __name__ == "__main__":
    paper.register()
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for asked in sys.stdin:
        sys.stdout.write(answer(json.loads(asked)) + "\n")
        sys.stdout.flush()
