"""
Connections to a mail server that rest between two mails of a batch.

Each is used by one mail at a time. It is left after some seconds without one, and after so many
mails; before it is used again the server is asked to begin anew, so that one that has gone
meanwhile is noticed while nothing has left yet.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import field
from typing import Final

from aiosmtplib import SMTP, SMTPException

from bot.kernel.shapes import dataclass

RESTS: Final = 5.0
"""Seconds without a mail after which a connection is left."""
MOST: Final = 100
"""Mails on one connection: servers allow only so many."""
_ANSWERS: Final = 5.0
"""Seconds that the server may take to begin anew."""


@dataclass
class Line:
    """A connection, and how many mails were given to the server on it."""

    server: SMTP
    mails: int = 0
    resting: asyncio.Task[None] | None = None


@dataclass
class Lines:
    """The connections that rest, the last one used on top."""

    _resting: list[Line] = field(default_factory=list)

    async def take(self) -> Line | None:
        """Return a connection that is still there, ready for a mail; None if there is none."""
        while self._resting:
            line = self._resting.pop()
            if line.resting:
                line.resting.cancel()
            try:
                async with asyncio.timeout(_ANSWERS):
                    await line.server.rset()
            except (SMTPException, OSError, TimeoutError):
                await leave(line.server)
            else:
                return line
        return None

    async def rest(self, line: Line) -> None:
        """Let a connection rest after a mail, or leave it when it has carried enough."""
        line.mails += 1
        if line.mails >= MOST or not line.server.is_connected:
            await leave(line.server)
            return
        self._resting.append(line)
        line.resting = asyncio.create_task(self._leave_later(line))
        await asyncio.sleep(0)

    async def _leave_later(self, line: Line) -> None:
        """Leave a connection that nobody takes; also when the desk stops meanwhile."""
        try:
            await asyncio.sleep(RESTS)
        finally:
            if line in self._resting:
                self._resting.remove(line)
                await leave(line.server)


async def leave(server: SMTP) -> None:
    """Say goodbye to the server, and hang up whatever it says."""
    with suppress(SMTPException, OSError, ValueError):
        await server.quit(timeout=1)
    server.close()
