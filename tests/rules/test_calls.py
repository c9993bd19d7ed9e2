"""R83-R84: who may be called when, and what an outcome leads to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Policy
from bot.workflows.calls import rules
from bot.workflows.calls.rules import Attempt, NotNow, NotYours, Outcome, TooLate
from bot.workflows.worklists.outcomes import standing
from bot.workflows.worklists.records import EntryState

NINE = datetime(2026, 6, 8, 13, 0, tzinfo=UTC)
MONDAY = date(2026, 6, 8)
NEW_YORK = ZoneInfo("America/New_York")
POLICY = Policy()


def tried(hours: float = 0, outcome: Outcome = Outcome.NO_ANSWER, **given) -> Attempt:
    return Attempt(at=NINE + timedelta(hours=hours), by="Ana", outcome=outcome, **given)


def may_try(*earlier: Attempt, after_hours: float) -> bool:
    at = NINE + timedelta(hours=after_hours)
    try:
        rules.check_attempt(earlier, at=at, policy=POLICY, zone=NEW_YORK)
    except NotNow:
        return False
    return True


@pytest.mark.parametrize(
    ("earlier", "after_hours", "is_allowed"),
    [
        ((), 0, True),
        ((tried(0),), 1.99, False),
        ((tried(0),), 2, True),
        ((tried(0), tried(2)), 3.9, False),
        ((tried(0), tried(2)), 4, True),
        ((tried(0), tried(2), tried(4)), 9, False),
        ((tried(0, Outcome.REFUSED),), 5, False),
        ((tried(0, Outcome.CALL_BACK_AT, back_at=NINE + timedelta(hours=1)),), 0.9, False),
        ((tried(0, Outcome.CALL_BACK_AT, back_at=NINE + timedelta(hours=1)),), 1, True),
    ],
)
def test_r84_three_attempts_two_hours_apart_until_reached(earlier, after_hours, is_allowed):
    assert may_try(*earlier, after_hours=after_hours) is is_allowed


def test_r84_too_early_says_who_tried_and_when_it_may_be_tried_again():
    with pytest.raises(NotNow, match=r"Ana at 09:00 \(no answer\).*from 11:00 on"):
        rules.check_attempt([tried(0)], at=NINE, policy=POLICY, zone=NEW_YORK)


@given(st.lists(st.floats(0, 12), min_size=1, max_size=20))
def test_r84_whatever_is_tried_when_never_more_than_three_nor_closer_than_two_hours(moments):
    made: list[Attempt] = []
    for moment in sorted(moments):
        if may_try(*made, after_hours=moment):
            made.append(tried(moment))

    gaps = [later.at - sooner.at for sooner, later in pairwise(made)]
    assert len(made) <= 3
    assert all(gap >= timedelta(hours=2) for gap in gaps)


@pytest.mark.parametrize(
    ("outcome", "on"),
    [
        (Outcome.NO_ANSWER, None),
        (Outcome.LEFT_VOICEMAIL, None),
        (Outcome.REFUSED, date(2026, 6, 11)),
        (Outcome.PAID_ALREADY, date(2026, 6, 11)),
        (Outcome.INVOICE_NOT_RECEIVED, date(2026, 6, 10)),
        (Outcome.CHECK_MAILED, date(2026, 6, 16)),
        (Outcome.HARDSHIP, date(2026, 6, 11)),
    ],
)
def test_r164_each_outcome_has_its_next_touch(outcome, on):
    assert rules.next_step(outcome, today=MONDAY, policy=POLICY).on == on


def test_a_next_touch_never_falls_on_a_day_off():
    thursday = date(2026, 7, 2)

    step = rules.next_step(Outcome.INVOICE_NOT_RECEIVED, today=thursday, policy=POLICY)

    assert step.on == date(2026, 7, 7)


def test_a_promise_is_looked_at_once_its_grace_is_over():
    step = rules.after_promise(date(2026, 6, 12), is_check=False, policy=POLICY)

    assert step.on == date(2026, 6, 16)


@pytest.mark.parametrize(
    ("is_author", "is_undone", "minutes", "refused"),
    [
        (True, False, 10, None),
        (True, False, 10.1, TooLate),
        (False, False, 1, NotYours),
        (True, True, 1, TooLate),
    ],
)
def test_an_outcome_is_undone_by_its_author_within_ten_minutes(
    is_author, is_undone, minutes, refused
):
    def check():
        rules.check_undo(
            is_author=is_author,
            is_undone=is_undone,
            age=timedelta(minutes=minutes),
            policy=POLICY,
        )

    if refused is None:
        check()
        return
    with pytest.raises(refused):
        check()


@pytest.mark.parametrize(
    ("made", "state", "back_after_hours"),
    [
        ((), EntryState.OPEN, None),
        ((tried(0),), EntryState.OPEN, 2),
        ((tried(0), tried(2), tried(4)), EntryState.TRIED_OUT, None),
        ((tried(0), tried(2, Outcome.REFUSED)), EntryState.REACHED, None),
        (
            (tried(0, Outcome.WRONG_NUMBER, next_step=rules.FIND_NUMBER),),
            EntryState.LATER,
            None,
        ),
        (
            (tried(0, Outcome.CALL_BACK_AT, back_at=NINE + timedelta(hours=3)),),
            EntryState.OPEN,
            3,
        ),
        (
            (tried(0, Outcome.CALL_BACK_AT, back_at=NINE + timedelta(hours=30)),),
            EntryState.REACHED,
            30,
        ),
    ],
)
def test_r84_the_last_attempt_decides_where_a_payer_stands(made, state, back_after_hours):
    now = standing(made, policy=POLICY)

    back_at = None if back_after_hours is None else NINE + timedelta(hours=back_after_hours)
    assert (now.state, now.attempts, now.back_at) == (state, len(made), back_at)
