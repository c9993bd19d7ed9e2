"""
Pretend papers: most of what would be drawn as a PDF or a workbook is kept as text, in no time.

A statement in 400 and a digest in 16 are drawn in earnest, so that what a simulated desk writes
is known to be drawable in every year.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

from bot.rendering import digest_sheet, statement_sheet, tables_sheet
from bot.rendering.activity_sheet import Sheet as ActivitySheet
from bot.rendering.digest_sheet import DigestSheet
from bot.rendering.statement_sheet import Sheet
from bot.rendering.tables_sheet import Tables

REAL_STATEMENTS = 400
REAL_DIGESTS = 16


class PretendPencil:
    """Draws one statement in many, and says that it has drawn the others."""

    def __init__(self) -> None:
        self.count = 0

    def draw(self, sheet: Sheet, path: Path) -> str:
        """Return the digest of one paper."""
        return self.draw_all([(sheet, path)])[0]

    def draw_all(self, sheets: Sequence[tuple[Sheet, Path]]) -> list[str]:
        """Return the digests of several."""
        return [self._draw(sheet, path) for sheet, path in sheets]

    def _draw(self, sheet: Sheet, path: Path) -> str:
        self.count += 1
        if self.count % REAL_STATEMENTS == 1:
            with real_pencil() as real:
                return real.draw(sheet, path)
        return hashlib.sha256((json.dumps(asdict(sheet)) + path.name).encode()).hexdigest()

    @contextmanager
    def lent(self) -> Iterator[PretendPencil]:
        """Stand in for the process that draws statements."""
        yield self


real_pencil = statement_sheet.pencil


@dataclass
class PretendDigests:
    """Draws one digest in many, and writes a word where the others would be."""

    real: Callable[[DigestSheet, Path], None]
    count: int = 0

    def draw(self, sheet: DigestSheet, path: Path) -> None:
        """Draw it, or leave a file where it is looked for."""
        self.count += 1
        if self.count % REAL_DIGESTS == 1:
            self.real(sheet, path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not drawn", "utf-8")


@dataclass
class PretendTables:
    """Draws one workbook of a week in many."""

    real: Callable[[Tables, Path], None]
    count: int = 0

    def draw(self, tables: Tables, path: Path) -> None:
        """Draw it, or leave a file where it is looked for."""
        self.count += 1
        if self.count % REAL_DIGESTS == 1:
            self.real(tables, path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not drawn", "utf-8")


def no_workbook(sheet: ActivitySheet, path: Path) -> None:
    """Stand in for the process that draws workbooks."""


@contextmanager
def pretended() -> Iterator[None]:
    """Let little be drawn meanwhile, and nobody make way for presses that come one by one."""
    pencil = PretendPencil()
    with (
        patch("scheduler.statements.pencil", pencil.lent),
        patch("scheduler.documents.pencil", pencil.lent),
        patch("bot.rendering.activity_sheet.draw", no_workbook),
        patch.object(digest_sheet, "draw_pdf", PretendDigests(digest_sheet.draw_pdf).draw),
        patch.object(
            digest_sheet, "draw_workbook", PretendDigests(digest_sheet.draw_workbook).draw
        ),
        patch.object(tables_sheet, "draw", PretendTables(tables_sheet.draw).draw),
        patch("scheduler.worklists._WAY_SECONDS", 0.0),
        patch("bot.store.bulk.PAUSE_SECONDS", 0.0),
    ):
        yield
