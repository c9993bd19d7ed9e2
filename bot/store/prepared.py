"""
Statements that are compiled once: what each press asks and writes, while the desk waits.

On SQLite one thread writes, and SQLAlchemy takes five times as long to hand a small question
over as the database to answer it. Such a question is compiled when it is first asked, and its
text, its parameters and the types of its columns are kept. PostgreSQL, which has a thread for
each change, is asked as usual.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Result, Select, Update
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]
Lists = Mapping[str, Sequence[Any]]
NO_LISTS: Final[Lists] = {}
_LONG: Final = 256


class Prepared:
    """
    A select on tables, with every value that changes in a `bindparam`.

    What a column may be one of is given as a collection, to a `bindparam` that expands.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement: Final = statement
        self._plans: dict[type[Dialect], _Plan] = {}

    def ask(self, connection: Connection, given: Mapping[str, Any]) -> Result[*tuple[Any, ...]]:
        """Return the rows, as `connection.execute` would."""
        dialect = connection.dialect
        if dialect.name != "sqlite":
            return connection.execute(self.statement, dict(given))
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
    """An insert or an update of one table, with every value that changes in a `bindparam`."""

    def __init__(self, statement: Insert | Update) -> None:
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
        text = self._texts.get(type(dialect))
        if text is None:
            compiled: Any = self.statement.compile(dialect=dialect, column_keys=list(given))
            if fetched := compiled.insert_prefetch or compiled.update_prefetch:
                raise ValueError(f"nothing fills these by itself here: {fetched}")
            text = self._texts[type(dialect)] = _Text(compiled, dialect)
        cursor = text.send(connection, given)
        return Changed(cursor.lastrowid or 0, cursor.rowcount)


class _Text:
    """What SQLite is sent for a statement, and how each of its values is stored."""

    def __init__(self, compiled: Compiled, dialect: Dialect, lists: Lists = NO_LISTS) -> None:
        known: Any = compiled
        spread = known.construct_expanded_state({**known.params, **lists})
        places = spread.parameter_expansion
        whole = {place: name for name in places for place in places[name]}
        self._places = {name: places[name] for name in lists}
        self._text: str = spread.statement
        self._parameters = [
            (
                name,
                spread.parameters[name],
                _to_database(known.binds[whole.get(name, name)].type, dialect),
            )
            for name in spread.positiontup
        ]

    def send(self, connection: Connection, given: Mapping[str, Any]) -> sqlite3.Cursor:
        """
        Let the database carry out the statement with the values given.

        :raises DBAPIError: of the kind that SQLAlchemy makes of what SQLite says.
        """
        driver: Any = connection.connection.driver_connection
        if self._places:
            given = {**given, **self._each(given)}
        values = [self._value(given, *parameter) for parameter in self._parameters]
        try:
            cursor: sqlite3.Cursor = driver.execute(self._text, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                self._text, values, error, sqlite3.Error, dialect=connection.dialect
            ) from error
        return cursor

    def _each(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of the lists by where they go."""
        return {
            place: value
            for name, places in self._places.items()
            for place, value in zip(places, given[name], strict=True)
        }

    @staticmethod
    def _value(
        given: Mapping[str, Any], name: str, fixed: object, convert: Convert | None
    ) -> object:
        value = given.get(name, fixed)
        return convert(value) if convert else value


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
        columns = statement.selected_columns
        found = [_from_database(column.type, dialect) for column in columns]
        self._converts = [(index, to) for index, to in enumerate(found) if to]
        self._names = SimpleResultMetaData(columns.keys())

    def ask(self, connection: Connection, given: Mapping[str, Any]) -> Result[*tuple[Any, ...]]:
        lists = {name: _filled_up(given[name]) for name in self._lists}
        text = self._text_for(lists)
        found = text.send(connection, {**given, **lists} if lists else given).fetchall()
        return IteratorResult(self._names, iter([self._converted(row) for row in found]))

    def _text_for(self, lists: Lists) -> _Text:
        sizes = tuple(map(len, lists.values()))
        text = self._texts.get(sizes)
        if text is None:
            text = self._texts[sizes] = _Text(self._compiled, self._dialect, lists)
        return text

    def _converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for index, convert in self._converts:
            values[index] = convert(values[index])
        return tuple(values)


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
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_database(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
