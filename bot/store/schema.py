"""Bringing a database's tables up to date, and telling whether they are."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.kernel.errors import Refused
from bot.store.base import Record

_STEPS: Final = Path(__file__).parent / "migrations" / "versions"


class NoDatabase(Refused):
    """The database cannot be reached, or is none."""


class Standing(StrEnum):
    """How a database's tables stand to what the program expects."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    """A newer program has upgraded it."""


def standing(engine: Engine) -> Standing:
    """
    Return how the tables stand.

    :raises NoDatabase: if the database cannot be reached.
    """
    with _reachable(), engine.connect() as connection:
        return _standing(connection)


def upgrade(engine: Engine) -> None:
    """
    Bring the tables up to date, in one transaction: wholly or not at all.

    :raises NoDatabase: if the database cannot be reached.
    """
    with _reachable():
        if has_steps():
            _running().upgrade(engine)
        else:
            Record.metadata.create_all(engine)


def has_steps() -> bool:
    """Test if there is any migration step yet."""
    return bool(_steps())


def newest() -> str | None:
    """Return the number of the newest step."""
    return max(_steps(), default=None)


def write_step(message: str) -> Path:
    """Write the step that takes the newest schema to what the records now say; for builders."""
    path: Path = _running().write_step(message, len(_steps()) + 1)
    return path


def _standing(connection: Connection) -> Standing:
    looked = inspect(connection)
    if not has_steps():
        return Standing.CURRENT if looked.has_table("people") else Standing.EMPTY
    if not looked.has_table("alembic_version"):
        return Standing.EMPTY
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found == newest():
        return Standing.CURRENT
    return Standing.BEHIND if found is None or found in _steps() else Standing.AHEAD


def _steps() -> set[str]:
    """Return the numbers of the steps, which their files' names begin with."""
    return {path.name.partition("_")[0] for path in _STEPS.glob("[0-9]*_*.py")}


def _running() -> Any:  # noqa: ANN401 - a module, imported late: see there
    return importlib.import_module("bot.store.migrations.running")


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise NoDatabase(f"The database cannot be used: {reason}.") from error
