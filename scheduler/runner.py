"""
Keeping the timetable.

APScheduler only makes each job look again every so often; what is due, and whether somebody
has done it already, the job asks the database. So nothing is lost while the program is off or
late, nothing is done twice by two machines, and DST never moves anything. Should the machine's
clock be set back, which makes APScheduler wait, a watch on the monotonic clock looks instead.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.database import Database
from scheduler.job import Job, Tick

log = logging.getLogger(__name__)

WATCH_SECONDS: Final = 15.0
_SLACK: Final = 60
_AT_ONCE: Final = 2
"""How many jobs run side by side, each on a thread of its own."""


class Every(BaseTrigger):  # type: ignore[misc]
    """
    Fires at once, then so long after each time it fired.

    APScheduler's own interval lists every moment missed before it drops all but one of them:
    after a clock that jumps by years, a billion.
    """

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the next moment to fire."""
        return now if previous is None else max(previous, now) + self.interval


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Lets each job look at what is due; one that fails is logged and stops no other."""

    database: Database
    policy: Policy
    clock: Callable[[], datetime]
    timetable: Iterable[Job]
    home: Path | None = None
    """Where files go that a job draws."""
    _scheduler: AsyncIOScheduler = field(
        init=False, default_factory=lambda: AsyncIOScheduler(timezone=UTC)
    )
    _threads: ThreadPoolExecutor = field(
        init=False, default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, "desk-job")
    )
    _said: dict[str, str] = field(init=False, default_factory=dict)
    _looked: dict[str, float] = field(init=False, default_factory=dict)
    _looking: set[asyncio.Task[None]] = field(init=False, default_factory=set)
    _watch: set[asyncio.Task[None]] = field(init=False, default_factory=set)

    def start(self) -> None:
        """Let every job look now, and then as often as it says; the event loop must run."""
        for job in self.timetable:
            self._scheduler.add_job(
                self.look,
                Every(timedelta(seconds=job.every_seconds)),
                args=[job],
                id=job.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()
        self._watch.add(asyncio.create_task(self._keep_looking()))

    async def stop(self) -> None:
        """Let no job start any more, and wait for those that are running."""
        for task in self._watch:
            task.cancel()
        if self._scheduler.running:
            self._scheduler.pause()
        if self._looking:
            await asyncio.wait(self._looking)
        await asyncio.to_thread(self._threads.shutdown)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def look(self, job: Job) -> None:
        """Let a job do what is due now; never raises."""
        looking = asyncio.create_task(self._look(job))
        self._looking.add(looking)
        looking.add_done_callback(self._looking.discard)
        await asyncio.shield(looking)

    async def _look(self, job: Job) -> None:
        self._looked[job.name] = asyncio.get_running_loop().time()
        tick = Tick(at=self.clock(), database=self.database, policy=self.policy, home=self.home)
        try:
            loop = asyncio.get_running_loop()
            said = await loop.run_in_executor(self._threads, job.run, tick)
        except Refused as refusal:
            said = f"put off: {refusal}"
        except Exception:
            log.exception("The job %s failed and is tried again", job.name)
            return
        self._tell(job, said)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = asyncio.get_running_loop().time()
            for job in self.timetable:
                if now - self._looked.get(job.name, now) > 2 * job.every_seconds + _SLACK:
                    await self.look(job)

    def _tell(self, job: Job, said: str) -> None:
        if said and said != self._said.get(job.name):
            log.info("%s: %s", job.name, said)
        self._said[job.name] = said
