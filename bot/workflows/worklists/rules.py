"""
Who stands on a list, where, and why; who is left off, and why (R77–R79, R91–R93, R117).

Pure: facts in, a ranked list out. A payer owing in several currencies stands once, by the
currency that ranks it highest; amounts of different currencies are never added, and are
compared by their figures only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.worklists import words
from bot.workflows.worklists.payers import (
    AS_RANKED,
    CROSSING,
    FINALS,
    MRR,
    OTHER,
    OWED,
    PRIORITY,
    RULES,
    WINDOW,
    Debt,
    Order,
    Payer,
    all_months,
)
from bot.workflows.worklists.words import Day


class Entry(NamedTuple):
    """A payer's line on the list."""

    payer: Payer
    debt: Debt
    tier: int
    reason: str
    overruled: str
    """The part of the reason that is a lead's (R86)."""
    oldest_days: int
    is_in_window: bool

    @property
    def rule(self) -> str:
        """The id of the rule that put it into its tier."""
        return RULES[self.tier]


class Off(NamedTuple):
    """A payer that owes and is not on the list, and why."""

    payer: Payer
    reason: str


class Standing(NamedTuple):
    """What a payer owes in the window, and whether it was reached since it entered (R93)."""

    payer: Payer
    currency: str
    amount: int
    is_contacted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A day's list: whom to call in what order, the window's lane, and who is left off."""

    entries: tuple[Entry, ...]
    window: tuple[Entry, ...]
    left_off: tuple[Off, ...]
    standings: tuple[Standing, ...]


class _Place(NamedTuple):
    tier: int
    debt: Debt


def rank(
    payers: Iterable[Payer],
    *,
    today: date,
    policy: Policy,
    finals: Mapping[int, str],
    order: Order = AS_RANKED,
) -> Ranking:
    """
    Rank the payers of one agent for a day.

    :param finals: the number of each final invoice that may be named, by id.
    :param order: the tiers in the order of that day (R86).
    """
    entries: list[Entry] = []
    off: list[Off] = []
    standings: list[Standing] = []
    day = Day(today, policy, finals, order.why)
    at = {tier: place for place, tier in enumerate(order.tiers)}
    for payer in payers:
        standings += _standings(payer, policy)
        if why := why_off(payer):
            off.append(Off(payer, why))
        elif place := _place(payer, today, policy, at):
            entries.append(_entry(payer, place, day))
    entries.sort(key=lambda entry: _order(entry, at))
    return _ranking(entries, off, standings)


def why_off(payer: Payer) -> str:
    """
    Return why a payer is left off the list, in words; empty when it is not.

    What the customer agreed to goes before the cool-down and before an empty ranking, a lead's
    pin before the cool-down, nothing before a hold; a debt that is promised, planned or
    disputed in full is named as that, whenever the last conversation was. A payer that owes
    nothing past due is neither on the list nor left off it.
    """
    owing = [debt for debt in payer.debts if debt.past_due]
    if payer.held:
        return payer.held if payer.owed or owing else ""
    if payer.is_agreed or not owing:
        return ""
    due = [debt for debt in owing if not is_covered(debt)]
    if not due:
        return words.apply_credit(_largest(payer))
    is_ranked = bool(due[0].ranked) or any(debt.ranked for debt in due)
    if payer.excluded and not is_ranked:
        return payer.excluded
    if payer.quiet and not payer.pinned:
        return payer.quiet
    return "" if is_ranked else words.NOTHING_RANKS


def is_covered(debt: Debt) -> bool:
    """Test if the payer's own credit is larger than what it owes: to be applied, not called."""
    return debt.past_due > 0 and -debt.unapplied > debt.past_due


def tier_of(debt: Debt, *, today: date, policy: Policy, months: int) -> int:
    """
    Return the tier, 1–6, of something that ranks.

    :param months: how many months of MRR the payer has aged, in whatever currency (R78).
    """
    assert debt.ranked_oldest is not None
    oldest = (today - debt.ranked_oldest).days
    if debt.final_due:
        return FINALS
    if months >= policy.mrr_months and debt.months:
        return MRR
    if oldest > policy.priority_days:
        return PRIORITY
    if oldest >= policy.crossing_days[0]:
        return CROSSING
    return WINDOW if debt.window else OTHER


def entered_window(due: date, policy: Policy) -> date:
    """Return the day on which an item due then has been past due long enough (R93)."""
    return due + timedelta(days=policy.window_days[0])


def _ranking(entries: list[Entry], off: list[Off], standings: list[Standing]) -> Ranking:
    window = sorted((entry for entry in entries if entry.is_in_window), key=_largest_first)
    off.sort(key=lambda item: item.payer.number)
    return Ranking(
        entries=tuple(entries),
        window=tuple(window),
        left_off=tuple(off),
        standings=tuple(standings),
    )


def _place(payer: Payer, today: date, policy: Policy, at: Mapping[int, int]) -> _Place | None:
    debts = [debt for debt in payer.debts if debt.ranked and not is_covered(debt)]
    if payer.owed and (debts or payer.is_agreed):
        return _Place(OWED, max(debts or _any(payer, policy), key=_by_figure))
    if len(debts) == 1:
        months = len(debts[0].months)
        return _Place(tier_of(debts[0], today=today, policy=policy, months=months), debts[0])
    months = len(all_months(debts))
    places = [
        _Place(tier_of(debt, today=today, policy=policy, months=months), debt) for debt in debts
    ]
    ranked = sorted(
        places,
        key=lambda place: (at[place.tier], *_within(*place, has_broken=payer.has_broken)),
    )
    return ranked[0] if ranked else None


def _any(payer: Payer, policy: Policy) -> Sequence[Debt]:
    return payer.debts or (Debt(payer.id, policy.base_currency),)


def _entry(payer: Payer, place: _Place, day: Day) -> Entry:
    tier, debt = place
    overruled = payer.pinned
    if day.reordered:
        overruled = f"{overruled} {day.reordered}".strip()
    why = words.reason(payer, debt, tier, day)
    return Entry(
        payer=payer,
        debt=debt,
        tier=tier,
        reason=f"{overruled} {why}" if overruled else why,
        overruled=overruled,
        oldest_days=(day.today - debt.oldest_due).days if debt.oldest_due else 0,
        is_in_window=_is_in_lane(payer, day.policy),
    )


def _is_in_lane(payer: Payer, policy: Policy) -> bool:
    owing = [debt for debt in payer.debts if debt.window]
    return bool(owing) and not all(_is_contacted(payer, debt, policy) for debt in owing)


def _standings(payer: Payer, policy: Policy) -> list[Standing]:
    found = []
    for debt in payer.debts:
        if not debt.window_past_due or payer.held or is_covered(debt):
            continue
        is_contacted = _is_contacted(payer, debt, policy)
        if debt.window or is_contacted:
            found.append(Standing(payer, debt.currency, debt.window_past_due, is_contacted))
    return found


def _is_contacted(payer: Payer, debt: Debt, policy: Policy) -> bool:
    if payer.last_reached is None or debt.window_due is None:
        return False
    return payer.last_reached >= entered_window(debt.window_due, policy)


def _order(entry: Entry, at: Mapping[int, int]) -> tuple[bool, int, int, int, int, str]:
    payer = entry.payer
    return (
        not payer.pinned,
        at[entry.tier],
        *_within(entry.tier, entry.debt, has_broken=payer.has_broken),
        payer.number,
    )


def _within(tier: int, debt: Debt, *, has_broken: bool) -> tuple[int, int, int]:
    oldest = debt.ranked_oldest.toordinal() if debt.ranked_oldest else 0
    if tier == FINALS and debt.final_due:
        return (-debt.final_due.toordinal(), -debt.ranked, oldest)
    return (not has_broken, -debt.ranked, oldest)


def _largest_first(entry: Entry) -> tuple[int, str]:
    return (-max(debt.window for debt in entry.payer.debts), entry.payer.number)


def _largest(payer: Payer) -> tuple[Money, Money]:
    debt = min(payer.debts, key=lambda debt: debt.unapplied)
    return Money(-debt.unapplied, debt.currency), Money(debt.past_due, debt.currency)


def _by_figure(debt: Debt) -> int:
    return debt.ranked or debt.past_due
