"""What the workbooks have in common: words as they were typed, and a file that is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import xlsxwriter

_AS_TYPED: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""Words are text, never formulas, links or numbers (I30)."""


@contextmanager
def whole(path: Path) -> Iterator[Any]:
    """Give a workbook to be filled; the file appears at its end, whole, or not at all."""
    half = path.with_suffix(".part")
    with xlsxwriter.Workbook(half, _AS_TYPED) as book:
        yield book
    half.replace(path)
