"""`ardesk serve`: the bot, its courier and its clock, until told to stop."""

from __future__ import annotations

import gc
import socket
from typing import Annotated, Final

import typer
from aiohttp import web

from bot.app import Parts, server
from bot.chat.sealing import HmacSeal
from bot.cli import log
from bot.cli.desk import OpenDesk, open_desk
from bot.cli.output import say_aside
from bot.kernel.errors import Refused
from bot.teams.server import check_host, event_loop

_GRACE_SECONDS: Final = 10.0
"""How long a turn under way may take to end when the desk is told to stop."""

app = typer.Typer()


class CannotListen(Refused):
    """The address to listen on is taken, or not this machine's."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 3978,
    *,
    is_dev: Annotated[
        bool,
        typer.Option("--dev", help="Without authentication, for this machine only."),
    ] = False,
) -> None:
    """Run the bot: take what Teams sends, deliver cards, keep the timetable."""
    with open_desk() as desk:
        log.to_stderr(desk.settings.log_format)
        check_host(host, is_dev=is_dev)
        application = server(_parts(desk), is_dev=is_dev)
        with _bound(host, port) as door:
            _listen(application, door, f"http://{host}:{port}")


def _parts(desk: OpenDesk) -> Parts:
    return Parts(
        settings=desk.settings,
        database=desk.database,
        policy=desk.policy,
        clock=desk.clock,
        seal=HmacSeal(desk.seal_key),
    )


def _bound(host: str, port: int) -> socket.socket:
    """Take the address before anything is done, so that a desk which cannot be heard rests."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise CannotListen(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


def _listen(application: web.Application, door: socket.socket, url: str) -> None:
    gc.collect()
    gc.freeze()
    web.run_app(
        application,
        sock=door,
        print=lambda *_: say_aside(f"The desk listens on {url}."),
        access_log=None,
        loop=event_loop(),
        shutdown_timeout=_GRACE_SECONDS,
    )
