"""The migration steps and the records say the same, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from bot.cli.tables import import_records
from bot.kernel.errors import Refused
from bot.store import schema
from bot.store.base import Record
from bot.store.migrations.running import FOLDER
from bot.store.schema import Standing
from tests.support.databases import postgresql_url

needs_steps = pytest.mark.skipif(not schema.has_steps(), reason="no migration step yet")


@pytest.fixture
def engine(database_url: str):
    import_records()
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def triggers(engine: Engine) -> set[str]:
    of = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    }[engine.dialect.name]
    with engine.connect() as connection:
        return set(connection.execute(text(of)).scalars())


def test_a_new_database_is_empty_and_then_current(engine: Engine):
    before = schema.standing(engine)

    schema.upgrade(engine)

    assert (before, schema.standing(engine)) == (Standing.EMPTY, Standing.CURRENT)


def test_every_column_has_its_attributes_name():
    """A record that is made of a row takes the row's names for its attributes' (`record`)."""
    import_records()
    columns = [
        (attr.key, attr.columns[0].name)
        for mapper in Record.registry.mappers
        for attr in mapper.column_attrs
    ]
    assert len(columns) > 500
    assert [pair for pair in columns if pair[0] != pair[1]] == []


def test_upgrading_twice_changes_nothing(engine: Engine):
    schema.upgrade(engine)
    schema.upgrade(engine)

    assert schema.standing(engine) is Standing.CURRENT


@needs_steps
def test_the_newest_step_is_the_one_that_alembic_finds():
    assert schema.newest() == ScriptDirectory(str(FOLDER)).get_current_head()


@needs_steps
def test_the_steps_make_what_the_records_say(engine: Engine):
    schema.upgrade(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Record.metadata)

    assert differences == []


@needs_steps
def test_the_steps_freeze_what_the_records_freeze(engine: Engine, tmp_path: Path):
    is_sqlite = engine.dialect.name == "sqlite"
    url = f"sqlite:///{tmp_path / 'by_records.db'}" if is_sqlite else postgresql_url()
    by_records = create_engine(url)
    Record.metadata.create_all(by_records)
    schema.upgrade(engine)

    assert triggers(engine) == triggers(by_records)
    by_records.dispose()


@needs_steps
def test_a_database_of_a_newer_program_is_known_as_such(engine: Engine):
    schema.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    assert schema.standing(engine) is Standing.AHEAD


def test_a_database_that_is_away_is_one_sentence():
    engine = create_engine("postgresql+psycopg://x@127.0.0.1:1/x")

    with pytest.raises(Refused, match="cannot be used"):
        schema.standing(engine)
