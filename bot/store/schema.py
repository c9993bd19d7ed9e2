"""Bringing a database's tables up to date, and telling whether they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.kernel.errors import Refused
from bot.store.base import Record

_FOLDER: Final = Path(__file__).parent / "migrations"


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
    if not has_steps():
        Record.metadata.create_all(engine)
        return
    with _reachable(), engine.begin() as connection:
        command.upgrade(_config(connection), "head")


def has_steps() -> bool:
    """Test if there is any migration step yet."""
    return any((_FOLDER / "versions").glob("[0-9]*.py"))


def newest() -> str | None:
    """Return the name of the newest step."""
    return ScriptDirectory(str(_FOLDER)).get_current_head()


def write_step(message: str) -> Path:
    """Write the step that takes the newest schema to what the records now say; for builders."""
    number = f"{len(list((_FOLDER / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        config = _config(connection)
        if has_steps():
            command.upgrade(config, "head")
        script = command.revision(config, message, autogenerate=True, rev_id=number)
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


def _standing(connection: Connection) -> Standing:
    if not has_steps():
        has_tables = inspect(connection).has_table("people")
        return Standing.CURRENT if has_tables else Standing.EMPTY
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return Standing.EMPTY
    if found == newest():
        return Standing.CURRENT
    known = {step.revision for step in ScriptDirectory(str(_FOLDER)).walk_revisions()}
    return Standing.BEHIND if found in known else Standing.AHEAD


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (OperationalError, DBAPIError) as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise NoDatabase(f"The database cannot be used: {reason}.") from error
