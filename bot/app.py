"""Putting the desk together: the only module that knows every part."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.chat.sealing import HmacSeal
from bot.chat.switchboard import Switchboard
from bot.clock import Clock
from bot.policy import Policy
from bot.settings import Settings
from bot.store.database import Database
from bot.teams.seam import Seam, Wiring
from bot.teams.server import build_server
from dialogs import DIALOGS
from scheduler.runner import Runner
from scheduler.timetable import TIMETABLE


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a desk is made of before it is put together."""

    settings: Settings
    database: Database
    policy: Policy
    clock: Clock
    seal: HmacSeal


def server(parts: Parts, *, is_dev: bool = False) -> web.Application:
    """
    Return the whole desk as a server: Teams' door, the courier, and the timetable beside it.

    :raises BadSettings: if it would have to serve without authentication and not `is_dev`.
    """
    wiring = Wiring(
        settings=parts.settings,
        database=parts.database,
        policy=parts.policy,
        clock=parts.clock,
        seal=parts.seal,
        switchboard=switchboard(
            parts.database, policy=parts.policy, seal=parts.seal, clock=parts.clock
        ),
        dialogs=DIALOGS,
        is_dev=is_dev,
    )
    return build_server(wiring, _keep_timetable)


async def _keep_timetable(seam: Seam) -> Callable[[], Awaitable[None]]:
    desk = seam.wiring
    runner = Runner(
        database=desk.database,
        policy=desk.policy,
        clock=desk.clock,
        timetable=TIMETABLE,
        home=desk.settings.home,
    )
    runner.start()
    return runner.stop
