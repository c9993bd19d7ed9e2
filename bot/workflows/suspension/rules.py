"""Which payers have a case, what changed, and which decision a case waits for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy


class CaseState(StrEnum):
    """Where a case has got to (R70)."""

    WATCH = "watch"
    """More than 30 days past due."""
    FIRST_NOTICE = "first_notice"
    SECOND_NOTICE = "second_notice"
    FINAL_NOTICE = "final_notice"
    READY = "ready"
    """All the evidence is there: whether services are suspended can be decided."""
    SUSPENDED = "suspended"
    """Support confirmed it."""
    RESTORED = "restored"
    """Support confirmed it; whatever was left owing then is not held against them again."""
    CLOSED = "closed"

    @property
    def words(self) -> str:
        """The state as people say it."""
        return self.value.replace("_", " ")


UNDER_NOTICE: Final = (CaseState.FIRST_NOTICE, CaseState.SECOND_NOTICE, CaseState.FINAL_NOTICE)
"""The customer has been told, and the two weeks run."""


def furthest(states: Iterable[CaseState]) -> CaseState:
    """Return how far a case has got: as far as the furthest of its accounts."""
    return max(states, key=_ORDER.index, default=CaseState.CLOSED)


_ORDER: Final = (
    CaseState.CLOSED,
    CaseState.RESTORED,
    CaseState.WATCH,
    *UNDER_NOTICE,
    CaseState.READY,
    CaseState.SUSPENDED,
)


def part_off(states: Collection[CaseState]) -> str:
    """Return how many of a case's sites are suspended, `1 of 3 sites`; empty: all, or none."""
    off = sum(state is CaseState.SUSPENDED for state in states)
    return f"{off} of {len(states)} sites" if 0 < off < len(states) else ""


def stands(state: CaseState, part: str) -> str:
    """
    Return where a case has got to, in words: `ready`, `suspended: 1 of 3 sites`.

    :param part: how many of its sites have got there; empty: all.
    """
    return f"{state.words}: {part}" if part else state.words


class Change(StrEnum):
    """What became of a case since the last digest."""

    NEW = "new"
    MOVED = "moved"
    """It took a step: a notice left, it became ready, support acted."""
    GREW = "grew"
    PAID_DOWN = "paid_down"
    SAME = "same"
    GONE = "gone"


class Group(StrEnum):
    """The decision that a case waits for, in the order of the digest (R80)."""

    READY = "ready"
    HOLD_EXPIRING = "hold_expiring"
    """An extension or a hold ends before the next meeting."""
    EVIDENCE_SHORT = "evidence_short"
    """A call, a notice, an address or a note is missing."""
    WAITING = "waiting"
    """For support, an approval, or the department of a dispute."""
    WATCHING = "watching"
    """The next step is not due yet, or a hold goes on."""
    GONE = "gone"
    OVER_90 = "over_90"
    """This one and the next two: of digests before cases had states."""
    OVER_60 = "over_60"
    OVER_30 = "over_30"

    @property
    def words(self) -> str:
        """The group as a heading."""
        return GROUP_WORDS[self]

    @property
    def short(self) -> str:
        """The group in a table."""
        return GROUP_WORDS[self].partition(":")[0]


GROUP_WORDS: Final = {
    Group.READY: "Ready: suspend or not",
    Group.HOLD_EXPIRING: "Hold expiring: before the next meeting",
    Group.EVIDENCE_SHORT: "Evidence short: something is missing",
    Group.WAITING: "Waiting for others: support, an approval, a dispute",
    Group.WATCHING: "Watching: the next step is not due yet",
    Group.GONE: "Gone since the last digest",
    Group.OVER_90: "More than 90 days past due",
    Group.OVER_60: "61–90 days past due",
    Group.OVER_30: "31–60 days past due",
}


class NoSuchCase(Refused):
    """No case has that number, or the payer has none."""


class CaseClosed(Refused):
    """The case is closed and on no current digest."""


class NoWords(Refused):
    """Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """What a payer has more than 30 days past due in one currency; minor units."""

    currency: str
    total: int
    disputed: int
    """Of the total."""
    invoices: int
    oldest_due: date | None
    """The due date of the oldest of them that is not disputed in full."""

    @property
    def money(self) -> Money:
        """The total."""
        return Money(self.total, self.currency)

    @property
    def undisputed(self) -> Money:
        """What may lead to suspension."""
        return Money(self.total - self.disputed, self.currency)


def has_case(overdue: Sequence[Overdue], policy: Policy) -> bool:
    """
    Test if a payer belongs in the suspension process (R49).

    Any kind of invoice counts, undisputed, more than 30 days past due, from the minimum on.
    """
    return any(_enters(amount, policy) for amount in overdue)


def change_of(
    now: Mapping[str, int], before: Mapping[str, int] | None, *, has_moved: bool = False
) -> Change:
    """Compare a case and its amounts, by currency, with the last digest (I06)."""
    if before is None:
        return Change.NEW
    if has_moved:
        return Change.MOVED
    currencies = now.keys() | before.keys()
    steps = [now.get(currency, 0) - before.get(currency, 0) for currency in currencies]
    if any(step > 0 for step in steps):
        return Change.GREW
    return Change.PAID_DOWN if any(steps) else Change.SAME


def is_stale(noted_at: datetime | None, *, last_meeting_at: datetime) -> bool:
    """Test if a case's last note is older than the last meeting, or missing (R81)."""
    return noted_at is None or noted_at < last_meeting_at


def _enters(amount: Overdue, policy: Policy) -> bool:
    is_base = amount.currency == policy.base_currency
    least = max(policy.suspension_minimum if is_base else 0, 1)
    return amount.undisputed.minor >= least
