"""The escalation ladder: one step at a time, none skipped, none rushed (R53)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Policy
from bot.workflows.ledger.rules import service_months
from bot.workflows.mrr import rules
from bot.workflows.mrr.rules import Aged, Climb, Rung, Step

POLICY = Policy()
MONDAY = date(2026, 6, 8)
LONG_AGO = date(2020, 1, 1)


def aged(days: int, *, today: date = MONDAY, known: date = LONG_AGO, broken: bool = False):
    return Aged(oldest_due=today - timedelta(days=days), known_since=known, has_broken=broken)


@pytest.mark.parametrize(
    ("days", "broken", "rung"),
    [
        (14, False, None),
        (14, True, Rung.LEAD),
        (1, True, Rung.LEAD),
        (15, False, Rung.LEAD),
        (30, True, Rung.LEAD),
        (31, False, Rung.COLLECTIONS_MANAGER),
        (44, False, Rung.COLLECTIONS_MANAGER),
        (45, False, Rung.CONTROLLER),
        (400, False, Rung.CONTROLLER),
    ],
)
def test_a_rung_is_reached_by_days_or_by_one_broken_promise(days, broken, rung):
    assert rules.fitting(days, has_broken=broken, policy=POLICY) is rung


@pytest.mark.parametrize(
    ("days", "climb", "step"),
    [
        (14, None, None),
        (15, None, Step(rung=Rung.LEAD)),
        (60, None, Step(rung=Rung.LEAD)),
        (30, Climb(rung=Rung.LEAD, on=date(2026, 5, 24)), None),
        (31, Climb(rung=Rung.LEAD, on=date(2026, 5, 24)), Step(rung=Rung.COLLECTIONS_MANAGER)),
        (60, Climb(rung=Rung.LEAD, on=date(2026, 6, 5)), Step(rung=Rung.COLLECTIONS_MANAGER)),
        (60, Climb(rung=Rung.LEAD, on=MONDAY), None),
        (
            60,
            Climb(rung=Rung.COLLECTIONS_MANAGER, on=date(2026, 6, 5)),
            Step(rung=Rung.CONTROLLER),
        ),
        (60, Climb(rung=Rung.CONTROLLER, on=date(2026, 6, 5)), None),
    ],
)
def test_one_step_is_taken_a_business_day_and_in_order(days, climb, step):
    assert rules.next_step(aged(days), climb, today=MONDAY, policy=POLICY) == step


def test_no_step_is_taken_on_a_day_off():
    saturday, holiday = date(2026, 6, 6), date(2026, 6, 19)

    for today in (saturday, holiday):
        assert rules.next_step(aged(50, today=today), None, today=today, policy=POLICY) is None


@pytest.mark.parametrize(
    ("days", "rung", "is_start"),
    [
        (15, Rung.LEAD, False),
        (16, Rung.LEAD, True),
        (31, Rung.COLLECTIONS_MANAGER, True),
        (60, Rung.CONTROLLER, True),
    ],
)
def test_a_payer_that_had_gone_further_when_first_seen_starts_where_it_fits(
    days, rung, is_start
):
    step = rules.next_step(aged(days, known=MONDAY), None, today=MONDAY, policy=POLICY)

    assert step == Step(rung=rung, is_start=is_start)


@given(
    due=st.dates(date(2026, 1, 1), date(2030, 6, 30)),
    known_after=st.integers(0, 70),
    breaks_after=st.integers(0, 90),
    off=st.tuples(st.integers(0, 80), st.integers(0, 40)),
)
def test_over_months_no_step_is_skipped_rushed_or_taken_twice(
    due, known_after, breaks_after, off
):
    known = due + timedelta(days=known_after)
    climb, taken = None, []
    for n in range(known_after, 120):
        today = due + timedelta(days=n)
        if off[0] <= n < sum(off):
            continue
        facts = Aged(oldest_due=due, known_since=known, has_broken=n >= breaks_after)
        step = rules.next_step(facts, climb, today=today, policy=POLICY)
        if step:
            climb = Climb(rung=step.rung, on=today)
            taken.append((today, step))

    rungs = [step.rung for _, step in taken]
    assert rungs == list(Rung)[rungs[0] - 1 :]
    assert len({day for day, _ in taken}) == len(taken)
    assert all(POLICY.calendar.is_open(day) for day, _ in taken)
    assert all(not step.is_start for _, step in taken[1:])
    first = taken[0][1]
    assert first.rung == (
        rules.fitting(known_after, has_broken=False, policy=POLICY) or Rung.LEAD
    )
    for day, step in taken[1:]:
        assert (day - due).days >= rules.days_of(step.rung, POLICY)


@pytest.mark.parametrize(
    ("first", "count", "months"),
    [(24317, 1, [24317]), (24317, 3, [24317, 24318, 24319]), (24317, 0, [24317])],
)
def test_a_quarterly_invoice_counts_three_months(first, count, months):
    assert list(service_months(first, count)) == months
