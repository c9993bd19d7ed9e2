"""What commands print for programs."""

from __future__ import annotations

import pytest

from bot.cli import output
from bot.kernel.money import Money


@pytest.mark.parametrize(
    ("amount", "printed"),
    [
        (Money(-123450), "-1234.50"),
        (Money(0), "0.00"),
        (Money(1234, "JPY"), "1234.00"),
        (Money(-5, "KWD"), "-0.005"),
        (Money(1234500, "BHD"), "1234.500"),
    ],
)
def test_money_has_two_decimals_or_the_three_of_its_currency(amount: Money, printed: str):
    assert output.plain(amount) == printed
