"""One stretch of days on a desk of its own, looked at after each of them."""

from __future__ import annotations

import gc
import logging
import shutil
import tempfile
import time as clock
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import uvloop

from bot.cli.tables import import_records
from tests.simulation.checks.every import Checker
from tests.simulation.checks.raw import tables
from tests.simulation.papers import pretended
from tests.simulation.world import Plan, World
from tests.support import plain_values, trail

MEMORY = Path("/dev/shm")
CAME_ABOUT = {
    "approvals decided": "approvals WHERE decided_by IS NOT NULL",
    "notices released": "suspension_notices WHERE state = 'released'",
    "services suspended": "support_orders WHERE kind = 'suspend' AND state = 'done'",
    "services restored": "support_orders WHERE kind = 'restore' AND state = 'done'",
    "promises kept": "promises WHERE state = 'kept'",
    "promises broken": "promises WHERE state IN ('broken', 'partly_kept')",
    "statements": "statements",
    "people reminded": "task_reminders",
}
"""What a stretch has to have seen for its checks to say anything."""


@dataclass(kw_only=True)
class Report:
    """What came of a part."""

    plan: Plan
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0


def simulate(plan: Plan, url: str = "") -> Report:
    """Live one part, and look at everything after each of its days."""
    _prepare()
    began, cpu = clock.perf_counter(), clock.process_time()
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    world = World(Plan(**{**vars(plan), "folder": folder}), url)
    try:
        with pretended():
            report = uvloop.run(_live(world))
    finally:
        world.close()
        shutil.rmtree(folder)
    report.seconds, report.cpu = clock.perf_counter() - began, clock.process_time() - cpu
    return report


async def _live(world: World) -> Report:
    plan, checker = world.plan, Checker(world)
    report = Report(plan=plan)
    await world.name_channels()
    day = plan.first
    while day <= plan.last:
        await world.live(day)
        found = [f"{day}: {wrong}" for wrong in checker.after(day)]
        print(*(f"WRONG {wrong}\n" for wrong in found), sep="", end="", flush=True)
        report.wrong += found
        if day.day == 1:
            print(f"{day:%b %Y} has begun, {clock.process_time():.0f} s of CPU", flush=True)
        day += timedelta(days=1)
    report.counts = world.everything()
    report.counts["obligations seen done"] = checker.schedule.seen
    report.counts["days checked"] = checker.checks
    report.counts["trail entries followed"] = checker.trail.last
    with tables(world.desk.first.database) as bare:
        for what, asked in CAME_ABOUT.items():
            report.counts[what] = int(bare.one(f"SELECT COUNT(*) FROM {asked}"))
    return report


_PREPARED: list[bool] = []


def _prepare() -> None:
    if not _PREPARED:
        _PREPARED.append(True)
        import_records()
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        trail.watch()
        plain_values.watch()
        logging.getLogger().addHandler(logging.NullHandler())
        logging.getLogger().setLevel(logging.ERROR)
