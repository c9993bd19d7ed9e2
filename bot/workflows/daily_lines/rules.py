"""What a day comes to, and how its figures are kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from pydantic import TypeAdapter

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass

MOST_CROSSERS: Final = 5
TREND_DAYS: Final = 10
"""R17: so many business days back."""
_BARS: Final = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDay:
    """What one agent did: distinct payers tried (the n of n/75) and reached (R83)."""

    name: str
    attempted: int
    reached: int
    is_away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many of something, and their amounts, one a currency."""

    count: int = 0
    amounts: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosser:
    """A payer of which something is 31 days past due tomorrow."""

    customer_id: str
    """The source system's."""
    name: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How much of the 5-15 day window was reached, in one currency (R93)."""

    payers: int
    contacted: int
    amount: Money
    contacted_amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A business day in figures, as of its end."""

    on: date
    goal: int
    agents: tuple[AgentDay, ...]
    made: Counted
    """Promises made that day."""
    kept: Counted
    """Promises found kept that day; so `partly_kept` and `broken`."""
    partly_kept: Counted
    broken: Counted
    late: tuple[Money, ...]
    """R91: what has been past due for 31 days or more, one a currency."""
    limit: Money
    crossing: tuple[Money, ...]
    """What joins it by the start of the next business day, if nobody pays (R91)."""
    crossers: tuple[Crosser, ...]
    """Whose payments keep it lowest: the largest that cross, in the base currency."""
    window: tuple[Window, ...]
    cases: Mapping[str, int]
    """Open suspension cases by state."""
    disputes: Counted
    dso: Decimal | None
    """Countback, in the base currency; None without sales."""
    dso_target: int
    until: date | None = None
    """The next business day; None in a line kept before this was said: the day after."""

    @property
    def total(self) -> Money:
        """The +31 total that the limit is for."""
        return of_currency(self.late, self.limit.currency)

    @property
    def late_apart(self) -> tuple[Money, ...]:
        """The +31 totals in other currencies, which the limit does not count (R91)."""
        return tuple(one for one in self.late if one.currency != self.limit.currency)

    @property
    def tonight(self) -> Money:
        """What crosses by the next business day in the limit's currency."""
        return of_currency(self.crossing, self.limit.currency)

    @property
    def spans_closed_days(self) -> bool:
        """Test if more than a night is to come before anybody works again."""
        return self.until is not None and (self.until - self.on).days > 1

    @property
    def is_over(self) -> bool:
        """Test if the +31 total stands at or above the limit (R91)."""
        return self.total >= self.limit

    @property
    def is_over_tomorrow(self) -> bool:
        """Test if it does on the next business day, if nobody pays."""
        return self.total + self.tonight >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the +31 total stands at the end of a day (R91)."""

    on: date
    total: Money
    limit: Money

    @property
    def is_over(self) -> bool:
        """Test if it stands at or above the limit."""
        return self.total >= self.limit


def of_currency(amounts: Iterable[Money], currency: str) -> Money:
    """Return the amount in a currency; nothing, if there is none."""
    return next((one for one in amounts if one.currency == currency), Money(0, currency))


def keepers(figures: Figures) -> tuple[Crosser, ...]:
    """
    Return whose payments would keep the +31 total below its limit on the next business day.

    Those largest that together suffice; all that are known where they do not suffice, and none
    where it stays below anyway.
    """
    over = figures.total + figures.tonight - figures.limit
    chosen: list[Crosser] = []
    for crosser in figures.crossers:
        if over.minor < 0:
            break
        chosen.append(crosser)
        over -= crosser.amount
    return tuple(chosen)


def sparkline(values: Sequence[int]) -> str:
    """
    Return values as bars, the lowest to the highest: `▁▃█`; empty for fewer than two.

    Values that are all alike make a flat line: at the bottom where they are zero.
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    if low == high:
        return _BARS[3 if high else 0] * len(values)
    steps = len(_BARS) - 1
    return "".join(_BARS[(value - low) * steps // (high - low)] for value in values)


def as_json(figures: Figures) -> str:
    """Return the figures as a text that keeps them exactly."""
    return _kept().dump_json(figures).decode()


def from_json(kept: str) -> Figures:
    """Return figures that were kept."""
    return _kept().validate_json(kept)


@cache
def _kept() -> TypeAdapter[Figures]:
    """Return what reads and writes figures; made at first use, since few starts need it."""
    return TypeAdapter(Figures)
