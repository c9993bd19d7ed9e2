"""Excel workbooks (.xlsx): the first sheet that is shown, read as a stream."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.workflows.imports.rows import BadFile, Cell, Number, Row, Rows

_LARGEST: Final = 4 << 30
_SMALL: Final = 64 << 20
_DENSEST: Final = 250
"""A part that unpacks to more than this many times its size is no honest spreadsheet."""
_SURPRISES: Final = (
    InvalidFileException,
    zipfile.BadZipFile,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    OSError,
)


@contextmanager
def open_xlsx(path: Path) -> Iterator[Rows]:
    """
    Open a workbook; a formula counts as the value that it was last calculated to.

    :raises BadFile: if it is no workbook, is empty, or unpacks to something unreasonable.
    """
    _check_size(path)
    try:
        workbook = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except _SURPRISES as error:
        raise BadFile(f"{path} is not an Excel workbook that can be read.") from error
    try:
        sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise BadFile(f"{path} has no sheet.")
        yield _read(sheets[0], path)
    finally:
        workbook.close()


def _read(sheet: Any, path: Path) -> Rows:  # noqa: ANN401 - openpyxl's own type
    sheet.reset_dimensions()
    rows = _rows(sheet, path)
    header = next(rows, None)
    if header is None:
        raise BadFile(f"{path} is empty.")
    names = tuple(str(cell).strip() for cell in header.cells)
    return Rows(path.name, names, (_padded(row, len(names)) for row in rows))


def _rows(sheet: Any, path: Path) -> Iterator[Row]:  # noqa: ANN401
    try:
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = [_cell(value) for value in values]
            while cells and cells[-1] == "":
                cells.pop()
            if cells:
                yield Row(line, cells)
    except _SURPRISES as error:
        raise BadFile(f"{path} is damaged: its rows cannot be read to the end.") from error


def _padded(row: Row, width: int) -> Row:
    missing = width - len(row.cells)
    return row._replace(cells=row.cells + [""] * missing) if missing > 0 else row


def _cell(value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value.isoformat(" ")
    return value if isinstance(value, date) else str(value)


def _number(value: float) -> Number:
    exact = Decimal(f"{value:.15g}")
    return Number(int(exact) if exact == exact.to_integral_value() else f"{exact:f}")


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise BadFile(f"{path} is not an Excel workbook that can be read.") from error
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if unpacked > _LARGEST or (unpacked > _SMALL and unpacked > packed * _DENSEST):
        raise BadFile(f"{path} unpacks to an unreasonable size and is not read.")
