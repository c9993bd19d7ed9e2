"""
Draws a suspension digest: `python -m bot.rendering.digest_workbook < digest.json`.

Words are text, never formulas or links; amounts and counts are numbers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from bot.rendering import workbooks

CASES: Final = (
    ("Decision", 18),
    ("Case", 7),
    ("Customer", 32),
    ("State", 15),
    ("Currency", 9),
    ("Over 30 days", 15),
    ("Disputed", 14),
    ("Last digest", 15),
    ("Oldest, days", 12),
    ("Change", 22),
    ("Waits for", 34),
    ("Held until", 12),
    ("Calls", 7),
    ("Reached", 9),
    ("E-mails", 9),
    ("Agent", 20),
    ("Marks", 30),
    ("Last note", 50),
    ("Noted", 26),
    ("Since posted", 34),
    ("Proposals and comments", 50),
)
EVIDENCE: Final = (("Case", 7), ("Customer", 32), ("There", 8), ("Evidence", 80))
ACCOUNTS: Final = (("Case", 7), ("Customer", 32), ("Account, state, over 30 days", 100))
STEPS: Final = (("Case", 7), ("Customer", 32), ("Step since the last digest", 100))
DECIDED: Final = (("Department", 22), ("Decided, not carried out", 60), ("Days", 7))


def write(order: dict[str, Any]) -> None:
    """Draw the workbook that is ordered; the file appears whole or not at all."""
    with workbooks.whole(Path(order["path"])) as book:
        styles = {
            "bold": book.add_format({"bold": True}),
            "head": book.add_format({"bold": True, "bg_color": "#f3f4f6", "bottom": 1}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "date": book.add_format({"num_format": "d mmm yyyy", "valign": "top"}),
            "money": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
        }
        head = [order["title"], *order["facts"], *(words for _, words in order["totals"])]
        _sheet(book, "Digest", CASES, list(_cases(order)), styles, head)
        _sheet(book, "Evidence", EVIDENCE, list(_evidence(order)), styles, [])
        _sheet(book, "Accounts", ACCOUNTS, list(_lines(order, "accounts")), styles, [])
        _sheet(book, "Steps", STEPS, list(_lines(order, "moves")), styles, [])
        _sheet(book, "Decided", DECIDED, order["opening"], styles, [])


def _cases(order: dict[str, Any]) -> Iterator[Sequence[Any]]:
    for part in order["parts"]:
        for case in part["cases"]:
            for amount in case["amounts"] or [None]:
                yield _case(part["heading"].partition(":")[0], case, amount)


def _case(group: str, case: dict[str, Any], amount: dict[str, str] | None) -> Sequence[Any]:
    money = (amount["total"], amount["disputed"], amount["before"]) if amount else ("0",) * 3
    return (
        group,
        case["number"],
        case["customer"],
        case["stands"],
        amount["currency"] if amount else "",
        *(float(one) for one in money),
        case["oldest_days"],
        case["change_words"],
        case["waits"],
        date.fromisoformat(case["held_until"]) if case["held_until"] else "",
        case["calls"],
        case["reached"],
        case["emails"],
        case["owner"],
        case["marks"],
        case["note"],
        case["noted"],
        case["since"],
        "\n".join(case["said"]),
    )


def _evidence(order: dict[str, Any]) -> Iterator[Sequence[Any]]:
    for case in _every(order):
        for line in case["evidence"]:
            is_there = "yes" if line.startswith("✓") else "no"
            yield case["number"], case["customer"], is_there, line[2:]


def _lines(order: dict[str, Any], name: str) -> Iterator[Sequence[Any]]:
    for case in _every(order):
        for line in case[name]:
            yield case["number"], case["customer"], line


def _every(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in order["parts"]:
        yield from part["cases"]


def _sheet(  # noqa: PLR0913 - a sheet: where, what, how
    book: Any,  # noqa: ANN401 - xlsxwriter is untyped
    name: str,
    columns: Sequence[tuple[str, int]],
    rows: Sequence[Sequence[Any]],
    styles: dict[str, Any],
    head: Sequence[str],
) -> None:
    page = book.add_worksheet(name)
    for row, words in enumerate(head):
        page.write_string(row, 0, words, styles["bold"] if not row else None)
    first = len(head) + 1 if head else 0
    for column, (title, width) in enumerate(columns):
        page.set_column(column, column, width)
        page.write_string(first, column, title, styles["head"])
    for row, cells in enumerate(rows, start=first + 1):
        for column, cell in enumerate(cells):
            _write(page, row, column, cell, styles)
    page.freeze_panes(first + 1, 3 if columns is CASES else 0)
    page.autofilter(first, 0, first + max(len(rows), 1), len(columns) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(first)


def _write(
    page: Any,  # noqa: ANN401 - xlsxwriter is untyped
    row: int,
    column: int,
    cell: object,
    styles: dict[str, Any],
) -> None:
    if isinstance(cell, float):
        page.write_number(row, column, cell, styles["money"])
    elif isinstance(cell, date):
        page.write_datetime(row, column, cell, styles["date"])
    elif isinstance(cell, int):
        page.write_number(row, column, cell, styles["wrap"])
    else:
        page.write_string(row, column, str(cell), styles["wrap"])


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    write(json.load(sys.stdin))
