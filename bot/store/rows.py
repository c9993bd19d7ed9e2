"""
Reading rows as they are, without making records of them.

A record costs three times what a row of the same columns does, and a press of an agent reads
a dozen: what it only looks at, it reads as rows of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Result, Select, Table
from sqlalchemy.orm import Session

from bot.store.base import Record

AnySelect = Select[*tuple[Any, ...]]


def table_of(record: type[Record]) -> Table:
    """Return the table in which records of a kind are kept."""
    table = record.__table__
    assert isinstance(table, Table)
    return table


def rows(
    session: Session, statement: AnySelect, given: Mapping[str, Any]
) -> Result[*tuple[Any, ...]]:
    """Return the rows of a select on tables, with what this transaction has changed by now."""
    session.flush()
    return session.execute(statement, dict(given))
