"""Which list an agent is working on at a moment (R112, R161, R163)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.calendar import ONE_DAY
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.people.rules import Member, shift_between
from bot.workflows.worklists import queries
from bot.workflows.worklists.queries import LINE, Line
from bot.workflows.worklists.records import DayList, Worklist, WorklistEntry

EARLY: Final = timedelta(hours=1)
"""A list may be asked for this long before the shift starts ..."""

LATE: Final = timedelta(hours=6)
"""... and is still the current one this long after the shift's end."""

CATCH_UP: Final = 3
"""A desk that was off catches up with the shift ends of so many business days, with today."""

_KEPT: Final = 4096
"""Shifts that were found last: each look at shift ends asks for the same ones."""
_ENTRIES: Final = table_of(WorklistEntry)
_LISTS: Final = table_of(Worklist)
_OWNED: Final = (
    select(*LINE)
    .join(_LISTS, _LISTS.c.id == _ENTRIES.c.worklist_id)
    .where(_ENTRIES.c.id == bindparam("entry"), _LISTS.c.agent_id == bindparam("agent"))
)
_OWN_ENTRY: Final = Prepared(_OWNED)
_LOCK_ENTRY: Final = Prepared(_OWNED.with_for_update(of=_ENTRIES))
_LINE_OF: Final = Prepared(
    select(*LINE).where(
        _ENTRIES.c.worklist_id == bindparam("worklist"),
        _ENTRIES.c.payer_id == bindparam("payer"),
    )
)


def of_day(member: Member, day: date, *, policy: Policy) -> tuple[datetime, datetime]:
    """
    Return when somebody's shift of a business day starts and ends, in UTC (R161).

    A shift belongs to the company's date on which it starts: one that starts on Tuesday at
    06:00 in Manila is Monday's.
    """
    start, end, zone = member.shift_start, member.shift_end, member.shift_zone
    return _with_hours(start, end, zone, day, policy.company_zone)


@lru_cache(maxsize=_KEPT)
def _with_hours(
    start: time, end: time, zone: str, day: date, company_zone: str
) -> tuple[datetime, datetime]:
    there, company = ZoneInfo(zone), ZoneInfo(company_zone)
    for near in (day, day + ONE_DAY, day - ONE_DAY):
        shift = shift_between(start, end, there, near)
        if shift[0].astimezone(company).date() == day:
            return shift
    return shift_between(start, end, there, day)


def business_day(member: Member, *, at: datetime, policy: Policy) -> date | None:
    """
    Return the business day that somebody's shift at a moment belongs to; None between shifts.

    A night shift belongs to the day on which it starts.
    """
    around = policy.company_date(at)
    for day in (around + ONE_DAY, around, around - ONE_DAY):
        start, end = of_day(member, day, policy=policy)
        if policy.calendar.is_open(day) and start - EARLY <= at < end + LATE:
            return day
    return None


def next_start(member: Member, *, at: datetime, policy: Policy) -> datetime:
    """Return when somebody's next shift on a business day starts."""
    day = policy.company_date(at) - ONE_DAY
    while True:
        day = policy.calendar.on_or_after(day)
        start, _ = of_day(member, day, policy=policy)
        if start > at:
            return start
        day += ONE_DAY


def at_work_from(member: Member, *, at: datetime, policy: Policy) -> datetime:
    """Return when somebody is at work next: now within a shift of a business day (R161)."""
    around = policy.company_date(at)
    for day in (around - ONE_DAY, around, around + ONE_DAY):
        start, end = of_day(member, day, policy=policy)
        if policy.calendar.is_open(day) and start <= at < end:
            return at
    return next_start(member, at=at, policy=policy)


def first_caught_up(today: date, policy: Policy) -> date:
    """Return the first business day whose shift ends are caught up with after a downtime."""
    return policy.calendar.plus(today + ONE_DAY, -CATCH_UP)


def current(
    session: Session, member: Member, *, at: datetime, policy: Policy
) -> DayList | None:
    """Return the list that somebody works on now, if it has been made."""
    day = business_day(member, at=at, policy=policy)
    return queries.list_of(session, member.id, day) if day else None


def own_entry(session: Session, entry_id: int, agent_id: int) -> Line | None:
    """Return a line of a list, as it is now, if the list is that agent's."""
    return _line(session, _OWN_ENTRY, {"entry": entry_id, "agent": agent_id})


def lock_own_entry(session: Session, entry_id: int, agent_id: int) -> Line | None:
    """Return the same, once every other press on that line is done."""
    return _line(session, _LOCK_ENTRY, {"entry": entry_id, "agent": agent_id})


def line_of(session: Session, worklist_id: int, payer_id: int) -> Line | None:
    """Return a payer's line on a list, as it is now, if it stands there."""
    return _line(session, _LINE_OF, {"worklist": worklist_id, "payer": payer_id})


def _line(session: Session, wanted: Prepared, given: Mapping[str, int]) -> Line | None:
    row = rows(session, wanted, given).first()
    return Line._make(row) if row else None
