"""From the cells of a file to typed values, a row at a time, fast where cells repeat. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import getitem, itemgetter
from typing import Any, Final, NamedTuple

from bot.kernel.shapes import dataclass
from bot.workflows.imports.cells import MISSING, BadCell, as_text, with_point
from bot.workflows.imports.layouts import Column, Layout
from bot.workflows.imports.mapping import ColumnMap
from bot.workflows.imports.rows import BadFile, Cell, Number, Row, Rows

_REMEMBERED: Final = 20_000
_ABOUT_THE_COLUMN: Final = ("is ", "has ", "looks ")


class Memory(dict[Cell, Any]):
    """The cells of one column and what they mean: each different cell is read once."""

    def __init__(self, column: Column, column_map: ColumnMap) -> None:
        self.name: Final = column.name
        self._parse = column.parser(column_map.date_format)
        self._parse_date = column.parser("")
        """A date of a spreadsheet is one, in whatever format the map says texts are."""
        self._is_needed = column.is_needed
        self._default = default_of(column, column_map)

    def __missing__(self, cell: Cell) -> Any:  # noqa: ANN401 - each column has its own type
        """
        Read a cell for the first time.

        :raises BadCell: if it does not hold what the column is for.
        """
        is_text = isinstance(cell, str)
        text = as_text(cell) or self._default
        if not text and self._is_needed:
            raise BadCell(MISSING, column=self.name)
        try:
            value = self._parse(text) if is_text else self._parse_date(text)
        except BadCell as error:
            raise BadCell(str(error), column=error.column or self.name) from None
        if len(self) >= _REMEMBERED:
            self.clear()
        self[cell] = value
        return value


class Verbatim:
    """The cells of a column whose meaning depends on another: text as it is."""

    def __init__(self, name: str) -> None:
        self.name: Final = name

    def __getitem__(self, cell: Cell) -> str:
        """Return the text of a cell."""
        return cell.strip() if isinstance(cell, str) else as_text(cell)


class Figures:
    """The cells of a column of amounts in a file that writes them in another way than ours."""

    def __init__(self, column: Column, column_map: ColumnMap) -> None:
        self.name: Final = column.name
        self._parse = column.parser("")
        self._with_point = with_point(column_map.decimal, column_map.thousands)
        self._default = default_of(column, column_map)

    def __getitem__(self, cell: Cell) -> Any:  # noqa: ANN401 - each column has its own type
        """
        Return what a cell holds, amounts with a point.

        :raises BadCell: if it is no amount.
        """
        text = as_text(cell) or self._default
        try:
            return self._parse(text if isinstance(cell, Number) else self._with_point(text))
        except BadCell as error:
            raise BadCell(str(error), column=self.name) from None


class Problem(NamedTuple):
    """What is wrong with a row of a file."""

    line: int
    column: str
    message: str


class Parsed(NamedTuple):
    """A row whose cells could all be read: a value for each column of the layout."""

    line: int
    values: tuple[Any, ...]
    names: tuple[str, ...]

    def named(self) -> dict[str, Any]:
        """Return the values by their columns."""
        return dict(zip(self.names, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class Faulty:
    """A row that is left out: why, and what of it could be read."""

    problems: tuple[Problem, ...]
    values: dict[str, Any]

    @property
    def line(self) -> int:
        """The line it starts on."""
        return self.problems[0].line


class RowParser:
    """Reads the rows of one file, laid out in one way."""

    def __init__(self, layout: Layout, rows: Rows, column_map: ColumnMap) -> None:
        places = _places(layout, rows, column_map)
        self.present: Final = frozenset(places) | frozenset(column_map.defaults)
        self._columns = [_reader(column, column_map) for column in layout.columns]
        self._width = len(rows.header)
        picked = [places.get(column.name, self._width) for column in layout.columns]
        self._pick: Callable[[Sequence[Cell]], tuple[Cell, ...]] = itemgetter(*picked)
        self._rows = rows.rows
        self._names = layout.names

    def __iter__(self) -> Iterator[Parsed | Faulty]:
        """Return each row, parsed or faulty; rows without any text are passed over."""
        columns, pick, width, names = self._columns, self._pick, self._width, self._names
        for row in self._rows:
            if len(row.cells) == width:
                cells = [*row.cells, ""]
                try:
                    values = tuple(map(getitem, columns, pick(cells)))
                except BadCell:
                    pass
                else:
                    yield Parsed(row.line, values, names)
                    continue
            if row.problem or any(map(as_text, row.cells)):
                yield self._faulty(row)

    def _faulty(self, row: Row) -> Faulty:
        if row.problem:
            return Faulty((Problem(row.line, "", row.problem),), {})
        if (count := len(row.cells)) != self._width:
            said = f"The row has {count} cells where the header has {self._width}."
            return Faulty((Problem(row.line, "", said),), {})
        problems, values = [], {}
        for column, cell in zip(self._columns, self._pick([*row.cells, ""]), strict=True):
            try:
                values[column.name] = column[cell]
            except BadCell as error:
                problems.append(problem_of(row.line, error))
        return Faulty(tuple(problems), values)


def problem_of(line: int, error: BadCell) -> Problem:
    """Return what is wrong with a cell as a problem of its row, in a sentence."""
    is_about_column = str(error).startswith(_ABOUT_THE_COLUMN)
    said = f"{error.column} {error}" if is_about_column else str(error)
    return Problem(line, error.column, f"{said}.")


def _reader(column: Column, column_map: ColumnMap) -> Memory | Verbatim | Figures:
    if column.is_amount and column_map.decimal:
        return Figures(column, column_map)
    if column.is_verbatim and not default_of(column, column_map):
        return Verbatim(column.name)
    return Memory(column, column_map)


def default_of(column: Column, column_map: ColumnMap) -> str:
    """Return what an empty cell of a column stands for."""
    return column_map.defaults.get(column.name, column.default)


def _places(layout: Layout, rows: Rows, column_map: ColumnMap) -> dict[str, int]:
    headings = _headings(rows)
    places: dict[str, int] = {}
    for column in layout.columns:
        theirs = column_map.columns.get(column.name)
        place = headings.get(plain(theirs or column.name))
        if place is None and theirs:
            raise BadFile(
                f"{rows.source} has no column {theirs!r}, "
                f"which the map takes for {column.name}."
            )
        if place is not None:
            places[column.name] = place
    _check_needed(layout, rows, places, column_map)
    return places


def _headings(rows: Rows) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(rows.header):
        if not plain(name):
            continue
        if plain(name) in places:
            raise BadFile(f"{rows.source} has two columns named {name!r}.")
        places[plain(name)] = place
    return places


def _check_needed(
    layout: Layout, rows: Rows, places: dict[str, int], column_map: ColumnMap
) -> None:
    missing = [
        column.name
        for column in layout.columns
        if column.is_needed
        and column.name not in places
        and column.name not in column_map.defaults
    ]
    if missing:
        raise BadFile(
            f"{rows.source} has no column {', '.join(missing)}; "
            f"it has: {', '.join(rows.header)[:300]}."
        )


def plain(heading: str) -> str:
    """Return a heading without what people write differently: case, blanks, underscores."""
    return heading.strip().lower().replace(" ", "_").replace("-", "_")


def knows(layout: Layout, column_map: ColumnMap) -> Callable[[str], bool]:
    """Return a test if a heading is one that the import looks for."""
    wanted = {plain(column_map.columns.get(name, name)) for name in layout.names}
    return lambda heading: plain(heading) in wanted
