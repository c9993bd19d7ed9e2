"""Putting the desk together: the only module that knows every part, and the only clock."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from bot.chat.sealing import HmacSeal
from bot.chat.switchboard import Switchboard
from bot.policy import Policy
from bot.store.database import Database
from dialogs import DIALOGS


def clock_from(start: datetime | None) -> Callable[[], datetime]:
    """Return the desk's clock: the real one, or one that starts at the given time."""
    if start is None:
        return _now
    shift = start.astimezone(UTC) - _now()
    return lambda: _now() + shift


def switchboard(
    database: Database, *, policy: Policy, seal: HmacSeal, clock: Callable[[], datetime]
) -> Switchboard:
    """Return the switchboard with every dialog of the desk."""
    return Switchboard(
        database=database,
        dialogs=DIALOGS,
        policy=policy,
        seal=seal,
        clock=clock,
        nonces=lambda: secrets.token_urlsafe(12),
    )


def _now() -> datetime:
    return datetime.now(UTC)
