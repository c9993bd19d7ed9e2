"""Running the local Teams client for somebody."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.demo.processes import Child, DidNotStart, wait_for
from bot.demo.teams_client.config import FILE
from bot.kernel.shapes import dataclass

_ATTEMPTS: Final = 3
_OPENERS: Final = ("xdg-open", "open", "sensible-browser")


@dataclass(frozen=True, slots=True)
class Screen:
    """Somebody's Teams: where to look, and the process behind it."""

    url: str
    child: Child


def start(program: Sequence[str], *, folder: Path, config: str, port: int, bot: str) -> Screen:
    """
    Start the client on a port, its configuration and log in the folder.

    :raises DidNotStart: if it does not come up, or takes another port than the one given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(config, "utf-8")
    for _ in range(_ATTEMPTS):
        log = folder / "out.log"
        log.unlink(missing_ok=True)
        child = Child(
            _command(program, port, bot), log=log, folder=folder, env=_surroundings(folder)
        )
        try:
            if _is_up(child, port):
                return Screen(f"http://127.0.0.1:{port}", child)
        except DidNotStart:
            child.stop()
            raise
        child.stop()
        time.sleep(1)
    raise DidNotStart(f"The local Teams client could not have port {port}: see {folder}.")


def _command(program: Sequence[str], port: int, bot: str) -> tuple[str, ...]:
    return (
        *program,
        "start",
        *("-e", bot),
        *("-c", "msteams"),
        *("-p", str(port)),
        *("--service-url", f"http://127.0.0.1:{port}/_connector"),
        "--disable-telemetry",
    )


def _surroundings(folder: Path) -> dict[str, str]:
    """Return the environment in which it stays on this machine and opens no browser."""
    stubs = folder / "no-browser"
    stubs.mkdir(exist_ok=True)
    for name in _OPENERS:
        (stubs / name).write_text("#!/bin/sh\nexit 0\n", "ascii")
        (stubs / name).chmod(0o755)
    path = os.pathsep.join((str(stubs.resolve()), os.environ.get("PATH", os.defpath)))
    return {"APPLICATION_INSIGHTS_NO_STATSBEAT": "1", "BROWSER": "none", "PATH": path}


def _is_up(child: Child, port: int) -> bool:
    """Wait until it answers; False if it took another port, its own being busy."""
    if not _has_port(child, port):
        return False
    wait_for(
        f"http://127.0.0.1:{port}/_internal/v1/config", child, what="The local Teams client"
    )
    return True


def _has_port(child: Child, port: int) -> bool:
    """Wait until it says where it listens."""
    end = time.monotonic() + 60
    while time.monotonic() < end and child.is_running:
        said = re.search(r"Listening on (\d+)", child.log.read_text("utf-8", "replace"))
        if said:
            return int(said[1]) == port
        time.sleep(0.05)
    raise DidNotStart(
        f"The local Teams client did not start: {child.last_words()} (see {child.log})."
    )
