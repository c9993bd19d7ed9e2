"""
An agent's day as a workbook, drawn in a process of its own (`activity_workbook`).

So neither `serve` nor the scheduler imports what draws workbooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.kernel.shapes import dataclass
from bot.rendering import apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on a sheet: counts as counts, all else as it is to be read."""

    title: str
    figures: Sequence[tuple[str, int | str]]
    rows: Sequence[Sequence[str]]
    """Of each call; its last cell is a day, `2026-06-12`, or empty."""


def draw(sheet: Sheet, path: Path) -> None:
    """
    Draw the sheet into a file, in a process of its own; the file appears whole or not at all.

    :raises apart.CannotDraw: if that process fails.
    """
    apart.draw("activity_workbook", asdict(sheet), path)
