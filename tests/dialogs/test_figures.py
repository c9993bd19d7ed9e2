"""How the day's figures are said: the window in each currency on a line of its own (R93)."""

from __future__ import annotations

from dataclasses import replace

from bot.kernel.money import Money
from bot.workflows.daily_lines.rules import Window
from dialogs import figures_parts
from tests.rules.test_daily_lines import NOTHING

EUROS = Window(payers=1, contacted=0, amount=Money(30, "EUR"), contacted_amount=Money(0, "EUR"))
DOLLARS = Window(payers=4, contacted=1, amount=Money(90), contacted_amount=Money(50))


def test_the_window_of_one_currency_needs_no_name_for_it():
    said = list(figures_parts.windows(replace(NOTHING, window=(DOLLARS,))))

    assert said == [("5–15 day window", "1 of 4 payers reached (25%), $0.50 of $0.90")]


def test_each_currency_has_a_line_the_one_of_most_payers_first():
    said = dict(figures_parts.windows(replace(NOTHING, window=(EUROS, DOLLARS))))

    assert list(said) == ["5–15 days, USD", "5–15 days, EUR"]
    assert said["5–15 days, EUR"] == "0 of 1 payer reached (0%), €0.00 of €0.30"


def test_a_day_without_lists_says_so():
    said = list(figures_parts.windows(replace(NOTHING, window=())))

    assert said == [("5–15 day window", "no list that day")]
