"""All checks of a day, together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from tests.simulation.checks import due, line, money, states
from tests.simulation.checks.mail import Deliveries
from tests.simulation.checks.raw import tables
from tests.simulation.checks.reminded import Reminders
from tests.simulation.checks.restored import Restores
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
        is_open = world.policy.calendar.is_open
        self.schedule = Schedule(world.agents, is_open, world.plan.first)
        self.reminders = Reminders([*world.agents, *world.staff], is_open)
        self.restores = Restores(world.policy.restore_tolerance)

    def after(self, day: date) -> Iterator[str]:
        """Yield a sentence for everything that is not as it must be."""
        self.schedule.day(day)
        yield from self._faults()
        if self.world.down_until:
            return
        self.checks += 1
        machine, book = self.world.desk.first, self.world.book
        is_brought = not (book.changes.bills or book.changes.receipts)
        if is_brought:
            yield from money.check_totals(machine.database, book, day)
            if day.day == 1:
                yield from money.check_rows(machine.database, book, day)
            with tables(machine.database) as found:
                yield from due.check(found, self.world, day)
                yield from line.check(found, book, day, self.world.brought_at)
        with tables(machine.database) as found:
            watch = self.world.desk.watch
            yield from self.schedule.check(found, watch)
            yield from states.check(found, watch, self.schedule.is_open, day)
            yield from self.reminders.check(found, watch, day)
            is_looked_at = is_brought and due.has_looked(self.world, "suspension-payments")
            yield from self.restores.check(found, is_looked_at=is_looked_at)
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
