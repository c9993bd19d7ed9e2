"""
Drawing a file in a process of its own.

So neither `serve` nor the scheduler imports what draws; the file appears whole or not at all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class CannotDraw(Exception):  # noqa: N818 - reads as what happened
    """The file could not be drawn; the message is the drawing process's last line."""


def draw(module: str, order: Mapping[str, Any], path: Path, *, seconds: int = 60) -> None:
    """
    Let a module of `bot.rendering` draw what is ordered into a file.

    :param order: what stands in it, as JSON has it.
    :raises CannotDraw: if that process fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        [sys.executable, "-m", f"bot.rendering.{module}"],
        input=json.dumps({**order, "path": str(path.resolve())}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    if ran.returncode:
        raise CannotDraw(ran.stderr.strip().rpartition("\n")[2])
