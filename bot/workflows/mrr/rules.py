"""The escalation ladder: which step is next, and when (R53). Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import IntEnum
from typing import Final

from bot.kernel.shapes import dataclass
from bot.policy import Policy


class Rung(IntEnum):
    """Who hears of a payer's aged MRR; one after the other."""

    LEAD = 1
    COLLECTIONS_MANAGER = 2
    CONTROLLER = 3

    @property
    def words(self) -> str:
        """Who it is, in words."""
        return self.name.replace("_", " ").lower()


_FROM_ABOVE: Final = tuple(reversed(Rung))


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """A payer's past-due MRR that is neither disputed nor on a kept plan, on a day."""

    oldest_due: date
    known_since: date
    """The company's date on which the desk knew of that oldest invoice and of the ladder."""
    has_broken: bool = False
    """A promise for MRR that is still open was broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """How far up a payer is."""

    rung: Rung
    on: date
    """When the last step was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next step up."""

    rung: Rung
    is_start: bool = False
    """The payer had gone that far when the desk first knew of it."""


def fitting(days: int, *, has_broken: bool, policy: Policy) -> Rung | None:
    """Return the rung that so many days past due come to; None below the first one."""
    highest = (rung for rung in _FROM_ABOVE if days >= days_of(rung, policy))
    return next(highest, Rung.LEAD if has_broken else None)


def days_of(rung: Rung, policy: Policy) -> int:
    """Return from how many days past due on a rung is reached."""
    if rung is Rung.LEAD:
        return policy.lead_at_days
    if rung is Rung.COLLECTIONS_MANAGER:
        return policy.collections_manager_at_days
    return policy.controller_at_days


def next_step(aged: Aged, climb: Climb | None, *, today: date, policy: Policy) -> Step | None:
    """
    Return the step to take today; None when there is none.

    One a business day at most, in order. The first one is the lowest, but for a payer that had
    gone further when the desk first knew of it.
    """
    fits = fitting((today - aged.oldest_due).days, has_broken=aged.has_broken, policy=policy)
    if fits is None or not policy.calendar.is_open(today):
        return None
    if climb is None:
        then = (aged.known_since - aged.oldest_due).days
        known = fitting(then, has_broken=False, policy=policy) or Rung.LEAD
        return Step(rung=known, is_start=then > policy.lead_at_days)
    if climb.rung >= fits or climb.on >= today:
        return None
    return Step(rung=Rung(climb.rung + 1))


def order_of(currency: str, policy: Policy) -> tuple[bool, str]:
    """Return where amounts in a currency stand: the company's own first, then by its name."""
    return currency != policy.base_currency, currency


def due_before(today: date, policy: Policy) -> date:
    """Return the day such that what was due before it has reached the first rung."""
    return today - timedelta(days=policy.lead_at_days - 1)
