"""
Files with rows: CSV and XLSX, read row by row, so that memory does not grow with the file.

A file comes out as its header and a stream of rows, each with the line it starts on (from 1)
and its cells as text, or as dates where a spreadsheet has dates. Whatever is wrong with the
file as a whole is one sentence (`BadFile`); what is wrong with one row is said in that row.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from bot.connectors.files.csv_rows import open_csv
from bot.connectors.files.xlsx_rows import open_xlsx
from bot.workflows.imports.rows import BadFile, Rows

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"

Knows = Callable[[str], bool]
"""Tests if a heading is one that the import looks for."""


def open_rows(path: Path, *, knows: Knows) -> AbstractContextManager[Rows]:
    """
    Open a file of rows, whatever kind it is.

    :raises BadFile: if it is missing, a folder, empty, or neither CSV nor XLSX.
    """
    start = _start_of(path)
    if start.startswith(_OLD_EXCEL):
        raise BadFile(f"{path} is an old Excel file (.xls): save it as .xlsx or CSV.")
    if start.startswith(_ZIP):
        return open_xlsx(path)
    if not start.strip():
        raise BadFile(f"{path} is empty.")
    return open_csv(path, knows=knows)


def _start_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except FileNotFoundError:
        raise BadFile(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise BadFile(f"{path} is a folder, not a file.") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadFile(f"{str(path)!r} is not the name of a file: {error}.") from error
