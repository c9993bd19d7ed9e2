"""
Selects that are compiled once: what each press asks, and the whole desk waits for.

On SQLite one thread writes, and SQLAlchemy takes five times as long to hand a small question
over as the database to answer it. Such a question is compiled when it is first asked, and its
text, its parameters and the types of its columns are kept. PostgreSQL, which has a thread for
each change, is asked as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Result, Select
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
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


class _Plan:
    """What is known of a select once it is compiled for SQLite."""

    def __init__(self, statement: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        binds, fixed = compiled.binds, compiled.params
        self._text: str = compiled.string
        self._parameters = [
            (name, fixed[name], _to_database(binds[name].type, dialect))
            for name in compiled.positiontup
        ]
        columns = statement.selected_columns
        found = [_from_database(column.type, dialect) for column in columns]
        self._converts = [(index, to) for index, to in enumerate(found) if to]
        self._names = SimpleResultMetaData(columns.keys())

    def ask(self, connection: Connection, given: Mapping[str, Any]) -> Result[*tuple[Any, ...]]:
        driver: Any = connection.connection.driver_connection
        values = [self._value(given, *parameter) for parameter in self._parameters]
        found = driver.execute(self._text, values).fetchall()
        return IteratorResult(self._names, iter([self._converted(row) for row in found]))

    @staticmethod
    def _value(
        given: Mapping[str, Any], name: str, fixed: object, convert: Convert | None
    ) -> object:
        value = given.get(name, fixed)
        return convert(value) if convert else value

    def _converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for index, convert in self._converts:
            values[index] = convert(values[index])
        return tuple(values)


def _to_database(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_database(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
