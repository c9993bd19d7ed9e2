"""`ardesk demo`: a whole desk on this machine, with a sample company or one's own files."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from bot import settings as environment
from bot.chat.sealing import HmacSeal
from bot.cli.desk import OpenDesk, opened
from bot.cli.output import say
from bot.demo import guided, launcher, prepare, programme, stage
from bot.demo.cast import TENANT
from bot.demo.launcher import Show
from bot.demo.stage import Chair
from bot.demo.teams_client import install
from bot.demo.teams_client.config import Account
from bot.demo.teams_client.install import NoTeamsClient
from bot.demo.theatre import Tour
from bot.kernel.calendar import BusinessCalendar
from bot.kernel.shapes import dataclass
from bot.settings import Settings
from bot.store import schema

_PORT: Final = 3978

app = typer.Typer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who is at the desk that was filled, and what time it is there."""

    played: tuple[Chair, ...]
    agents: tuple[Chair, ...]
    known: tuple[Account, ...]
    now: datetime
    zone: ZoneInfo
    calendar: BusinessCalendar


@app.command()
def demo(
    book: Annotated[
        Path | None,
        typer.Option(
            help="A folder with your own people, customers, invoices and payments "
            "(.csv or .xlsx; map.toml if the columns have other names)."
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=1024, max=65_000, help="The first port to try.")
    ] = _PORT,
    *,
    is_terminal: Annotated[
        bool, typer.Option("--terminal", help="Show a day in this terminal, without Teams.")
    ] = False,
) -> None:
    """Set up a desk of its own, and open it in Microsoft's local Teams client."""
    _stop_when_told()
    settings = environment.read()
    own = _own_settings(settings, book)
    with prepare.claimed(own.home):
        prepare.empty(own.home)
        prepare.write_policy(own.home, own.policy_file, is_sample=book is None)
        with opened(own) as desk:
            cast = _fill(desk, book)
        program = None if is_terminal else _program(settings.home / "teams-client")
        if program is None:
            with opened(own) as desk:
                guided.play(_tour(desk, cast))
        else:
            _open(own, cast, program=program, port=port)


def _stop_when_told() -> None:
    """Stop on Ctrl-C or a plain kill, also where a background shell has Ctrl-C ignored."""
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.default_int_handler)


def _own_settings(settings: Settings, book: Path | None) -> Settings:
    """Return the settings of the demo's own desk; the sample company has its own Monday."""
    policy_file = settings.policy_path if settings.policy_path.exists() else None
    changes = {
        "home": settings.home / "demo",
        "database_url": "",
        "policy_file": policy_file,
        "clock": settings.clock or (None if book else prepare.SHIFT_START),
    }
    return settings.model_copy(update=changes)


def _fill(desk: OpenDesk, book: Path | None) -> Cast:
    schema.upgrade(desk.database.engine)
    home, policy = desk.settings.home, desk.policy
    if book is None:
        brought = prepare.fill_with_sample(desk.database, home, policy=policy)
    else:
        brought = prepare.fill_with(desk.database, book, home, at=desk.clock())
    for one in brought:
        say(one.sentence)
    with desk.database.reading() as session:
        return Cast(
            played=stage.chairs(session),
            agents=stage.agents(session),
            known=stage.accounts(session),
            now=desk.clock().astimezone(policy.zone),
            zone=policy.zone,
            calendar=policy.calendar,
        )


def _program(folder: Path) -> tuple[str, ...] | None:
    try:
        return install.program(folder)
    except NoTeamsClient as problem:
        say(f"{problem} So here is a day at the desk in this terminal instead.")
        return None


def _tour(desk: OpenDesk, cast: Cast) -> Tour:
    return Tour(
        home=desk.settings.home,
        database=desk.database,
        policy=desk.policy,
        seal=HmacSeal(desk.seal_key),
        start=cast.now,
        played=cast.played,
        agents=cast.agents,
        tenant=TENANT,
        console=Console(),
    )


def _open(own: Settings, cast: Cast, *, program: tuple[str, ...], port: int) -> None:
    show = Show(
        home=own.home,
        program=program,
        played=cast.played,
        known=cast.known,
        tenant=TENANT,
        first_port=port,
        start=own.clock,
    )
    with ExitStack() as stack:
        running = launcher.started(show, stack)
        places = {chair: running.screens[chair.account].url for chair in cast.played}
        programme.tell(Console(), places, now=cast.now, home=own.home)
        try:
            launcher.keep(running, as_moment=_understood(cast), say=say)
        except KeyboardInterrupt:
            say("The desk is closed.")


def _understood(cast: Cast) -> launcher.Moment:
    zone, calendar = cast.zone, cast.calendar
    return lambda text, now: programme.moment_in(text, now=now, zone=zone, calendar=calendar)
