"""
A postman in a process of its own, to be killed.

With `--die before|after` it kills itself with SIGKILL at its third mail: claimed but not yet
sent, or taken by the server but not yet noted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.connectors.mail import smtp
from bot.policy import Policy
from bot.postman import Mailer, Postman
from bot.store.database import Database
from bot.workflows.correspondence.claims import Outgoing

LAST = 3


@dataclass
class Doomed:
    """Takes mail along, and its process dies around it."""

    mailer: Mailer
    moment: str
    is_repeatable: bool = False
    count: int = 0

    async def send(self, outgoing: Outgoing) -> str:
        self.count += 1
        number = self.count
        if number == LAST and self.moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        refused = await self.mailer.send(outgoing)
        if number == LAST and self.moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return refused

    async def check(self) -> str:
        return await self.mailer.check()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("where")
    parser.add_argument("key")
    parser.add_argument("--die", default="never")
    given = parser.parse_args()
    mailer = smtp.mailer(f"smtp://{given.where}", home=Path(), company="Coastline")
    postman = Postman(
        database=Database(given.url, audit_key=given.key.encode()),
        mailer=Doomed(mailer, given.die),
        policy=Policy(mails_a_minute=60_000),
        clock=lambda: datetime.now(UTC),
    )
    asyncio.run(postman.run())


if __name__ == "__main__":
    main()
