"""What the tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.database import Database
from tests.support.desk import KEY


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    """Return an opened database in a file of SQLite."""
    database = Database(f"sqlite:///{tmp_path / 'lite.db'}", audit_key=KEY)
    database.create_tables()
    yield database
    database.close()
