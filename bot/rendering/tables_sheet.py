"""
Tables as a workbook, drawn in a process of its own (`tables_workbook`).

So neither `serve` nor the scheduler imports what draws; the file appears whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bot.kernel.shapes import dataclass
from bot.rendering import apart

DAY: Final = "day"
Cell = str | int | tuple[str] | tuple[str, str]
"""
Words, a count, or an amount or another number with decimals, as a text in a tuple; a day is
its ISO date beside `DAY`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A sheet: its columns with their widths, and its rows."""

    name: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """A workbook, with the title that stands on each of its sheets."""

    title: str
    tables: Sequence[Table]


def draw(tables: Tables, path: Path) -> None:
    """
    Draw a workbook.

    :raises apart.CannotDraw: if that process fails.
    """
    apart.draw("tables_workbook", asdict(tables), path)
