"""How Alembic works here: on the connection it is handed, in one transaction."""

from __future__ import annotations

from alembic import context
from alembic.operations.ops import CreateTableOp, MigrationScript, UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.store.base import Record
from bot.store.frozen import fixed_columns
from bot.store.migrations.steps import FreezeAnew, FreezeTable, frozen_otherwise, render_item

ONE_AT_A_TIME = 7_240_311
"""PostgreSQL's advisory lock: two machines that start at once upgrade one after the other."""


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))
    context.configure(
        connection=connection,
        target_metadata=Record.metadata,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
        process_revision_directives=_freeze_what_is_frozen,
        compare_type=True,
    )
    context.run_migrations()


def _freeze_what_is_frozen(
    migration: MigrationContext, _revision: object, scripts: list[MigrationScript]
) -> None:
    [script] = scripts
    steps = script.upgrade_ops
    assert isinstance(steps, UpgradeOps)
    for step in list(steps.ops):
        if isinstance(step, CreateTableOp):
            table = Record.metadata.tables[step.table_name]
            step.info.clear()
            if fixed := fixed_columns(table):
                steps.ops.append(FreezeTable(step.table_name, fixed))
    steps.ops.extend(_frozen_anew(migration))


def _frozen_anew(migration: MigrationContext) -> list[FreezeAnew]:
    """Return what is to be frozen otherwise; a new column is fixed, too, unless it is named."""
    connection = migration.connection
    if connection is None or connection.dialect.name != "sqlite":
        return []
    frozen = ((name, fixed_columns(table)) for name, table in Record.metadata.tables.items())
    return [
        FreezeAnew(name, fixed)
        for name, fixed in frozen
        if fixed and frozen_otherwise(connection, name, fixed)
    ]


_migrate(context.config.attributes["connection"])
