"""Knowing every table: the schema is what all records together say."""

from __future__ import annotations

import importlib
from pathlib import Path

import bot


def import_records() -> None:
    """Import every module that declares a table: in the store, and each workflow's records."""
    for path in modules_with_tables():
        importlib.import_module(".".join(("bot", *path.with_suffix("").parts)))


def modules_with_tables() -> list[Path]:
    """Return the modules that may declare tables, relative to `bot/`."""
    folder = Path(bot.__path__[0])
    found = [*folder.glob("store/[a-z]*.py"), *folder.glob("workflows/*/*records.py")]
    return sorted(path.relative_to(folder) for path in found)
