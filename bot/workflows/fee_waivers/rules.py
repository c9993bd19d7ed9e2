"""What the card fee is, and when there is something to waive."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy

DEFAULT_ANSWER: Final = "The fee is not waived in general. Default answer: no."


class CardType(StrEnum):
    """What the customer means to pay with."""

    CREDIT = "credit"
    DEBIT = "debit"


class NothingToWaive(Refused):
    """No fee applies, or the part to waive makes no sense."""


class AlreadyAsked(Refused):
    """A waiver for the same payment waits for a decision already."""


class TooLate(Refused):
    """A waiver is decided before the payment, never after it (R66)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPayment:
    """The payment whose fee should be waived."""

    amount: Money
    planned_on: date
    card: CardType
    is_made: bool = False
    """The requester says that it has been made already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverWish:
    """What an agent asks for."""

    payer_id: int
    payment: PlannedPayment
    invoice_ids: tuple[int, ...]
    words: str
    """The customer's."""
    reason: str
    nonce: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverOffer:
    """The part of the fee that a decider would waive: a percentage or an amount."""

    reason: str
    percent: int | None = None
    amount: Money | None = None


def fee_of(payment: Money, policy: Policy) -> Money:
    """Return the fee on a credit card payment: nothing up to the threshold (R64), exact."""
    if payment.minor <= policy.fee_above:
        return Money(0, payment.currency)
    return payment.share(Decimal(policy.fee_percent) / 100)


def check_payment(payment: PlannedPayment, *, today: date, policy: Policy) -> None:
    """
    Check that a fee would be charged, and that the payment is still to come (R64-R66).

    :raises TooLate: if the payment has been made, or its day has passed.
    :raises NothingToWaive: if no fee applies to it.
    """
    if payment.is_made or payment.planned_on < today:
        raise TooLate(
            "A waiver is decided before the payment is made. This one has been made, or its "
            "day has passed, so the fee stays."
        )
    if payment.card is not CardType.CREDIT:
        raise NothingToWaive("The fee is only on credit cards: there is nothing to waive.")
    if payment.amount.currency != policy.base_currency:
        raise NothingToWaive(f"The card fee is on payments in {policy.base_currency} only.")
    if not fee_of(payment.amount, policy).minor:
        threshold = Money(policy.fee_above, policy.base_currency)
        raise NothingToWaive(
            f"There is no fee on payments up to {threshold}, so there is nothing to waive."
        )


def offered(fee: Money, *, percent: int | None, amount: Money | None) -> Money:
    """
    Return the part of the fee that a counter-offer waives.

    :raises NothingToWaive: if it is not named once, or is nothing or all of the fee.
    """
    if (percent is None) == (amount is None):
        raise NothingToWaive("Please give a percentage or an amount, one of the two.")
    part = fee.share(Decimal(percent) / 100) if percent is not None else amount
    assert part is not None
    if not Money(0, fee.currency) < part < fee:
        raise NothingToWaive(
            f"A counter-offer waives a part of the {fee} fee: more than nothing, less than all."
        )
    return part
