"""What can be disputed, how an amount is shared out, and when a dispute is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from bot.kernel.errors import Refused
from bot.kernel.money import Money, total
from bot.workflows.ledger.rules import OpenItem


class DisputeState(StrEnum):
    """Where a dispute has got to."""

    OPEN = "open"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


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
    WITHDRAWN = "withdrawn"
    """The customer, or the agent, took it back."""


class NothingToDispute(Refused):
    """Nothing that was chosen is open and undisputed."""


class TooMuchDisputed(Refused):
    """More than what is undisputed of the invoices."""


class ClosedAlready(Refused):
    """The dispute is not open any more."""


class SeveralCurrencies(Refused):
    """One dispute is in one currency."""


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
