"""What a payer's flags and holds mean for calling it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from bot.workflows.customers.rules import Flag


class HoldKind(StrEnum):
    """Why a payer is left alone."""

    EXCEPTION = "exception"
    REFERRAL = "referral"
    LEGAL = "legal"
    TRACE = "trace"
    """`paid_already`: the payment is being traced."""


LEGAL_FLAGS: Final = {
    Flag.LEGAL_HOLD: "as marked in the book",
    Flag.BANKRUPTCY: "bankruptcy",
    Flag.ATTORNEY: "represented by an attorney",
    Flag.CHANGE_OF_OWNERSHIP: "change of ownership",
    Flag.CURE_PERIOD: "contract cure period",
    Flag.NEVER_SUSPEND: "never-suspend service",
}
"""Flags that stop calls and mail at once, in words."""

CONSUMER_FLAGS: Final = frozenset({Flag.CONSUMER, Flag.SOLE_PROPRIETOR})
"""Flags of a payer that is called at most 7 times in 7 days."""


def flags_of(text: str) -> frozenset[str]:
    """Return a customer's flags from the comma-separated text that the book keeps."""
    return frozenset(part.strip().lower() for part in text.split(",") if part.strip())


def legal_hold(flags: Iterable[str]) -> str:
    """Return why the flags stop calls and mail, in words; empty when they do not."""
    named = [words for flag, words in LEGAL_FLAGS.items() if flag in flags]
    return f"Legal hold: {', '.join(named)}." if named else ""


def is_consumer(flags: Iterable[str]) -> bool:
    """Test if the flags make the payer a consumer or a sole proprietor."""
    return not CONSUMER_FLAGS.isdisjoint(flags)
