"""The tiers, and the facts that decide where a payer stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, NamedTuple

RULES: Final = ("R29", "R77", "R78", "R79", "R91", "R93", "R117")
"""The rule of each tier, 0–6."""
OWED: Final = 0
FINALS: Final = 1
MRR: Final = 2
PRIORITY: Final = 3
CROSSING: Final = 4
WINDOW: Final = 5
OTHER: Final = 6


class Order(NamedTuple):
    """The tiers in the order of a day, and why, in words, where it is not their own (R86)."""

    tiers: tuple[int, ...]
    why: str = ""


AS_RANKED: Final = Order(tuple(range(len(RULES))))


class Debt(NamedTuple):
    """
    What a payer owes in one currency, past due on the day of the list (minor units).

    `ranked` and whatever is named after it count only what is neither disputed, nor promised,
    nor on a kept plan.
    """

    payer_id: int
    currency: str
    past_due: int = 0
    oldest_due: date | None = None
    ranked: int = 0
    ranked_oldest: date | None = None
    final_due: date | None = None
    """The due date of the freshest final invoice that is 1–30 days past due (R77) ..."""
    final_number: str = ""
    """... and its number."""
    months: frozenset[int] = frozenset()
    """The service months of its aged MRR (year * 12 + month - 1)."""
    window: int = 0
    """What is ranked of the items 5–15 days past due (R93)."""
    window_past_due: int = 0
    """All of the items 5–15 days past due, also what is disputed or promised."""
    window_due: date | None = None
    """The earliest due date among them."""
    unapplied: int = 0
    """Open credits and unapplied payments, as a negative."""


class Payer(NamedTuple):
    """Everything that decides where one payer stands."""

    id: int
    number: str
    name: str
    debts: tuple[Debt, ...]
    has_broken: bool = False
    """A promise on something still open was broken."""
    owed: str = ""
    """What is owed to it today, in words: a call-back, a voicemail, a final invoice (R29)."""
    is_agreed: bool = False
    """The customer waits for that call, whatever it owes ..."""
    agreed_at: datetime | None = None
    """... and not before this moment, if one was agreed."""
    held: str = ""
    """Why it is left alone, in words: legal hold, referral, exception, trace, postponed."""
    quiet: str = ""
    """Why it is not called yet, in words: the cool-down after a conversation."""
    excluded: str = ""
    """Why what it owes does not rank: dispute, live promise, kept plan."""
    last_reached: date | None = None
    pinned: str = ""
    """R86: why a lead put it first, in words."""
    attempts: int = 0
    """How often it was tried that day already, by anyone (R84) ..."""
    tried_at: datetime | None = None
    """... and when last."""
    time_zone: str = ""
    state: str = ""
    is_due: bool = False
    """What is owed to it is, whatever it owes; a cool-down puts it off all the same."""


def all_months(debts: Iterable[Debt]) -> frozenset[int]:
    """Return the service months of aged MRR in all of the debts, each once (R78)."""
    return frozenset[int]().union(*(debt.months for debt in debts))
