"""A file of rows, as every import sees it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass

Cell = str | date
"""A cell as a file has it: text, or a date where a spreadsheet has one."""


class Number(str):
    """A figure that a spreadsheet holds as one: with a point, whatever a map says."""

    __slots__ = ()


class BadFile(Refused):
    """A file cannot be imported at all; nothing of it was."""


class Row(NamedTuple):
    """One row: the line it starts on (from 1, the header being a line) and its cells."""

    line: int
    cells: list[Cell]
    problem: str = ""
    """Why the row cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Rows:
    """An opened file: its name, its headings, and its rows in order."""

    source: str
    header: tuple[str, ...]
    rows: Iterator[Row]
