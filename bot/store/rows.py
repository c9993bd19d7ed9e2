"""
Reading rows as they are, without making records of them.

A record costs three times what a row of the same columns does, and a press of an agent reads
a dozen: what it only looks at, it reads as rows of the tables, on the connection that its
transaction has (asking the session for it each time costs as much as the smallest question).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Result, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.store.base import Record
from bot.store.prepared import Changed, Prepared, PreparedChange

AnySelect = Select[*tuple[Any, ...]]
_USED: Final = "rows.used"


def table_of(record: type[Record]) -> Table:
    """Return the table in which records of a kind are kept."""
    table = record.__table__
    assert isinstance(table, Table)
    return table


def rows(
    session: Session, statement: AnySelect | Prepared, given: Mapping[str, Any]
) -> Result[*tuple[Any, ...]]:
    """Return the rows of a select on tables, with what this transaction has changed by now."""
    session.flush()
    connection = _connection_of(session)
    if isinstance(statement, Prepared):
        return statement.ask(connection, given)
    return connection.execute(statement, dict(given))


def change(session: Session, wanted: PreparedChange, given: Mapping[str, Any]) -> Changed:
    """
    Change a table of the session's transaction.

    Nothing tells the session of it: records of that table that it holds stay as they were.
    """
    session.flush()
    return wanted.carry_out(_connection_of(session), given)


def insert_new(session: Session, table: Table, new: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows whose keys are not there yet; count them."""
    dialect = session.get_bind().dialect.name
    count = 0
    for row in new:
        whole = {**_defaults(table), **row}
        unless_there = _unless_there(dialect, table, tuple(whole))
        count += change(session, unless_there, whole).rows
    return count


@cache
def _unless_there(dialect: str, table: Table, _columns: tuple[str, ...]) -> PreparedChange:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return PreparedChange(insert(table).on_conflict_do_nothing())


@cache
def _defaults(table: Table) -> dict[str, Any]:
    """Return what its columns have where a row does not say."""
    given: dict[str, Any] = {column.name: column.default for column in table.columns}
    return {name: kept.arg for name, kept in given.items() if kept and kept.is_scalar}


def _connection_of(session: Session) -> Connection:
    transaction, kept = session.info.get(_USED, (None, None))
    if isinstance(kept, Connection) and transaction is session.get_transaction():
        return kept
    connection = session.connection()
    session.info[_USED] = (session.get_transaction(), connection)
    return connection
