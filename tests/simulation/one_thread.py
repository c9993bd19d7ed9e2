"""A desk's database in one thread, whose process can be killed at any statement or commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from bot.store.database import Database
from tests.simulation.chat import Died

P = ParamSpec("P")
T = TypeVar("T")


class Moment(Enum):
    """When a process dies."""

    STATEMENT = auto()
    BEFORE_COMMIT = auto()
    AFTER_COMMIT = auto()


MOST: Final = {Moment.STATEMENT: 14, Moment.BEFORE_COMMIT: 3, Moment.AFTER_COMMIT: 3}
"""A process dies at one of the next so many of them."""


@dataclass
class Reaper:
    """Lets a process die at the n-th statement or commit from now."""

    moment: Moment = Moment.STATEMENT
    left: int = 0
    has_struck: bool = False

    def arm(self, chance: Random, most: int = 0) -> None:
        """Let it die at one of the next moments of some kind, or of the next `most`."""
        self.moment = chance.choice(list(Moment))
        self.left = chance.randrange(1, 1 + (most or MOST[self.moment]))
        self.has_struck = False

    def disarm(self) -> bool:
        """Let it live from now on; True if it died meanwhile."""
        struck, self.left, self.has_struck = self.has_struck, 0, False
        return struck

    def watch(self, engine: Engine) -> None:
        """Watch whatever an engine does, so quickly that nobody notices."""
        dialect: Any = engine.dialect
        execute, commit = dialect.do_execute, dialect.do_commit

        def do_execute(*given: Any) -> None:
            self.come(Moment.STATEMENT)
            execute(*given)

        def do_commit(connection: Any) -> None:
            self.come(Moment.BEFORE_COMMIT)
            commit(connection)
            self.come(Moment.AFTER_COMMIT)

        dialect.do_execute, dialect.do_commit = do_execute, do_commit

    def come(self, moment: Moment) -> None:
        """Let such a moment pass, or die in it."""
        if self.left and moment is self.moment:
            self.left -= 1
            if not self.left:
                self.has_struck = True
                raise Died


REAPER: Final = Reaper()


class Mortal(sqlite3.Connection):
    """A connection over which the process may die at a prepared statement, too."""

    def execute(self, *given: Any) -> sqlite3.Cursor:
        """Carry out a statement, if it is not the last."""
        REAPER.come(Moment.STATEMENT)
        return super().execute(*given)


class OneThread(Database):
    """A desk's database whose work is done at once, where it is asked for: one thing a time."""

    def __init__(self, url: str, *, audit_key: bytes) -> None:
        super().__init__(url, audit_key=audit_key)
        self._writers = self._readers = AtOnce()
        REAPER.watch(self._writer)
        if self.is_sqlite:
            event.listen(self._writer, "do_connect", _mortal)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Do the reading where it is asked for."""
        return self._in(self.reading, work)


class AtOnce(ThreadPoolExecutor):
    """Does what it is given before it returns."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do it now."""
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as fault:
            done.set_exception(fault)
        return done


def _mortal(_dialect: object, _record: object, _given: object, named: dict[str, Any]) -> None:
    named["factory"] = Mortal
