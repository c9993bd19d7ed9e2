"""
Reading rows as they are, and making records of them only where those are changed.

A record costs three times what a row of the same columns does, and a press of an agent reads
a dozen: what it only looks at, it reads as rows of the tables, on the connection that its
session has (asking the session for it each time costs as much as the smallest question).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, class_mapper
from sqlalchemy.orm.attributes import instance_dict, instance_state, manager_of_class

from bot.store.base import Record
from bot.store.prepared import Changed, Found, Prepared, PreparedChange

R = TypeVar("R", bound=Record)
AnySelect = Select[*tuple[Any, ...]]


def table_of(record: type[Record]) -> Table:
    """Return the table in which records of a kind are kept."""
    table = record.__table__
    assert isinstance(table, Table)
    return table


def rows(session: Session, statement: AnySelect | Prepared, given: Mapping[str, Any]) -> Found:
    """Return the rows of a select on tables, with what this transaction has changed by now."""
    session.flush()
    connection = _connection_of(session)
    if isinstance(statement, Prepared):
        return statement.ask(connection, given)
    return Found(connection.execute(statement, dict(given)).all())


def record(session: Session, kind: type[R], key: int) -> R:
    """
    Return a record by the desk's own id, as `session.get_one` does in four times the time.

    :raises NoResultFound: if there is none.
    """
    if held := session.identity_map.get(_identity(kind, key)):
        return held
    found = rows(session, _by_id(kind), {"id": key}).one()
    return _made(session, kind, found)


def records(
    session: Session, kind: type[R], wanted: Prepared, given: Mapping[str, Any]
) -> list[R]:
    """
    Return records of a kind; what the session holds of them already stays as it is.

    :param wanted: a select of all columns of the kind's table.
    """
    return [
        session.identity_map.get(_identity(kind, row.id)) or _made(session, kind, row)
        for row in rows(session, wanted, given)
    ]


def first_record(
    session: Session, kind: type[R], wanted: Prepared, given: Mapping[str, Any]
) -> R | None:
    """Return the first of such records, if there is any."""
    return next(iter(records(session, kind, wanted, given)), None)


def enter(
    session: Session, kind: type[R], wanted: PreparedChange, values: Mapping[str, Any]
) -> R:
    """
    Insert a row and return its record, made of what was written: it is not read again.

    :param values: of its columns but for the id, and those that stay empty.
    """
    key = change(session, wanted, values).new_id
    return _held(session, kind, {**_empty(kind), **values, "id": key})


@cache
def _empty(kind: type[Record]) -> dict[str, None]:
    return dict.fromkeys(table_of(kind).columns.keys())


def locked(session: Session, kind: type[R], key: int) -> R:
    """
    Return a record as it is now, kept from others until this transaction ends.

    :raises NoResultFound: if there is none.
    """
    return _as_now(session, kind, rows(session, _lock_by_id(kind), {"id": key}).one())


def locked_records(
    session: Session, kind: type[R], wanted: Prepared, given: Mapping[str, Any]
) -> list[R]:
    """
    Return records as they are now, kept from others until this transaction ends.

    :param wanted: a select of all columns of the kind's table, for update.
    """
    return [_as_now(session, kind, row) for row in rows(session, wanted, given)]


def change(session: Session, wanted: PreparedChange, given: Mapping[str, Any]) -> Changed:
    """
    Change a table of the session's transaction.

    Nothing tells the session of it: records of that table that it holds stay as they were.
    """
    session.flush()
    return wanted.carry_out(_connection_of(session), given)


def change_each(
    session: Session, wanted: PreparedChange, given: Sequence[Mapping[str, Any]]
) -> None:
    """Change a table of the session's transaction once for each; all give the same names."""
    session.flush()
    wanted.carry_out_each(_connection_of(session), given)


def amend(session: Session, held: Record, **values: Any) -> None:  # noqa: ANN401 - of columns
    """Change columns of a record that the session holds, at once: a flush costs far more."""
    session.flush()  # a record that is new has its id only then
    change(session, _amending(type(held), tuple(values)), {"amended": held.id, **values})
    instance_dict(held).update(values)


@cache
def _amending(kind: type[Record], _columns: tuple[str, ...]) -> PreparedChange:
    table = table_of(kind)
    return PreparedChange(update(table).where(table.c.id == bindparam("amended")))


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
    bind = session.bind
    if isinstance(bind, Connection) and bind.in_transaction():
        return bind
    return session.connection()


@cache
def _by_id(kind: type[Record]) -> Prepared:
    return Prepared(select(table_of(kind)).where(table_of(kind).c.id == bindparam("id")))


@cache
def _lock_by_id(kind: type[Record]) -> Prepared:
    return Prepared(_by_id(kind).statement.with_for_update())


def _identity(kind: type[R], key: int) -> tuple[type[R], tuple[Any, ...], None]:
    return kind, (key,), None


def _made(session: Session, kind: type[R], row: Any) -> R:  # noqa: ANN401 - a row of it
    return _held(session, kind, dict(zip(row._fields, row, strict=True)))


def _held(session: Session, kind: type[R], values: Mapping[str, Any]) -> R:
    """Make a record of the session's, as if the session had loaded it."""
    found: R = _manager_of(kind).new_instance()
    instance_dict(found).update(values)
    state = instance_state(found)
    state.key = _identity(kind, values["id"])
    state.session_id = session.hash_key
    # As a load does it: `session.add` would look for what hangs on it, and nothing does.
    session.identity_map.add(state)
    return found


@cache
def _manager_of(kind: type[Record]) -> Any:  # noqa: ANN401 - SQLAlchemy's, of the kind
    class_mapper(kind)  # which makes sure that all records' mapping is complete
    return manager_of_class(kind)


def _as_now(session: Session, kind: type[R], row: Any) -> R:  # noqa: ANN401 - a row of it
    """Return the session's record of a row, with what the row has."""
    held = session.identity_map.get(_identity(kind, row.id))
    if held is None:
        return _made(session, kind, row)
    instance_dict(held).update(zip(row._fields, row, strict=True))
    return held
