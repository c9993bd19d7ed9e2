"""The tier that puts a payer on the list, and the order inside each tier (R77–R79, R117)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.policy import Policy
from bot.workflows.worklists.payers import (
    CROSSING,
    FINALS,
    MRR,
    OTHER,
    OWED,
    PRIORITY,
    WINDOW,
    Debt,
    Payer,
    all_months,
)

Place = tuple[int, Debt]
"""A tier, and what is owed that puts a payer into it."""
Within = tuple[int, int, date]
"""Where a payer stands inside its tier: the smallest first."""


def ranking_debts(payer: Payer) -> list[Debt]:
    """Return what ranks a payer: it is free to be called about, and no credit covers it."""
    return [
        debt
        for debt in payer.debts
        if debt.ranked and not (debt.unapplied and is_covered(debt))
    ]


def is_covered(debt: Debt) -> bool:
    """Test if the payer's own money covers what it owes: to be applied, not called."""
    return debt.past_due > 0 and -debt.unapplied >= debt.past_due


def tier_of(debt: Debt, *, today: date, policy: Policy, months: int) -> int:
    """
    Return the tier, 1–6, of something that ranks.

    :param months: how many months of MRR the payer has aged, in whatever currency (R78).
    """
    assert debt.ranked_oldest is not None
    if debt.final_due:
        return FINALS
    if months >= policy.mrr_months and debt.months:
        return MRR
    oldest = (today - debt.ranked_oldest).days
    if oldest > policy.priority_days:
        return PRIORITY
    if oldest >= policy.crossing_days[0]:
        return CROSSING
    return WINDOW if debt.window else OTHER


def place(
    payer: Payer, ranking: Sequence[Debt], *, today: date, policy: Policy, at: Mapping[int, int]
) -> Place | None:
    """
    Return where a payer stands; None where nothing puts it on the list.

    :param ranking: its `ranking_debts`.
    :param at: the place of each tier in the order of that day.
    """
    if payer.owed and (ranking or payer.is_agreed or payer.is_due):
        return OWED, max(ranking or _any(payer, policy), key=_by_figure)
    if len(ranking) == 1:
        [debt] = ranking
        return tier_of(debt, today=today, policy=policy, months=len(debt.months)), debt
    months = len(all_months(ranking))
    places = [
        (tier_of(debt, today=today, policy=policy, months=months), debt) for debt in ranking
    ]
    return min(
        places,
        key=lambda place: (at[place[0]], *within(*place, has_broken=payer.has_broken)),
        default=None,
    )


def within(tier: int, debt: Debt, *, has_broken: bool) -> Within:
    """Return where something stands inside its tier: finals by freshness, others by size."""
    oldest = debt.ranked_oldest or date.min
    if tier == FINALS and debt.final_due:
        return -debt.final_due.toordinal(), -debt.ranked, oldest
    return not has_broken, -debt.ranked, oldest


def _any(payer: Payer, policy: Policy) -> Sequence[Debt]:
    return payer.debts or (Debt(payer.id, policy.base_currency),)


def _by_figure(debt: Debt) -> int:
    return debt.ranked or debt.past_due
