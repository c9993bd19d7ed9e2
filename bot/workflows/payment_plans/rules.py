"""How a plan is laid out, when it may be asked for, and whether it is kept."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy

PREFERENCE: Final = "Full payment is preferred and plans are very rare. Default answer: no."


class PlanState(StrEnum):
    """Where a plan has got to."""

    ASKED = "asked"
    KEPT = "kept"
    """Approved, and every installment so far is paid or not yet missed."""
    BROKEN = "broken"
    DONE = "done"
    REFUSED = "refused"


class Rhythm(StrEnum):
    """How far apart the installments are."""

    WEEKLY = "weekly"
    TWO_WEEKS = "two_weeks"
    MONTHLY = "monthly"


RHYTHMS: Final = {
    Rhythm.WEEKLY: "weekly",
    Rhythm.TWO_WEEKS: "two-weekly",
    Rhythm.MONTHLY: "monthly",
}


class BadPlan(Refused):
    """The plan cannot be laid out like that."""


class NotAskedFor(Refused):
    """Neither the customer nor management has asked for a plan (R63)."""


class AlreadyPlanned(Refused):
    """The payer has a plan, or a request for one, already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShape:
    """How an amount is to be paid."""

    count: int
    """Installments, the down payment not among them."""
    first_day: date
    rhythm: Rhythm
    down_payment: Money | None = None
    """Paid on the first day; the installments then follow from the next one on."""


@dataclass(frozen=True, slots=True)
class Part:
    """One payment of a plan; number 0 is the down payment."""

    number: int
    due_on: date
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWish:
    """What an agent asks for."""

    payer_id: int
    invoice_ids: tuple[int, ...]
    shape: PlanShape
    words: str
    """The customer's."""
    reason: str
    nonce: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOffer:
    """The other shape that a decider would agree to."""

    shape: PlanShape
    reason: str


def check_shape(amount: Money, shape: PlanShape, *, today: date, policy: Policy) -> None:
    """
    Check that the amount can be paid like that.

    :raises BadPlan: naming what does not work.
    """
    least, most = policy.plan_installments
    if not least <= shape.count <= most:
        raise BadPlan(f"A plan has {least} to {most} installments.")
    if shape.first_day < today:
        raise BadPlan("The first day has passed already.")
    down = shape.down_payment
    if down is not None and down.currency != amount.currency:
        raise BadPlan(f"The down payment must be in {amount.currency}, like the invoices.")
    if down is not None and down >= amount:
        raise BadPlan(f"The down payment must be less than the {amount} of the invoices.")
    if _rest(amount, shape).minor < shape.count:
        raise BadPlan("That leaves less than a cent for an installment.")


def lay_out(amount: Money, shape: PlanShape) -> tuple[Part, ...]:
    """
    Return the payments, which add up to the amount to the cent (I16).

    Each installment is the same whole number of cents; the last takes the remainder (R109).
    """
    rest = _rest(amount, shape)
    each = Money(rest.minor // shape.count, amount.currency)
    last = Money(rest.minor - each.minor * (shape.count - 1), amount.currency)
    shares = [each] * (shape.count - 1) + [last]
    skipped = 0 if shape.down_payment is None else 1
    parts = [
        Part(n + 1, nth_day(shape.first_day, shape.rhythm, n + skipped), share)
        for n, share in enumerate(shares)
    ]
    if shape.down_payment is not None:
        parts.insert(0, Part(0, shape.first_day, shape.down_payment))
    return tuple(parts)


def nth_day(first: date, rhythm: Rhythm, n: int) -> date:
    """
    Return the n-th day after the first in a rhythm.

    Monthly keeps the day of the month, or the month's last day where it has no such day.
    """
    if rhythm is not Rhythm.MONTHLY:
        return first + timedelta(weeks=n if rhythm is Rhythm.WEEKLY else 2 * n)
    years, month = divmod(first.month - 1 + n, 12)
    year = first.year + years
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def state_of(parts: Sequence[Part], *, paid: Money, on: date, missed_days: int) -> PlanState:
    """
    Return whether a granted plan is kept, broken or done (R62).

    It is broken once an installment is short by as many days as count as missed.

    :param paid: everything that has come in for it by that date.
    """
    currency = paid.currency
    if paid >= sum((part.amount for part in parts), start=Money(0, currency)):
        return PlanState.DONE
    late = [part for part in parts if (on - part.due_on).days >= missed_days]
    owed = sum((part.amount for part in late), start=Money(0, currency))
    return PlanState.BROKEN if paid < owed else PlanState.KEPT


def _rest(amount: Money, shape: PlanShape) -> Money:
    return amount - (shape.down_payment or Money(0, amount.currency))
