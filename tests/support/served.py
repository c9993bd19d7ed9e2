"""
A desk that is served: authenticated, on loopback, against the stand-in cloud.

    async with Cloud() as cloud, served(database, cloud) as desk:
        await desk.takes(cloud.message("list", ana))
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.chat.dialog import Dialog
from bot.chat.links import NO_LINKS, Links
from bot.chat.switchboard import Switchboard
from bot.policy import Policy
from bot.settings import Settings
from bot.store.database import Database
from bot.teams.seam import Seam, Wiring
from bot.teams.server import SEAM, build_server
from dialogs import DIALOGS
from tests.support.cloud import Cloud, Json
from tests.support.desk import SEAL


@dataclass
class Served:
    """A running desk."""

    url: str
    cloud: Cloud
    seam: Seam

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def takes(self, activity: Json | bytes, **given: Any) -> tuple[int, Any]:
        """Give the desk an activity with a good token, as Teams would."""
        return await self.cloud.send(self.url, activity, **given)


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def served(
    database: Database,
    cloud: Cloud,
    *,
    dialogs: tuple[Dialog, ...] = DIALOGS,
    policy: Policy | None = None,
    clock: Callable[[], datetime] = now,
    links: Links = NO_LINKS,
    is_dev: bool = False,
    **settings: Any,
) -> AsyncIterator[Served]:
    """Serve the desk until the block ends."""
    policy = policy or Policy()
    count = itertools.count(1)
    switchboard = Switchboard(
        database=database,
        dialogs=dialogs,
        policy=policy,
        seal=SEAL,
        clock=clock,
        nonces=lambda: f"nonce-{next(count)}",
        links=links,
    )
    wiring = Wiring(
        settings=Settings(**(cloud.settings() | settings)),
        database=database,
        policy=policy,
        clock=clock,
        seal=SEAL,
        switchboard=switchboard,
        links=links,
        dialogs=dialogs,
        is_dev=is_dev,
    )
    app = build_server(wiring)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield Served(url, cloud, app[SEAM])
    finally:
        await runner.cleanup()
