"""A month of the simulation; its years are `python -m tests.simulation`."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.simulation.stretch import simulate
from tests.simulation.world import Plan

MARCH = date(2026, 2, 27)
"""From here on: finals work, clocks put forward, statements on a Monday, a month's end."""


def test_a_month_with_machines_that_die_leaves_nothing_undone_and_nothing_twice():
    last = MARCH + timedelta(days=33)
    plan = Plan(first=MARCH, last=last, seed=3, agents=3, presses=6, payers=16, folder=Path())

    report = simulate(plan)

    assert report.wrong == []
    assert report.counts["presses"] > 200
    assert report.counts["obligations seen done"] > 100


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_week_on_postgresql_leaves_nothing_undone_either(database_url):
    plan = Plan(
        first=MARCH,
        last=MARCH + timedelta(days=6),
        seed=4,
        agents=4,
        presses=6,
        payers=24,
        folder=Path(),
    )

    assert simulate(plan, database_url).wrong == []
