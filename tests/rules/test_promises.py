"""R47, R107: what may be promised, and whether it was kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.promises import rules
from bot.workflows.promises.rules import (
    BadPromise,
    Cash,
    Owed,
    PromiseState,
    Received,
    Word,
)

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


NOON = datetime(2026, 6, 8, 16, 0, tzinfo=UTC)


def word(number: int, parts: dict[int, int], *, made: int = 0, until: int = 7) -> Word:
    return Word(
        promise_id=number,
        made_at=NOON + timedelta(days=made),
        until=MONDAY + timedelta(days=until),
        parts=parts,
    )


def cash(amount: int, day: int = 1, *, learned: int = 1, invoice: int | None = None) -> Cash:
    return Cash(
        amount=amount,
        on=MONDAY + timedelta(days=day),
        learned_at=NOON + timedelta(days=learned),
        invoice_id=invoice,
    )


@pytest.mark.parametrize(
    ("money", "first", "second"),
    [
        ([cash(100)], 100, 0),
        ([cash(100), cash(60)], 100, 60),
        ([cash(60, invoice=1), cash(60)], 100, 20),
        ([cash(80, invoice=2), cash(100)], 100, 80),
        ([cash(100, day=8), cash(50)], 50, 100),
        ([cash(100, learned=0)], 0, 0),
        ([cash(100, day=15)], 0, 0),
        ([cash(100), cash(-40, learned=2)], 60, 0),
        ([cash(100, learned=2), cash(-40)], 60, 0),
    ],
)
def test_r47_money_counts_once_for_the_oldest_promise_first(money, first, second):
    words = [word(1, {1: 100}), word(2, {2: 100}, made=0, until=14)]

    came = rules.allot(words, rules.net(money))

    assert [sum(one.on_invoices.values()) + one.unapplied for one in came.values()] == [
        first,
        second,
    ]


def test_money_applied_to_an_invoice_counts_once_for_two_promises_of_it():
    came = rules.allot([word(1, {7: 400}), word(2, {7: 600})], [cash(500, invoice=7)])

    assert (came[1].on_invoices, came[2].on_invoices) == ({7: 400}, {7: 100})


INVOICES = st.integers(1, 3)
MONEY = st.lists(
    st.builds(
        cash,
        st.integers(-500, 1000),
        st.integers(0, 16),
        learned=st.integers(0, 16),
        invoice=st.none() | INVOICES,
    ),
    max_size=12,
)
WORDS = st.lists(
    st.tuples(
        st.dictionaries(INVOICES, st.integers(1, 900), min_size=1, max_size=3),
        st.integers(0, 9),
        st.integers(0, 14),
    ),
    min_size=1,
    max_size=5,
).map(
    lambda made: [
        word(number, parts, made=first, until=last)
        for number, (parts, first, last) in enumerate(made)
    ]
)


@given(WORDS, MONEY)
def test_no_cent_keeps_two_promises(words, money):
    stayed = rules.net(money)
    came = rules.allot(words, stayed)

    for invoice in (1, 2, 3):
        there = sum(one.amount for one in stayed if one.invoice_id == invoice)
        assert sum(one.on_invoices.get(invoice, 0) for one in came.values()) <= there
    free = sum(one.amount for one in stayed if one.invoice_id is None)
    assert sum(one.unapplied for one in came.values()) <= free
    for one in words:
        got = came[one.promise_id]
        assert sum(got.on_invoices.values()) + got.unapplied <= sum(one.parts.values())


@given(WORDS, MONEY)
def test_an_older_promise_gets_what_it_would_get_alone(words, money):
    stayed = rules.net(money)

    assert rules.allot(words, stayed)[0] == rules.allot(words[:1], stayed)[0]


@given(MONEY)
def test_what_was_taken_back_is_gone_whatever_the_order(money):
    assert all(one.amount > 0 for one in rules.net(money))
    for invoice in (None, 1, 2, 3):
        there = sum(one.amount for one in money if one.invoice_id == invoice)
        left = sum(one.amount for one in rules.net(money) if one.invoice_id == invoice)
        assert left == max(there, 0)
