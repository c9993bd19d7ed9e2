"""
What every table has in common.

The workflows' records go without `from __future__ import annotations`: it turns the types of
their columns into texts, and to read those again is a seventh of what a table costs at start.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class AmountColumn(TypeDecorator[int]):
    """Whole minor units of money; a float or a bool never gets in (I14)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> int | None:  # noqa: ANN401
        """
        Return the minor units to store.

        :raises TypeError: if the value is not a whole number.
        """
        if value is not None and type(value) is not int:
            raise TypeError(f"money is stored as whole minor units, not {value!r}")
        return value


class UtcColumn(TypeDecorator[datetime]):
    """A moment, stored in UTC and always returned with its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """
        Return the moment in UTC.

        :raises ValueError: if the moment has no zone.
        """
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC, with its zone, which SQLite drops."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Amount = Annotated[int, mapped_column(AmountColumn)]
"""A column of money in minor units; its currency stands in a column beside it."""


def _words(members: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in members]


class Record(DeclarativeBase):
    """A row the desk remembers."""

    type_annotation_map = {  # noqa: RUF012
        datetime: UtcColumn,
        enum.Enum: Enum(enum.Enum, native_enum=False, length=40, values_callable=_words),
    }

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
