"""When a promise may be made, and whether it was kept (R47, R107)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy


class PromiseState(StrEnum):
    """What became of a promise."""

    LIVE = "live"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


class BadPromise(Refused):
    """The promise cannot be taken as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What an invoice can still be promised for: its undisputed, unpromised balance."""

    invoice_id: int
    number: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Received:
    """Money that came in after a promise was made and by the end of its grace; minor units."""

    on_invoices: Mapping[int, int]
    """What each named invoice was paid."""
    unapplied: int = 0
    """What came in and is not applied yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cash:
    """Money that came in, in minor units: applied to an invoice, or not yet to any."""

    amount: int
    on: date
    """The day on which it was received or applied."""
    learned_at: datetime
    invoice_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A promise, as it competes with the payer's others for the money that came in."""

    promise_id: int
    made_at: datetime
    until: date
    parts: Mapping[int, int]
    """What was promised for each invoice, in minor units."""
    settled: frozenset[int] = frozenset()
    """The invoices among them that the source marks as settled in time."""


def latest_day(today: date, policy: Policy) -> date:
    """Return the last day that a promise made today may be for."""
    return today + timedelta(days=policy.promise_days)


def check_day(due_on: date, *, today: date, policy: Policy) -> None:
    """
    Check that a promise is for today or a day at most 14 days out (R47).

    :raises BadPromise: saying which days are possible.
    """
    last = latest_day(today, policy)
    if due_on < today:
        raise BadPromise(f"A promise cannot be for a day that has passed ({due_on:%-d %b}).")
    if due_on > last:
        raise BadPromise(
            f"A promise is for {last:%a %-d %b} at the latest ({policy.promise_days} days "
            "out). A later day is an extension or a payment plan, which has to be approved."
        )


def spread(amount: Money, owed: Sequence[Owed]) -> dict[int, int]:
    """
    Return how much of the amount is for each invoice, in the order given, in minor units.

    :raises BadPromise: if nothing is named, or the amount is more than the invoices owe.
    """
    if not owed:
        raise BadPromise("Please tick the invoices that the promise is for.")
    if len({item.amount.currency for item in owed}) > 1:
        raise BadPromise("Please make one promise for each currency.")
    left, whole = amount.minor, sum(item.amount.minor for item in owed)
    if left > whole:
        most = Money(whole, amount.currency)
        raise BadPromise(f"The invoices ticked owe {most}, which is less than {amount}.")
    parts: dict[int, int] = {}
    for item in owed:
        parts[item.invoice_id] = min(left, item.amount.minor)
        left -= parts[item.invoice_id]
    return {invoice_id: minor for invoice_id, minor in parts.items() if minor}


def grace_ends(due_on: date, *, is_check: bool, policy: Policy) -> date:
    """
    Return the last day on which money still keeps the promise.

    That is one business day after its day, or five for a mailed check with its number.
    """
    days = policy.check_grace_business_days if is_check else policy.promise_grace_business_days
    return policy.calendar.plus(due_on, days)


def judge(parts: Mapping[int, int], received: Received) -> PromiseState:
    """
    Return what became of a promise whose grace is over, applied or not (R47).

    :param parts: what was promised for each invoice, in minor units.
    """
    paid = came_in(parts, received)
    if paid >= sum(parts.values()):
        return PromiseState.KEPT
    return PromiseState.PARTLY_KEPT if paid > 0 else PromiseState.BROKEN


def came_in(parts: Mapping[int, int], received: Received) -> int:
    """
    Return how much of a promise came in, applied or not, in minor units; never more than it.

    :param parts: what was promised for each invoice, in minor units.
    """
    applied = sum(min(part, received.on_invoices.get(key, 0)) for key, part in parts.items())
    return min(sum(parts.values()), applied + max(received.unapplied, 0))


def allot(words: Sequence[Word], cash: Iterable[Cash]) -> dict[int, Received]:
    """
    Return what each promise received: money counts once, for the oldest promise first (R47).

    Money counts that the desk learned of after the promise and that came in by the end of its
    grace: what is applied to a named invoice, then what is not applied at all.

    :param words: a payer's promises in one currency, the oldest first.
    """
    till = _Till(cash)
    return {word.promise_id: _allotted(word, till) for word in words}


def net(cash: Iterable[Cash]) -> list[Cash]:
    """Return the money that stayed: a negative amount takes back what came before, or next."""
    piles: dict[int | None, _Pile] = {}
    for one in sorted(cash, key=lambda one: (one.learned_at, one.amount)):
        piles.setdefault(one.invoice_id, _Pile()).add(one)
    return [one for pile in piles.values() for one in pile.stayed]


def is_better(state: PromiseState, than: PromiseState) -> bool:
    """Test if what became of a promise is better than another end of it."""
    return _RANKS.index(state) > _RANKS.index(than)


_RANKS: Final = (PromiseState.BROKEN, PromiseState.PARTLY_KEPT, PromiseState.KEPT)


class _Pile:
    """Money for one invoice, or for none yet, the last learned of on top."""

    def __init__(self) -> None:
        self.stayed: list[Cash] = []
        self._owed = 0

    def add(self, one: Cash) -> None:
        """Put money on top, or take back as much from there."""
        if one.amount > 0:
            self.stayed.append(one)
        else:
            self._owed -= one.amount
        while self._owed and self.stayed:
            last = self.stayed.pop()
            back = min(last.amount, self._owed)
            self._owed -= back
            if last.amount > back:
                self.stayed.append(replace(last, amount=last.amount - back))


class _Till:
    """Money that is still free, the first learned of on top."""

    def __init__(self, cash: Iterable[Cash]) -> None:
        self._cash = sorted(cash, key=lambda one: (one.learned_at, one.on))
        self._left = [one.amount for one in self._cash]

    def take(self, most: int, word: Word, invoice_id: int | None) -> int:
        """Take money for a promise out of the till; return how much that was."""
        taken = 0
        for place, one in enumerate(self._cash):
            is_in_time = one.learned_at > word.made_at and one.on <= word.until
            if is_in_time and one.invoice_id == invoice_id:
                part = min(most - taken, self._left[place])
                self._left[place] -= part
                taken += part
        return taken


def _allotted(word: Word, till: _Till) -> Received:
    paid = {
        invoice_id: part if invoice_id in word.settled else till.take(part, word, invoice_id)
        for invoice_id, part in word.parts.items()
    }
    missing = sum(word.parts.values()) - sum(paid.values())
    return Received(paid, unapplied=till.take(missing, word, None))
