"""Telling whether somebody has the desk's database open, before it is replaced."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import URL, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

_LOOKS: Final = 5
_BETWEEN_LOOKS: Final = 0.2
"""Seconds: a connection that was just closed is listed for a moment."""
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = current_user AND pid <> pg_backend_pid()"
)


def is_in_use(url: URL) -> bool:
    """Test if another program, such as `ardesk serve`, has the database open."""
    look = _sqlite if url.get_backend_name() == "sqlite" else _postgresql
    for _ in range(_LOOKS):
        if not look(url):
            return False
        time.sleep(_BETWEEN_LOOKS)
    return True


def _sqlite(url: URL) -> bool:
    """Leave WAL for a moment, which SQLite refuses while anybody else has the file open."""
    path = Path(url.database or "")
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path, timeout=0)) as alone:
            alone.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.DatabaseError:
        return False
    return False


def _postgresql(url: URL) -> bool:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return bool(connection.scalar(_OTHERS))
    except DBAPIError:
        return False
