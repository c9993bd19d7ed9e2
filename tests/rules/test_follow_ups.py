"""What a follow-up e-mail says: every invoice once, every cent in the sum (R85, R31)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.brands import EVERYBODY, Brand, Contacts, Wording
from bot.kernel.money import Money
from bot.workflows.follow_ups import rules
from bot.workflows.follow_ups.rules import MOST_LINES, Due

ON = date(2026, 6, 8)
HOW = "Pay in the portal."


def due(number: str, minor: int, days: int = 10, currency: str = "USD") -> Due:
    return Due(number, ON - timedelta(days=days), Money(minor, currency))


def words(items: list[Due], brand: Brand = EVERYBODY) -> rules.Words:
    return rules.words(items, on=ON, company="Blue Co", how_to_pay=HOW, brand=brand)


def test_it_names_number_amount_due_date_and_days():
    found = words([due("INV-1", 1_250_00, days=1), due("INV-2", 70_00, days=45)])

    assert found.subject == "Past-due invoices with Blue Co: $1,320.00"
    assert "- INV-1: $1,250.00, due Sun 7 Jun 2026, 1 day past due" in found.body
    assert "- INV-2: $70.00, due Fri 24 Apr 2026, 45 days past due" in found.body
    assert "\n\nPast due in all: $1,320.00\n\n" in found.body
    assert HOW in found.body


def test_r31_a_brand_says_it_in_its_own_words_and_name():
    brand = Brand(
        wording=Wording(follow_up="Ahoy.", how_to_pay="By wire.", closing="Fair winds."),
        contacts=Contacts(name="Harbor"),
    )

    found = words([due("INV-1", 100)], brand)

    assert found.subject == "Past-due invoices with Harbor: $1.00"
    assert found.body.startswith("Ahoy.")
    assert "By wire." in found.body
    assert found.body.endswith("Fair winds.")
    assert HOW not in found.body


def test_a_brands_telephone_and_address_are_named():
    brand = Brand(contacts=Contacts(phone="+1 555 0100", email="ar@blue.example"))

    assert "You reach us at +1 555 0100 or ar@blue.example." in words([due("I", 1)], brand).body


@given(
    st.lists(
        st.tuples(st.integers(1, 10**9), st.integers(1, 400), st.sampled_from(["USD", "EUR"])),
        min_size=1,
        max_size=80,
    )
)
def test_every_cent_is_in_the_sums_and_currencies_are_never_added(rows):
    items = [due(f"N{n:03d}", minor, days, cur) for n, (minor, days, cur) in enumerate(rows)]

    found = words(items)

    for currency in {item.amount.currency for item in items}:
        whole = sum(item.amount.minor for item in items if item.amount.currency == currency)
        assert str(Money(whole, currency)) in found.subject
    assert found.body.count("\n- N") + found.body.startswith("- N") == min(
        len(items), MOST_LINES
    )
    assert "\n" not in found.subject


@pytest.mark.parametrize("count", [MOST_LINES, MOST_LINES + 3])
def test_a_very_long_list_says_how_many_more_there_are(count):
    found = words([due(f"N{n}", 100) for n in range(count)])

    assert (f"- and {count - MOST_LINES} more" in found.body) == (count > MOST_LINES)
