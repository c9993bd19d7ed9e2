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
    plan = Plan(
        first=MARCH,
        last=last,
        seed=3,
        agents=3,
        presses=3,
        payers=10,
        is_short=True,
        folder=Path(),
    )

    report = simulate(plan)

    assert report.wrong == []
    assert report.counts["presses"] > 150
    assert report.counts["obligations seen done"] > 80


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_some_days_on_postgresql_leave_nothing_undone_either(database_url):
    plan = Plan(
        first=MARCH,
        last=MARCH + timedelta(days=3),
        seed=4,
        agents=3,
        presses=3,
        payers=10,
        is_short=True,
        folder=Path(),
    )

    assert simulate(plan, database_url).wrong == []
