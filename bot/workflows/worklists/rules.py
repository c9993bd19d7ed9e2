"""
Who stands on a list, where, and why; who is left off, and why (R77–R79, R91–R93, R117).

Pure: facts in, a ranked list out. A payer owing in several currencies stands once, by the
currency that ranks it highest; amounts of different currencies are never added, and are
compared by their figures only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.worklists import lane, tiers, words
from bot.workflows.worklists.lane import Standing
from bot.workflows.worklists.payers import AS_RANKED, RULES, Debt, Order, Payer
from bot.workflows.worklists.tiers import Place, Within
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A day's list: whom to call in what order, the window's lane, and who is left off."""

    entries: tuple[Entry, ...]
    window: tuple[Entry, ...]
    left_off: tuple[Off, ...]
    standings: tuple[Standing, ...]


def rank(
    payers: Iterable[Payer],
    *,
    today: date,
    policy: Policy,
    order: Order = AS_RANKED,
) -> Ranking:
    """
    Rank the payers of one agent for a day.

    :param order: the tiers in the order of that day (R86).
    """
    entries: list[Entry] = []
    off: list[Off] = []
    standings: list[Standing] = []
    day = Day(today, policy, order.why)
    at = {tier: place for place, tier in enumerate(order.tiers)}
    for payer in payers:
        window = lane.owing(payer)
        if window:
            standings += lane.standings(payer, window, policy)
        ranking = tiers.ranking_debts(payer)
        if why := why_off(payer, ranking):
            off.append(Off(payer, why))
        elif place := tiers.place(payer, ranking, today=today, policy=policy, at=at):
            entries.append(_entry(payer, place, day, window))
    entries.sort(key=lambda entry: _order(entry, at))
    return _ranking(entries, off, standings)


def why_off(payer: Payer, ranking: Sequence[Debt]) -> str:
    """
    Return why a payer is left off the list, in words; empty when it is not.

    What the customer agreed to goes before the cool-down and before an empty ranking, a lead's
    pin before the cool-down, nothing before a hold; a debt that is promised, planned or
    disputed in full is named as that, whenever the last conversation was. A payer that owes
    nothing past due is neither on the list nor left off it.

    :param ranking: what ranks it (`tiers.ranking_debts`).
    """
    if payer.held:
        return payer.held if payer.owed or _owing(payer) else ""
    if payer.is_agreed:
        return ""
    quiet = "" if payer.pinned else payer.quiet
    return quiet if ranking or payer.is_due else _why_nothing_ranks(payer, quiet)


def _why_nothing_ranks(payer: Payer, quiet: str) -> str:
    owing = _owing(payer)
    if not owing:
        return ""
    if all(tiers.is_covered(debt) for debt in owing):
        return words.apply_credit(_largest_credit(payer))
    return (payer.excluded or quiet or words.NOTHING_RANKS) + words.not_applied(owing)


def _owing(payer: Payer) -> list[Debt]:
    return [debt for debt in payer.debts if debt.past_due]


def _largest_credit(payer: Payer) -> tuple[Money, Money]:
    debt = min(payer.debts, key=lambda debt: debt.unapplied)
    return Money(-debt.unapplied, debt.currency), Money(debt.past_due, debt.currency)


def _entry(payer: Payer, place: Place, day: Day, window: Sequence[Debt]) -> Entry:
    tier, debt = place
    why, overruled = words.reason(payer, debt, tier, day), payer.pinned
    if day.reordered:
        overruled = f"{overruled} {day.reordered}".strip()
    if overruled:
        why = f"{overruled} {why}"
    days = (day.today - debt.oldest_due).days if debt.oldest_due else 0
    is_in_lane = bool(window) and lane.is_in_lane(payer, window, day.policy)
    return Entry(payer, debt, tier, why, overruled, days, is_in_lane)


def _order(entry: Entry, at: Mapping[int, int]) -> tuple[bool, int, Within, str]:
    payer, debt, tier, *_ = entry
    within = tiers.within(tier, debt, has_broken=payer.has_broken)
    return not payer.pinned, at[tier], within, payer.number


def _ranking(entries: list[Entry], off: list[Off], standings: list[Standing]) -> Ranking:
    window = [entry for entry in entries if entry.is_in_window]
    window.sort(key=lambda entry: (-lane.largest_window(entry.payer), entry.payer.number))
    off.sort(key=lambda item: item.payer.number)
    return Ranking(
        entries=tuple(entries),
        window=tuple(window),
        left_off=tuple(off),
        standings=tuple(standings),
    )
