"""One company, its people, its book, its machines: a stretch of days from first to last."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from bot.policy import Policy
from bot.store import addresses
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.records import Process
from bot.workflows.people.records import Person
from bot.workflows.people.rules import Member
from scheduler.timetable import TIMETABLE
from tests.simulation.book import ONE_DAY, Book
from tests.simulation.chat import Mails, Teams
from tests.simulation.checks.raw import tables
from tests.simulation.clock import NEW_YORK, Clock, moment
from tests.simulation.files import bring
from tests.simulation.hands import CHANNELS, Hands, spot_of
from tests.simulation.machine import Desk, Machine, died
from tests.support.book import CUSTOMERS, Imports
from tests.support.desk import TENANT

MANILA: Final = "Asia/Manila"
SHIFTS: Final = (
    (time(8), time(17), "America/New_York"),
    (time(8), time(17), "America/New_York"),
    (time(8), time(17), "America/Los_Angeles"),
    (time(21), time(6), MANILA),
)
STAFF: Final = (
    ("Lea Lead", "lead"),
    ("Leo Lead", "lead"),
    ("Col Manager", "collections_manager"),
    ("Con Troller", "controller"),
    ("Vip Finance", "vp_finance"),
    ("Sam Support", "support"),
    ("Bill Ing", "billing"),
    ("Tess Tax", "tax"),
    ("Sal Es", "sales"),
)
FULL: Final = time(0, 10)
"""When every job looks ..."""
EVENING: Final = time(17, 31)
"""... when those that hang on a time do, and on a business day some of the others ..."""
LATE: Final = time(20, 5)
"""... and when, on a business day, as at each shift's start, only the former do."""
TIMED: Final = frozenset(
    {
        *("morning-lists", "task-reminders", "suspension-notes", "suspension-digest"),
        *("activity-sheets", "follow-ups", "handovers", "daily-mail", "statements"),
    }
)
OTHERS: Final = 0.3
"""The share of the others that look again in the evening."""
MANAGERS: Final = (time(9, 40), time(16, 58))
"""When everybody beside the agents presses something."""
GO_LIVE: Final = timedelta(days=3)
"""So long all mail is held; then a lead lets every process write."""
OFF: Final = (
    "SELECT DISTINCT c.number FROM support_orders o "
    "JOIN suspension_cases s ON s.id = o.case_id JOIN customers c ON c.id = s.payer_id "
    "WHERE o.kind = 'suspend' AND o.state = 'done' AND NOT EXISTS (SELECT 1 "
    "FROM support_orders l WHERE l.case_id = o.case_id AND l.customer_id = o.customer_id "
    "AND l.kind = 'restore' AND l.id > o.id AND l.state != 'withdrawn') ORDER BY c.number"
)
"""The payers with services that are off, and that nobody is asked to restore."""
PAYS_A_DAY: Final = 0.15
DEATH_A_EVENT: Final = 0.012
DEATH_A_PRESS: Final = 0.004


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be simulated."""

    first: date
    last: date
    seed: int = 1
    agents: int = 10
    presses: int = 15
    payers: int = 45
    faults: bool = True
    is_short: bool = False
    """Fewer presses of managers a day, for a run among other tests."""
    folder: Path


class Event(NamedTuple):
    """Something that happens at a moment, if the desk is up."""

    at: datetime
    order: int
    do: Callable[[], object]


class Trouble(logging.Handler):
    """Keeps what the desk logged as an error, but for the deaths that were ordered."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        fault = record.exc_info[1] if record.exc_info else None
        if not died(fault):
            self.found.append(self.format(record))


@dataclass
class World:
    """Everything of one run."""

    plan: Plan
    url: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    down_until: datetime | None = None
    delivered_at: datetime | None = None
    brought_at: datetime | None = None
    is_live: bool = False
    trouble: Trouble = field(default_factory=Trouble)

    def __post_init__(self) -> None:
        plan = self.plan
        self.chance = Random(plan.seed)
        self.policy = Policy(mails_a_minute=60_000, sends_a_second=10_000)
        self.clock = Clock(moment(plan.first, time(0, 1)))
        faults = 0.01 if plan.faults else 0.0
        self.teams = Teams(Random(plan.seed + 1), faults)
        self.mails = Mails(Random(plan.seed + 2), faults)
        self.url = self.url or f"sqlite:///{plan.folder / 'desk.db'}"
        machines = [self._machine(name) for name in ("north", "south")[: 1 + plan.faults]]
        machines[0].database.create_tables()
        self.desk = Desk(machines, Random(plan.seed + 3), 0.004 if plan.faults else 0.0)
        self.book = Book(Random(plan.seed + 4))
        self.imports = Imports(machines[0].database, plan.folder, now=self.clock.now)
        self.hands = Hands(
            Random(plan.seed + 5),
            self.clock,
            self.teams,
            self.desk,
            deaths=DEATH_A_PRESS if plan.faults else 0.0,
        )
        logging.getLogger().addHandler(self.trouble)
        self._people()
        self._open_book()

    def _machine(self, name: str) -> Machine:
        return Machine(
            name, self.url, self.policy, self.plan.folder, self.clock, self.teams, self.mails
        )

    def everything(self) -> Counter[str]:
        """Return how often what happened."""
        presses = Counter(
            {n: c for n, c in self.hands.counts.items() if not n.startswith("pressed ")}
        )
        kinds = sum(name.startswith("pressed ") for name in self.hands.counts)
        presses["kinds of buttons pressed"] = kinds
        watched = Counter(self.desk.watch.counts)
        return self.counts + presses + watched + self.teams.counts + self.mails.counts

    def close(self) -> None:
        """End everything."""
        logging.getLogger().removeHandler(self.trouble)
        self.desk.close()

    # before the first day

    def _people(self) -> None:
        with self.imports.database.transaction() as session:
            rows = [
                self._person(f"Agent {n}", "agent", n, SHIFTS[n % len(SHIFTS)])
                for n in range(1, self.plan.agents + 1)
            ]
            staff = [
                self._person(name, role, 100 + n, SHIFTS[0])
                for n, (name, role) in enumerate(STAFF)
            ]
            session.add_all([*rows, *staff])
            session.flush()
            self.agents = [row.as_member() for row in rows]
            self.staff = [row.as_member() for row in staff]

    def _person(
        self, name: str, role: str, number: int, shift: tuple[time, time, str]
    ) -> Person:
        email = f"{role}{number}@desk.example"
        return Person(
            name=name,
            roles=role,
            tenant_id="",
            entra_id=f"entra-{email}",
            email=email,
            time_zone=shift[2],
            shift_start=shift[0],
            shift_end=shift[1],
            shift_zone=shift[2],
            learned_at=self.clock.now,
        )

    def _open_book(self) -> None:
        self.book.open_accounts(self.plan.payers, [agent.email for agent in self.agents])
        day = self.plan.first - timedelta(days=75)
        while day < self.plan.first:
            self.book.live(day)
            day += ONE_DAY
        lines = [
            f"{one.number},{one.name},{one.agent},{one.email},{one.zone},"
            f"{one.payer if one.payer != one.number else ''},{one.flags},+1 212 555 0100"
            for one in self.book.accounts.values()
        ]
        header = f"{CUSTOMERS},email,time_zone,payer_id,flags,phone"
        self.imports.take("customers", header, *lines, strict=True)
        self.bring_book()

    async def name_channels(self) -> None:
        """Let a lead say what each channel is for."""
        for number, purpose in enumerate(CHANNELS, start=1):
            spot = spot_of(f"channel:{number}", self.staff[0])
            heard = addresses.Heard(
                conversation_id=spot.conversation_id,
                kind=addresses.AddressKind.CHANNEL,
                tenant_id=TENANT,
                service_url="https://teams.example/",
            )
            with self.desk.first.database.transaction() as session:
                addresses.remember(session, heard, at=self.clock.now)
            await self.hands.say(self.staff[0], f"use this channel for {purpose}", spot)

    # the book's way to the desk

    def bring_book(self) -> None:
        """Bring what has changed to the desk, as files."""
        self.imports.now = self.clock.now
        self.imports.database = self.desk.first.database
        bring(self.imports, self.book)
        self.brought_at = self.clock.now
        self.counts["imports"] += 2

    # days

    async def live(self, day: date) -> None:
        """Let one of the company's days happen."""
        self._pay_for_what_is_off(day)
        self.book.live(day)
        for event in sorted(self._events(day)):
            await self._happen(event)

    def _pay_for_what_is_off(self, day: date) -> None:
        """Let some of those whose services are off pay, in part or in whole."""
        with tables(self.imports.database) as found:
            off = [row[0] for row in found.rows(OFF)]
        for payer in off:
            if self.chance.random() < PAYS_A_DAY:
                self.book.pay_up(payer, day, self.chance.choice((50, 100, 100, 100)))

    async def _happen(self, event: Event) -> None:
        if self.down_until:
            if event.at < self.down_until:
                self.counts["events missed while down"] += 1
                return
            self.clock.now = max(self.clock.now, self.down_until)
            self._come_up()
            await self._look_around()
        self.clock.now = max(self.clock.now, event.at)
        result = event.do()
        if asyncio.iscoroutine(result):
            await result
        if self.plan.faults and self.chance.random() < DEATH_A_EVENT:
            self._go_down()

    def _go_down(self) -> None:
        kind = self.chance.random()
        minutes = self.chance.randrange(1, 50)
        if kind > 0.9:
            minutes = self.chance.randrange(24 * 60, 5 * 24 * 60)
        elif kind > 0.6:
            minutes = self.chance.randrange(60, 14 * 60)
        self.down_until = self.clock.now + timedelta(minutes=minutes)
        self.counts["times the desk went down"] += 1

    def _come_up(self) -> None:
        self.down_until = None
        self.desk.start()
        self.bring_book()

    async def _look_at_times(self) -> None:
        await self._look_around(TIMED)

    async def _look_again(self) -> None:
        others = {job.name for job in TIMETABLE if self.chance.random() < OTHERS}
        await self._look_around(TIMED | others)

    async def _look_around(self, names: Collection[str] = ()) -> None:
        if not self.is_live and self.clock.today > self.plan.first + GO_LIVE:
            self._go_live()
        self.teams.today = self.mails.today = self.clock.today
        self.desk.keep_timetable(names)
        await self.desk.deliver()
        self.delivered_at = self.clock.now

    def _events(self, day: date) -> Iterator[Event]:
        is_open = self.policy.calendar.is_open(day)
        order = iter(range(1000))
        yield Event(moment(day, time(0, 5)), next(order), self.bring_book)
        yield Event(moment(day, FULL), next(order), self._look_around)
        evening = self._look_again if is_open else self._look_at_times
        yield Event(moment(day, EVENING), next(order), evening)
        if not is_open:
            return
        yield Event(moment(day, LATE), next(order), self._look_at_times)
        for start, _, zone in sorted(set(SHIFTS), key=str):
            begins = moment(day, start, ZoneInfo(zone))
            near = begins + ONE_DAY * (begins.astimezone(NEW_YORK).date() < day)
            yield Event(near + timedelta(minutes=1), next(order), self._look_at_times)
            crew = [agent for agent in self.agents if agent.shift_zone == zone]
            for part in range(3):
                when = near + timedelta(hours=1.5 + 2.5 * part)
                yield Event(when, next(order), self._block(crew, self.plan.presses // 3))
        managers = self._block(self.staff, 1)
        for at in MANAGERS[: 1 if self.plan.is_short else None]:
            yield Event(moment(day, at), next(order), managers)

    def _block(self, crew: list[Member], presses: int) -> Callable[[], object]:
        async def work() -> None:
            for person in self.chance.sample(crew, len(crew)):
                await self.hands.work(person, presses)

        return work

    def _go_live(self) -> None:
        self.is_live = True
        with self.desk.first.database.transaction() as session:
            for process in Process:
                correspondence.release_process(session, process, by=None, at=self.clock.now)
