"""
What every table has in common.

The workflows' records go without `from __future__ import annotations`: it turns the types of
their columns into texts, and to read those again is a seventh of what a table costs at start.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

_LENGTH: Final = len("2026-01-31 23:59:59.000000")


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
        """Return the moment in UTC, with its zone."""
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return what makes of a moment what the driver takes: for SQLite, a text."""
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """Return what makes a moment of what the driver found: in SQLite, a text."""
        if dialect.name == "sqlite":
            return _from_text
        return super().result_processor(dialect, coltype)


def _as_text(value: datetime | None) -> str | None:
    """Return the text that SQLAlchemy has SQLite store, in a third of its time."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return value.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")


def _from_text(value: str | None) -> datetime | None:
    """Return the moment; to read its zone with it costs an eighth of setting it after."""
    if value is None:
        return None
    if len(value) == _LENGTH:
        return datetime.fromisoformat(value + "+00:00")
    moment = datetime.fromisoformat(value)  # a fixed default, or what a person wrote
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


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
