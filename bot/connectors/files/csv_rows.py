"""CSV in any delimiter and the usual encodings."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from bot.connectors.files.encoding import encoding_of
from bot.workflows.imports.rows import BadFile, Row, Rows

_LONGEST_FIELD: Final = 131_072
_LONGEST_HEADER: Final = 65_536
_USUAL: Final = ",;\t|"
_NEVER: Final = frozenset("\"'\r\n _-.()#/")
"""Characters of headings that are taken for a delimiter only by a `sep=` line."""


@contextmanager
def open_csv(path: Path, *, knows: Callable[[str], bool]) -> Iterator[Rows]:
    """
    Open a CSV file; its delimiter is the one with which the most headings are known.

    :raises BadFile: if it is no text, has no header, or a quoted field does not end.
    """
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(file, path)
        first = lines.peek()
        delimiter = _told(first)
        if delimiter:
            next(lines)
            first = lines.peek()
        yield _read(lines, delimiter or _delimiter(first, knows), path)


class _Lines:
    """The lines of a file, the first of which can be looked at before it is read."""

    def __init__(self, file: TextIO, path: Path) -> None:
        self.read = 0
        self._file = file
        self._path = path
        self._held: list[str] = []

    def peek(self) -> str:
        if not self._held:
            self._held.append(self._file.readline(_LONGEST_HEADER))
        return self._held[0]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._held.pop() if self._held else next(self._file)
        except UnicodeDecodeError as error:
            raise BadFile(
                f"{self._path} is not text in one encoding from line {self.read + 1} on."
            ) from error
        if not line:
            raise StopIteration
        self.read += 1
        return line


def _read(lines: _Lines, delimiter: str, path: Path) -> Rows:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        header = tuple(name.strip() for name in next(reader))
    except (StopIteration, csv.Error):
        raise BadFile(f"{path} has no header: its first line should name columns.") from None
    return Rows(path.name, header, _rows(reader, lines, path))


def _rows(reader: Iterator[list[str]], lines: _Lines, path: Path) -> Iterator[Row]:
    while True:
        start = lines.read + 1
        try:
            for cells in reader:
                if cells:
                    yield Row(start, cells)  # type: ignore[arg-type]
                start = lines.read + 1
            return
        except csv.Error as error:
            yield Row(start, [], _plainly(error, start, path))


def _plainly(error: csv.Error, line: int, path: Path) -> str:
    """
    Return what is wrong with one row, if the rows after it can still be told apart.

    :raises BadFile: if they cannot.
    """
    said = str(error)
    if "unexpected end" in said:
        raise BadFile(f"{path}: the quotes of line {line} never close.") from error
    if "field larger" in said:
        raise BadFile(
            f"{path}: line {line} has a field of more than {_LONGEST_FIELD:,} characters; "
            "perhaps its quotes do not close."
        ) from error
    return "The row cannot be read: a quote inside a quoted field is not doubled."


def _told(line: str) -> str:
    bare = line.strip().strip('"')
    is_told = bare.lower().startswith("sep=") and len(bare) == len("sep=") + 1
    return bare[-1] if is_told else ("\t" if line.lower().startswith("sep=\t") else "")


def _delimiter(header: str, knows: Callable[[str], bool]) -> str:
    counts = Counter(char for char in header if not char.isalnum() and char not in _NEVER)
    candidates = dict.fromkeys([*_USUAL, *(char for char, _ in counts.most_common(6))])

    def known(delimiter: str) -> tuple[int, int]:
        names = next(csv.reader(io.StringIO(header), delimiter=delimiter), [])
        return sum(knows(name.strip()) for name in names), counts[delimiter]

    best: str = max(candidates, key=known)
    return best
