"""
Years of the desk in minutes, with an independent look at everything after every day.

    python -m tests.simulation [--years 5] [--seed N] [--agents 10] [--presses 15]

The stretch from 2026 on is cut into as many parts as there are processes: each is a desk of its
own on a real database, simulated day by day without a gap. Every part prints what happened in
it and what was wrong, with the day; the exit status is 1 if anything was. The same seed and
part happen again exactly alike:

    python -m tests.simulation --first 2027-03-01 --days 60 --seed N
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time as clock
from datetime import date, timedelta
from pathlib import Path
from random import SystemRandom

from tests.simulation.stretch import Report, simulate
from tests.simulation.world import Plan

BEGIN = date(2026, 1, 1)
SHOWN = 40
LARGE_PAGES = {
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=1000",
}
"""What has glibc take memory in large pages, where the system has them: a tenth faster."""


def main() -> int:
    """Simulate, print what happened, and return 1 if anything was wrong."""
    given = _arguments()
    began = clock.perf_counter()
    os.environ.update(LARGE_PAGES)
    plans = _plans(given)
    print(f"seed {given.seed}: {len(plans)} parts side by side", flush=True)
    with multiprocessing.get_context("spawn").Pool(len(plans)) as pool:
        reports = pool.map(simulate, plans)
    for report in reports:
        _print(report)
    days = sum((report.plan.last - report.plan.first).days + 1 for report in reports)
    minutes = (clock.perf_counter() - began) / 60
    years = days / 365.25
    print(f"{years:.2f} years in {minutes:.1f} minutes: {years / minutes:.2f} a minute")
    return int(any(report.wrong for report in reports))


def _plans(given: argparse.Namespace) -> list[Plan]:
    first = given.first
    last = first + timedelta(days=given.days - 1) if given.days else _end(first, given.years)
    parts = 1 if given.days else given.processes
    length = ((last - first).days + parts) // parts
    starts = [first + timedelta(days=length * n) for n in range(parts)]
    return [
        Plan(
            first=start,
            last=min(last, start + timedelta(days=length - 1)),
            seed=given.seed + n,
            agents=given.agents,
            presses=given.presses,
            payers=given.payers,
            folder=Path(),
        )
        for n, start in enumerate(starts)
    ]


def _end(first: date, years: float) -> date:
    return first + timedelta(days=round(years * 365.25) - 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=float, default=5)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1, 1_000_000))
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--presses", type=int, default=15)
    parser.add_argument("--payers", type=int, default=45)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--first", type=date.fromisoformat, default=BEGIN)
    parser.add_argument("--days", type=int, default=0)
    return parser.parse_args()


def _print(report: Report) -> None:
    plan = report.plan
    took = f"{report.seconds:.0f} s ({report.cpu:.0f} s CPU)"
    print(f"\n{plan.first} to {plan.last}, seed {plan.seed}: {took}")
    for name, count in sorted(report.counts.items()):
        print(f"  {name}: {count:,}")
    for wrong in report.wrong[:SHOWN]:
        print(f"  WRONG {wrong}")
    if report.wrong:
        days = (plan.last - plan.first).days + 1
        print(
            f"  {len(report.wrong)} violations; again: python -m tests.simulation "
            f"--first {plan.first} --days {days} --seed {plan.seed} --agents {plan.agents} "
            f"--presses {plan.presses} --payers {plan.payers}"
        )


if __name__ == "__main__":
    sys.exit(main())
