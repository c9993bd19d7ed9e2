"""
An agent's day as a workbook, drawn in a process of its own (`activity_workbook`).

So neither `serve` nor the scheduler imports what draws workbooks.
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


class CannotDraw(Exception):  # noqa: N818 - reads as what happened
    """The workbook could not be drawn; the message is the drawing process's last line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on a sheet: everything as it is to be read."""

    title: str
    figures: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]


def draw(sheet: Sheet, path: Path) -> None:
    """
    Draw the sheet into a file, in a process of its own; the file appears whole or not at all.

    :raises CannotDraw: if that process fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    order = json.dumps(asdict(sheet) | {"path": str(path.resolve())})
    command = [sys.executable, "-m", "bot.rendering.activity_workbook"]
    ran = subprocess.run(
        command, input=order, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if ran.returncode:
        raise CannotDraw(ran.stderr.strip().rpartition("\n")[2])
