"""All checks of a day, together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from tests.simulation.checks import due, money, states
from tests.simulation.checks.mail import Deliveries
from tests.simulation.checks.raw import tables
from tests.simulation.checks.schedule import Schedule
from tests.simulation.checks.trail import Trail
from tests.simulation.world import World
from tests.support.desk import KEY


@dataclass
class Checker:
    """Looks at a world after each of its days."""

    world: World
    trail: Trail = field(default_factory=Trail)
    deliveries: Deliveries = field(default_factory=Deliveries)
    checks: int = 0

    def __post_init__(self) -> None:
        world = self.world
        self.schedule = Schedule(world.agents, world.policy.calendar.is_open, world.plan.first)

    def after(self, day: date) -> Iterator[str]:
        """Yield a sentence for everything that is not as it must be."""
        self.schedule.day(day)
        yield from self._faults()
        if self.world.down_until:
            return
        self.checks += 1
        machine, book = self.world.desk.first, self.world.book
        if not (book.changes.bills or book.changes.receipts):
            yield from money.check_totals(machine.database, book, day)
            if day.day == 1:
                yield from money.check_rows(machine.database, book, day)
            with tables(machine.database) as found:
                yield from due.check(found, self.world, day)
        with tables(machine.database) as found:
            watch = self.world.desk.watch
            yield from self.schedule.check(found, watch)
            yield from states.check(found, watch, self.schedule.is_open)
            world = self.world
            yield from self.deliveries.check(
                found, world.mails, world.teams, world.delivered_at
            )
            yield from self.trail.check(found, KEY)

    def _faults(self) -> Iterator[str]:
        world = self.world
        for found in (world.hands.failures, world.desk.watch.failures, world.trouble.found):
            yield from found
            found.clear()
