"""Rows that must not change cannot be changed: triggers, the same on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import DDL, Table, event

FROZEN: Final = "frozen"
"""Under this name a frozen table's `info` holds the columns that may change."""


def freeze(table: Table, *, may_change: Sequence[str] = ()) -> None:
    """Refuse every DELETE on the table, and every UPDATE of a column not listed."""
    table.info[FROZEN] = tuple(may_change)
    for dialect in ("sqlite", "postgresql"):
        for statement in triggers(dialect, table.name, fixed_columns(table)):
            ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)


def fixed_columns(table: Table) -> list[str]:
    """Return the columns of a frozen table that never change; none if it is not frozen."""
    if FROZEN not in table.info:
        return []
    return [column.name for column in table.columns if column.name not in table.info[FROZEN]]


def triggers(dialect: str, table: str, fixed: Sequence[str]) -> tuple[str, ...]:
    """Return the statements that freeze the columns of a table on a kind of database."""
    kind = postgresql_triggers if dialect == "postgresql" else sqlite_triggers
    return kind(table, fixed)


def sqlite_triggers(table: str, fixed: Sequence[str]) -> tuple[str, ...]:
    """Return the statements that freeze the columns of a table on SQLite."""
    no = f"SELECT RAISE(ABORT, '{table} rows do not change');"
    changed = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in fixed)
    return (
        f"CREATE TRIGGER {table}_keep BEFORE DELETE ON {table} BEGIN {no} END",
        f"CREATE TRIGGER {table}_fix BEFORE UPDATE ON {table} WHEN {changed} BEGIN {no} END",
    )


def postgresql_triggers(table: str, fixed: Sequence[str]) -> tuple[str, ...]:
    """Return the statements that freeze the columns of a table on PostgreSQL."""
    changed = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in fixed)
    return (
        f"CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} rows do not change'; END $$",
        f"CREATE TRIGGER {table}_keep BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_frozen()",
        f"CREATE TRIGGER {table}_fix BEFORE UPDATE ON {table} "
        f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {table}_frozen()",
    )
