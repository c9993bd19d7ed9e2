"""
Bringing much in at once, beside people who press buttons.

A load has a connection of its own. What is read is first put *aside*, into temporary tables
that block nobody; then it is merged in slices, each a short transaction of its own, with a
pause after it in which those who wait for SQLite's one writer get their turn. Only one load
runs at a time on a database; the claim on it dies with its process.
"""

from __future__ import annotations

import fcntl
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable

from bot.kernel.errors import Refused
from bot.store import audit
from bot.store.database import Database, plainly

SLICE: Final = 5_000
"""Rows of a slice: some 50 ms of writing, so that a press waits for less than it notices."""
PAUSE_SECONDS: Final = 0.02
_LOCK: Final = zlib.crc32(b"ardesk.load")


class LoadRunning(Refused):
    """Another load of the same database is under way."""


class Row(Protocol):
    """Something with the values of a row, in the order of its table's columns."""

    def __getitem__(self, index: int, /) -> Any: ...  # noqa: ANN401 - column values
    def __len__(self) -> int: ...


class Load:
    """One load: a connection of its own, what is put aside on it, and its slices."""

    def __init__(self, connection: Connection, *, audit_key: bytes, pause: float) -> None:
        self.connection: Final = connection
        self._key = audit_key
        self._pause = pause

    @contextmanager
    def aside(self) -> Iterator[Session]:
        """Open a transaction that reads, and writes to temporary tables only."""
        with self._begun("BEGIN") as session:
            yield session

    @contextmanager
    def slice(self) -> Iterator[Session]:
        """
        Open a short transaction that writes, its audit entries with it, and pause after it.

        :raises DeskBusy: if the database is locked, full or away.
        """
        with self._begun("BEGIN IMMEDIATE") as session:
            yield session
            audit.seal(session, self._key)
        time.sleep(self._pause)

    @contextmanager
    def _begun(self, begin: str) -> Iterator[Session]:
        with (
            plainly(),
            self.connection.begin(),
            Session(self.connection, expire_on_commit=False) as session,
        ):
            if self.connection.dialect.name == "sqlite":
                self.connection.exec_driver_sql(begin)
            yield session
            session.flush()


@contextmanager
def opened(database: Database) -> Iterator[Load]:
    """
    Open a load, the only one on the database.

    :raises LoadRunning: if there is one already.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(database.loader.connect())
        stack.enter_context(_alone(database, connection))
        pause = PAUSE_SECONDS if database.is_sqlite else 0.0
        yield Load(connection, audit_key=database.audit_key, pause=pause)


def put(
    session: Session, table: Table, rows: Sequence[Row], *, but_for: Sequence[str] = ()
) -> int:
    """
    Insert rows but for known keys; return how many there were.

    :param rows: values in the order of the table's columns, but for those named in `but_for`.
    """
    if not rows:
        return 0
    connection = session.connection()
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    names = [column.name for column in table.columns if column.name not in but_for]
    marks = ", ".join([mark] * len(names))
    values = f"({', '.join(names)}) VALUES ({marks})"
    statement = f"INSERT INTO {table.name} {values} ON CONFLICT DO NOTHING"
    return connection.exec_driver_sql(statement, list(rows)).rowcount


def lay_out(session: Session, table: Table) -> None:
    """Have a temporary table, and nothing in it."""
    connection = session.connection()
    connection.exec_driver_sql(_creation(table, connection.dialect.name))
    connection.exec_driver_sql(f"DELETE FROM {table.name}")


@cache
def _creation(table: Table, dialect: str) -> str:
    kind = {"sqlite": sqlite, "postgresql": postgresql}[dialect]
    return str(CreateTable(table, if_not_exists=True).compile(dialect=kind.dialect()))


def reserve_ids(session: Session, table: Table, count: int) -> range:
    """Return so many ids of the table that nobody else will get."""
    if session.get_bind().dialect.name == "sqlite":
        first = (session.scalar(select(func.max(table.c.id))) or 0) + 1
        return range(first, first + count)
    session.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
    highest = session.scalar(select(func.max(table.c.id))) or 0
    sequence = func.pg_get_serial_sequence(table.name, "id")
    first = max(highest + 1, session.scalar(select(func.nextval(sequence))) or 1)
    session.execute(select(func.setval(sequence, first + count)))
    return range(first, first + count)


@contextmanager
def _alone(database: Database, connection: Connection) -> Iterator[None]:
    if not database.is_sqlite:
        _check(is_ours=_locked(connection, func.pg_try_advisory_lock))
        try:
            yield
        finally:
            with suppress(DBAPIError):
                _locked(connection, func.pg_advisory_unlock)
        return
    with open(f"{database.engine.url.database}.load", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _check(is_ours=False)
        yield


def _locked(connection: Connection, change: Any) -> bool:  # noqa: ANN401 - a function
    with connection.begin():
        return bool(connection.scalar(select(change(_LOCK))))


def _check(*, is_ours: bool) -> None:
    if not is_ours:
        raise LoadRunning("Another import is running on this desk: try again when it is done.")
