"""
The machines the desk runs on: they keep the timetable, deliver, and die at any moment.

A machine dies between two jobs, in the middle of a job or of a press (at any statement, just
before a commit or just after it), or while a message is under way. Two of them may take turns
on one database.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from bot.app import switchboard
from bot.courier import Courier
from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.postman import Postman
from dialogs import DIALOGS
from scheduler.job import Job, Tick
from scheduler.timetable import TIMETABLE
from tests.simulation.chat import Died, Mails, Teams
from tests.simulation.clock import Clock
from tests.simulation.one_thread import REAPER, OneThread
from tests.support.desk import KEY, SEAL

STEP: Final = timedelta(milliseconds=30)
PAUSE: Final = timedelta(seconds=3)
"""The courier looks again after this, as long as anything waits for its turn."""


class Bringer(Courier):
    """A courier that says what its last look saw."""

    @property
    def due_next(self) -> datetime | None:
        """When something is due next."""
        return self._next


@dataclass
class Machine:
    """One process of the desk, with its courier and postman."""

    name: str
    url: str
    policy: Policy
    home: Path
    clock: Clock
    teams: Teams
    mails: Mails
    drift: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.database = OneThread(self.url, audit_key=KEY)
        self.start()

    def start(self) -> None:
        """
        Start the process anew: nothing is remembered but what is in the database.

        What it had not committed was taken back on its way out. Its statements stay compiled
        and its connections open, which no process can tell but by the time it takes.
        """
        self.switchboard = switchboard(
            self.database, policy=self.policy, seal=SEAL, clock=lambda: self.clock.now
        )
        self.courier = Bringer(
            database=self.database,
            dialogs=DIALOGS,
            messenger=self.teams,
            policy=self.policy,
            clock=self._ticking,
            name=self.name,
        )
        self.postman = Postman(
            database=self.database,
            mailer=self.mails,
            policy=self.policy,
            clock=self._ticking,
            name=self.name,
        )

    def do(self, job: Job) -> None:
        """Let a job look at what is due."""
        tick = Tick(
            at=self.clock.now, database=self.database, policy=self.policy, home=self.home
        )
        job.run(tick)

    async def deliver(self) -> None:
        """Carry what is due to Teams and to the mail server, and wait where Teams is slow."""
        self.drift = timedelta()
        for _ in range(120):
            await self.courier.deliver_due()
            due = self.courier.due_next
            if due is None or due > self.clock.now + timedelta(minutes=10):
                break
            self.drift = max(self.drift, due - self.clock.now) + PAUSE
        await self.postman.deliver_due()

    def _ticking(self) -> datetime:
        self.drift += STEP
        return self.clock.now + self.drift


@dataclass
class Watch:
    """When each job looked, and how it went."""

    looks: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    """Of each job, when it looked and came to its end."""
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def first_look(self, job: str, since: datetime) -> datetime | None:
        """Return when a job first came to its end at or after a moment."""
        looks = self.looks[job]
        place = bisect_left(looks, since)
        return looks[place] if place < len(looks) else None


@dataclass
class Desk:
    """One or two machines that keep the timetable, and die."""

    machines: list[Machine]
    chance: Random
    kills: float = 0.004
    watch: Watch = field(default_factory=Watch)

    @property
    def first(self) -> Machine:
        """The machine that answers people."""
        return self.machines[0]

    def close(self) -> None:
        """End every process for good."""
        for machine in self.machines:
            machine.database.close()

    def keep_timetable(self, names: Collection[str] = ()) -> bool:
        """Let every job, or some, look once, in any order; False if a machine died over it."""
        jobs = [job for job in TIMETABLE if not names or job.name in names]
        self.chance.shuffle(jobs)
        return sum(map(self._look, jobs)) == len(jobs)

    def _look(self, job: Job) -> bool:
        machine = self.chance.choice(self.machines)
        if self.chance.random() < self.kills:
            REAPER.arm(self.chance)
        try:
            machine.do(job)
        except Refused as refusal:
            self.watch.counts[f"job put off: {refusal}"] += 1
            return False
        except Exception as fault:
            if died(fault):
                self.watch.counts["processes killed in a job"] += 1
                machine.start()
                return False
            self.watch.failures.append(f"{job.name} at {machine.clock.now}: {fault!r}")
            return False
        finally:
            REAPER.disarm()
        self.watch.looks[job.name].append(machine.clock.now)
        self.watch.counts["looks of jobs"] += 1
        return True

    async def deliver(self) -> None:
        """Let one of the machines deliver."""
        await self.chance.choice(self.machines).deliver()

    def start(self) -> None:
        """Start every process anew."""
        for machine in self.machines:
            machine.start()


def died(fault: BaseException | None) -> bool:
    """Test if a fault is, or comes of, a death that the simulation ordered."""
    if fault is None:
        return False
    if isinstance(fault, Died):
        return True
    if isinstance(fault, ExceptionGroup):
        return any(died(one) for one in fault.exceptions)
    return died(fault.__cause__) or died(fault.__context__)
