"""
1,000 lists due at the same second, delivered by one to four processes, kill -9 among them.

    python -m tests.benchmarks.postings [--lists 1000] [--a-second 30] [--url postgresql+...]

Counted in the cloud's own log, not in the desk's database: how many lists arrived once, never,
and twice. Those that never arrived must be shown as unknown. Wanted: none twice, none silently
missing, at most twice the time that the rate limit allows, no loop blocked for over 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bot.store.database import Database
from bot.store.postings import PostingState
from tests.support.cloud import Cloud
from tests.support.desk import KEY
from tests.teams.test_crashes import courier, end_leases, owe_lists, states

PATIENCE = 3.0
"""How many times the allowed time is waited for at most."""


@dataclass(frozen=True)
class Plan:
    """How many processes, and how many of them are killed and replaced."""

    processes: int
    kills: int


PLANS = (Plan(1, 0), Plan(2, 1), Plan(4, 4))


@dataclass(frozen=True)
class Outcome:
    """What the cloud saw, what the desk says, and how long it took."""

    arrived: Counter[int]
    unknown: int
    seconds: float
    stall: float


async def deliver(plan: Plan, lists: int, a_second: int, url: str) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix="ardesk-benchmark-"))
    url = url or f"sqlite:///{folder / 'desk.db'}"
    database = Database(url, audit_key=KEY)
    database.create_tables()
    chosen = random.Random(20_260_608)
    async with Cloud(is_checking=False, latency=0.15) as cloud, AsyncExitStack() as stack:
        running = []

        async def start() -> None:
            report = ("--report", str(folder / f"stall-{len(list(folder.iterdir()))}"))
            given = ("--a-second", str(a_second), *report)
            process = await stack.enter_async_context(courier(url, cloud, *given))
            assert process.stdout
            await process.stdout.readline()
            running.append(process)

        for _ in range(plan.processes):
            await start()
        owe_lists(database, lists)
        began = time.monotonic()
        for _ in range(plan.kills):
            await asyncio.sleep(lists / a_second / (plan.kills + 1))
            running.pop(chosen.randrange(len(running))).kill()
            await start()
        limit = began + PATIENCE * lists / a_second
        while states(database)[PostingState.DUE] and time.monotonic() < limit:
            await asyncio.sleep(0.2)
        await asyncio.sleep(1)
        end_leases(database)
        while states(database)[PostingState.SENDING] and time.monotonic() < limit:
            await asyncio.sleep(0.2)
        last = max(delivery.at for delivery in cloud.deliveries) - began
        arrived = Counter(len(cloud.to(f"a:agent-{n}")) for n in range(1, lists + 1))
    unknown = states(database)[PostingState.UNKNOWN]
    database.close()
    stalls = [float(path.read_text() or 0) for path in folder.glob("stall-*")]
    return Outcome(arrived, unknown, last, max(stalls, default=0.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lists", type=int, default=1000)
    parser.add_argument("--a-second", type=int, default=30)
    parser.add_argument("--url", default="")
    given, _ = parser.parse_known_args()
    allowed = given.lists / given.a_second
    for plan in PLANS:
        found = asyncio.run(deliver(plan, given.lists, given.a_second, given.url))
        twice = sum(count for times, count in found.arrived.items() if times > 1)
        silent = max(0, found.arrived[0] - found.unknown)
        print(
            f"{plan.processes} processes, {plan.kills} killed: {found.arrived[1]:,} once, "
            f"{twice} twice, {found.unknown} unknown, {silent} silently missing; "
            f"{found.seconds:.1f} s = {found.seconds / allowed:.2f} of what the limit allows; "
            f"longest stall of a loop {1000 * found.stall:.0f} ms"
        )


if __name__ == "__main__":
    main()
