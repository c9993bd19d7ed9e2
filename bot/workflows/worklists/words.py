"""The sentences of a list: why a payer stands where it does, or is left off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from bot.kernel import wording
from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.ledger import rules as ledger
from bot.workflows.special_handling.rules import HoldKind
from bot.workflows.worklists.payers import (
    CROSSING,
    FINALS,
    MRR,
    OWED,
    RULES,
    WINDOW,
    Debt,
    Payer,
    all_months,
)

BROKEN: Final = "; a promise was broken, so first in its tier (R107)"
BROKEN_FINAL: Final = "; a promise was broken (R107)"
NOTHING_RANKS: Final = "All that is past due is disputed, promised or on a plan."
DISPUTED: Final = "disputed"
PLANNED: Final = "on a kept payment plan"
_MONTHS: Final = (
    "January/February/March/April/May/June/July/August/September/October/November/December"
)
_HOLDS: Final = {
    HoldKind.EXCEPTION: "Exception (R118)",
    HoldKind.REFERRAL: "Referred to third-party collections (R105)",
    HoldKind.LEGAL: "Legal hold",
    HoldKind.TRACE: "Payment trace",
}
_A_YEAR: Final = 12


class Day(NamedTuple):
    """What the reasons of a day need to know beside the payer."""

    today: date
    policy: Policy
    reordered: str
    """Why tiers stand in another order, in words (R86)."""


def reason(payer: Payer, debt: Debt, tier: int, day: Day) -> str:
    """Return why a payer stands where it does, with the rule's id, but for leads' words."""
    more = ""
    if payer.has_broken:
        more = BROKEN if tier != FINALS else BROKEN_FINAL
    if debt.ranked != debt.past_due:
        more += partly_ranked(debt.ranked, debt.currency, has_money=debt.unapplied < 0)
    if len(payer.debts) > 1:
        more += others(payer.debts, debt)
    return f"{_why(payer, debt, tier, day)} ({RULES[tier]}){more}."


def final(number: str, days: int) -> str:
    """Return why a payer with a fresh past-due final invoice stands in its tier (R77)."""
    return f"Final invoice {number} is {_days(days)} past due".replace("  ", " ")


@lru_cache(maxsize=4096)
def aged_months(months: frozenset[int], today: date) -> str:
    """Return why a payer with months of aged MRR stands in its tier (R78)."""
    named = ", ".join(_month(month, today) for month in sorted(months))
    return f"{len(months)} months of MRR aged: {named}"


@lru_cache(maxsize=4096)
def of_age(tier: int, days: int, limit: int, window: tuple[int, int]) -> str:
    """
    Return why a payer stands in a tier by the age of what it owes.

    :param limit: the days of `Policy.priority_days`.
    :param window: the days of `Policy.window_days`.
    """
    if tier == CROSSING:
        return f"Oldest item {_days(days)} past due, about to cross {limit} days"
    if tier == WINDOW:
        first, last = window
        return f"Oldest item {_days(days)} past due, an item in the {first}–{last} day window"
    return f"Oldest item {_days(days)} past due"


def partly_ranked(ranked: int, currency: str, *, has_money: bool) -> str:
    """
    Return by how much of its debt a payer ranks, where that is not all of it.

    :param has_money: it has money on account, which may cover the rest.
    """
    if not ranked:
        return ""
    why = "disputed, promised or planned"
    if has_money:
        why = "covered by money on account, disputed, promised or planned"
    return f"; ranked by {Money(ranked, currency)}, the rest is {why}"


def others(debts: Iterable[Debt], leading: Debt) -> str:
    """Return what else a payer owes, in other currencies."""
    rest = [Money(debt.past_due, debt.currency) for debt in debts if debt is not leading]
    named = " and ".join(str(money) for money in rest if money.minor)
    return f"; also {named} past due" if named else ""


def apply_credit(credit_and_debt: tuple[Money, Money]) -> str:
    """Return the task that credit which covers the debt becomes."""
    credit, debt = credit_and_debt
    return f"Apply credit: {credit} unapplied covers the {debt} past due."


def not_applied(debts: Iterable[Debt]) -> str:
    """Return what money a payer has on account, after why nothing of its debt ranks."""
    money = [Money(-debt.unapplied, debt.currency) for debt in debts if debt.unapplied < 0]
    return f" {ledger.not_applied(money)}." if money else ""


def cooling(until: date) -> str:
    """Return why a payer that was spoken to is not called yet."""
    return f"Cool-down after the last conversation: next touch {wording.day(until)}."


def promised(until: date) -> str:
    """Return that the debt is promised, and for when."""
    return f"promised until {wording.day(until)}"


def joined(parts: Sequence[str]) -> str:
    """Return why nothing of a debt ranks, from each part of why."""
    return f"All that is past due is {' or '.join(parts)}."


def held(kind: HoldKind, reason: str, last: date | None) -> str:
    """Return why a payer is left alone (R105, R118)."""
    until = f" (through {wording.dated(last)})" if last else ""
    return f"{_HOLDS[kind]}: {reason.removesuffix('.')}{until}."


def pinned(by: str, why: str) -> str:
    """Return who put a payer first, and why (R86)."""
    return f"Pinned by {by}: {_sentence(why)} (R86)"


def postponed(by: str, why: str, last: date) -> str:
    """Return who took a payer off the list, until when, and why (R86)."""
    return f"Postponed by {by} through {wording.dated(last)}: {_sentence(why)} (R86)"


def reordered(by: str, why: str) -> str:
    """Return who changed the order of the tiers for the day, and why (R86)."""
    return f"Tiers reordered by {by}: {_sentence(why)} (R86)"


def _why(payer: Payer, debt: Debt, tier: int, day: Day) -> str:
    if tier == OWED:
        return payer.owed
    if tier == FINALS and debt.final_due:
        return final(debt.final_number, (day.today - debt.final_due).days)
    if tier == MRR:
        months = debt.months if len(payer.debts) == 1 else all_months(payer.debts)
        return aged_months(months, day.today)
    assert debt.ranked_oldest is not None
    days, policy = (day.today - debt.ranked_oldest).days, day.policy
    return of_age(tier, days, policy.priority_days, policy.window_days)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _month(month: int, today: date) -> str:
    year, number = divmod(month, _A_YEAR)
    name = _MONTHS.split("/")[number]
    return name if year == today.year else f"{name} {year}"
