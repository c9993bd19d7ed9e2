"""Putting the desk together: the only module that knows every part."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from bot.chat.links import NO_LINKS, Links
from bot.chat.sealing import HmacSeal
from bot.chat.switchboard import Switchboard
from bot.clock import Clock
from bot.connectors.mail import choosing
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.postman import Postman
from bot.settings import Settings
from bot.store.database import Database
from bot.teams.seam import Seam, Wiring
from bot.teams.server import Background, build_server
from dialogs import DIALOGS
from scheduler.runner import Runner
from scheduler.timetable import TIMETABLE


def switchboard(
    database: Database,
    *,
    policy: Policy,
    seal: HmacSeal,
    clock: Clock,
    links: Links = NO_LINKS,
) -> Switchboard:
    """Return the switchboard with every dialog of the desk."""
    return Switchboard(
        database=database,
        dialogs=DIALOGS,
        policy=policy,
        seal=seal,
        clock=clock,
        nonces=lambda: secrets.token_urlsafe(12),
        links=links,
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
    Return the whole desk as a server: Teams' door, the courier, the postman, the timetable.

    :raises BadSettings: if it would have to serve without authentication and not `is_dev`, or
        if the way that mail is to leave makes no sense.
    """
    links = Links(
        base=parts.settings.public_url, key=parts.seal.key, days=parts.policy.file_link_days
    )
    wiring = Wiring(
        settings=parts.settings,
        database=parts.database,
        policy=parts.policy,
        clock=parts.clock,
        seal=parts.seal,
        switchboard=switchboard(
            parts.database,
            policy=parts.policy,
            seal=parts.seal,
            clock=parts.clock,
            links=links,
        ),
        dialogs=DIALOGS,
        links=links,
        is_dev=is_dev,
    )
    return build_server(wiring, _keep_timetable, _send_mail(parts))


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


def _send_mail(parts: Parts) -> Background:
    postman = Postman(
        database=parts.database,
        mailer=choosing.mailer(parts.settings, company=parts.policy.company_name),
        policy=parts.policy,
        clock=parts.clock,
    )

    async def start(_: Seam) -> Callable[[], Awaitable[None]]:
        running = asyncio.create_task(postman.run())

        async def stop() -> None:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

        return stop

    return start
