"""Couriers killed anywhere: nothing arrives twice, nothing is silently missing (I02)."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.store import postings
from bot.store.database import Database
from bot.store.postings import Posting, PostingState, Showing
from bot.workflows.people.records import Person, place_of
from tests.support.cloud import Cloud
from tests.support.doomed import LIST

ROOT = Path(__file__).resolve().parents[2]
LISTS = 60


def owe_lists(database: Database, count: int = LISTS) -> None:
    """Make people and owe each a list, all due at the same second."""
    at = datetime.now(UTC)
    with database.transaction() as session:
        for number in range(1, count + 1):
            session.add(
                Person(
                    id=number,
                    entra_id=f"agent-{number}",
                    name=f"Agent {number}",
                    roles="agent",
                    learned_at=at,
                )
            )
        session.flush()
        for number in range(1, count + 1):
            postings.show(session, Showing(LIST, number, place_of(number)), at=at)


@asynccontextmanager
async def courier(
    url: str, cloud: Cloud, *given: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a courier in a process of its own; it is killed when the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.support.doomed",
        url,
        str(cloud.port),
        *given,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


def states(database: Database) -> Counter[PostingState]:
    with database.reading() as session:
        return Counter(session.scalars(select(Posting.state)))


def end_leases(database: Database) -> None:
    """Let the dead couriers' leases run out now."""
    with database.transaction() as session:
        over = datetime.now(UTC) - timedelta(seconds=1)
        held = Posting.state == PostingState.SENDING
        session.execute(update(Posting).where(held).values(lease_until=over))


def account(cloud: Cloud, database: Database) -> tuple[Counter[int], int]:
    """Return how often each list arrived by the cloud's own log, and how many are unknown."""
    arrived = Counter(len(cloud.to(f"a:agent-{n}")) for n in range(1, LISTS + 1))
    return arrived, states(database)[PostingState.UNKNOWN]


@pytest.mark.parametrize(("moment", "arrived"), [("before", 0), ("after", 1)])
async def test_a_courier_that_dies_at_a_message_leaves_it_visibly_unknown(
    moment: str, arrived: int, database_url: str, database: Database, cloud: Cloud
):
    owe_lists(database, 1)
    async with courier(database_url, cloud, "--die", moment) as process:
        await asyncio.wait_for(process.wait(), 20)
    end_leases(database)

    async with courier(database_url, cloud):
        await cloud.until(lambda: states(database)[PostingState.UNKNOWN] == 1, seconds=20)

    assert len(cloud.to("a:agent-1")) == arrived


async def test_three_couriers_killed_at_random_lose_nothing_and_post_nothing_twice(
    database_url: str, database: Database, cloud: Cloud
):
    seed = 20_260_608
    chosen = random.Random(seed)
    cloud.latency = 0.02
    owe_lists(database)

    for _ in range(2):
        async with courier(database_url, cloud), courier(database_url, cloud) as second:
            assert second.stdout
            await second.stdout.readline()
            await asyncio.sleep(chosen.uniform(0.02, 0.25))
        end_leases(database)
    async with courier(database_url, cloud):
        await cloud.until(
            lambda: not (states(database)[PostingState.DUE] or _sending(database)), seconds=30
        )

    arrived, unknown = account(cloud, database)
    assert max(arrived) <= 1, f"seed {seed}: something arrived twice: {arrived}"
    assert arrived[0] <= unknown, f"seed {seed}: {arrived} arrived, {unknown} unknown"


def _sending(database: Database) -> int:
    return states(database)[PostingState.SENDING]
