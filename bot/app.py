"""Putting the desk together: the only module that knows every part."""

from __future__ import annotations

import secrets

from bot.chat.sealing import HmacSeal
from bot.chat.switchboard import Switchboard
from bot.clock import Clock
from bot.policy import Policy
from bot.store.database import Database
from dialogs import DIALOGS


def switchboard(
    database: Database, *, policy: Policy, seal: HmacSeal, clock: Clock
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
