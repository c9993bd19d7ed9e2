"""How the sample company's payers have paid: most on time, some late, some in part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from bot.demo.billing import LAST_FRIDAY, MONDAY, Bill
from bot.demo.payers import Payer
from bot.demo.stories import Story
from bot.kernel.shapes import dataclass

MOVED: Final = date(2026, 1, 1)
"""What was paid before came over from the old system as settled, without its payments."""

_METHODS: Final = ("ACH", "ACH", "check", "check", "check", "card", "wire")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What became of a bill."""

    bill: Bill
    on: date | None
    """The day it was paid in full, or in part."""
    amount: int
    disputed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a payer pays."""

    method: str
    lag: float
    """Days after the due date, on average."""


def habit(seed: int, payer: Payer) -> Habit:
    """Return how the payer pays."""
    rng = Random(f"{seed}/habit/{payer.number}")
    lag = rng.uniform(-6, 2) if payer.story is Story.PROMPT else rng.uniform(1, 16)
    return Habit(method=rng.choice(_METHODS), lag=lag)


def paid(seed: int, payer: Payer, bills: tuple[Bill, ...]) -> Iterator[Paid]:
    """Return what became of each bill by last Friday."""
    rng = Random(f"{seed}/paid/{payer.number}")
    usual = habit(seed, payer)
    for bill in bills:
        yield _unpaid(rng, payer, bill) if bill.is_unpaid else _settled(rng, usual, bill)


def _unpaid(rng: Random, payer: Payer, bill: Bill) -> Paid:
    disputed = "yes" if payer.story is Story.DISPUTED else ""
    if payer.story in (Story.OLD, Story.TWO_MONTHS) and rng.random() < 0.15:
        disputed = f"{bill.amount // 300:d}.00"
    part = 0
    if payer.story in (Story.OLD, Story.TWO_MONTHS, Story.LATE) and rng.random() < 0.12:
        part = bill.amount * rng.randint(20, 60) // 100
    on = max(bill.dated, LAST_FRIDAY - timedelta(days=rng.randint(0, 12))) if part else None
    return Paid(bill=bill, on=on, amount=part, disputed="" if part else disputed)


def _settled(rng: Random, usual: Habit, bill: Bill) -> Paid:
    wanted = _weekday(bill.due + timedelta(days=round(rng.gauss(usual.lag, 5))))
    on = max(bill.dated, wanted)
    if on > LAST_FRIDAY:
        if bill.due >= MONDAY:
            return Paid(bill=bill, on=None, amount=0)
        on = max(bill.dated, LAST_FRIDAY - timedelta(days=rng.randint(0, 3)))
    return Paid(bill=bill, on=on, amount=bill.amount)


def _weekday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))
