"""What can be disputed (R18-R19, R115-R116)."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.disputes import rules
from bot.workflows.disputes.rules import (
    NothingToDispute,
    SeveralCurrencies,
    TooMuchDisputed,
    check_amount,
    disputable,
    is_late,
    split,
)
from bot.workflows.ledger.rules import InvoiceKind, OpenItem

TODAY = date(2026, 6, 8)


def item(balance: str, *, days: int = 40, disputed: str = "0", currency: str = "USD"):
    owed = Money.parse(balance, currency)
    return OpenItem(
        invoice_id=1,
        number="INV-1",
        customer_id=1,
        site="Hotel Aurora",
        kind=InvoiceKind.OTHER,
        invoice_date=TODAY - timedelta(days=days + 30),
        due_date=TODAY - timedelta(days=days),
        amount=owed,
        balance=owed,
        disputed=Money.parse(disputed, currency),
    )


def left(balance: str, **given):
    here = given.pop("here", 0)
    return disputable(item(balance, **given), disputed_here=here)


def test_what_the_source_or_the_desk_disputes_already_cannot_be_disputed_again():
    assert left("100.00", disputed="30.00").left == Money(7000)
    assert left("100.00", disputed="30.00", here=6000).left == Money(1000)
    assert left("100.00", disputed="30.00", here=9000).left == Money(0)


def test_no_amount_means_everything_that_is_left_of_the_invoices():
    assert check_amount(None, [left("100.00"), left("20.50", here=50)]) == Money(12000)


@pytest.mark.parametrize(
    ("amount", "chosen", "refusal", "words"),
    [
        (Money(100), [], NothingToDispute, "Tick at least one"),
        (Money(100), [left("5.00", here=500)], NothingToDispute, "disputed in full already"),
        (Money(501), [left("5.00")], TooMuchDisputed, "Only $5.00 of INV-1"),
        (None, [left("5.00"), left("5.00", currency="EUR")], SeveralCurrencies, "several"),
        (Money(100), [left("5.00", currency="EUR")], SeveralCurrencies, "in EUR"),
    ],
)
def test_an_amount_that_does_not_fit_is_refused_with_a_sentence(amount, chosen, refusal, words):
    with pytest.raises(refusal, match=re.escape(words)):
        check_amount(amount, chosen)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30), st.data())
def test_parts_add_up_to_the_cent_and_never_exceed_their_invoice(balances, data):
    amount = data.draw(st.integers(1, sum(balances)))

    parts = split(Money(amount), balances)

    assert sum(parts) == amount
    assert all(0 <= part <= balance for part, balance in zip(parts, balances, strict=True))


def test_the_whole_is_split_into_the_wholes():
    assert split(Money(12345), [12000, 300, 45]) == (12000, 300, 45)
    assert split(Money(100), [1, 1, 10_000]) == (0, 0, 100)


@pytest.mark.parametrize(("days", "late"), [(24, False), (25, True), (31, True), (32, False)])
def test_a_dispute_first_raised_just_before_aging_is_marked(days, late):
    assert is_late([item("5.00", days=days)], on=TODAY, days=(25, 31)) is late


@given(
    began=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    days=st.integers(0, 80),
    is_answered=st.booleans(),
)
def test_the_clocks_steps_come_in_order_and_stay_due(began, days, is_answered):
    policy = Policy()
    clock = rules.Clock(began_on=began, is_answered=is_answered)

    steps = rules.steps_due(clock, on=began + timedelta(days=days), policy=policy)
    before = rules.steps_due(clock, on=began + timedelta(days=max(days - 1, 0)), policy=policy)

    assert steps[: len(before)] == before
    assert [day for day, _ in steps] == sorted(day for day, _ in steps)
    assert all(policy.calendar.is_open(day) for day, _ in steps)
    if is_answered:
        assert {step for _, step in steps} <= {rules.Step.LEAD, rules.Step.CONTROLLER}


@given(whole=st.integers(2, 10**9), part=st.integers(-10, 10**9 + 10))
def test_what_is_granted_and_what_stands_add_up(whole, part):
    amount, granted = Money(whole), Money(part)
    try:
        credit = rules.granted_of(rules.Resolution.PARTLY, amount, granted)
    except rules.BadGrant:
        assert not 0 < part < whole
        return

    assert credit + (amount - credit) == amount
    assert 0 < credit.minor < whole
