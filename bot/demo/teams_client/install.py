"""Getting the local Teams client from npm, once."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from bot.kernel.errors import Refused

OLDEST_NODE: Final = 20
_HERE: Final = Path(__file__).parent
_PROGRAM: Final = Path("node_modules", "@microsoft", "m365agentsplayground", "cli.js")
_PATIENCE: Final = 300
"""Seconds that npm may take."""


class NoTeamsClient(Refused):
    """The local Teams client cannot be had on this machine."""


def program(folder: Path) -> tuple[str, ...]:
    """
    Return the command that runs the local Teams client, installed into the folder if needed.

    :raises NoTeamsClient: if Node or npm is missing or too old, or installing fails.
    """
    node = _node()
    cli = folder / _PROGRAM
    if not (cli.exists() and _is_current(folder)):
        _install(folder)
    if not cli.exists():
        raise NoTeamsClient(f"npm has not installed the local Teams client into {folder}.")
    return node, str(cli.resolve())


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise NoTeamsClient(f"Node {OLDEST_NODE} or newer is not installed on this machine.")
    said = _output(node, "--version")
    found = re.match(r"v(\d+)\.", said)
    if found is None or int(found[1]) < OLDEST_NODE:
        raise NoTeamsClient(f"Node {OLDEST_NODE} or newer is needed; this is {said or node}.")
    return node


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoTeamsClient(f"{command[0]} does not run: {error}.") from error
    return done.stdout.strip()


def _is_current(folder: Path) -> bool:
    lock = folder / "package-lock.json"
    return lock.exists() and lock.read_bytes() == (_HERE / "package-lock.json").read_bytes()


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NoTeamsClient("npm, which brings the local Teams client, is not installed.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_HERE / name, folder / name)
    command = (npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _forget(folder)
        raise NoTeamsClient(
            f"npm could not install the local Teams client: {error}."
        ) from error
    if done.returncode:
        _forget(folder)
        raise NoTeamsClient(f"npm could not install the local Teams client: {_said(done)}.")


def _forget(folder: Path) -> None:
    """Let the next run begin anew."""
    (folder / "package-lock.json").unlink(missing_ok=True)


def _said(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.removeprefix("npm error ") for line in done.stderr.splitlines() if line]
    return " ".join(lines[:2]).rstrip(".") or f"exit code {done.returncode}"
