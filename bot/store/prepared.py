"""
Statements that are compiled once: what each press asks and writes, while the desk waits.

On SQLite one thread writes, and SQLAlchemy takes five times as long to hand a small question
over as the database to answer it. Such a question is compiled when it is first asked, and its
text, its parameters and the types of its columns are kept. PostgreSQL, which has a thread for
each change, is asked as usual.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Insert, Result, Select, Update
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]


class Prepared:
    """A select on tables, with every value that changes in a `bindparam`."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement: Final = statement
        self._plans: dict[Dialect, _Plan] = {}

    def ask(self, connection: Connection, given: Mapping[str, Any]) -> Result[*tuple[Any, ...]]:
        """Return the rows, as `connection.execute` would."""
        dialect = connection.dialect
        if dialect.name != "sqlite":
            return connection.execute(self.statement, dict(given))
        plan = self._plans.get(dialect)
        if plan is None:
            plan = self._plans[dialect] = _Plan(self.statement, dialect)
        return plan.ask(connection, given)


class PreparedChange:
    """An insert or an update of one table, with every value that changes in a `bindparam`."""

    def __init__(self, statement: Insert | Update) -> None:
        self.statement: Final = statement
        self._texts: dict[Dialect, _Text] = {}

    @property
    def table(self) -> str:
        """The table that is changed."""
        return str(self.statement.table.description)

    def carry_out(self, connection: Connection, given: Mapping[str, Any]) -> int:
        """
        Change the table, and return the new row's id; of an update nothing that means anything.

        :param given: of an insert: the same columns each time, all that have a default, too.
        :raises ValueError: if one with a default is missing: nothing fills it in.
        :raises DBAPIError: as `connection.execute` would.
        """
        dialect = connection.dialect
        if dialect.name != "sqlite":
            result = connection.execute(self.statement, dict(given))
            key = result.inserted_primary_key if result.is_insert else None
            return int(key[0]) if key else 0
        text = self._texts.get(dialect)
        if text is None:
            compiled: Any = self.statement.compile(dialect=dialect, column_keys=list(given))
            if fetched := compiled.insert_prefetch or compiled.update_prefetch:
                raise ValueError(f"nothing fills these by itself here: {fetched}")
            text = self._texts[dialect] = _Text(compiled, dialect)
        return text.send(connection, given).lastrowid or 0


class _Text:
    """What SQLite is sent for a statement, and how each of its values is stored."""

    def __init__(self, compiled: Compiled, dialect: Dialect) -> None:
        known: Any = compiled
        self._text: str = known.string
        self._parameters = [
            (name, known.params[name], _to_database(known.binds[name].type, dialect))
            for name in known.positiontup
        ]

    def send(self, connection: Connection, given: Mapping[str, Any]) -> sqlite3.Cursor:
        """
        Let the database carry out the statement with the values given.

        :raises DBAPIError: of the kind that SQLAlchemy makes of what SQLite says.
        """
        driver: Any = connection.connection.driver_connection
        values = [self._value(given, *parameter) for parameter in self._parameters]
        try:
            cursor: sqlite3.Cursor = driver.execute(self._text, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                self._text, values, error, sqlite3.Error, dialect=connection.dialect
            ) from error
        return cursor

    @staticmethod
    def _value(
        given: Mapping[str, Any], name: str, fixed: object, convert: Convert | None
    ) -> object:
        value = given.get(name, fixed)
        return convert(value) if convert else value


class _Plan:
    """What is known of a select once it is compiled for SQLite."""

    def __init__(self, statement: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        self._text = _Text(statement.compile(dialect=dialect), dialect)
        columns = statement.selected_columns
        found = [_from_database(column.type, dialect) for column in columns]
        self._converts = [(index, to) for index, to in enumerate(found) if to]
        self._names = SimpleResultMetaData(columns.keys())

    def ask(self, connection: Connection, given: Mapping[str, Any]) -> Result[*tuple[Any, ...]]:
        found = self._text.send(connection, given).fetchall()
        return IteratorResult(self._names, iter([self._converted(row) for row in found]))

    def _converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for index, convert in self._converts:
            values[index] = convert(values[index])
        return tuple(values)


def _to_database(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_database(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
