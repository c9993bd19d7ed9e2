"""Child processes that never outlive the demo, and ports that are free."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.kernel.errors import Refused

_LEASH: Final = """
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
( cat <&3 >/dev/null; kill -TERM $child 2>/dev/null; sleep 5; kill -KILL $child 2>/dev/null ) &
watcher=$!
exec 3<&-
wait $child
code=$?
kill $watcher 2>/dev/null
exit $code
"""
"""Ends the child when the pipe to it closes, as it does however the demo itself ends."""

_STOPPING: Final = 8
"""Seconds that a child may take to stop."""


class DidNotStart(Refused):
    """A part of the demo ended or hung before it was ready."""


class Child:
    """A process that ends when the demo does."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        folder: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                ("sh", "-c", _LEASH, "sh", *command),
                cwd=folder,
                env={**os.environ, **(env or {})},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Test if it has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it, and wait until it has."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOPPING)

    def last_words(self) -> str:
        """Return the last line it wrote."""
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else "it wrote nothing"


@contextmanager
def kept(child: Child) -> Iterator[Child]:
    """Keep a child while the block lasts."""
    try:
        yield child
    finally:
        child.stop()


def wait_for(url: str, child: Child, *, what: str, patience: float = 60) -> None:
    """
    Wait until an address of the child answers.

    :raises DidNotStart: if the child ends before, or does not answer in time.
    """
    end = time.monotonic() + patience
    while not _answers(url):
        if not child.is_running:
            raise DidNotStart(f"{what} ended at once: {child.last_words()} (see {child.log}).")
        if time.monotonic() > end:
            raise DidNotStart(
                f"{what} did not answer within {patience:.0f} s: see {child.log}."
            )
        time.sleep(0.1)


def free_ports(first: int, count: int) -> list[int]:
    """
    Return so many ports that nothing listens on, from the first one up.

    :raises DidNotStart: if there are not enough.
    """
    found = [port for port in range(first, min(first + 500, 65_536)) if _is_free(port)][:count]
    if len(found) < count:
        raise DidNotStart(f"There are not {count} free ports from {first} up.")
    return found


def _is_free(port: int) -> bool:
    for host in ("127.0.0.1", "0.0.0.0"):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status < 400)
    except urllib.error.HTTPError:
        return False
    except OSError:
        return False
