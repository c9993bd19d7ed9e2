"""The sample company's files: ordinary CSV, the same bytes every time."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bot.demo.rows import Book, CustomerRow, InvoiceRow, PaymentRow, PersonRow

KINDS: Final = ("people", "customers", "invoices", "payments")
"""What a folder with a company's own files may hold, in the order they are imported."""

Row = PersonRow | CustomerRow | InvoiceRow | PaymentRow


def write(book: Book, folder: Path) -> None:
    """Write the book into a folder, a file for each kind of rows that it has."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        if rows := getattr(book, kind):
            _write(folder / f"{kind}.csv", rows)


def _write(path: Path, rows: Sequence[Row]) -> None:
    lines = [asdict(row) for row in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
