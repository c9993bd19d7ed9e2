"""R47, R107: what may be promised, and whether it was kept."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.promises import rules
from bot.workflows.promises.rules import BadPromise, Owed, PromiseState, Received

POLICY = Policy()
MONDAY = date(2026, 6, 8)


def owed(invoice_id: int, minor: int, currency: str = "USD") -> Owed:
    return Owed(
        invoice_id=invoice_id, number=f"INV-{invoice_id}", amount=Money(minor, currency)
    )


@pytest.mark.parametrize("day", [8, 15, 22])
def test_r47_a_promise_is_for_a_day_at_most_fourteen_days_out(day):
    rules.check_day(date(2026, 6, day), today=MONDAY, policy=POLICY)


@pytest.mark.parametrize(
    ("day", "sentence"), [(date(2026, 6, 7), "passed"), (date(2026, 6, 23), "Mon 22 Jun")]
)
def test_r47_other_days_are_refused_with_the_reason(day, sentence):
    with pytest.raises(BadPromise, match=sentence):
        rules.check_day(day, today=MONDAY, policy=POLICY)


@pytest.mark.parametrize(
    ("due_on", "is_check", "last"),
    [
        (date(2026, 6, 12), False, date(2026, 6, 15)),
        (date(2026, 7, 2), False, date(2026, 7, 6)),
        (date(2026, 6, 12), True, date(2026, 6, 22)),
    ],
)
def test_r47_the_grace_is_one_business_day_and_five_for_a_check(due_on, is_check, last):
    """19 June and 3 July 2026 are holidays."""
    assert rules.grace_ends(due_on, is_check=is_check, policy=POLICY) == last


@pytest.mark.parametrize(
    ("received", "state"),
    [
        (Received({1: 600, 2: 400}), PromiseState.KEPT),
        (Received({1: 600}, unapplied=400), PromiseState.KEPT),
        (Received({}, unapplied=1000), PromiseState.KEPT),
        (Received({1: 9999}), PromiseState.PARTLY_KEPT),
        (Received({3: 1000}), PromiseState.BROKEN),
        (Received({}, unapplied=-5), PromiseState.BROKEN),
        (Received({1: 599, 2: 400}), PromiseState.PARTLY_KEPT),
    ],
)
def test_r47_money_applied_to_it_or_not_at_all_keeps_a_promise(received, state):
    assert rules.judge({1: 600, 2: 400}, received) is state


@given(
    st.dictionaries(st.integers(1, 9), st.integers(1, 10**9), min_size=1),
    st.dictionaries(st.integers(1, 9), st.integers(0, 10**9)),
    st.integers(0, 10**9),
    st.integers(1, 10**6),
)
def test_more_money_never_makes_a_promise_worse(parts, paid, unapplied, more):
    rank = [PromiseState.BROKEN, PromiseState.PARTLY_KEPT, PromiseState.KEPT]

    before = rules.judge(parts, Received(paid, unapplied))
    after = rules.judge(parts, Received(paid, unapplied + more))

    assert rank.index(after) >= rank.index(before)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=9), st.data())
def test_an_amount_is_spread_over_the_invoices_to_the_cent(balances, data):
    amount = data.draw(st.integers(1, sum(balances)))
    named = [owed(place, minor) for place, minor in enumerate(balances)]

    parts = rules.spread(Money(amount), named)

    assert sum(parts.values()) == amount
    assert all(0 < part <= balances[place] for place, part in parts.items())


@pytest.mark.parametrize(
    ("amount", "named", "sentence"),
    [
        (100, (), "tick the invoices"),
        (101, (owed(1, 100),), "owe .1.00"),
        (100, (owed(1, 100), owed(2, 100, "EUR")), "each currency"),
    ],
)
def test_what_cannot_be_promised_is_refused_with_the_reason(amount, named, sentence):
    with pytest.raises(BadPromise, match=sentence):
        rules.spread(Money(amount), named)
