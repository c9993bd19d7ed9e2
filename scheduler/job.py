"""What a scheduled job is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One look at what is due: the moment, and what is needed to do it."""

    at: datetime
    database: Database
    policy: Policy
    home: Path | None = None
    """Where files go that a job draws; None: it draws none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """
    Something that the desk does by itself.

    `run` asks the database what is due on or before the tick and not yet done, claims each
    piece in the transaction that does it, and returns a sentence on what it did. So it can be
    run at any time, twice, or by two machines at once, and a stopped machine catches up.
    """

    name: str
    when: str
    """In words, for `ardesk job list`."""
    every_seconds: int
    """How often it looks."""
    run: Callable[[Tick], str]
