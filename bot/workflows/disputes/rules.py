"""What can be disputed, how an amount is shared out, and when a dispute is late."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple, Self

from bot.kernel.errors import Refused
from bot.kernel.money import Money, total
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.ledger.rules import OpenItem


class DisputeState(StrEnum):
    """Where a dispute has got to."""

    OPEN = "open"
    RESOLVED = "resolved"
    """Decided; the desk watches until the money is in (R23)."""
    SETTLED = "settled"
    """The money, or the credit, is in the book."""
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    """The customer objected again; another record goes on with it."""
    AWAITING_CREDIT = "awaiting_credit"
    """Of the record that keeps a granted amount out of the ranking until it is credited."""


class Reason(StrEnum):
    """Why the customer does not accept it (R115): counted by cause (R116)."""

    PRICE = "price"
    NOT_DELIVERED = "not_delivered"
    DUPLICATE = "duplicate"
    TAX_EXEMPT = "tax_exempt"
    MISSING_PO = "missing_po"
    CONTRACT_TERMS = "contract_terms"
    ALREADY_PAID = "already_paid"
    OTHER = "other"

    @property
    def words(self) -> str:
        """The cause as people say it."""
        return _REASONS[self]


_REASONS: Final = {
    Reason.PRICE: "Price",
    Reason.NOT_DELIVERED: "Quantity, or service not delivered",
    Reason.DUPLICATE: "Billed twice",
    Reason.TAX_EXEMPT: "Tax exempt",
    Reason.MISSING_PO: "PO or approved ECO missing",
    Reason.CONTRACT_TERMS: "Contract terms",
    Reason.ALREADY_PAID: "Already paid",
    Reason.OTHER: "Other",
}


class Department(StrEnum):
    """Who owns the answer."""

    BILLING = "billing"
    TAX = "tax"
    SALES = "sales"
    SUPPORT = "support"


class Resolution(StrEnum):
    """What came of a dispute (R133: every billing problem ends in a recorded result)."""

    STANDS = "stands"
    """The invoice is right and is owed."""
    CREDITED = "credited"
    """The customer is right: a credit or a correction follows."""
    PARTLY = "partly"
    """A part is credited; the rest is owed."""
    WITHDRAWN = "withdrawn"
    """The customer, or the agent, took it back."""


class SayingKind(StrEnum):
    """What somebody said or did about a dispute."""

    QUESTION = "question"
    """The department asks whoever raised it."""
    REPLY = "reply"
    """... who answers."""
    ANSWER = "answer"
    """The department's own answer (R22)."""
    HANDOVER = "handover"
    RESOLUTION = "resolution"
    OBJECTION = "objection"
    """The customer objects again."""


class Handover(NamedTuple):
    """From which department to which a dispute was given, and why (R22)."""

    was: Department
    to: Department
    why: str

    @property
    def kept(self) -> str:
        """How it is kept as a saying's words: `billing → tax: Exempt, I think.`."""
        return f"{self.was} → {self.to}: {self.why}"

    @classmethod
    def of(cls, kept: str) -> Self:
        """Return what was kept so."""
        way, _, why = kept.partition(": ")
        was, _, to = way.partition(" → ")
        return cls(Department(was), Department(to), why)


class Step(StrEnum):
    """What the clock does about a dispute that stays open (R22), in order."""

    REMIND = "remind"
    """The department, on the last day but one."""
    OVERDUE = "overdue"
    """The department: the answer is late."""
    LEAD = "lead"
    CONTROLLER = "controller"
    UNPAID = "unpaid"
    """The lead: decided a while ago, and neither paid nor credited (R23)."""


class NothingToDispute(Refused):
    """Nothing that was chosen is open and undisputed."""


class TooMuchDisputed(Refused):
    """More than what is undisputed of the invoices."""


class ClosedAlready(Refused):
    """The dispute is not open any more."""


class SeveralCurrencies(Refused):
    """One dispute is in one currency."""


class BadGrant(Refused):
    """What is to be credited does not fit what is disputed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """When a dispute was raised, and whether it was answered."""

    began_on: date
    is_answered: bool


def steps_due(
    clock: Clock, *, on: date, policy: Policy, taken: Collection[Step] = ()
) -> list[tuple[date, Step]]:
    """
    Return what the clock has to do by a day, each with the day it was due on, in order (R22).

    An answer stops the department's reminders; only a resolution stops the leads' steps.

    :param taken: the steps that were taken already: they are not among those returned.
    """
    answer_in = policy.dispute_answer_business_days
    after = {
        Step.REMIND: answer_in - 1,
        Step.OVERDUE: answer_in + 1,
        Step.LEAD: policy.dispute_lead_business_days,
        Step.CONTROLLER: policy.dispute_controller_business_days,
    }
    plus, gone = policy.calendar.plus, (on - clock.began_on).days
    stopped = _DEPARTMENTS.union(taken) if clock.is_answered else taken
    due = [
        (plus(clock.began_on, days), step)
        for step, days in after.items()
        if days <= gone and step not in stopped
    ]
    return [(day, step) for day, step in due if day <= on]


_DEPARTMENTS: Final = frozenset({Step.REMIND, Step.OVERDUE})
CLOCK_STEPS: Final = _DEPARTMENTS | {Step.LEAD, Step.CONTROLLER}
"""All that the clock ever does about an open dispute."""


def granted_of(resolution: Resolution, amount: Money, granted: Money | None) -> Money:
    """
    Return what is to be credited of a disputed amount.

    :raises BadGrant: if a part is granted that is nothing, everything, or in other money.
    """
    if resolution is Resolution.CREDITED:
        return amount
    if resolution is not Resolution.PARTLY:
        return Money(0, amount.currency)
    if granted is None:
        raise BadGrant(f"Please say how much of {amount} is to be credited.")
    if granted.currency != amount.currency:
        raise BadGrant(f"The dispute is in {amount.currency}.")
    if not 0 < granted.minor < amount.minor:
        raise BadGrant(f"A part is more than zero and less than {amount}.")
    return granted


@dataclass(frozen=True, slots=True)
class Disputable:
    """An open invoice, and how much of it is not disputed yet."""

    item: OpenItem
    left: Money


def disputable(item: OpenItem, *, disputed_here: int) -> Disputable:
    """Return what is left to dispute of an invoice, in the source and at the desk."""
    taken = min(item.disputed.minor + disputed_here, item.balance.minor)
    return Disputable(item, Money(item.balance.minor - taken, item.currency))


def check_amount(amount: Money | None, chosen: Sequence[Disputable]) -> Money:
    """
    Return the amount to dispute: what was said, else everything left of the chosen invoices.

    :raises NothingToDispute: if the invoices are paid or disputed already.
    :raises SeveralCurrencies: if they are in more than one currency, or not in the amount's.
    :raises TooMuchDisputed: naming how much is left.
    """
    if not chosen:
        raise NothingToDispute("Tick at least one open invoice of this customer.")
    if len({invoice.left.currency for invoice in chosen}) > 1:
        raise SeveralCurrencies("Those invoices are in several currencies: dispute each apart.")
    left = total((invoice.left for invoice in chosen), chosen[0].left.currency)
    if not left.minor:
        raise NothingToDispute(f"{_named(chosen)} disputed in full already.")
    if amount is None:
        return left
    if amount.currency != left.currency:
        raise SeveralCurrencies(f"Those invoices are in {left.currency}.")
    if amount > left:
        raise TooMuchDisputed(f"Only {left} of {_listed(chosen)} is open and undisputed.")
    return amount


def split(amount: Money, left: Sequence[int]) -> tuple[int, ...]:
    """
    Share an amount out over invoices in proportion to what is left of each, to the cent.

    The parts add up to the amount and none is more than what is left of its invoice; odd cents
    go to the largest fractions first.
    """
    whole = sum(left)
    parts = [amount.minor * each // whole for each in left]
    fractions = [amount.minor * each % whole for each in left]
    by_fraction = sorted(range(len(left)), key=lambda place: (-fractions[place], place))
    for place in by_fraction[: amount.minor - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def is_late(items: Sequence[OpenItem], *, on: date, days: tuple[int, int]) -> bool:
    """Test if an invoice is first disputed just before it counts as aged (R116)."""
    first, last = days
    return any(first <= item.days_past_due(on) <= last for item in items)


def _named(chosen: Sequence[Disputable]) -> str:
    return f"{_listed(chosen)} {'is' if len(chosen) == 1 else 'are'}"


def _listed(chosen: Sequence[Disputable]) -> str:
    return ", ".join(invoice.item.number for invoice in chosen)
