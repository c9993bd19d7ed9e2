"""When a promise may be made, and whether it was kept (R47, R107)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.policy import Policy


class PromiseState(StrEnum):
    """What became of a promise."""

    LIVE = "live"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


class BadPromise(Refused):
    """The promise cannot be taken as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What an invoice can still be promised for: its undisputed, unpromised balance."""

    invoice_id: int
    number: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Received:
    """Money that came in after a promise was made and by the end of its grace; minor units."""

    on_invoices: Mapping[int, int]
    """What each named invoice was paid."""
    unapplied: int = 0
    """What came in and is not applied yet."""


def latest_day(today: date, policy: Policy) -> date:
    """Return the last day that a promise made today may be for."""
    return today + timedelta(days=policy.promise_days)


def check_day(due_on: date, *, today: date, policy: Policy) -> None:
    """
    Check that a promise is for today or a day at most 14 days out (R47).

    :raises BadPromise: saying which days are possible.
    """
    last = latest_day(today, policy)
    if due_on < today:
        raise BadPromise(f"A promise cannot be for a day that has passed ({due_on:%-d %b}).")
    if due_on > last:
        raise BadPromise(
            f"A promise is for {last:%a %-d %b} at the latest ({policy.promise_days} days "
            "out). A later day is an extension or a payment plan, which has to be approved."
        )


def spread(amount: Money, owed: Sequence[Owed]) -> dict[int, int]:
    """
    Return how much of the amount is for each invoice, in the order given, in minor units.

    :raises BadPromise: if nothing is named, or the amount is more than the invoices owe.
    """
    if not owed:
        raise BadPromise("Please tick the invoices that the promise is for.")
    if len({item.amount.currency for item in owed}) > 1:
        raise BadPromise("Please make one promise for each currency.")
    left, whole = amount.minor, sum(item.amount.minor for item in owed)
    if left > whole:
        most = Money(whole, amount.currency)
        raise BadPromise(f"The invoices ticked owe {most}, which is less than {amount}.")
    parts: dict[int, int] = {}
    for item in owed:
        parts[item.invoice_id] = min(left, item.amount.minor)
        left -= parts[item.invoice_id]
    return {invoice_id: minor for invoice_id, minor in parts.items() if minor}


def grace_ends(due_on: date, *, is_check: bool, policy: Policy) -> date:
    """
    Return the last day on which money still keeps the promise.

    That is one business day after its day, or five for a mailed check with its number.
    """
    days = policy.check_grace_business_days if is_check else policy.promise_grace_business_days
    return policy.calendar.plus(due_on, days)


def judge(parts: Mapping[int, int], received: Received) -> PromiseState:
    """
    Return what became of a promise whose grace is over, applied or not (R47).

    :param parts: what was promised for each invoice, in minor units.
    """
    promised = sum(parts.values())
    applied = sum(min(part, received.on_invoices.get(key, 0)) for key, part in parts.items())
    paid = min(promised, applied + max(received.unapplied, 0))
    if paid >= promised:
        return PromiseState.KEPT
    return PromiseState.PARTLY_KEPT if paid > 0 else PromiseState.BROKEN
