"""
Sessions to work in: on SQLite, on connections that stay open from one use to the next.

To take a connection from an engine and to make a session for it takes SQLAlchemy longer than
the database takes for most of what a press asks. On PostgreSQL the engine's pool is asked each
time, which finds out about a server that has gone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import BoundedSemaphore
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as WaitedTooLong
from sqlalchemy.orm import Session

PATIENCE: Final = 30.0
"""Seconds that somebody waits until another one's connection is free."""


class Sessions(Protocol):
    """Where sessions come from."""

    def lent(self) -> AbstractContextManager[Session]:
        """Lend a session that has a connection to itself, outside any transaction."""
        ...

    def close(self) -> None:
        """Close every connection that nobody uses."""
        ...


class Pooled:
    """A session made anew each time, on a connection from the engine's pool."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def lent(self) -> Iterator[Session]:
        """Lend one."""
        with self._engine.connect() as connection, _session(connection) as session:
            yield session

    def close(self) -> None:
        """Close every connection that nobody uses."""
        self._engine.dispose()


class Kept:
    """Some sessions, each with a connection that stays open; the last one used goes first."""

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine = engine
        self._turns = BoundedSemaphore(most)
        self._idle: deque[Session] = deque()

    @contextmanager
    def lent(self) -> Iterator[Session]:
        """
        Lend one; where all are lent, wait.

        :raises WaitedTooLong: if none comes back in time.
        """
        if not self._turns.acquire(timeout=PATIENCE):
            raise WaitedTooLong("every connection to the database is in use")
        try:
            session = self._idle.pop() if self._idle else _session(self._engine.connect())
            try:
                with emptied(session):
                    yield session
            finally:
                self._take_back(session)
        finally:
            self._turns.release()

    def close(self) -> None:
        """Close every connection that nobody uses."""
        while self._idle:
            connection_of(self._idle.pop()).close()
        self._engine.dispose()

    def _take_back(self, session: Session) -> None:
        """Keep it for the next one if its connection is as new; else the pool clears it up."""
        connection = connection_of(session)
        if connection.closed or connection.invalidated or _is_within(connection):
            connection.close()
        else:
            self._idle.append(session)


def _is_within(connection: Connection) -> bool:
    """Test if a transaction is open; after a commit that failed only the driver knows of it."""
    driver: Any = connection.connection.dbapi_connection
    return connection.in_transaction() or driver.in_transaction


@contextmanager
def emptied(session: Session) -> Iterator[None]:
    """Let nothing of a use be in the session after it."""
    try:
        yield
    finally:
        if session.identity_map or session.new or session.in_transaction():
            session.close()
        session.info.clear()


def connection_of(session: Session) -> Connection:
    """Return the connection that a session was lent with."""
    assert isinstance(session.bind, Connection)
    return session.bind


def _session(connection: Connection) -> Session:
    """Return a session that leaves it to whoever began the transaction to end it."""
    return Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only")
