"""What a step can do beside Alembic's own operations: freeze a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations

from bot.store.frozen import triggers


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


@Operations.implementation_for(FreezeTable)
def _freeze(operations: Operations, step: FreezeTable) -> None:
    for statement in triggers(operations.get_bind().dialect.name, step.table, step.fixed):
        operations.execute(statement)


@renderers.dispatch_for(FreezeTable)
def _render(_context: AutogenContext, step: FreezeTable) -> list[str]:
    if not step.fixed:
        return []
    columns = "".join(f'        "{column}",\n' for column in step.fixed)
    return [f'op.freeze_table(\n    "{step.table}",\n    [\n{columns}    ],\n)']


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401
    """Return how a column's type of ours is written in a step: as the plain type it is."""
    name = type(item).__name__
    plain = {"AmountColumn": "sa.BigInteger()", "UtcColumn": "sa.DateTime(timezone=True)"}
    return plain.get(name, False) if kind == "type" else False
