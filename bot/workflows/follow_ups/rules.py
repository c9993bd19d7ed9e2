"""What a follow-up e-mail says (R85, R31). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from bot.kernel import wording
from bot.kernel.brands import Brand
from bot.kernel.money import Money, total
from bot.kernel.shapes import dataclass

MOST_LINES: Final = 50
"""So many invoices are named one by one."""


class FollowUpState(StrEnum):
    """Where a follow-up e-mail has got to."""

    DRAFT = "draft"
    SENT = "sent"
    """A person let it go; the mail itself says whether it has left."""
    DROPPED = "dropped"
    """No e-mail goes; why says the reason."""


class Origin(StrEnum):
    """What it was drafted after."""

    THIRD_MISS = "third_miss"
    SHIFT_END = "shift_end"


class Due(NamedTuple):
    """What of an invoice is past due and neither disputed, promised nor on a plan."""

    number: str
    due_date: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Words:
    """What the e-mail says."""

    subject: str
    body: str


def words(
    items: Sequence[Due], *, on: date, company: str, how_to_pay: str, brand: Brand
) -> Words:
    """
    Return the e-mail to a payer that could not be reached, the longest due first.

    :param items: at least one.
    """
    owed = " and ".join(str(amount) for amount in _totals(items))
    who = brand.contacts.name or company
    opening = brand.wording.follow_up or (
        "We tried to reach you by phone about the invoices below, which are past due."
    )
    lines = [_line(item, on) for item in items[:MOST_LINES]]
    if len(items) > MOST_LINES:
        lines.append(f"- and {len(items) - MOST_LINES} more")
    paragraphs = (
        opening,
        "\n".join(lines),
        f"Past due in all: {owed}",
        brand.wording.how_to_pay or how_to_pay,
        brand.wording.closing or _closing(brand),
    )
    subject = f"Past-due invoices with {who}: {owed}"
    return Words(" ".join(subject.split()), "\n\n".join(part for part in paragraphs if part))


def _line(item: Due, on: date) -> str:
    days = wording.counted((on - item.due_date).days, "day")
    due = f"{wording.day(item.due_date)} {item.due_date.year}"
    return f"- {item.number}: {item.amount}, due {due}, {days} past due"


def _totals(items: Iterable[Due]) -> list[Money]:
    listed = list(items)
    currencies = dict.fromkeys(item.amount.currency for item in listed)
    return [
        total([i.amount for i in listed if i.amount.currency == currency], currency)
        for currency in currencies
    ]


def _closing(brand: Brand) -> str:
    said = "If you have paid already, please tell us when and how."
    reach = " or ".join(part for part in (brand.contacts.phone, brand.contacts.email) if part)
    return f"{said} You reach us at {reach}." if reach else said
