"""Everything between the desk and Teams, put together and taken apart again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final

import aiohttp

from bot.chat.dialog import Dialog
from bot.chat.links import NO_LINKS, Links
from bot.chat.reception import Reception
from bot.chat.sealing import HmacSeal
from bot.chat.switchboard import Switchboard
from bot.courier import Courier
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.settings import BadSettings, Settings
from bot.store.database import Database
from bot.store.shelf import Shelf
from bot.teams.adapter import DeskAdapter
from bot.teams.addresses import AddressBook
from bot.teams.connector import KEEP_ALIVE, Connector
from bot.teams.downloads import Downloads
from bot.teams.handler import DeskHandler
from bot.teams.hosts import Hosts
from bot.teams.keys import KeyRing
from bot.teams.messenger import TeamsMessenger
from bot.teams.seen import Seen
from bot.teams.tokens import Tokens
from bot.teams.verify import Verifier
from bot.teams.voice import Voice
from bot.workflows.proofs.rules import FOLDER

CONNECTIONS: Final = 100
FORGOTTEN: Final = 3600.0
"""Seconds after which the draft of a file is one that a stopped machine has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What the desk gives its door to Teams."""

    settings: Settings
    database: Database
    policy: Policy
    clock: Callable[[], datetime]
    seal: HmacSeal
    switchboard: Switchboard
    dialogs: tuple[Dialog, ...]
    links: Links = NO_LINKS
    is_dev: bool = False
    """Unauthenticated, on this machine only."""

    def check(self) -> None:
        """
        Check that nobody is let in by an omission.

        :raises BadSettings: if the app id, the secret or the tenants are missing.
        """
        given = {
            "ARDESK_TEAMS_APP_ID": self.settings.teams_app_id,
            "ARDESK_TEAMS_APP_SECRET": self.settings.teams_app_secret.get_secret_value(),
            "ARDESK_TEAMS_TENANT_ID": self.settings.teams_tenant_id,
        }
        missing = [name for name, value in given.items() if not value.strip()]
        if missing and not self.is_dev:
            raise BadSettings(
                f"{' and '.join(missing)} must be set to serve Teams "
                "(or use --dev on this machine)."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """The open door."""

    wiring: Wiring
    hosts: Hosts
    verifier: Verifier | None
    tokens: Tokens | None
    connector: Connector
    addresses: AddressBook
    adapter: DeskAdapter
    handler: DeskHandler
    courier: Courier

    def problems(self) -> list[str]:
        """Return what keeps the door from working, a sentence each."""
        found = [self.verifier.keys.problem if self.verifier else ""]
        found.append(self.tokens.problem if self.tokens else "")
        return [problem for problem in found if problem]


@asynccontextmanager
async def opened(wiring: Wiring) -> AsyncIterator[Seam]:
    """Open the door: fetch the keys, and let the courier run until it closes."""
    connections = aiohttp.TCPConnector(
        limit=CONNECTIONS, limit_per_host=CONNECTIONS, keepalive_timeout=KEEP_ALIVE
    )
    async with aiohttp.ClientSession(
        connector=connections, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        seam = _build(wiring, session)
        tasks = [asyncio.create_task(seam.courier.run())]
        if seam.verifier:
            tasks.append(asyncio.create_task(seam.verifier.keys.keep_fresh()))
        try:
            yield seam
        finally:
            await _end(tasks)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


def _build(wiring: Wiring, session: aiohttp.ClientSession) -> Seam:
    hosts = Hosts(wiring.settings.service_hosts, is_any_loopback=wiring.is_dev)
    tokens = None if wiring.is_dev else _tokens(wiring.settings, session)
    app_id = wiring.settings.teams_app_id
    connector = Connector(session=session, hosts=hosts, app_id=app_id, tokens=tokens)
    addresses = _address_book(wiring)
    courier = Courier(
        database=wiring.database,
        dialogs=wiring.dialogs,
        messenger=TeamsMessenger(connector=connector, addresses=addresses, seal=wiring.seal),
        policy=wiring.policy,
        clock=wiring.clock,
        links=wiring.links,
    )
    return Seam(
        wiring=wiring,
        hosts=hosts,
        verifier=None if wiring.is_dev else _verifier(wiring.settings, hosts, session),
        tokens=tokens,
        connector=connector,
        addresses=addresses,
        adapter=DeskAdapter(connector),
        handler=_handler(wiring, session, addresses, courier),
        courier=courier,
    )


def _handler(
    wiring: Wiring, session: aiohttp.ClientSession, addresses: AddressBook, courier: Courier
) -> DeskHandler:
    return DeskHandler(
        switchboard=wiring.switchboard,
        reception=_reception(wiring, session),
        addresses=addresses,
        voice=Voice(database=wiring.database, seal=wiring.seal, clock=wiring.clock),
        seen=Seen(),
        wake=courier.wake,
    )


def _reception(wiring: Wiring, session: aiohttp.ClientSession) -> Reception:
    shelf = Shelf(wiring.settings.home, FOLDER)
    shelf.clear(before=time.time() - FORGOTTEN)
    return Reception(
        switchboard=wiring.switchboard,
        fetcher=Downloads(
            session=session,
            hosts=Hosts(wiring.settings.file_hosts, is_any_loopback=wiring.is_dev),
            policy=wiring.policy,
        ),
        shelf=shelf,
    )


def _address_book(wiring: Wiring) -> AddressBook:
    return AddressBook(
        database=wiring.database,
        clock=wiring.clock,
        monotonic=time.monotonic,
        service_url="" if wiring.is_dev else wiring.settings.teams_service_url,
        tenant_id=wiring.settings.teams_tenant_id,
    )


def _tokens(settings: Settings, session: aiohttp.ClientSession) -> Tokens:
    return Tokens(
        session=session,
        url=settings.token_url,
        app_id=settings.teams_app_id,
        secret=settings.teams_app_secret.get_secret_value(),
        monotonic=time.monotonic,
    )


def _verifier(settings: Settings, hosts: Hosts, session: aiohttp.ClientSession) -> Verifier:
    return Verifier(
        app_id=settings.teams_app_id,
        issuer=settings.teams_issuer,
        tenants=settings.tenants,
        hosts=hosts,
        keys=KeyRing(
            session=session,
            metadata_url=settings.teams_metadata_url,
            monotonic=time.monotonic,
        ),
        wall=time.time,
    )
