"""A watch over what is sent to SQLite: no moment or day whose column's type is not known."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime


def watch() -> None:
    """
    Have SQLite's driver refuse to make texts of moments and days by itself.

    It would write them otherwise than the columns do, so that they no longer compare.
    """
    sqlite3.register_adapter(datetime, _refuse)
    sqlite3.register_adapter(date, _refuse)


def _refuse(value: date) -> str:
    raise TypeError(f"{value!r} is sent without the type of its column")
