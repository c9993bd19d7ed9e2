"""Money is exact, in one currency, and read only from plain digits (I14)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.money import LARGEST, MixedCurrencies, Money, total

MINOR = st.integers(-LARGEST, LARGEST)
CURRENCY = st.sampled_from(["USD", "EUR", "GBP", "CAD", "JPY", "KWD"])
AMOUNT = st.builds(Money, MINOR, CURRENCY)


@given(AMOUNT)
def test_what_is_written_for_programs_reads_back(amount: Money):
    assert Money.parse(amount.plain, amount.currency) == amount


@given(AMOUNT)
def test_what_is_written_for_people_reads_back(amount: Money):
    assert Money.parse(str(amount), amount.currency) == amount


@given(st.lists(MINOR, max_size=30), CURRENCY)
def test_a_total_is_exact(minors: list[int], currency: str):
    assert total([Money(minor, currency) for minor in minors], currency).minor == sum(minors)


@given(MINOR, MINOR)
def test_adding_and_taking_away_undo_each_other(one: int, other: int):
    assert Money(one) + Money(other) - Money(other) == Money(one)
    assert Money(one) - Money(one) == Money(0)
    assert Money(one) + (-Money(one)) == Money(0)


@given(MINOR, MINOR)
def test_amounts_are_ordered_like_their_minor_units(one: int, other: int):
    assert (Money(one) < Money(other)) == (one < other)
    assert (Money(one) <= Money(other)) == (one <= other)
    assert (Money(one) > Money(other)) == (one > other)
    assert (Money(one) >= Money(other)) == (one >= other)


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_a_share_is_within_half_a_cent_and_never_more_than_the_whole(minor: int, percent: int):
    share = Money(minor).share(Decimal(percent) / 100)

    assert abs(Decimal(share.minor) - Decimal(minor) * percent / 100) <= Decimal("0.5")
    assert 0 <= share.minor <= minor


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1250", 125000),
        ("1,250.00", 125000),
        ("$1,250", 125000),
        (" $ 1,250.5 ", 125050),
        ("-3.10", -310),
        ("(3.10)", -310),
        ("-$3.10", -310),
        (".5", 50),
        ("0", 0),
        ("1250.00 USD", 125000),
        ("12.500", 1250),
        ("1,234,567.89", 123456789),
    ],
)
def test_amounts_are_read_the_way_people_type_them(text: str, minor: int):
    assert Money.parse(text) == Money(minor)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".",
        "$",
        "()",
        "1e5",
        "1_000",
        "NaN",
        "Infinity",
        "-inf",
        "1\uff1250",
        "١٢٥٠",
        "12.345",
        "1,25",
        "12,34.00",
        ",100",
        "1 250",
        "--5",
        "(-5)",
        "5-",
        "0x10",
        "1.2.3",
        "€5",
        "5 EUR",
        "ten",
        "9" * 40,
        "10000000000000.01",
        "\x001",
        "1\n2",
    ],
)
def test_what_is_no_amount_is_refused(text: str):
    with pytest.raises(ValueError, match=r"is not an amount|decimals|too large"):
        Money.parse(text)


@given(st.text(max_size=40))
def test_any_text_is_an_amount_or_refused(text: str):
    try:
        amount = Money.parse(text)
    except ValueError:
        return
    assert abs(amount.minor) <= LARGEST
    assert Money.parse(amount.plain) == amount


@pytest.mark.parametrize(
    ("amount", "plain", "shown"),
    [
        (Money(123456789), "1234567.89", "$1,234,567.89"),
        (Money(-310), "-3.10", "-$3.10"),
        (Money(5), "0.05", "$0.05"),
        (Money(123456, "EUR"), "1234.56", "€1,234.56"),
        (Money(123456, "CAD"), "1234.56", "1,234.56 CAD"),
        (Money(1234, "JPY"), "1234", "1,234 JPY"),
        (Money(1234, "XOF"), "1234", "1,234 XOF"),
        (Money(1234, "KWD"), "1.234", "1.234 KWD"),
        (Money(1234567, "TND"), "1234.567", "1,234.567 TND"),
    ],
)
def test_amounts_are_written_with_their_currencys_decimals(
    amount: Money, plain: str, shown: str
):
    assert (amount.plain, str(amount)) == (plain, shown)


@pytest.mark.parametrize(
    "mix",
    [
        lambda: Money(1) + Money(1, "EUR"),
        lambda: Money(1) - Money(1, "EUR"),
        lambda: Money(1) < Money(1, "EUR"),
        lambda: Money(1) >= Money(1, "EUR"),
        lambda: total([Money(1), Money(1, "EUR")]),
        lambda: total([Money(1, "EUR")]),
    ],
)
def test_two_currencies_are_never_mixed(mix):
    with pytest.raises(MixedCurrencies):
        mix()
