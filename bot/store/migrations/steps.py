"""What a step can do beside Alembic's own operations: freeze a table, or freeze it anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import Connection, text
from sqlalchemy.types import TypeDecorator

from bot.store.frozen import sqlite_triggers, triggers


@Operations.register_operation("freeze_table")
class FreezeTable(MigrateOperation):
    """Make the rows of a table unchangeable, but for the columns that are not named."""

    def __init__(self, table: str, fixed: Sequence[str]) -> None:
        self.table = table
        self.fixed = tuple(fixed)

    @classmethod
    def freeze_table(cls, operations: Operations, table: str, fixed: Sequence[str]) -> None:
        """Do it: `op.freeze_table("audit_entries", ["id", ...])`."""
        operations.invoke(cls(table, fixed))

    def reverse(self) -> MigrateOperation:
        """Return what undoes it: its table goes anyway, and its triggers with it."""
        return FreezeTable(self.table, ())


@Operations.register_operation("freeze_anew")
class FreezeAnew(FreezeTable):
    """Freeze other columns of a table than before."""

    @classmethod
    def freeze_anew(cls, operations: Operations, table: str, fixed: Sequence[str]) -> None:
        """Do it: `op.freeze_anew("disputes", ["id", ...])`."""
        operations.invoke(cls(table, fixed))


@Operations.implementation_for(FreezeTable)
def _freeze(operations: Operations, step: FreezeTable) -> None:
    for statement in triggers(operations.get_bind().dialect.name, step.table, step.fixed):
        operations.execute(statement)


@Operations.implementation_for(FreezeAnew)
def _freeze_anew(operations: Operations, step: FreezeAnew) -> None:
    is_sqlite = operations.get_bind().dialect.name == "sqlite"
    for name in ("keep", "fix"):
        on = "" if is_sqlite else f" ON {step.table}"
        operations.execute(f"DROP TRIGGER IF EXISTS {step.table}_{name}{on}")
    if not is_sqlite:
        operations.execute(f"DROP FUNCTION IF EXISTS {step.table}_frozen()")
    _freeze(operations, step)


def frozen_otherwise(connection: Connection, table: str, fixed: Sequence[str]) -> bool:
    """Test if a table is there, and frozen in another way than these columns; on SQLite."""
    of_table = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
    there = set(connection.execute(of_table, {"name": table}).scalars())
    return bool(there) and there != set(sqlite_triggers(table, fixed))


@renderers.dispatch_for(FreezeAnew)
@renderers.dispatch_for(FreezeTable)
def _render(_context: AutogenContext, step: FreezeTable) -> list[str]:
    if not step.fixed:
        return []
    columns = "".join(f'        "{column}",\n' for column in step.fixed)
    name = "freeze_anew" if isinstance(step, FreezeAnew) else "freeze_table"
    return [f'op.{name}(\n    "{step.table}",\n    [\n{columns}    ],\n)']


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401
    """Return how a column's type of ours is written in a step: as the plain type it is."""
    is_ours = kind == "type" and isinstance(item, TypeDecorator)
    return f"sa.{item.impl_instance!r}" if is_ours else False
