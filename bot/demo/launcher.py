"""The demo in Microsoft's local Teams client: the bot, and one client a person."""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO

from bot.clock import Clock, clock_from
from bot.demo import processes
from bot.demo.processes import Child
from bot.demo.stage import Chair
from bot.demo.teams_client import config, running
from bot.demo.teams_client.config import Account
from bot.demo.teams_client.running import Screen
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass

_NOWHERE: Final = "http://127.0.0.1:9/"
"""Where chats are opened with those who are not played: nothing leaves this machine."""

Moment = Callable[[str, datetime], datetime]
"""Understands what is typed to move the clock on from a time; refuses what it cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Everything that the demo starts."""

    home: Path
    """The desk's home, already filled."""
    program: Sequence[str]
    """The command that runs the local Teams client."""
    played: Sequence[Chair]
    known: Sequence[Account]
    tenant: str
    first_port: int
    start: datetime | None
    """When the desk's clock starts; the real time if None."""


@dataclass(slots=True)
class Running:
    """A demo that runs: where to look, and the bot, whose clock can be moved."""

    show: Show
    bot_url: str
    bot: Child
    screens: dict[Account, Screen]
    clock: Clock

    def move_to(self, moment: datetime) -> None:
        """Start the bot again, its clock at another time."""
        self.bot.stop()
        self.bot = _bot(self.show, self.bot_url, moment)
        self.clock = clock_from(moment)

    def check(self) -> None:
        """
        Check that everything still runs.

        :raises DidNotStart: naming what does not.
        """
        for child in (self.bot, *(screen.child for screen in self.screens.values())):
            if not child.is_running:
                raise processes.DidNotStart(
                    f"A part of the demo ended: {child.last_words()} (see {child.log})."
                )


def started(show: Show, stack: ExitStack) -> Running:
    """
    Start the bot and the clients; all of them end with the stack.

    :raises DidNotStart: if one does not come up.
    """
    ports = processes.free_ports(show.first_port, 1 + len(show.played))
    bot_url = f"http://127.0.0.1:{ports[0]}"
    bot = _bot(show, bot_url, show.start)
    show_now = Running(show, bot_url, bot, {}, clock_from(show.start))
    stack.callback(lambda: show_now.bot.stop())
    for chair, port in zip(show.played, ports[1:], strict=True):
        screen = _screen(show, chair.account, port=port, bot_url=bot_url)
        stack.callback(screen.child.stop)
        show_now.screens[chair.account] = screen
    return show_now


def keep(show: Running, *, as_moment: Moment, say: Callable[[str], None]) -> None:
    """Let the demo run until somebody stops it; a time that is typed moves its clock."""
    while True:
        show.check()
        typed = _typed(sys.stdin)
        if typed is None:
            continue
        try:
            moment = as_moment(typed, show.clock())
        except Refused as problem:
            say(str(problem))
            continue
        show.move_to(moment)
        say(f"The desk's clock is at {moment:%a %d %b %H:%M} now.")


def _bot(show: Show, url: str, start: datetime | None) -> Child:
    port = url.rpartition(":")[2]
    command = (sys.executable, "-m", "bot", "serve", "--dev", "--port", port)
    bot = Child(command, log=show.home / "serve.log", env=_settings(show, url, start))
    try:
        processes.wait_for(f"{url}/readyz", bot, what="The bot")
    except processes.DidNotStart:
        bot.stop()
        raise
    return bot


def _settings(show: Show, url: str, start: datetime | None) -> dict[str, str]:
    home = show.home.resolve()
    return {
        "ARDESK_HOME": str(home),
        "ARDESK_DATABASE_URL": f"sqlite:///{home / 'desk.db'}",
        "ARDESK_MAIL_URL": f"folder:{home / 'outbox'}",
        "ARDESK_PUBLIC_URL": url,
        "ARDESK_TEAMS_APP_ID": config.BOT_ID.removeprefix("28:"),
        "ARDESK_TEAMS_TENANT_ID": show.tenant,
        "ARDESK_TEAMS_TENANTS": "",
        "ARDESK_TEAMS_SERVICE_URL": _NOWHERE,
        "PYTHONUNBUFFERED": "1",
    } | ({"ARDESK_CLOCK": start.isoformat()} if start else {})


def _screen(show: Show, account: Account, *, port: int, bot_url: str) -> Screen:
    return running.start(
        show.program,
        folder=show.home / "screens" / account.key,
        config=config.written(account, show.known, tenant=show.tenant),
        port=port,
        bot=f"{bot_url}/api/messages",
    )


def _typed(keyboard: TextIO) -> str | None:
    """Return a line that was typed within half a second, where there is a keyboard."""
    if not keyboard.isatty():
        time.sleep(0.5)
        return None
    ready, _, _ = select.select([keyboard], [], [], 0.5)
    line = keyboard.readline().strip() if ready else ""
    return line or None
