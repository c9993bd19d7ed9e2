"""What a day comes to: who keeps the +31 total below its limit, bars, keeping figures (R91)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.daily_report import late_said
from bot.kernel.money import Money
from bot.workflows.daily_lines import rules
from bot.workflows.daily_lines.rules import AgentDay, Counted, Crosser, Figures, Window

NOTHING = Figures(
    on=date(2026, 6, 8),
    goal=75,
    agents=(AgentDay(name="Ana “Ω” Reyes", attempted=3, reached=1),),
    made=Counted(count=1, amounts=(Money(1000), Money(5, "JPY"))),
    kept=Counted(),
    partly_kept=Counted(),
    broken=Counted(),
    late=(Money(900),),
    limit=Money(1000),
    crossing=(),
    crossers=(),
    window=(Window(payers=2, contacted=1, amount=Money(30), contacted_amount=Money(10)),),
    cases={"watch": 2},
    disputes=Counted(),
    dso=Decimal("34.567"),
    dso_target=35,
)


def crossing(*minors: int) -> Figures:
    crossers = tuple(
        Crosser(customer_id=f"C{n}", name=f"Hotel {n}", amount=Money(minor))
        for n, minor in enumerate(sorted(minors, reverse=True))
    )
    return replace(NOTHING, crossing=(Money(sum(minors)),), crossers=crossers)


@pytest.mark.parametrize(
    ("minors", "needed"),
    [((), 0), ((99,), 0), ((100,), 1), ((60, 50), 1), ((101, 50, 10), 1), ((80, 80, 80), 2)],
)
def test_as_few_payers_as_suffice_are_asked_to_keep_it_below(minors, needed):
    assert len(rules.keepers(crossing(*minors))) == needed


@pytest.mark.parametrize(
    ("minor", "stands"), [(999, "below"), (1000, "at"), (1001, "above"), (0, "below")]
)
def test_r91_the_report_says_where_the_total_stands_against_its_limit(minor, stands):
    figures = replace(NOTHING, late=(Money(minor), Money(7, "JPY")))

    assert late_said(figures).endswith(f" + 7 JPY; {stands} the limit of $10.00")


@given(st.lists(st.integers(1, 500), max_size=5))
def test_what_is_left_after_they_pay_is_below_the_limit(minors):
    figures = crossing(*minors)

    left = sum(minors) - sum(one.amount.minor for one in rules.keepers(figures))

    assert 900 + left < 1000


@pytest.mark.parametrize(("minor", "is_over"), [(999, False), (1000, True), (1001, True)])
def test_at_the_limit_counts_as_over_it(minor, is_over):
    assert replace(NOTHING, late=(Money(minor),)).is_over is is_over


@pytest.mark.parametrize(
    ("values", "line"),
    [([], ""), ([1], ""), ([5, 5], "▄▄"), ([0, 0], "▁▁"), ([0, 10], "▁█"), ([3, 1, 2], "█▁▄")],
)
def test_values_are_drawn_as_bars(values, line):
    assert rules.sparkline(values) == line


def test_figures_are_kept_exactly():
    assert rules.from_json(rules.as_json(NOTHING)) == NOTHING
