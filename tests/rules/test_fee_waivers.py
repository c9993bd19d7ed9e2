"""The card fee, exact to the cent, and when there is something to waive (R64-R66, I16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.fee_waivers.rules import (
    CardType,
    NothingToWaive,
    PlannedPayment,
    TooLate,
    check_payment,
    fee_of,
    offered,
)
from tests.support.desk import TODAY

POLICY = Policy()
PAYMENT = PlannedPayment(amount=Money(2_500_01), planned_on=TODAY, card=CardType.CREDIT)
FEE = Money(150_00)


@pytest.mark.parametrize(
    ("payment", "fee"),
    [
        (2_500_00, 0),
        (2_500_01, 75_00),
        (2_500_17, 75_01),
        (5_000_00, 150_00),
        (3_333_33, 100_00),
    ],
)
def test_the_fee_is_three_percent_above_the_threshold(payment: int, fee: int):
    assert fee_of(Money(payment), POLICY) == Money(fee)


@given(st.integers(2_500_01, 10**13))
def test_the_fee_is_within_half_a_cent_of_the_exact_one(minor: int):
    assert abs(fee_of(Money(minor), POLICY).minor * 100 - minor * 3) <= 50


def test_a_planned_credit_card_payment_above_the_threshold_can_be_asked_for():
    check_payment(PAYMENT, today=TODAY, policy=POLICY)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"planned_on": TODAY - timedelta(days=1)}, TooLate),
        ({"is_made": True}, TooLate),
        ({"card": CardType.DEBIT}, NothingToWaive),
        ({"amount": Money(2_500_00)}, NothingToWaive),
        ({"amount": Money(9_000_00, "EUR")}, NothingToWaive),
    ],
)
def test_nothing_else_can(changed: dict[str, Any], refusal: type[Exception]):
    with pytest.raises(refusal):
        check_payment(replace(PAYMENT, **changed), today=TODAY, policy=POLICY)


def test_an_offer_is_a_percentage_or_an_amount_of_the_fee():
    assert offered(FEE, percent=50, amount=None) == Money(75_00)
    assert offered(FEE, percent=None, amount=Money(20_00)) == Money(20_00)


@pytest.mark.parametrize(
    ("percent", "amount"),
    [
        (None, None),
        (50, Money(1)),
        (100, None),
        (0, None),
        (None, FEE),
        (None, Money(0)),
        (None, Money(-1)),
    ],
)
def test_an_offer_of_nothing_or_all_is_none(percent: int | None, amount: Money | None):
    with pytest.raises(NothingToWaive):
        offered(FEE, percent=percent, amount=amount)
