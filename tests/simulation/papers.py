"""Pretend papers: what would be drawn as a PDF or a workbook is kept as text, in no time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from unittest.mock import patch

from bot.rendering.activity_sheet import Sheet as ActivitySheet
from bot.rendering.statement_sheet import Sheet


class PretendPencil:
    """Draws nothing, and says that it has."""

    def draw(self, sheet: Sheet, path: Path) -> str:
        """Return the digest of one paper."""
        return self.draw_all([(sheet, path)])[0]

    def draw_all(self, sheets: Sequence[tuple[Sheet, Path]]) -> list[str]:
        """Return the digests of several."""
        orders = [json.dumps(asdict(sheet)) + path.name for sheet, path in sheets]
        return [hashlib.sha256(order.encode()).hexdigest() for order in orders]


@contextmanager
def pretend_pencil() -> Iterator[PretendPencil]:
    """Stand in for the process that draws statements."""
    yield PretendPencil()


def no_workbook(sheet: ActivitySheet, path: Path) -> None:
    """Stand in for the process that draws workbooks."""


@contextmanager
def pretended() -> Iterator[None]:
    """Let nothing be drawn meanwhile."""
    with (
        patch("scheduler.statements.pencil", pretend_pencil),
        patch("scheduler.documents.pencil", pretend_pencil),
        patch("bot.rendering.activity_sheet.draw", no_workbook),
    ):
        yield
