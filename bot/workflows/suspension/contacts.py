"""Whether the calls on a case are evidence enough (R70-R75). Pure."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import cache, cached_property
from itertools import combinations
from typing import Final
from zoneinfo import ZoneInfo

from bot.kernel.shapes import value

_HEARD: Final = "a call that reaches a person or a voicemail"
_APART: Final = "on another day and at another hour"


@value(frozen=True, slots=True, kw_only=True)
class Tried:
    """A call that was made to the payer and stands."""

    id: int
    at: datetime
    """UTC."""
    zone: ZoneInfo
    """The payer's."""
    number: str
    is_heard: bool
    """It reached a person or a voicemail."""
    is_wrong: bool = False
    """The number was somebody else's."""
    spoke_to: str = ""

    @property
    def there(self) -> datetime:
        """Return when it was, by the payer's clock."""
        return self.at.astimezone(self.zone)

    @property
    def day(self) -> date:
        """Return the payer's own day on which it was made."""
        return self.there.date()

    @property
    def clock(self) -> time:
        """Return the payer's own time of the day."""
        return self.there.time()


@value(frozen=True, kw_only=True)
class Contacts:
    """The calls on a case, the first one first, and who else was tried."""

    calls: tuple[Tried, ...] = ()
    learned: frozenset[str] = frozenset()
    """Numbers that the customer gave in a conversation."""
    others: tuple[str, ...] = ()
    """Other contacts that were tried, as written down."""

    @cached_property
    def good(self) -> tuple[Tried, ...]:
        """Return the calls to a verified number: somebody was heard there, or named it."""
        if not self.calls:
            return ()
        wrong = {call.number for call in self.calls if call.is_wrong}
        heard = {call.number for call in self.calls if call.is_heard}
        verified = (heard | self.learned) - wrong - {""}
        return tuple(call for call in self.calls if call.number in verified)

    @cached_property
    def pair(self) -> tuple[Tried, Tried] | None:
        """Return two calls on different days and hours, one of which was heard, if any."""
        good = self.good
        there = cache(lambda place: good[place].there)  # of a year's calls few are looked at
        return next(
            (
                (good[one], good[other])
                for one, other in combinations(range(len(good)), 2)
                if good[one].is_heard or good[other].is_heard
                if _are_apart(there(one), there(other))
            ),
            None,
        )

    @property
    def has_second(self) -> bool:
        """Test if a second contact was tried: another person, or another number."""
        people = {call.spoke_to.strip().casefold() for call in self.calls} - {""}
        numbers = {call.number for call in self.calls} - {""}
        return bool(self.others) or len(people) > 1 or len(numbers) > 1

    def lacks(self) -> tuple[str, ...]:
        """Return what is missing of the calls, in words; nothing when they are enough."""
        missing = [] if self.pair else [self._lacks_calls()]
        return tuple(missing + ([] if self.has_second else ["a second contact tried"]))

    def _lacks_calls(self) -> str:
        good = self.good
        if not self.calls:
            return "two calls on different days and at different hours"
        if not good:
            return f"{_HEARD} at the right number, {_APART}"
        if not any(call.is_heard for call in good):
            return f"{_HEARD}, {_APART}"
        return f"another call, {_APART}"


def _are_apart(one: datetime, other: datetime) -> bool:
    return one.date() != other.date() and one.hour != other.hour
