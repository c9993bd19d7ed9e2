"""
Statements that are compiled once: what each press asks and writes, while the desk waits.

On SQLite one thread writes, and SQLAlchemy takes five times as long to hand a small question
over as the database to answer it. Such a question is compiled when it is first asked, and its
text, its parameters and the types of its columns are kept. PostgreSQL, which has a thread for
each change, is asked as usual.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Date, Delete, Dialect, Insert, Select, Update
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]
Lists = Mapping[str, Sequence[Any]]
NO_LISTS: Final[Lists] = {}
_LONG: Final = 256


class Found:
    """Rows that were asked for, each a tuple whose values have their columns' names, too."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> Sequence[Any]:
        """Return all of them."""
        return self._rows

    def first(self) -> Any:  # noqa: ANN401 - a row has its columns' types
        """Return the first, or None."""
        return self._rows[0] if self._rows else None

    def one(self) -> Any:  # noqa: ANN401
        """
        Return the only one.

        :raises NoResultFound: if there is none.
        :raises MultipleResultsFound: if there are several.
        """
        if not self._rows:
            raise NoResultFound("no row was found where one was required")
        if len(self._rows) > 1:
            raise MultipleResultsFound("several rows were found where one was required")
        return self._rows[0]

    def scalar(self) -> Any:  # noqa: ANN401
        """Return the first value of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalars(self) -> list[Any]:
        """Return the first value of each row."""
        return [row[0] for row in self._rows]


class Prepared:
    """
    A select on tables, with every value that changes in a `bindparam`.

    What a column may be one of is given as a collection, to a `bindparam` that expands.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement: Final = statement
        self._plans: dict[type[Dialect], _Plan] = {}

    def ask(self, connection: Connection, given: Mapping[str, Any]) -> Found:
        """Return the rows that `connection.execute` would."""
        dialect = connection.dialect
        if dialect.name != "sqlite":
            return Found(connection.execute(self.statement, dict(given)).all())
        plan = self._plans.get(type(dialect))
        if plan is None:
            plan = self._plans[type(dialect)] = _Plan(self.statement, dialect)
        return plan.ask(connection, given)


class Changed(NamedTuple):
    """What came of a change."""

    new_id: int
    """The id of the row that was inserted; of an update it means nothing."""
    rows: int
    """How many rows were inserted or changed."""


class PreparedChange:
    """A change of one table, with every value that is another each time in a `bindparam`."""

    def __init__(self, statement: Insert | Update | Delete) -> None:
        self.statement: Final = statement.execution_options(preserve_rowcount=True)
        self._texts: dict[type[Dialect], _Text] = {}

    @property
    def table(self) -> str:
        """The table that is changed."""
        return str(self.statement.table.description)

    def carry_out(self, connection: Connection, given: Mapping[str, Any]) -> Changed:
        """
        Change the table.

        :param given: of an insert: the same columns each time, all that have a default, too.
        :raises ValueError: if one with a default is missing: nothing fills it in.
        :raises DBAPIError: as `connection.execute` would.
        """
        dialect = connection.dialect
        if dialect.name != "sqlite":
            result = connection.execute(self.statement, dict(given))
            key = result.inserted_primary_key if result.is_insert else None
            return Changed(int(key[0] or 0) if key else 0, result.rowcount)
        cursor = self._text_for(dialect, given).send(connection, given)
        return Changed(cursor.lastrowid or 0, cursor.rowcount)

    def carry_out_each(
        self, connection: Connection, given: Sequence[Mapping[str, Any]]
    ) -> None:
        """Change the table once for each; all give the same names."""
        if not given:
            return
        if connection.dialect.name == "sqlite":
            self._text_for(connection.dialect, given[0]).send_each(connection, given)
        else:
            connection.execute(self.statement, list(given))

    def _text_for(self, dialect: Dialect, given: Mapping[str, Any]) -> _Text:
        text = self._texts.get(type(dialect))
        if text is None:
            names = None if getattr(self.statement, "select", None) is not None else list(given)
            compiled: Any = self.statement.compile(dialect=dialect, column_keys=names)
            if fetched := compiled.insert_prefetch or compiled.update_prefetch:
                raise ValueError(f"nothing fills these by itself here: {fetched}")
            text = self._texts[type(dialect)] = _Text(compiled, dialect)
        return text


class _AsGiven(NamedTuple):
    """A value of a statement that may be another each time, stored as it is."""

    place: int
    name: str
    otherwise: object
    """What it is where none is given."""


class _Stored(NamedTuple):
    """Such a value, and what makes of it what is stored."""

    place: int
    name: str
    otherwise: object
    convert: Convert


class _Listed(NamedTuple):
    """A place of a statement for one value of a list; the same may stand at several."""

    place: int
    name: str
    nth: int
    convert: Convert | None


class _Text:
    """What SQLite is sent for a statement, and how each of its values is stored."""

    def __init__(self, compiled: Compiled, dialect: Dialect, lists: Lists = NO_LISTS) -> None:
        known: Any = compiled
        spread = known.construct_expanded_state({**known.params, **lists})
        self._text: str = spread.statement
        within = spread.parameter_expansion
        of_list = {
            place: (name, nth) for name in lists for nth, place in enumerate(within[name])
        }
        whole = {place: name for name in within for place in within[name]}
        self._values: list[Any] = []
        self._as_given: list[_AsGiven] = []
        self._stored: list[_Stored] = []
        self._listed: list[_Listed] = []
        for place, name in enumerate(spread.positiontup):
            bind = known.binds[whole.get(name, name)]
            convert, value = _to_database(bind.type, dialect), spread.parameters[name]
            if name in of_list:
                self._listed.append(_Listed(place, *of_list[name], convert))
            elif bind.unique:
                value = convert(value) if convert else value
            elif convert:
                self._stored.append(_Stored(place, name, value, convert))
            else:
                self._as_given.append(_AsGiven(place, name, value))
            self._values.append(value)

    def send(
        self, connection: Connection, given: Mapping[str, Any], lists: Lists = NO_LISTS
    ) -> sqlite3.Cursor:
        """
        Let the database carry out the statement with the values given.

        :raises DBAPIError: of the kind that SQLAlchemy makes of what SQLite says.
        """
        driver: Any = connection.connection.dbapi_connection
        values = self._filled(given)
        for place, name, nth, convert in self._listed:
            value = lists[name][nth]
            values[place] = convert(value) if convert else value
        try:
            cursor: sqlite3.Cursor = driver.execute(self._text, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                self._text, values, error, sqlite3.Error, dialect=connection.dialect
            ) from error
        return cursor

    def send_each(self, connection: Connection, given: Iterable[Mapping[str, Any]]) -> None:
        """
        Let the database carry out the statement with each of the values given.

        :raises DBAPIError: of the kind that SQLAlchemy makes of what SQLite says.
        """
        driver: Any = connection.connection.dbapi_connection
        try:
            driver.executemany(self._text, map(self._filled, given))
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                self._text, (), error, sqlite3.Error, dialect=connection.dialect
            ) from error

    def _filled(self, given: Mapping[str, Any]) -> list[Any]:
        values = self._values.copy()
        for place, name, otherwise in self._as_given:
            values[place] = given.get(name, otherwise)
        for place, name, otherwise, convert in self._stored:
            values[place] = convert(given.get(name, otherwise))
        return values


class _Plan:
    """
    What is known of a select once it is compiled for SQLite.

    Its text is kept for each length that lists are filled up to.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        self._compiled: Any = statement.compile(dialect=dialect)
        self._dialect = dialect
        self._lists = [
            bind.key for bind in self._compiled.post_compile_params if bind.value is None
        ]
        self._texts: dict[tuple[int, ...], _Text] = {}
        self._only = None if self._lists else _Text(self._compiled, dialect)
        columns = statement.selected_columns
        found = [_from_database(column.type, dialect) for column in columns]
        self._converts = [(index, to) for index, to in enumerate(found) if to]
        row = namedtuple("Row", columns.keys(), rename=True)  # type: ignore[misc]
        self._row: Callable[[Sequence[Any]], Any] = partial(tuple.__new__, row)

    def ask(self, connection: Connection, given: Mapping[str, Any]) -> Found:
        lists = {n: _filled_up(given[n]) for n in self._lists} if self._lists else NO_LISTS
        text = self._only or self._text_for(lists)
        found = text.send(connection, given, lists).fetchall()
        return Found(list(map(self._converted if self._converts else self._row, found)))

    def _text_for(self, lists: Lists) -> _Text:
        sizes = tuple(map(len, lists.values()))
        text = self._texts.get(sizes)
        if text is None:
            text = self._texts[sizes] = _Text(self._compiled, self._dialect, lists)
        return text

    def _converted(self, row: tuple[Any, ...]) -> Any:  # noqa: ANN401 - as its columns are
        values = list(row)
        for index, convert in self._converts:
            values[index] = convert(values[index])
        return self._row(values)


def _filled_up(values: Collection[Any]) -> list[Any]:
    """
    Return a list with its last value again and again, so that few lengths need a text.

    They are powers of two, and above `_LONG` its multiples: a database takes only so many
    values. An empty list stays as it is.
    """
    known = list(values)
    longer = 1 << (len(known) - 1).bit_length() if known else 0
    if longer > _LONG:
        longer = -(-len(known) // _LONG) * _LONG
    return known + known[-1:] * (longer - len(known))


def _to_database(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, Date):
        return _day_as_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _day_as_text(value: date | None) -> str | None:
    return None if value is None else date.isoformat(value)


def _from_database(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
