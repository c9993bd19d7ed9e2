"""Knowing every table: the schema is what all records together say."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

import bot.workflows

ELSEWHERE: Final = (
    "bot.store.audit",
    "bot.store.postings",
    "bot.store.runs",
)
"""Modules that declare tables and are no workflow's records."""


def import_records() -> None:
    """Import every module that declares a table."""
    folder = Path(bot.workflows.__path__[0])
    for path in sorted(folder.glob("*/records.py")):
        importlib.import_module(f"bot.workflows.{path.parent.name}.records")
    for module in ELSEWHERE:
        importlib.import_module(module)
