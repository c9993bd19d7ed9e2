"""The bare tables of a desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.store.database import Database


class Tables:
    """Reads rows by bare SQL; dates and moments come back as such from either database."""

    def __init__(self, session: Session, *, is_sqlite: bool) -> None:
        self._session = session
        self.is_sqlite = is_sqlite

    def rows(self, statement: str, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        if not self.is_sqlite:
            return [tuple(row) for row in self._session.execute(text(statement), given)]
        driver: Any = self._session.connection().connection.driver_connection
        named = {name: _bare(value) for name, value in given.items()}
        found: list[tuple[Any, ...]] = driver.execute(statement, named).fetchall()
        return found

    def one(self, statement: str, **given: Any) -> Any:
        """Return the first cell of a statement, None if there is no row."""
        found = self.rows(statement, **given)
        return found[0][0] if found else None


@contextmanager
def tables(database: Database) -> Iterator[Tables]:
    """Open the tables to read."""
    with database.reading() as session:
        yield Tables(session, is_sqlite=database.is_sqlite)


def as_moment(cell: Any) -> datetime:
    """Return a moment, whichever database it comes from."""
    if isinstance(cell, str):
        cell = datetime.fromisoformat(cell)
    return cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)


def as_day(cell: Any) -> date:
    """Return a date, whichever database it comes from."""
    if isinstance(cell, str):
        return date.fromisoformat(cell[:10])
    return cell.date() if isinstance(cell, datetime) else cell


def _bare(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value
