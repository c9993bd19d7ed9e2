"""
Committing together what waits together: on SQLite, several changes share one write to disk.

Each change runs in a savepoint of its own, so one that fails takes back itself alone; nobody is
told that a change is saved before the transaction around them all is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

MOST: Final = 32
"""Changes that share a commit at most ..."""
LONGEST: Final = 0.02
"""... and none is added once the first has waited so many seconds."""

Work = Callable[[Session], Any]
Finishing = Callable[[Session], None]


class Lost(Exception):  # noqa: N818 - reads as what happened
    """The database took back the whole transaction, not only the change that failed."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that somebody waits for."""

    work: Work
    done: Future[Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """A change that is done, but not yet committed."""

    done: Future[Any]
    result: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        """Tell who waits what came of it."""
        if self.error:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)


class Together:
    """A queue of changes, and the one thread's work that empties it."""

    def __init__(self, engine: Engine, finish: Finishing) -> None:
        self._engine = engine
        self._finish = finish
        self._queue: SimpleQueue[Waiting] = SimpleQueue()

    def put(self, work: Work) -> Future[Any]:
        """Add a change; `drain` must be called after it, on the writing thread."""
        waiting = Waiting(work, Future())
        self._queue.put(waiting)
        return waiting.done

    def drain(self) -> None:
        """Do and commit what waits, together; if the commit fails, nobody's is saved."""
        finished: list[Finished] = []
        if self._queue.empty():
            return
        try:
            with self._engine.connect() as connection, connection.begin():
                for waiting in self._next():
                    finished.append(self._do(connection, waiting))
                    _check_still_open(connection)
        except BaseException as error:
            for item in finished:
                item.done.set_exception(item.error or error)
            if not finished:
                self._fail_next(error)
            return
        for item in finished:
            item.tell()

    def _next(self) -> Iterator[Waiting]:
        until = time.perf_counter() + LONGEST
        for number in range(MOST):
            if number and time.perf_counter() > until:
                return
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                return
            if waiting.done.set_running_or_notify_cancel():
                yield waiting

    def _do(self, connection: Connection, waiting: Waiting) -> Finished:
        try:
            with _savepoint(connection) as session:
                result = waiting.work(session)
                session.flush()
                self._finish(session)
        except Exception as error:
            finished = Finished(waiting.done, error=error)
        else:
            finished = Finished(waiting.done, result=result)
        return finished

    def _fail_next(self, error: BaseException) -> None:
        for waiting in self._next():
            waiting.done.set_exception(error)


def _check_still_open(connection: Connection) -> None:
    """Check that a full disk, say, has not taken back what is not told to anybody yet."""
    if not getattr(connection.connection.driver_connection, "in_transaction", True):
        raise Lost("the database took back the whole transaction")


@contextmanager
def _savepoint(connection: Connection) -> Iterator[Session]:
    with (
        Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session,
        session.begin(),
    ):
        yield session
