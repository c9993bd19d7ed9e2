"""
Opening the database.

Business code is plain functions on a plain session. On SQLite one thread writes and several
read beside it (WAL); on PostgreSQL both share a pool. The async side hands its work over with
`write` and `read`; commands and tests use `transaction` and `reading` directly.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as WaitedTooLong
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import NullPool

from bot.kernel.errors import Refused
from bot.store import audit
from bot.store.base import Record
from bot.store.sessions import Kept, Pooled, Sessions, connection_of
from bot.store.together import Lost, Together

T = TypeVar("T")
READERS: Final = 4
BUSY_SECONDS: Final = 5.0
KEPT_STATEMENTS: Final = 1024
"""Of each connection: a day asks several hundred, and SQLite parses what is not kept anew."""

_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-65536",
)
_LOADING: Final = (
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=FILE",
    "cache_size=-32768",
    "temp.cache_size=-32768",
)


class ChangedMeanwhile(Refused):
    """Somebody else changed the same record between reading and writing."""


class DeskBusy(Refused):
    """The database is locked, full or away; the change was not saved."""


class Database:
    """The desk's database; every change happens inside one of its transactions."""

    def __init__(self, url: str, *, audit_key: bytes) -> None:
        self.is_sqlite: Final = make_url(url).get_backend_name() == "sqlite"
        self._key = audit_key
        self._together: Together | None = None
        self._writing: Sessions
        self._reading: Sessions
        if self.is_sqlite:
            self._writer = _sqlite_engine(url, begin="BEGIN IMMEDIATE", size=2)
            self._reader = _sqlite_engine(url, begin="BEGIN", size=READERS + 1)
            self._loader = _loading_engine(url)
            self._writing, self._reading = (
                Kept(self._writer, 1),
                Kept(self._reader, READERS + 1),
            )
            self._together = Together(self._writing, audit_key)
        else:
            self._writer = self._reader = _postgresql_engine(url)
            self._loader = create_engine(url, poolclass=NullPool)
            self._writing = self._reading = Pooled(self._writer)
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else READERS, "desk-write")
        self._readers = ThreadPoolExecutor(READERS, "desk-read")

    @property
    def engine(self) -> Engine:
        """The engine that writes, for migrations."""
        return self._writer

    @property
    def loader(self) -> Engine:
        """The engine of bulk loads, which begin their transactions by hand."""
        return self._loader

    @property
    def audit_key(self) -> bytes:
        """The key of the trail, for who opens a connection of its own."""
        return self._key

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """
        Open a session that commits on a clean exit, its audit entries with it.

        :raises ChangedMeanwhile: if somebody else was quicker with the same record.
        :raises DeskBusy: if the database is locked, full or away.
        """
        with plainly(), self._writing.lent() as session, connection_of(session).begin():
            yield session
            session.flush()
            audit.seal(session, self._key)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """
        Open a session to read with: one consistent picture, nothing saved.

        :raises DeskBusy: if the database is locked or away.
        """
        with plainly(), self._reading.lent() as session:
            transaction = connection_of(session).begin()
            try:
                yield session
            finally:
                transaction.rollback()

    async def write(self, work: Callable[[Session], T]) -> T:
        """
        Do the work on a database thread, whole or not at all, and return when it is saved.

        :raises ChangedMeanwhile: if somebody else was quicker with the same record.
        :raises DeskBusy: if the database is locked, full or away.
        """
        if self._together is None:
            return await asyncio.get_running_loop().run_in_executor(
                self._writers, self._in, self.transaction, work
            )
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._together.put(work, done):
            self._writers.submit(self._together.drain)
        with plainly():
            return await done

    async def read(self, work: Callable[[Session], T]) -> T:
        """Do the reading on a database thread, beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._in, self.reading, work
        )

    def create_tables(self) -> None:
        """Create whatever table is missing, with its triggers (tests; else migrations do)."""
        Record.metadata.create_all(self._writer)

    def close(self) -> None:
        """Finish what is running and close every connection."""
        self._writers.shutdown()
        self._readers.shutdown()
        self._writing.close()
        self._reading.close()
        self._loader.dispose()

    @staticmethod
    def _in(opened: Callable[[], Any], work: Callable[[Session], T]) -> T:
        with opened() as session:
            return work(session)


@contextmanager
def plainly() -> Iterator[None]:
    """
    Say in plain words what the database could not do.

    :raises ChangedMeanwhile: if somebody else was quicker with the same record.
    :raises DeskBusy: if the database is locked, full or away.
    """
    try:
        yield
    except StaleDataError as error:
        raise ChangedMeanwhile("Somebody else was a moment quicker. Look again.") from error
    except (OperationalError, sqlite3.OperationalError, WaitedTooLong, Lost) as error:
        raise DeskBusy(
            "The desk could not do this just now. Nothing was lost: try again in a minute."
        ) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DeskBusy(
                "The desk's database is away. Please try again in a minute."
            ) from error
        raise


def _sqlite_engine(url: str, *, begin: str, size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        connect_args={
            "check_same_thread": False,
            "timeout": BUSY_SECONDS,
            "cached_statements": KEPT_STATEMENTS,
        },
    )

    event.listen(engine, "connect", begins_with(*_PRAGMAS))

    def start(connection: Any) -> None:  # noqa: ANN401 - DBAPI
        connection.dbapi_connection.execute(begin)

    # Not by the engine's events: one listener there makes every statement dearer.
    dialect: Any = engine.dialect
    dialect.do_begin = start
    dialect.do_commit = lambda connection: connection.dbapi_connection.commit()
    dialect.do_rollback = lambda connection: connection.dbapi_connection.rollback()
    dialect.do_savepoint = _saying("SAVEPOINT")
    dialect.do_release_savepoint = _saying("RELEASE")
    dialect.do_rollback_to_savepoint = _saying("ROLLBACK TO")
    return engine


def _loading_engine(url: str) -> Engine:
    """Return an engine that keeps a connection: the next load finds the tables read already."""
    waits = {"check_same_thread": False, "timeout": BUSY_SECONDS * 4}
    engine = create_engine(url, pool_size=1, connect_args=waits)
    event.listen(engine, "connect", begins_with(*_LOADING))
    return engine


def begins_with(*pragmas: str) -> Callable[[Any, object], None]:
    """Return what each new connection to SQLite begins with; transactions are begun by hand."""

    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - DBAPI
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _saying(words: str) -> Callable[[Connection, str], None]:
    """Return what says that of a savepoint; changes of one commit have one each, and wait."""

    def say(connection: Connection, name: str) -> None:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"{words} {name}")

    return say


def _postgresql_engine(url: str) -> Engine:
    return create_engine(url, pool_size=READERS * 2 + 2, max_overflow=4, pool_pre_ping=True)
