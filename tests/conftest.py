"""What every test may ask for."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.database import Database
from tests.support import plain_values
from tests.support.databases import Make, by_records, by_steps, fresh_url, give_back
from tests.support.desk import KEY, Desk
from tests.support.trail import watch

SHARED = Path(__file__).resolve().parents[2] / "shared"
MOST_MEMORY = 4 * 1024**3


def pytest_configure() -> None:
    """Let a test that runs away fail before it takes the machine along; watch the trail."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, hard))
    watch()
    plain_values.watch()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return a fresh database, a real SQLite file or PostgreSQL; empty at a first run."""
    url = fresh_url(request.param, tmp_path, _makes_tables(request))
    yield url
    give_back(url)


def _makes_tables(request: pytest.FixtureRequest) -> Make | None:
    if "database" in request.fixturenames:
        return by_records
    is_first_run = request.node.get_closest_marker("first_run") is not None
    return by_steps if "ardesk_home" in request.fixturenames and not is_first_run else None


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return an opened database with its tables, on each kind."""
    database = Database(database_url, audit_key=KEY)
    yield database
    database.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    """Return an opened SQLite database, for what does not depend on the kind."""
    database = Database(f"sqlite:///{tmp_path / 'lite.db'}", audit_key=KEY)
    database.create_tables()
    yield database
    database.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    """Return a desk without Teams, on each kind of database."""
    return Desk(database)


@pytest.fixture
def ardesk_home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a fresh home for `ardesk` commands, on each kind of database."""
    home = tmp_path / "home"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARDESK_HOME", str(home))
    monkeypatch.setenv("ARDESK_DATABASE_URL", database_url)
    monkeypatch.delenv("ARDESK_CLOCK", raising=False)
    return home


@pytest.fixture
def shared() -> Path:
    """Return the folder of contracts and recorded data, which is not part of the product."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: contracts and recorded data cannot be checked")
    return SHARED
