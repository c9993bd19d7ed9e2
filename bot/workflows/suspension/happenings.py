"""What happened on a case, one line each, in order of time (R70-R82, R168). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from bot.kernel import wording
from bot.kernel.shapes import dataclass
from bot.workflows.suspension.rules import CaseState

_WORDS: Final = 160
"""Characters of what somebody wrote in a line."""
_NAMED: Final = 5
"""Accounts that are named of those that something happened to together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened, in words."""

    at: datetime
    words: str
    by: str = ""
    """Who did it, by name; empty: the desk, or the customer."""
    has_clock: bool = True
    """False: it belongs to the day of its moment, not to an hour of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCall:
    """A call on a case."""

    at: datetime
    outcome: str
    """In words."""
    by: str
    is_attempt: bool
    """It was made to the payer and reached nobody who can act."""
    has_voicemail: bool = False
    came_in: bool = False
    spoke_to: str = ""
    words: str = ""


def told(
    happened: Iterable[Happening], calls: Iterable[MadeCall], *, zone: ZoneInfo
) -> list[Happening]:
    """
    Return everything in order, the newest first.

    Calls that reached nobody, one after the other with nothing in between, are one line:
    `3 calls, none reached, Mon 2 Nov to Mon 9 Nov`. What happened in one moment stays in the
    order given: causes before what came of them.
    """
    both: list[Happening | MadeCall] = [*calls, *happened]
    both.sort(key=lambda one: one.at)
    found: list[Happening] = []
    for attempt, group in groupby(both, key=_is_attempt):
        if attempt:
            found.append(_attempts([one for one in group if isinstance(one, MadeCall)], zone))
            continue
        found += [_called(one) if isinstance(one, MadeCall) else one for one in group]
    return found[::-1]


def by_day(happened: Sequence[Happening], zone: ZoneInfo) -> list[tuple[date, list[Happening]]]:
    """Return what happened by the zone's day, in the order given."""
    days = groupby(happened, key=lambda one: one.at.astimezone(zone).date())
    return [(day, list(group)) for day, group in days]


def line(one: Happening, zone: ZoneInfo) -> str:
    """Return it as `08:36 Suspended, 1 minute after it was asked · Sam Ortega`."""
    clock = f"{one.at.astimezone(zone):%H:%M} " if one.has_clock else ""
    return f"{clock}{one.words}{f' · {one.by}' if one.by else ''}"


def step(after: CaseState, why: str, names: Sequence[str] = (), took: str = "") -> str:
    """
    Return a step of a case in words.

    :param names: the accounts that took it; none: the case as a whole.
    :param took: how long support took, which says why as well.
    """
    whose = f" ({wording.listed(names, most=_NAMED)})" if names else ""
    if took:
        return f"{after.words.capitalize()}, {took} after it was asked{whose}"
    reason = why.replace(f"the {after.words} left", "it left")
    return f"{after.words.capitalize()}{f': {reason}' if reason else ''}{whose}"


def on_a_line(words: str, longest: int = _WORDS) -> str:
    """Return what somebody wrote on one line, cut where it is too long for it."""
    return wording.shortened(" ".join(words.split()), longest)


def minutes(asked_at: datetime, done_at: datetime) -> str:
    """Return how long something took: `12 minutes`."""
    took = int((done_at - asked_at).total_seconds() // 60)
    return wording.counted(took, "minute") if took else "less than a minute"


def sites(names: Collection[str]) -> str:
    """Return accounts by name, the first few of many."""
    return wording.listed(sorted(names), most=_NAMED)


def _is_attempt(one: Happening | MadeCall) -> bool:
    return isinstance(one, MadeCall) and one.is_attempt


def _called(call: MadeCall) -> Happening:
    kind = "They called" if call.came_in else "Call"
    who = f", spoke to {call.spoke_to}" if call.spoke_to else ""
    said = f": “{call.words}”" if call.words else ""
    return Happening(at=call.at, words=f"{kind}: {call.outcome}{who}{said}", by=call.by)


def _attempts(calls: Sequence[MadeCall], zone: ZoneInfo) -> Happening:
    if len(calls) == 1:
        return _called(calls[0])
    first, last = (wording.day(one.at.astimezone(zone).date()) for one in (calls[0], calls[-1]))
    parts = [wording.counted(len(calls), "call"), "none reached"]
    if left := sum(one.has_voicemail for one in calls):
        parts.append(f"{wording.counted(left, 'voicemail')} left")
    if first != last:
        parts.append(f"{first} to {last}")
    by = {one.by for one in calls}
    return Happening(
        at=calls[-1].at,
        words=", ".join(parts),
        by=by.pop() if len(by) == 1 else "",
        has_clock=False,
    )
