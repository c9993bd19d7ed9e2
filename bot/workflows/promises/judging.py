"""What has come of many promises, by a fixed number of queries for each 200 payers (R47)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from bot.kernel.batches import in_batches
from bot.policy import Policy
from bot.workflows.promises import money, queries, rules
from bot.workflows.promises.records import AnyPromise, Made, PromiseState
from bot.workflows.promises.rules import Cash, Received

_AT_ONCE: Final = 200
Purse = tuple[int, str]
"""A payer and a currency: promises in it compete for the same money."""


class Fulfilled(NamedTuple):
    """What a promise is for, minor units by invoice, and the money that came in for it."""

    parts: Mapping[int, int]
    received: Received


def came_of(
    session: Session, promises: Collection[Made], *, on: date, policy: Policy
) -> dict[int, PromiseState]:
    """Return what came of each of the promises by a day, by what is known now."""
    found = _fulfilled(session, promises, on=on, policy=policy)
    return {key: rules.judge(one.parts, one.received) for key, one in found.items()}


def came_in(
    session: Session, promises: Collection[AnyPromise], *, on: date, policy: Policy
) -> dict[int, int]:
    """Return how much of each of the promises came in by a day, in minor units."""
    found = _fulfilled(session, promises, on=on, policy=policy)
    return {key: rules.came_in(one.parts, one.received) for key, one in found.items()}


def _fulfilled(
    session: Session, promises: Collection[AnyPromise], *, on: date, policy: Policy
) -> dict[int, Fulfilled]:
    payers = sorted({promise.payer_id for promise in promises})
    found: dict[int, Fulfilled] = {}
    for part in in_batches(payers, _AT_ONCE):
        found |= _of_payers(session, part, on=on, policy=policy)
    return {promise.id: found[promise.id] for promise in promises if promise.id in found}


def _of_payers(
    session: Session, payers: Collection[int], *, on: date, policy: Policy
) -> dict[int, Fulfilled]:
    """Allot to every promise of some payers: money counts once, for the oldest first."""
    promises = queries.standing(session, payers)
    words = queries.words_of(session, promises, today=on, policy=policy)
    cash = _cash(session, promises, {i for word in words.values() for i in word.parts})
    purses = defaultdict[Purse, list[Made]](list)
    for promise in promises:
        purses[promise.payer_id, promise.currency].append(promise)
    found: dict[int, Fulfilled] = {}
    for purse, mine in purses.items():
        invoices = [i for promise in mine for i in words[promise.id].parts]
        came_in = cash.free[purse] + [c for i in dict.fromkeys(invoices) for c in cash.on[i]]
        received = rules.allot([words[promise.id] for promise in mine], rules.net(came_in))
        for promise in mine:
            found[promise.id] = Fulfilled(words[promise.id].parts, received[promise.id])
    return found


class _Money:
    """Money that came in: on each invoice, and in each purse on none."""

    def __init__(self) -> None:
        self.on = defaultdict[int, list[Cash]](list)
        self.free = defaultdict[Purse, list[Cash]](list)


def _cash(session: Session, promises: Collection[Made], invoices: Collection[int]) -> _Money:
    found = _Money()
    for row in money.applied_to(session, invoices):
        cash = Cash(amount=row[0], on=row[1], learned_at=row[2], invoice_id=row[3])
        found.on[row[3]].append(cash)
    for row in money.free_of(session, {one.payer_id for one in promises}):
        cash = Cash(amount=row[0], on=row[1], learned_at=row[2])
        found.free[row[3], row[4]].append(cash)
    return found
