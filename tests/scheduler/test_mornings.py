"""The morning after a downtime: what feeds the lists is looked at before them (R29)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from bot.kernel.errors import Refused
from bot.workflows.worklists import queries
from scheduler import finals, mornings, worklists
from scheduler.job import Tick
from scheduler.timetable import TIMETABLE
from tests.support.desk import MONDAY_8_AM, TODAY, Desk


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def book(desk, ana):
    """A payer that owes past due, and one with a final invoice of May."""
    desk.person("Lea Lead", "lead")
    bay = desk.customer("Bay Inn", agent=ana)
    desk.invoice(bay, "9,000.00", days_past_due=50)
    final(desk, desk.customer("Hotel Aurora", agent=ana, email="ap@aurora.example"))


def final(desk: Desk, payer: int) -> None:
    dated = date(2026, 5, 12)
    due = dated + timedelta(days=30)
    desk.invoice(payer, "1,200.00", kind="final", invoice_date=dated, due_date=due)


def tick(desk: Desk) -> Tick:
    return Tick(at=desk.now, database=desk.database, policy=desk.policy)


def listed(desk: Desk, ana) -> list[tuple[int, int, int]]:
    """Return each line's number, turn and tier, in the order of the list."""
    with desk.reading() as session:
        made = queries.list_of(session, ana.id, TODAY)
        assert made
        return [
            (line.position, line.turn, line.tier) for line in queries.entries(session, made.id)
        ]


def failing(fault: Exception) -> Callable[[Tick], str]:
    def feed(_: Tick) -> str:
        raise fault

    return feed


def test_r29_the_list_is_made_after_the_days_sweeps_though_it_looks_first(desk, ana, book):
    [job] = [job for job in TIMETABLE if job.name == worklists.MORNING]

    job.run(tick(desk))

    assert listed(desk, ana) == [(1, 1, 0), (2, 2, 3)]
    assert finals.work(tick(desk)) == "Final invoices: nothing to do now."
    shown = desk.say(ana, "list")
    assert shown.text.index("1. Hotel Aurora") < shown.text.index("2. Bay Inn")


def test_a_feeder_that_fails_keeps_no_list_back_and_is_told(desk, ana, book):
    feeders = (failing(ValueError("no")), failing(Refused("later")), finals.work)

    with pytest.raises(ExceptionGroup) as told:
        mornings.post_lists(tick(desk), feeders)

    assert [str(one) for one in told.value.exceptions] == ["no"]
    assert listed(desk, ana) == [(1, 1, 0), (2, 2, 3)]


def test_feeders_are_not_asked_while_no_list_is_due(desk, ana, book):
    mornings.post_lists(tick(desk))

    said = mornings.post_lists(tick(desk), [failing(ValueError("no"))])

    assert said == "No list is due now."


def test_r29_calls_that_join_a_list_are_numbered_before_the_other_tiers(desk, ana, book):
    for number in range(12):
        small = desk.customer(f"Inn {number:02}", agent=ana)
        desk.invoice(small, "100.00", days_past_due=20)
    worklists.post_lists(tick(desk))
    desk.now = MONDAY_8_AM + timedelta(seconds=3)

    finals.work(tick(desk))

    numbers = listed(desk, ana)
    assert [line[:2] for line in numbers] == [(n, n) for n in range(1, 15)]
    assert [tier for *_, tier in numbers] == sorted(tier for *_, tier in numbers)
    assert numbers[0][2] == 0
    assert "No. 1: Final invoice" in desk.say(ana, "next")
    shown = desk.say(ana, "list")
    assert shown.text.index("1. Hotel Aurora") < shown.text.index("2. Bay Inn")
    assert "1–10 of 14 payers" in shown
