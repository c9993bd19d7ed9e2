"""
Draws a suspension digest: `python -m bot.rendering.digest_workbook < digest.json`.

Words are text, never formulas or links; amounts and counts are numbers, days are days (I30).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from bot.rendering import typed_sheets, workbooks
from bot.rendering.typed_sheets import Cells, Sheet

Order = dict[str, Any]
_UNCOUNTED: Final[Order] = {"calls": None, "reached": None, "emails": None}
"""In a further row of a case, so that a column of counts can be summed."""


def write(order: Order) -> None:
    """Draw the workbook that is ordered; the file appears whole or not at all."""
    words = [order["title"], *order["facts"], *(words for _, words in order["totals"])]
    head = [(line,) for line in words]
    with workbooks.whole(Path(order["path"])) as book:
        styles = typed_sheets.styles_of(book)
        for sheet, rows in SHEETS:
            typed_sheets.draw(book, sheet, rows(order), styles=styles, head=head)
            head = []


def _cases(order: Order) -> Iterator[Cells]:
    for part in order["parts"]:
        for case in part["cases"]:
            first, *more = case["amounts"] or [None]
            group = part["heading"].partition(":")[0]
            yield _case(group, case, first)
            yield from (_case(group, case | _UNCOUNTED, one) for one in more)


def _case(group: str, case: dict[str, Any], amount: dict[str, str] | None) -> Cells:
    """Return a row: a case in one currency; what is counted stands in its first row only."""
    return (
        group,
        case["number"],
        case["customer"],
        case["stands"],
        *(_sum(amount) if amount else ("", Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))),
        case["oldest_days"],
        case["change_words"],
        case["waits"],
        _day(case["held_until"]),
        case["calls"],
        case["reached"],
        case["emails"],
        case["owner"],
        case["marks"],
        case["note"],
        case["noted_by"],
        datetime.fromisoformat(case["noted_at"]) if case["noted_at"] else "",
        case["since"],
        "\n".join(case["said"]),
    )


def _totals(order: Order) -> Iterator[Cells]:
    for total, _ in order["totals"]:
        yield _sum(total)


def _sum(amount: dict[str, str]) -> Cells:
    figures = (Decimal(amount[name]) for name in ("total", "disputed", "before"))
    return (amount["currency"], *figures)


def _evidence(order: Order) -> Iterator[Cells]:
    for case in _every(order):
        for line in case["evidence"]:
            is_there = "yes" if line.startswith("✓") else "no"
            yield case["number"], case["customer"], is_there, line[2:]


def _accounts(order: Order) -> Iterator[Cells]:
    """Return a row a case, account and currency; as words where no figures were kept."""
    for case in _every(order):
        named = (case["number"], case["customer"])
        for row in case["account_rows"]:
            yield *named, *_account(row)
        for line in case["accounts"] if not case["account_rows"] else ():
            yield *named, "", line


def _account(row: dict[str, Any]) -> Cells:
    figures = (row[name] for name in ("total", "disputed", "planned", "causing"))
    return (
        row["number"],
        row["name"],
        row["state"],
        row["currency"],
        *(Decimal(one) if one else "" for one in figures),
        _day(row["oldest_due"]),
        "" if row["oldest_days"] is None else row["oldest_days"],
    )


def _steps(order: Order) -> Iterator[Cells]:
    for case in _every(order):
        for day, words in case["steps"]:
            yield case["number"], case["customer"], _day(day), words


def _decided(order: Order) -> Iterator[Cells]:
    yield from order["opening"]


def _every(order: Order) -> Iterator[dict[str, Any]]:
    for part in order["parts"]:
        yield from part["cases"]


def _day(text: str) -> date | str:
    return date.fromisoformat(text) if text else ""


SHEETS: Final[tuple[tuple[Sheet, Callable[[Order], Iterator[Cells]]], ...]] = (
    (
        Sheet(
            name="Digest",
            columns=(
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
                ("Noted by", 20),
                ("Noted", 18),
                ("Since posted", 34),
                ("Proposals and comments", 50),
            ),
            fixed=3,
        ),
        _cases,
    ),
    (
        Sheet(
            name="Totals",
            columns=(
                ("Currency", 9),
                ("Over 30 days", 17),
                ("Disputed", 17),
                ("Last digest", 17),
            ),
        ),
        _totals,
    ),
    (
        Sheet(
            name="Evidence",
            columns=(("Case", 7), ("Customer", 32), ("There", 8), ("Evidence", 80)),
            fixed=2,
        ),
        _evidence,
    ),
    (
        Sheet(
            name="Accounts",
            columns=(
                ("Case", 7),
                ("Customer", 32),
                ("Account", 14),
                ("Site", 32),
                ("State", 15),
                ("Currency", 9),
                ("Over 30 days", 15),
                ("Disputed", 14),
                ("On a plan", 14),
                ("May cause suspension", 15),
                ("Oldest due", 12),
                ("Oldest, days", 9),
            ),
            fixed=4,
        ),
        _accounts,
    ),
    (
        Sheet(
            name="Steps",
            columns=(
                ("Case", 7),
                ("Customer", 32),
                ("Day", 12),
                ("Step since the last digest", 100),
            ),
            fixed=2,
        ),
        _steps,
    ),
    (
        Sheet(
            name="Decided",
            columns=(("Department", 22), ("Decided, not carried out", 60), ("Days", 7)),
        ),
        _decided,
    ),
)


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    write(json.load(sys.stdin))
