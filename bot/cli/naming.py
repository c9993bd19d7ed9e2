"""The customer that a command names."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer

_SUGGESTED: Final = 3


class NoSuchCustomer(Refused):
    """No customer has that number or name."""


def payer_named(session: Session, wanted: str) -> Customer:
    """
    Return who pays for the account of that number or exact name.

    :raises NoSuchCustomer: naming those that are called something like that.
    """
    if found := customers.by_number(session, wanted):
        return customers.payer_of(session, found)
    near = customers.search(session, wanted, limit=_SUGGESTED)
    if near and near[0].name.casefold() == wanted.strip().casefold():
        return near[0]
    alike = [f"{one.name} ({one.number})" for one in near]
    meant = f" Did you mean {' or '.join(alike)}?" if alike else ""
    raise NoSuchCustomer(f"I know no customer {wanted!r}.{meant}")
