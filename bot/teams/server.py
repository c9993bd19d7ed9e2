"""
The HTTP server: Teams' one door, and two windows for whoever watches over the desk.

`POST /api/messages` takes activities; `/files/` gives what the desk drew; `/healthz` says that
the program runs, `/readyz` that it can do its work, or what is wrong. Without authentication it
serves this machine only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import orjson
import uvloop
from aiohttp import web
from sqlalchemy import text

from bot.chat.card import Json
from bot.kernel.errors import Refused
from bot.store.database import Database
from bot.teams import bodies
from bot.teams.files import Cabinet, add_files
from bot.teams.hosts import LOOPBACK, Hosts
from bot.teams.messages import error_answer
from bot.teams.problems import NotAdmitted, TurnedAway
from bot.teams.seam import Seam, Wiring, opened

log = logging.getLogger(__name__)

SEAM: Final = web.AppKey("seam", Seam)
DEV_WARNING: Final = (
    "UNAUTHENTICATED MODE (--dev): anybody on this machine can be anybody at the desk. "
    "Never use it with real data."
)
Lifecycle = Callable[[web.Application], AsyncIterator[None]]
Background = Callable[[Seam], Awaitable[Callable[[], Awaitable[None]]]]
"""Starts something beside the server and returns what stops it again."""


class NotLoopback(Refused):
    """The unauthenticated mode was to be reachable from other machines."""


def build_server(wiring: Wiring, *backgrounds: Background) -> web.Application:
    """
    Return the server; starting it starts the courier and what runs beside it.

    :raises BadSettings: if the app id, secret or tenant is missing outside the `--dev` mode.
    """
    wiring.check()
    app = web.Application(client_max_size=bodies.LARGEST)
    app.router.add_post("/api/messages", _take)
    add_files(app, _cabinet(wiring))
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready)
    app.cleanup_ctx.append(_lifecycle(wiring, backgrounds))
    return app


def event_loop() -> asyncio.AbstractEventLoop:
    """Return the loop to serve on: uvloop's, on which a press costs a tenth less."""
    return uvloop.new_event_loop()


def check_host(host: str, *, is_dev: bool) -> None:
    """
    Check that the unauthenticated mode stays on this machine, and say that it is on.

    :raises NotLoopback: if it would not.
    """
    if not is_dev:
        return
    if host not in LOOPBACK:
        raise NotLoopback(f"--dev serves this machine only: --host {host} is not possible.")
    log.warning(DEV_WARNING)


def _lifecycle(wiring: Wiring, backgrounds: tuple[Background, ...]) -> Lifecycle:
    async def run(app: web.Application) -> AsyncIterator[None]:
        async with opened(wiring) as seam:
            app[SEAM] = seam
            stops = [await start(seam) for start in backgrounds]
            yield
            for stop in stops:
                await stop()

    return run


def _cabinet(wiring: Wiring) -> Cabinet:
    return Cabinet(
        home=wiring.settings.home,
        database=wiring.database,
        links=wiring.links,
        clock=wiring.clock,
    )


async def _take(request: web.Request) -> web.Response:
    seam = request.app[SEAM]
    try:
        body = await _admitted(seam, request)
    except TurnedAway as reason:
        log.info("Turned away with %s: %s", reason.status, reason)
        return web.json_response({"error": type(reason).__name__}, status=reason.status)
    try:
        return _answer(await seam.adapter.take(body, seam.handler.on_turn))
    except Exception:
        log.exception("A turn failed outside its handler")
        is_invoke = body.get("type") == "invoke"
        return _answer(error_answer("Something went wrong.") if is_invoke else None)


async def _admitted(seam: Seam, request: web.Request) -> Json:
    if seam.verifier is None:
        body = await bodies.read(request)
        _check_local(seam.hosts, body)
        return body
    voucher = await seam.verifier.vouch(tuple(request.headers.getall("Authorization", ())))
    body = await bodies.read(request)
    seam.verifier.admit(voucher, body)
    return body


def _check_local(hosts: Hosts, body: Json) -> None:
    service_url = body.get("serviceUrl")
    if not isinstance(service_url, str):
        raise NotAdmitted("the activity names no service URL")
    hosts.check(service_url)


def _answer(body: Json | None) -> web.Response:
    if body is None:
        return web.Response()
    return web.Response(body=orjson.dumps(body), content_type="application/json")


async def _alive(request: web.Request) -> web.Response:
    return web.json_response({"alive": True})


async def _ready(request: web.Request) -> web.Response:
    seam = request.app[SEAM]
    problems = [*seam.problems(), *await _database_problems(seam.wiring.database)]
    status = 503 if problems else 200
    return web.json_response({"ready": not problems, "problems": problems}, status=status)


async def _database_problems(database: Database) -> list[str]:
    try:
        await database.read(lambda session: session.execute(text("SELECT 1")).all())
    except Refused as refusal:
        return [str(refusal)]
    return []
