"""
Tables as a workbook, drawn in a process of its own (`tables_workbook`).

So neither `serve` nor the scheduler imports what draws; the file appears whole or not at all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bot.kernel.shapes import dataclass

_SECONDS: Final = 60
Cell = str | int | tuple[str]
"""Words, a count, or an amount or another number with decimals, as a text in a tuple."""


class CannotDraw(Exception):  # noqa: N818 - reads as what happened
    """The workbook could not be drawn; the message is the drawing process's last line."""


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

    :raises CannotDraw: if that process fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    order = json.dumps(asdict(tables) | {"path": str(path.resolve())})
    ran = subprocess.run(
        [sys.executable, "-m", "bot.rendering.tables_workbook"],
        input=order,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )
    if ran.returncode:
        raise CannotDraw(ran.stderr.strip().rpartition("\n")[2])
