"""Whose payer is whose, who pays for whom, and how an account may be flagged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from bot.kernel.errors import Refused


class Flag(StrEnum):
    """What the book may say of an account that changes how it is treated; no other is known."""

    CONSUMER = "consumer"
    SOLE_PROPRIETOR = "sole_proprietor"
    LEGAL_HOLD = "legal_hold"
    BANKRUPTCY = "bankruptcy"
    ATTORNEY = "attorney"
    CHANGE_OF_OWNERSHIP = "change_of_ownership"
    CURE_PERIOD = "cure_period"
    NEVER_SUSPEND = "never_suspend"


class NotYourPortfolio(Refused):
    """The payer belongs to somebody else, and the person is not a lead or above."""


def payers(named: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """
    Return who pays for each account that names a payer: the end of the chain of names.

    :param named: the payer that each account names, where it names one.
    :param known: all accounts there are; a payer that is not among them does not count yet.

    An account in a ring of names pays for itself.
    """
    return {account: _end_of(account, named, known) for account in named}


def _end_of(account: str, named: Mapping[str, str], known: Collection[str]) -> str:
    seen = [account]
    while (payer := named.get(seen[-1], "")) in known and payer != seen[-1]:
        if payer in seen:
            return account
        seen.append(payer)
    return seen[-1]
