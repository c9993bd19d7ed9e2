"""What is known about a case on a day, as the rules see it: plain facts, nothing concluded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum

from bot.kernel.shapes import value
from bot.workflows.suspension.contacts import Contacts
from bot.workflows.suspension.ladder import Notice, Pause


class RestoredFor(StrEnum):
    """Why services were restored."""

    PAID = "paid"
    """What the notice named is paid (R57)."""
    PART = "part"
    """A decider took a part payment for enough."""
    MISTAKE = "mistake"
    """They should not have been suspended: nothing is owed the less for it."""


@value(frozen=True, slots=True, kw_only=True)
class Owing:
    """An invoice more than 30 days past due; minor units."""

    invoice_id: int
    number: str
    account_id: int
    due_on: date
    currency: str
    balance: int
    disputed: int
    """Of the balance."""
    planned: int = 0
    """Of the rest: on a payment plan that is kept."""

    @property
    def undisputed(self) -> int:
        """What may lead to suspension."""
        return self.balance - self.disputed - self.planned


@value(frozen=True, slots=True, kw_only=True)
class Restored:
    """Services that support restored, and what was left owing of what the notices named."""

    on: date
    why: RestoredFor
    left: int
    """Minor units, of all currencies together: compared with itself only."""
    gone: int = 0
    """What was returned since of the money it rested on, without regard to invoices."""


@value(frozen=True, slots=True, kw_only=True)
class Account:
    """A site of the payer, and what support did there last."""

    id: int
    number: str = ""
    name: str = ""
    is_suspended: bool = False
    restored: Restored | None = None
    stop: str = ""
    """Why this account may never be suspended."""


@value(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about a case on a day."""

    opened_on: date
    accounts: tuple[Account, ...]
    owed: tuple[Owing, ...] = ()
    unapplied: Mapping[str, int] = field(default_factory=dict)
    """The payer's money and credits that are on no invoice yet, by currency."""
    notices: tuple[Notice, ...] = ()
    withheld: Mapping[int, int] = field(default_factory=dict)
    """What the last notice that named an invoice left out of it, by the invoice's id."""
    contacts: Contacts = field(default_factory=Contacts)
    pauses: tuple[Pause, ...] = ()
    stops: tuple[str, ...] = ()
    """Legal holds and the like, in words."""
