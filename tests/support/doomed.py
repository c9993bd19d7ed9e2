"""
A courier in a process of its own, to be killed.

With `--die before|after` it kills itself with SIGKILL at its first message: claimed but not yet
sent, or accepted but not yet noted.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from bot.chat.card import Card
from bot.chat.dialog import Dialog, View
from bot.chat.messenger import Messenger, Sent
from bot.policy import Policy
from bot.store.database import Database
from bot.store.postings import CardName, Place
from tests.support.cloud import Cloud
from tests.support.desk import KEY
from tests.support.served import served

LIST = CardName("tests.list")


def list_dialog() -> Dialog:
    dialog = Dialog("tests")

    @dialog.draws(LIST)
    def draw(view: View) -> Card:
        return Card(title=f"List {view.about}")

    return dialog


@dataclass
class Doomed:
    """Carries a message, and its process dies around it."""

    messenger: Messenger
    moment: str

    async def post(self, place: Place, card: Card) -> Sent:
        if self.moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        sent = await self.messenger.post(place, card)
        if self.moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return sent

    async def replace(self, place: Place, sent: Sent, card: Card) -> None:
        await self.messenger.replace(place, sent, card)


async def watch(report: Path) -> None:
    """Write down the longest time for which the loop stood still, whenever it grows."""
    longest = 0.0
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.01)
        stood = time.perf_counter() - before - 0.01
        if stood > longest:
            longest = stood
            report.write_text(f"{longest:.4f}")  # noqa: ASYNC240 - tiny


async def run(url: str, port: int, *, die: str, a_second: int, report: Path | None) -> None:
    database = Database(url, audit_key=KEY)
    policy = Policy(sends_a_second=a_second)
    cloud = Cloud(port=port)
    async with served(database, cloud, dialogs=(list_dialog(),), policy=policy) as desk:
        desk.seam.courier.messenger = Doomed(desk.seam.courier.messenger, die)
        gc.collect()
        gc.freeze()
        print("running", flush=True)  # noqa: T201 - read by the process that started it
        await (watch(report) if report else asyncio.Event().wait())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("port", type=int)
    parser.add_argument("--die", default="never")
    parser.add_argument("--a-second", type=int, default=200)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    asyncio.run(
        run(
            given.url,
            given.port,
            die=given.die,
            a_second=given.a_second,
            report=given.report,
        )
    )


if __name__ == "__main__":
    main()
