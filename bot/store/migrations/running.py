"""
Running the migration steps, and writing new ones.

Imported when there is something to migrate: Alembic is a tenth of a second that no start of the
desk should spend.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine

FOLDER: Final = Path(__file__).parent


def upgrade(engine: Engine) -> None:
    """Run every step that the database has not seen, in one transaction."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")


def write_step(message: str, number: int) -> Path:
    """Write the step that takes the newest schema to what the records now say; for builders."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        config = _config(connection)
        if number > 1:
            command.upgrade(config, "head")
        script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
