"""Plans add up to the cent, and are broken when an installment is missed (R61-R62, I16)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.payment_plans.rules import (
    BadPlan,
    PlanShape,
    PlanState,
    Rhythm,
    check_shape,
    lay_out,
    nth_day,
    state_of,
)
from tests.support.desk import TODAY

POLICY = Policy()


def shape(count: int = 3, **given: object) -> PlanShape:
    row: dict[str, object] = {"count": count, "first_day": TODAY, "rhythm": Rhythm.MONTHLY}
    return PlanShape(**(row | given))  # type: ignore[arg-type]


@given(
    amount=st.integers(100, 10**13),
    count=st.integers(2, 12),
    down=st.integers(0, 10**13),
    rhythm=st.sampled_from(Rhythm),
    first=st.dates(date(2026, 1, 1), date(2040, 12, 31)),
)
def test_installments_always_add_up_and_never_go_back_in_time(
    amount: int, count: int, down: int, rhythm: Rhythm, first: date
):
    wanted = shape(
        count,
        rhythm=rhythm,
        first_day=first,
        down_payment=Money(down) if 0 < down < amount - count else None,
    )

    parts = lay_out(Money(amount), wanted)

    assert sum(part.amount.minor for part in parts) == amount
    assert all(part.amount.minor > 0 for part in parts)
    days = [part.due_on for part in parts]
    assert days == sorted(set(days))
    assert days[0] == first
    rest = [part.amount.minor for part in parts if part.number]
    assert len(rest) == count
    assert len(set(rest[:-1])) <= 1
    assert 0 <= rest[-1] - rest[0] < count


@pytest.mark.parametrize(
    ("first", "rhythm", "n", "day"),
    [
        (date(2026, 1, 31), Rhythm.MONTHLY, 1, date(2026, 2, 28)),
        (date(2026, 1, 31), Rhythm.MONTHLY, 2, date(2026, 3, 31)),
        (date(2027, 11, 30), Rhythm.MONTHLY, 3, date(2028, 2, 29)),
        (date(2026, 12, 15), Rhythm.MONTHLY, 1, date(2027, 1, 15)),
        (date(2026, 3, 5), Rhythm.WEEKLY, 1, date(2026, 3, 12)),
        (date(2026, 3, 5), Rhythm.TWO_WEEKS, 2, date(2026, 4, 2)),
    ],
)
def test_the_days_of_a_rhythm(first: date, rhythm: Rhythm, n: int, day: date):
    assert nth_day(first, rhythm, n) == day


@pytest.mark.parametrize(
    ("amount", "wanted", "sentence"),
    [
        (100_00, shape(1), "2 to 12 installments"),
        (100_00, shape(13), "2 to 12 installments"),
        (100_00, shape(first_day=TODAY - timedelta(days=1)), "passed already"),
        (100_00, shape(down_payment=Money(100_00)), "less than the"),
        (100_00, shape(down_payment=Money(10_00, "EUR")), "must be in USD"),
        (2, shape(3), "less than a cent"),
    ],
)
def test_what_cannot_be_laid_out_is_refused(amount: int, wanted: PlanShape, sentence: str):
    with pytest.raises(BadPlan, match=sentence):
        check_shape(Money(amount), wanted, today=TODAY, policy=POLICY)


@pytest.mark.parametrize(
    ("paid", "days", "state"),
    [
        (0, 0, PlanState.KEPT),
        (0, 2, PlanState.KEPT),
        (0, 3, PlanState.BROKEN),
        (33_32, 3, PlanState.BROKEN),
        (33_33, 3, PlanState.KEPT),
        (33_33, 32, PlanState.KEPT),
        (33_33, 33, PlanState.BROKEN),
        (99_99, 33, PlanState.KEPT),
        (100_00, 33, PlanState.DONE),
        (150_00, 0, PlanState.DONE),
    ],
)
def test_a_plan_is_broken_when_an_installment_is_short_for_three_days(
    paid: int, days: int, state: PlanState
):
    parts = lay_out(Money(100_00), shape())
    on = TODAY + timedelta(days=days)

    assert state_of(parts, paid=Money(paid), on=on, missed_days=3) is state
