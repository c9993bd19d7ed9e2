"""Dates of which many rows hold the same few: each is made once where the driver gives text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Final

from sqlalchemy import Date, Dialect
from sqlalchemy.dialects import sqlite


@lru_cache(maxsize=4096)
def as_date(iso: str) -> date:
    """Return the date that a text names."""
    return date.fromisoformat(iso)


@lru_cache(maxsize=4096)
def _as_date(iso: str | None) -> date | None:
    return None if iso is None else date.fromisoformat(iso)


class _Text(sqlite.DATE):
    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[str | None], date | None]:
        return _as_date


FEW_DATES: Final = Date().with_variant(_Text(), "sqlite")  # type: ignore[no-untyped-call]
"""A date in the columns of a large answer."""
