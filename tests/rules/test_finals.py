"""When finals work starts, who is called at which stage, and what an answer means (R38-R48)."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Policy
from bot.workflows.calls.rules import Outcome
from bot.workflows.finals import rules
from bot.workflows.finals.rules import ContactState, NotYetComplete, Stage

POLICY = Policy()
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))


def test_finals_work_starts_on_the_sixth_business_day_of_every_month(shared: Path):
    with (shared / "data/calendar/sixth_business_day.csv").open() as file:
        months = list(csv.DictReader(file))

    assert months
    for row in months:
        billed = rules.billed_month(date(int(row["year"]), int(row["month"]), 1))
        expected = date.fromisoformat(row["sixth_bd_us_federal_observed"])
        assert rules.starts_on(billed, POLICY) == expected


@pytest.mark.parametrize(
    ("due", "today", "follows"),
    [
        ((11,), 8, (16, 5)),
        ((11, 9), 8, (15, 5)),  # 9 + 5 is a Sunday
        ((3,), 8, (9, 6)),  # five days past due, and not asked yet
        ((11,), 26, (29, 18)),
        ((3, 11), 8, (9, 6)),
        ((), 8, None),
    ],
)
def test_r46_what_follows_a_confirmation_is_the_next_contact_to_come(due, today, follows):
    days = [date(2026, 6, day) for day in due]

    step = rules.after_confirmation(days, today=date(2026, 6, today), policy=POLICY)

    found = step and step.on and (step.on.day, int(step.words.split()[-4]))
    assert found == follows


def test_r49_nothing_follows_a_confirmation_once_the_suspension_process_has_taken_over():
    due = [date(2026, 5, 10)]

    assert rules.after_confirmation(due, today=date(2026, 6, 8), policy=POLICY)
    assert rules.after_confirmation(due, today=date(2026, 6, 9), policy=POLICY) is None


@pytest.mark.parametrize("year", range(2026, 2031))
def test_five_business_days_of_the_month_come_before_it_whatever_the_year(year: int):
    for month in range(1, 13):
        first = date(year, month, 1)
        start = rules.starts_on(rules.billed_month(first), POLICY)
        days = [first + timedelta(days=n) for n in range((start - first).days)]
        assert sum(POLICY.calendar.is_open(day) for day in days) == 5
        assert POLICY.calendar.is_open(start)


@given(today=DAYS)
def test_a_desk_that_never_started_begins_with_the_prior_month_once_its_day_has_come(
    today: date,
):
    due = rules.due_months(today, POLICY, last=None)

    prior = rules.billed_month(today)
    is_time = rules.starts_on(prior, POLICY) <= today
    assert due == ((prior,) if is_time else ())


@given(today=DAYS, off=st.integers(0, 200))
def test_a_desk_that_was_off_catches_up_on_every_month_in_order_and_none_twice(
    today: date, off: int
):
    last = rules.billed_month(today - timedelta(days=off))

    due = rules.due_months(today, POLICY, last=last)

    assert list(due) == sorted(set(due))
    assert all(last < month and rules.starts_on(month, POLICY) <= today for month in due)
    following = rules.month_after(due[-1] if due else last)
    assert rules.starts_on(following, POLICY) > today


@pytest.mark.parametrize(
    ("said", "today", "month"),
    [
        ("", date(2026, 6, 3), date(2026, 5, 1)),
        ("for May", date(2026, 6, 3), date(2026, 5, 1)),
        ("for may.", date(2026, 6, 3), date(2026, 5, 1)),
        ("for May 2026", date(2026, 6, 30), date(2026, 5, 1)),
        ("for Dec", date(2027, 1, 4), date(2026, 12, 1)),
        ("for December 2026", date(2027, 1, 4), date(2026, 12, 1)),
    ],
)
def test_the_prior_month_can_be_named(said: str, today: date, month: date):
    assert rules.month_named(said, today=today) == month


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("for June", "not over yet"),
        ("for April", "older ones are not confirmed again"),
        ("for May 2025", "older ones are not confirmed again"),
        ("for July 2026", "not over yet"),
        ("for Mayday", "I do not know the month"),
        ("for ma", "I do not know the month"),
        ("for May soon", "I do not know the month"),
        ("for May ²", "I do not know the month"),
    ],
)
def test_no_other_month_can_be_complete(said: str, why: str):
    with pytest.raises(NotYetComplete, match=why):
        rules.month_named(said, today=date(2026, 6, 3))


@given(due=DAYS, stage=st.sampled_from([Stage.DAY_5, Stage.DAY_15]))
def test_a_stage_comes_so_many_days_past_due(due: date, stage: Stage):
    days = {Stage.DAY_5: 5, Stage.DAY_15: 15}[stage]

    assert rules.stage_on(stage, due, POLICY) == due + timedelta(days=days)


@pytest.mark.parametrize(
    ("stage", "outcome", "is_promised", "state"),
    [
        (Stage.CONFIRMATION, Outcome.NO_ANSWER, False, ContactState.DUE),
        (Stage.CONFIRMATION, Outcome.SPOKE_TO_OTHER, False, ContactState.DUE),
        (Stage.CONFIRMATION, Outcome.CALL_BACK_AT, False, ContactState.DUE),
        (Stage.CONFIRMATION, Outcome.RECEIPT_CONFIRMED, False, ContactState.CONFIRMED),
        (Stage.CONFIRMATION, Outcome.HAS_QUESTION, False, ContactState.QUESTIONED),
        (Stage.CONFIRMATION, Outcome.PROMISE_TO_PAY, True, ContactState.PROMISED),
        (Stage.CONFIRMATION, Outcome.PROMISE_TO_PAY, False, ContactState.DUE),
        (Stage.CONFIRMATION, Outcome.PAID_ALREADY, False, ContactState.CONFIRMED),
        (Stage.CONFIRMATION, Outcome.INVOICE_NOT_RECEIVED, False, ContactState.QUESTIONED),
        (Stage.CONFIRMATION, Outcome.DISPUTE, False, ContactState.QUESTIONED),
        (Stage.DAY_5, Outcome.NO_ANSWER, False, ContactState.DUE),
        (Stage.DAY_5, Outcome.RECEIPT_CONFIRMED, False, ContactState.DUE),
        (Stage.DAY_5, Outcome.PROMISE_TO_PAY, True, ContactState.PROMISED),
        (Stage.DAY_5, Outcome.PROMISE_TO_PAY, False, ContactState.SPOKEN),
        (Stage.DAY_15, Outcome.CHECK_MAILED, True, ContactState.PROMISED),
        (Stage.DAY_15, Outcome.PAID_ALREADY, False, ContactState.SPOKEN),
        (Stage.DAY_15, Outcome.REFUSED, False, ContactState.QUESTIONED),
    ],
)
def test_an_answer_makes_of_a_contact_what_it_says(
    stage: Stage, outcome: Outcome, is_promised: bool, state: ContactState
):
    answered = rules.answer(stage, outcome, is_promised=is_promised, is_disputed=True)

    assert answered is state


@given(
    stage=st.sampled_from(Stage), outcome=st.sampled_from(Outcome), is_promised=st.booleans()
)
def test_only_a_conversation_answers(stage: Stage, outcome: Outcome, is_promised: bool):
    state = rules.answer(stage, outcome, is_promised=is_promised, is_disputed=is_promised)

    assert outcome.is_reached or state is ContactState.DUE
    assert state not in {ContactState.PAID, ContactState.NOT_REACHED}


def test_a_dispute_about_other_invoices_stands_in_nobodys_way():
    spoken = {
        stage: rules.answer(stage, Outcome.DISPUTE, is_promised=False, is_disputed=False)
        for stage in (Stage.CONFIRMATION, Stage.DAY_5)
    }

    assert spoken == {
        Stage.CONFIRMATION: ContactState.DUE,
        Stage.DAY_5: ContactState.SPOKEN,
    }
