"""
Committing together what waits together: on SQLite, several changes share one write to disk.

Each change after the first runs in a savepoint of its own, so one that fails takes back itself
alone; the first has the transaction to itself until it is done, and takes that back. Nobody is
told that a change is saved before the transaction around them all is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store.audit import Chain
from bot.store.sessions import Kept, connection_of, emptied

T = TypeVar("T")
MOST: Final = 32
"""Changes that share a commit at most ..."""
LONGEST: Final = 0.02
"""... and none is added once the first has waited so many seconds."""

Work = Callable[[Session], Any]


class Lost(Exception):  # noqa: N818 - reads as what happened
    """The database took back the whole transaction, not only the change that failed."""


class Waiting(NamedTuple):
    """A change that somebody waits for, on the event loop."""

    work: Work
    done: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """A change that is done, but not yet committed."""

    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        """Tell who waits what came of it, unless they have gone."""
        if self.done.done():
            return
        if self.error:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)


class Together:
    """A queue of changes, and the one thread's work that empties it."""

    def __init__(self, sessions: Kept, audit_key: bytes) -> None:
        self._sessions = sessions
        self._key = audit_key
        self._queue: SimpleQueue[Waiting] = SimpleQueue()
        self._is_called = False

    def put(self, work: Callable[[Session], T], done: asyncio.Future[T]) -> bool:
        """Add a change; True if `drain` must be called for it, on the writing thread."""
        self._queue.put(Waiting(work, done))
        if self._is_called:
            return False
        self._is_called = True
        return True

    def drain(self) -> None:
        """Do and commit what waits, until nothing does."""
        while True:
            self._is_called = False
            if self._queue.empty():
                return
            _tell(self._commit_next())

    def _commit_next(self) -> Sequence[Finished]:
        """Do and commit some changes together; if the commit fails, nobody's is saved."""
        finished: list[Finished] = []
        try:
            with self._sessions.lent() as session:
                connection = connection_of(session)
                with connection.begin() as transaction:
                    chain = Chain(self._key)
                    for waiting in self._next():
                        finished.append(_do(waiting, session, chain, is_first=not finished))
                        if finished[0].error:
                            if transaction.is_active:
                                transaction.rollback()
                            return finished
                        _check_still_open(connection)
                    chain.close(connection)
        except BaseException as error:
            failed = [Finished(item.done, error=item.error or error) for item in finished]
            return failed or [Finished(item.done, error=error) for item in self._next()]
        return finished

    def _next(self) -> Iterator[Waiting]:
        until = time.perf_counter() + LONGEST
        for number in range(MOST):
            if number and time.perf_counter() > until:
                return
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                return
            if not waiting.done.cancelled():
                yield waiting


def _do(waiting: Waiting, session: Session, chain: Chain, *, is_first: bool) -> Finished:
    before = chain.end
    around = nullcontext() if is_first else connection_of(session).begin_nested()
    try:
        with around, emptied(session):
            chain.follow(session)
            result = waiting.work(session)
            session.flush()
            chain.seal(session)
    except Exception as error:
        chain.end = before
        return Finished(waiting.done, error=error)
    return Finished(waiting.done, result=result)


def _tell(finished: Sequence[Finished]) -> None:
    """Tell all of them at once: waking an event loop costs as much as a question."""
    loops = {item.done.get_loop() for item in finished}
    for loop in loops:
        mine = [item for item in finished if item.done.get_loop() is loop]
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_tell_here, mine)


def _tell_here(finished: Sequence[Finished]) -> None:
    for item in finished:
        item.tell()


def _check_still_open(connection: Connection) -> None:
    """Check that a full disk, say, has not taken back what is not told to anybody yet."""
    if not getattr(connection.connection.driver_connection, "in_transaction", True):
        raise Lost("the database took back the whole transaction")
