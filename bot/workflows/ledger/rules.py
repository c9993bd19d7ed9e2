"""Ages, buckets and balances, from frozen facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass, value


class InvoiceKind(StrEnum):
    """What an invoice bills."""

    MRR = "mrr"
    FINAL = "final"
    OTHER = "other"


BUCKETS: Final = ("current", "1-30", "31-60", "61-90", "91-120", "121+")
"""Days past due, all inclusive; due today is current."""
BUCKET_ENDS: Final = (0, 30, 60, 90, 120)
"""The last day past due of each bucket but the last."""


@value(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An open invoice, as it stands on a date."""

    invoice_id: int
    number: str
    customer_id: int
    """The account (site) it was billed to."""
    site: str
    """The account's site, else its name."""
    kind: InvoiceKind
    invoice_date: date
    due_date: date
    amount: Money
    balance: Money
    disputed: Money
    """What the source system marks as disputed of the balance."""

    @property
    def currency(self) -> str:
        """The currency of all its amounts."""
        return self.balance.currency

    def days_past_due(self, on: date) -> int:
        """Return how many days past due it is: 0 when due that day, negative before."""
        return (on - self.due_date).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Aging:
    """What is owed in one currency, by age; minor units."""

    currency: str
    buckets: tuple[int, ...] = (0,) * len(BUCKETS)
    """One figure for each of `BUCKETS`."""
    unapplied: int = 0
    """Open credits and unapplied payments, as a negative."""
    invoices: int = 0
    """Open positive items."""
    customers: int = 0
    """Accounts that have one."""

    @property
    def outstanding(self) -> int:
        """Buckets and unapplied credit together, always."""
        return sum(self.buckets) + self.unapplied

    @property
    def past_due(self) -> int:
        """Everything at least one day past due."""
        return sum(self.buckets[1:])

    def named(self) -> dict[str, Money]:
        """Return the amount of each bucket by its name, oldest last."""
        return {
            name: Money(minor, self.currency)
            for name, minor in zip(BUCKETS, self.buckets, strict=True)
        }


class Applied(NamedTuple):
    """A part of a payment that settles a part of an invoice from a day on."""

    on: date
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """An invoice (or credit) and everything that was applied to it."""

    invoice_date: date
    amount: int
    settled_on: date | None = None
    applications: tuple[Applied, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A payment whose remittance names an invoice."""

    payment_id: int
    number: str
    received_on: date
    amount: int
    currency: str


class Part(NamedTuple):
    """What of a payment is applied to the invoice it names, and from when."""

    payment_id: int
    on: date
    minor: int


def applied_to(
    billed: Billed, receipts: Iterable[Receipt], *, currency: str
) -> tuple[Part, ...]:
    """
    Return how the payments that name an invoice are applied to it (R32, R151).

    In the order in which they came in, never more than is left of it, never before its date,
    never in another currency, never to a credit, and never to an invoice that `settled_on` had
    closed by then. The order in which the desk learned of them plays no part.
    """
    left = billed.amount
    parts: list[Part] = []
    for receipt in sorted(receipts, key=lambda one: (one.received_on, one.number)):
        on = max(receipt.received_on, billed.invoice_date)
        is_closed = billed.settled_on is not None and billed.settled_on <= on
        minor = min(left, receipt.amount)
        if minor > 0 and not is_closed and receipt.currency == currency:
            parts.append(Part(receipt.payment_id, on, minor))
            left -= minor
    return tuple(parts)


def not_applied(money: Iterable[Money]) -> str:
    """Return why nobody is asked for what money on account covers, in words."""
    named = " and ".join(dict.fromkeys(str(one) for one in money))
    return f"{named} on account is not applied yet"


def service_months(first: int, count: int) -> range:
    """
    Return the service months that an invoice bills: a quarterly one counts 3 (R78).

    :param first: year * 12 + month - 1 of the first one; so are those returned.
    """
    return range(first, first + max(count, 1))


def bucket_of(days_past_due: int) -> int:
    """Return the place in `BUCKETS` of an age."""
    return sum(days_past_due > end for end in BUCKET_ENDS)


def balance_on(billed: Billed, on: date) -> int:
    """
    Return what is open of an invoice on a date, from its events alone.

    Nothing before its date, nothing from the day on which it was settled; else its amount less
    what was applied by then.
    """
    if on < billed.invoice_date or (billed.settled_on and billed.settled_on <= on):
        return 0
    return billed.amount - applied_by(billed.applications, on)


def applied_by(applications: Iterable[Applied], on: date) -> int:
    """Return how much had been applied by the end of a date."""
    return sum(part.minor for part in applications if part.on <= on)


def closed_on(billed: Billed) -> date | None:
    """Return the first day on which the balance is zero for good; None while it is open."""
    if not billed.amount:
        return billed.invoice_date
    days = sorted(part.on for part in billed.applications)
    paid = days[-1] if applied_by(billed.applications, date.max) == billed.amount else None
    return min((day for day in (billed.settled_on, paid) if day), default=None)
