"""A payer's place on the list, why, who is left off (R29, R50-R51, R77-R79, R91-R93, R117)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy import Policy
from bot.workflows.worklists.payers import AS_RANKED, Debt, Order, Payer
from bot.workflows.worklists.rules import Ranking, rank

TODAY = date(2026, 6, 8)
POLICY = Policy()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def debt(days: int = 10, ranked: int = 100_00, **given: Any) -> Debt:
    """What is owed when its only item is so many days past due."""
    in_window = 5 <= days <= 15
    known: dict[str, Any] = {
        "payer_id": 1,
        "currency": "USD",
        "past_due": ranked,
        "oldest_due": ago(days),
        "ranked": ranked,
        "ranked_oldest": ago(days) if ranked else None,
        "window": ranked if in_window else 0,
        "window_past_due": ranked if in_window else 0,
        "window_due": ago(days) if in_window else None,
    }
    return Debt(**known | given)


def payer(name: str = "Aurora", *debts: Debt, **given: Any) -> Payer:
    known: dict[str, Any] = {"id": 1, "number": name, "name": name}
    return Payer(**known, debts=debts or (debt(),), **given)


def ranked(*payers: Payer, order: Order = AS_RANKED) -> Ranking:
    return rank(payers, today=TODAY, policy=POLICY, order=order)


def names(ranking: Ranking) -> list[str]:
    return [entry.payer.name for entry in ranking.entries]


@pytest.mark.parametrize(
    ("owed", "tier", "rule", "reason"),
    [
        (
            debt(3, final_due=ago(3), final_number="F-1021"),
            1,
            "R77",
            "Final invoice F-1021 is 3 days past due (R77).",
        ),
        (
            debt(1, final_due=ago(1), final_number="F-1021"),
            1,
            "R77",
            "Final invoice F-1021 is 1 day past due (R77).",
        ),
        (
            debt(45, months=frozenset({2026 * 12 + 3, 2026 * 12 + 4})),
            2,
            "R78",
            "2 months of MRR aged: April, May (R78).",
        ),
        (
            debt(99, months=frozenset({2025 * 12 + 11, 2026 * 12})),
            2,
            "R78",
            "2 months of MRR aged: December 2025, January (R78).",
        ),
        (
            debt(45, months=frozenset({2026 * 12 + 3})),
            3,
            "R79",
            "Oldest item 45 days past due (R79).",
        ),
        (debt(32), 3, "R79", "Oldest item 32 days past due (R79)."),
        (debt(31), 4, "R91", "Oldest item 31 days past due, about to cross 31 days (R91)."),
        (debt(24), 4, "R91", "Oldest item 24 days past due, about to cross 31 days (R91)."),
        (debt(23), 6, "R117", "Oldest item 23 days past due (R117)."),
        (
            debt(15),
            5,
            "R93",
            "Oldest item 15 days past due, an item in the 5–15 day window (R93).",
        ),
        (
            debt(5),
            5,
            "R93",
            "Oldest item 5 days past due, an item in the 5–15 day window (R93).",
        ),
        (debt(4), 6, "R117", "Oldest item 4 days past due (R117)."),
        (debt(1), 6, "R117", "Oldest item 1 day past due (R117)."),
    ],
)
def test_a_payer_stands_in_the_first_tier_that_fits_and_the_line_says_why(
    owed: Debt, tier: int, rule: str, reason: str
):
    [entry] = ranked(payer("Aurora", owed)).entries

    assert (entry.tier, entry.rule, entry.reason) == (tier, rule, reason)


def test_what_is_owed_today_comes_before_everything_else():
    waiting = payer("Waiting", debt(2), owed="Voicemail of Mon 8 Jun to return", is_agreed=True)

    ranking = ranked(payer("Final", debt(3, final_due=ago(3), final_number="F-1021")), waiting)

    assert names(ranking) == ["Waiting", "Final"]
    assert ranking.entries[0].reason == "Voicemail of Mon 8 Jun to return (R29)."


def test_an_agreed_call_is_made_even_where_nothing_is_past_due():
    waiting = Payer(1, "A", "A", (), owed="Call-back agreed for Mon 8 Jun", is_agreed=True)

    [entry] = ranked(waiting).entries

    assert (entry.tier, entry.debt.past_due, entry.debt.currency) == (0, 0, "USD")


def test_finals_stand_freshest_first_and_then_larger():
    finals = [
        payer("Older", debt(9, 900_00, final_due=ago(9))),
        payer("Small", debt(2, 10_00, final_due=ago(2))),
        payer("Large", debt(2, 20_00, final_due=ago(2))),
    ]

    assert names(ranked(*finals)) == ["Large", "Small", "Older"]


def test_inside_other_tiers_broken_promises_come_first_then_larger_then_older():
    same = [
        payer("Small", debt(50, 10_00)),
        payer("Old", debt(80, 20_00)),
        payer("Young", debt(40, 20_00)),
        payer("Broken", debt(33, 1_00), has_broken=True),
    ]

    ranking = ranked(*same)

    assert names(ranking) == ["Broken", "Old", "Young", "Small"]
    assert "a promise was broken, so first in its tier (R107)" in ranking.entries[0].reason


def test_a_payer_owing_in_two_currencies_stands_once_by_the_better_one():
    both = payer("Both", debt(50, 10_00), debt(8, 99_00, currency="EUR"))

    [entry] = ranked(both).entries

    assert (entry.tier, entry.debt.currency) == (3, "USD")
    assert entry.reason == "Oldest item 50 days past due (R79); also €99.00 past due."


def test_the_months_of_mrr_are_counted_over_all_currencies():
    april, may = frozenset({2026 * 12 + 3}), frozenset({2026 * 12 + 4})
    both = payer("Both", debt(20, months=april), debt(8, 99_00, currency="EUR", months=may))

    [entry] = ranked(both).entries

    assert (entry.tier, entry.reason[:39]) == (2, "2 months of MRR aged: April, May (R78);")


def test_the_line_says_by_how_much_a_payer_ranks():
    partly = payer("Partly", debt(50, 40_00, past_due=1_240_00))

    [entry] = ranked(partly).entries

    assert "; ranked by $40.00, the rest is disputed, promised or planned" in entry.reason


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ({"held": "Legal hold: bankruptcy."}, "Legal hold: bankruptcy."),
        ({"quiet": "Cool-down until Thu 11 Jun."}, "Cool-down until Thu 11 Jun."),
        (
            {"debts": (debt(9, 0, past_due=5_00),), "excluded": "All is disputed."},
            "All is disputed.",
        ),
        (
            {"debts": (debt(9, 5_00, unapplied=-6_00),)},
            "Apply credit: $6.00 unapplied covers the $5.00 past due.",
        ),
    ],
)
def test_whoever_is_left_off_is_listed_with_the_reason(given_: dict[str, Any], reason: str):
    known: dict[str, Any] = {"id": 1, "number": "A", "name": "A", "debts": (debt(),)}

    ranking = ranked(Payer(**known | given_))

    assert ranking.entries == ()
    assert [off.reason for off in ranking.left_off] == [reason]


@pytest.mark.parametrize(
    ("credit", "listed"), [(4_99, ["Payer"]), (5_00, []), (5_01, [])], ids=str
)
def test_credit_that_equals_the_debt_keeps_a_payer_off_less_does_not(credit, listed):
    assert names(ranked(payer("Payer", debt(9, 5_00, unapplied=-credit)))) == listed


def test_credit_in_another_currency_keeps_nobody_off():
    euros = Debt(1, "EUR", unapplied=-9_00)

    assert names(ranked(payer("Payer", debt(9, 5_00), euros))) == ["Payer"]


def test_a_payer_that_owes_nothing_past_due_is_neither_on_the_list_nor_off_it():
    ranking = ranked(Payer(1, "A", "A", (Debt(1, "USD", unapplied=-5_00),), held="Legal hold."))

    assert (ranking.entries, ranking.left_off) == ((), ())


def test_an_agreed_call_goes_before_the_cool_down_but_not_before_a_hold():
    waiting = payer("Waiting", owed="Call-back", is_agreed=True, quiet="Cool-down.")
    held = payer("Held", owed="Call-back", is_agreed=True, held="Legal hold.")

    ranking = ranked(waiting, held)

    assert names(ranking) == ["Waiting"]
    assert [off.reason for off in ranking.left_off] == ["Legal hold."]


def test_a_pinned_payer_comes_first_and_the_line_says_who_pinned_it_and_why():
    pinned = payer("Pinned", debt(2), pinned="Pinned by Lena: CFO in town. (R86)")

    ranking = ranked(payer("Old", debt(90)), pinned)

    assert names(ranking) == ["Pinned", "Old"]
    assert ranking.entries[0].reason.startswith("Pinned by Lena: CFO in town. (R86) Oldest")
    assert ranking.entries[0].rule == "R117"


def test_tiers_stand_in_the_order_of_the_day_with_its_reason():
    order = Order((0, 5, 1, 2, 3, 4, 6), "Tiers reordered by Lena: mid-month. (R86)")

    ranking = ranked(payer("Old", debt(90)), payer("Young", debt(9)), order=order)

    assert names(ranking) == ["Young", "Old"]
    assert ranking.entries[0].reason.startswith("Tiers reordered by Lena: mid-month. (R86)")


def test_the_window_holds_whom_nobody_reached_since_they_entered_it_largest_first():
    entered = ago(4)
    window = [
        payer("Small", debt(9, 10_00)),
        payer("Large", debt(9, 90_00)),
        payer("Reached", debt(9, 50_00), last_reached=entered),
        payer("Before", debt(9, 20_00), last_reached=entered - timedelta(days=1)),
        payer("Outside", debt(16)),
    ]

    ranking = ranked(*window)

    assert [entry.payer.name for entry in ranking.window] == ["Large", "Before", "Small"]
    contacted = {standing.payer.name: standing.is_contacted for standing in ranking.standings}
    assert contacted == {"Small": False, "Large": False, "Reached": True, "Before": False}


debts = st.builds(
    debt,
    st.integers(1, 120),
    st.integers(1, 10_000_00),
    final_due=st.one_of(st.none(), st.integers(1, 30).map(ago)),
    months=st.frozensets(st.integers(24300, 24317), max_size=3),
)
payers = st.lists(st.tuples(debts, st.booleans(), st.booleans()), max_size=20).map(
    lambda rows: [
        payer(f"P{n:03d}", owed, has_broken=broken, pinned="Pinned." if pinned else "")
        for n, (owed, broken, pinned) in enumerate(rows)
    ]
)


@given(payers)
@settings(max_examples=100)
def test_pins_then_tiers_then_what_counts_inside_the_tier_order_every_list(given_: list[Payer]):
    entries = ranked(*given_).entries

    assert len(entries) == len(given_)
    places = [(not entry.payer.pinned, entry.tier) for entry in entries]
    assert places == sorted(places)
    for above, below in pairwise(entries):
        same = (above.tier, bool(above.payer.pinned)) == (below.tier, bool(below.payer.pinned))
        if same and above.tier > 1:
            assert above.payer.has_broken >= below.payer.has_broken
            if above.payer.has_broken == below.payer.has_broken:
                assert above.debt.ranked >= below.debt.ranked


@given(payers, st.randoms())
@settings(max_examples=50)
def test_the_list_does_not_depend_on_the_order_in_which_facts_come(given_: list[Payer], chance):
    shuffled = list(given_)
    chance.shuffle(shuffled)

    assert names(ranked(*shuffled)) == names(ranked(*given_))
