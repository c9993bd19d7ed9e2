"""
Statements as PDF files, drawn in a process of its own (`statement_pdf`).

That process lives as long as a run, so that it starts once; neither `serve` nor the scheduler
imports what draws. Each file appears whole or not at all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final

from bot.kernel.shapes import dataclass


class CannotDraw(Exception):  # noqa: N818 - reads as what happened
    """A statement could not be drawn; the message is the drawing process's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one account (site) has open: its lines as they are to be read."""

    name: str
    lines: tuple[tuple[str, ...], ...]
    """Document, date, due, days past due, amount, open, disputed (or empty)."""
    sums: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on a statement: everything as it is to be read."""

    company: str
    company_address: str
    title: str
    payer: str
    facts: tuple[tuple[str, str], ...]
    accounts: tuple[Account, ...]
    ages: tuple[tuple[str, ...], ...]
    """A row a currency: its code, each age, unapplied, outstanding."""
    age_names: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pencil:
    """The process that draws."""

    orders: IO[str]
    answers: IO[str]

    def draw(self, sheet: Sheet, path: Path) -> str:
        """
        Draw a statement into a file and return the file's SHA-256.

        :raises CannotDraw: if that fails.
        """
        return self.draw_all([(sheet, path)])[0]

    def draw_all(self, sheets: Sequence[tuple[Sheet, Path]]) -> list[str]:
        """
        Draw several, each into its file, while the next is handed over; return the digests.

        :raises CannotDraw: if one fails.
        """
        try:
            for sheet, path in sheets:
                path.parent.mkdir(parents=True, exist_ok=True)
                order = json.dumps(asdict(sheet) | {"path": str(path.resolve())})
                self.orders.write(order + "\n")
            self.orders.flush()
            return [_digest(self.answers.readline()) for _ in sheets]
        except OSError as error:
            raise CannotDraw(_GONE) from error


_SECONDS: Final = 30
_GONE: Final = "The drawing process has gone."


def _digest(answer: str) -> str:
    if not answer.startswith("ok "):
        raise CannotDraw(answer.strip() or _GONE)
    return answer.split()[1]


@contextmanager
def pencil() -> Iterator[Pencil]:
    """Start the process that draws, and end it afterwards."""
    command = [sys.executable, "-m", "bot.rendering.statement_pdf"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Pencil(process.stdin, process.stdout)
            process.stdin.close()
            process.wait(_SECONDS)
        finally:
            process.kill()
