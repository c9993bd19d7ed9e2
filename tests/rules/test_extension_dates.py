"""Which days a payment date may be put off to (R59)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.policy import Policy
from bot.workflows.suspension.extensions import BadDate, check_date

TODAY = date(2026, 6, 8)


@pytest.mark.parametrize("days", [1, 180])
def test_a_later_payment_date_is_a_day_to_come_within_the_limit_r59(days):
    check_date(TODAY + timedelta(days=days), today=TODAY, policy=Policy())


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (TODAY, "a day to come"),
        (date(2027, 6, 5), "180 days away: by Sat 5 Dec 2026, not Sat 5 Jun 2027."),
    ],
)
def test_a_later_payment_date_that_passed_or_is_far_away_is_refused_r59(until, said):
    with pytest.raises(BadDate, match=said):
        check_date(until, today=TODAY, policy=Policy())


def test_how_far_is_a_policy_number_r59():
    far = TODAY + timedelta(days=181)

    check_date(far, today=TODAY, policy=Policy(extension_days=181))
    with pytest.raises(BadDate):
        check_date(far, today=TODAY, policy=Policy())
