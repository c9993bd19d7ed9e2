"""The sample company at its desk, filled once a test process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo import prepare
from bot.policy import Policy
from bot.store.database import Database
from tests.support.desk import KEY


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Return the sample company's desk on its Monday morning; tests only read it."""
    home: Path = tmp_path_factory.mktemp("sample") / "demo"
    prepare.empty(home)
    database = Database(f"sqlite:///{home / 'desk.db'}", audit_key=KEY)
    database.create_tables()
    prepare.fill_with_sample(database, home, policy=Policy())
    yield database
    database.close()
