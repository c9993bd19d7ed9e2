"""The lane of the 5–15 day window: who is in it, and how much of it was reached (R92, R93)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from bot.policy import Policy
from bot.workflows.worklists.payers import Debt, Payer
from bot.workflows.worklists.tiers import is_covered


class Standing(NamedTuple):
    """What a payer owes in the window, and whether it was reached since it entered (R93)."""

    payer: Payer
    currency: str
    amount: int
    is_contacted: bool


def entered_window(due: date, policy: Policy) -> date:
    """Return the day on which an item due then has been past due long enough (R93)."""
    return due + timedelta(days=policy.window_days[0])


def owing(payer: Payer) -> list[Debt]:
    """Return what a payer owes in the window, also what is disputed or promised."""
    return [debt for debt in payer.debts if debt.window_past_due]


def is_in_lane(payer: Payer, owing: Sequence[Debt], policy: Policy) -> bool:
    """Test if something in the window is to be called about, and was not yet."""
    if payer.last_reached is None:
        return any(debt.window for debt in owing)
    return any(debt.window and not _is_contacted(payer, debt, policy) for debt in owing)


def standings(payer: Payer, owing: Sequence[Debt], policy: Policy) -> list[Standing]:
    """Return what a payer owes in the window, one a currency, unless it is left alone."""
    if payer.held:
        return []
    if payer.last_reached is None:
        return [
            _standing(payer, debt) for debt in owing if debt.window and not is_covered(debt)
        ]
    contacted = [(debt, _is_contacted(payer, debt, policy)) for debt in owing]
    return [
        Standing(payer, debt.currency, debt.window_past_due, is_contacted)
        for debt, is_contacted in contacted
        if (debt.window or is_contacted) and not is_covered(debt)
    ]


def largest_window(payer: Payer) -> int:
    """Return the largest figure that a payer owes in the window, in whatever currency."""
    if len(payer.debts) == 1:
        return payer.debts[0].window
    return max(debt.window for debt in payer.debts)


def _standing(payer: Payer, debt: Debt) -> Standing:
    return Standing(payer, debt.currency, debt.window_past_due, is_contacted=False)


def _is_contacted(payer: Payer, debt: Debt, policy: Policy) -> bool:
    if payer.last_reached is None or debt.window_due is None:
        return False
    return payer.last_reached >= entered_window(debt.window_due, policy)
