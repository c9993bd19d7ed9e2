"""Morning lists: each agent's at their shift's start; one that is missed is told (R163)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.kernel.calendar import ONE_DAY
from bot.kernel.errors import Refused
from bot.kernel.memory import collecting_later
from bot.store import runs
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member, Role
from bot.workflows.worklists import covering, missing, portfolio, shifts
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import queries as lists
from bot.workflows.worklists.portfolio import Draft
from scheduler.job import Tick

log = logging.getLogger(__name__)

MORNING: Final = "morning-lists"
FIRST_LOOK: Final = timedelta(hours=16)
"""A desk looks so far back for shifts without a list: before its last one, else before now."""
MISSED_AT_ONCE: Final = 500
"""After a long downtime a look records so many as missed; the next one goes on from there."""

_WAY_SECONDS: Final = 0.002
"""Between two lists, so that presses that wait for SQLite's one writer get their turn."""


class Shift(NamedTuple):
    """An agent's shift of a business day."""

    agent: Member
    day: date
    starts_at: datetime
    ends_at: datetime


def post_lists(tick: Tick) -> str:
    """
    Post the list of every agent whose shift is on, once; record those whose shift is over.

    These come first, the oldest first, however long the desk was off: a later look starts from
    the last that was recorded or posted, so none is left behind.

    A list grows when its agent covers for somebody who fell out after it was made.

    What several lists need is read once for all of them, before any is made. Each list is then
    made, posted and claimed in a transaction of its own, by what the desk knows at that moment,
    so that presses go on and one that fails stops no other.

    :raises ExceptionGroup: what went wrong with lists, once all the others are done.
    """
    return post_due(tick, due(tick))


def post_due(tick: Tick, due: Sequence[Shift]) -> str:
    """Do that for the shifts that were found due."""
    late = sorted(
        (shift for shift in due if shift.ends_at <= tick.at), key=attrgetter("starts_at")
    )
    failures: list[Exception] = []
    missed = _miss_all(tick, late[:MISSED_AT_ONCE], failures)
    if len(late) > MISSED_AT_ONCE:
        due = ()
    posted = _post_all(tick, [shift for shift in due if shift.ends_at > tick.at], failures)
    grown = _grow(tick)
    if failures:
        raise ExceptionGroup("lists that could not be made", failures)
    parts = [
        f"{wording.counted(len(names), 'list')} {what}: {wording.listed(names)}"
        for what, names in (("posted", posted), ("missed", missed), ("grown", grown))
        if names
    ]
    return f"{'; '.join(parts)}." if parts else "No list is due now."


def due(tick: Tick) -> list[Shift]:
    """Return the shifts that have begun, over or not, whose lists have not been posted."""
    with tick.database.reading() as session:
        agents = people.in_roles(session, {Role.AGENT})
        since = _look_back(session, tick.at)
        done = runs.done_since(session, MORNING, since=since)
        found = []
        for day in _days(since, tick):
            away = people.absent_on(session, day)
            found += [_shift(agent, day, tick) for agent in agents if agent.id not in away]
    return [
        shift
        for shift in found
        if since <= shift.starts_at <= tick.at
        and (shift.starts_at, str(shift.agent.id)) not in done
    ]


def _look_back(session: Session, at: datetime) -> datetime:
    """Return since when lists may be lacking: some of the last run's may be, if it died."""
    first, last = runs.first_of(session, MORNING), runs.last_of(session, MORNING)
    if first is None or last is None:
        return at - FIRST_LOOK
    return max(first, last - FIRST_LOOK)


def _days(since: datetime, tick: Tick) -> list[date]:
    first, last = tick.policy.company_date(since), tick.policy.company_date(tick.at)
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    return [day for day in days if tick.policy.calendar.is_open(day)]


def _shift(agent: Member, day: date, tick: Tick) -> Shift:
    return Shift(agent, day, *shifts.of_day(agent, day, policy=tick.policy))


def _post_all(tick: Tick, shifts: Sequence[Shift], failures: list[Exception]) -> list[str]:
    posted = []
    for few in _batches(shifts):
        with collecting_later():  # until the drafts are gone: there is no search through them
            posted += _post_few(tick, few, failures)
    return posted


def _post_few(tick: Tick, shifts: Sequence[Shift], failures: list[Exception]) -> list[str]:
    drafts = _drafts(tick, shifts)
    posted = []
    for shift in shifts:
        time.sleep(_WAY_SECONDS)
        try:
            posted += [shift.agent.name] if _post(tick, shift, drafts) else []
        except Refused:
            raise
        except Exception as failure:
            failures.append(failure)
    return posted


def _batches(shifts: Sequence[Shift]) -> Iterator[Sequence[Shift]]:
    """Yield the shifts of one day each, no more than are drafted at once."""
    for _, found in groupby(shifts, key=lambda shift: shift.day):
        yield from in_batches(found, portfolio.AT_ONCE)


def _drafts(tick: Tick, shifts: Sequence[Shift]) -> Mapping[int, Draft]:
    agents, day = [shift.agent.id for shift in shifts], shifts[0].day
    try:
        with tick.database.reading() as session:
            return portfolio.drafts(session, agents, on=day, policy=tick.policy)
    except Refused:
        raise
    except Exception:
        log.exception("Lists could not be drafted together; each is made by itself")
        return {}


def _post(tick: Tick, shift: Shift, drafts: Mapping[int, Draft]) -> bool:
    agent, draft = shift.agent, drafts.get(shift.agent.id)
    with tick.database.transaction() as session:
        if not _claim(session, tick, shift):
            return False
        if draft:
            worklists.post_drafted(session, agent, draft, at=tick.at, policy=tick.policy)
        else:
            worklists.post_day(session, agent, day=shift.day, at=tick.at, policy=tick.policy)
    return True


def _miss_all(tick: Tick, shifts: Sequence[Shift], failures: list[Exception]) -> list[str]:
    missed = []
    for shift in shifts:
        try:
            missed += [shift.agent.name] if _miss(tick, shift) else []
        except Refused:
            raise
        except Exception as failure:
            failures.append(failure)
    return missed


def _miss(tick: Tick, shift: Shift) -> bool:
    with tick.database.transaction() as session:
        if not _claim(session, tick, shift):
            return False
        runs.mark_missed(
            session, MORNING, scheduled_for=shift.starts_at, subject=str(shift.agent.id)
        )
        return missing.note(session, shift.agent, day=shift.day, at=tick.at)


def _grow(tick: Tick) -> list[str]:
    with tick.database.reading() as session:
        outdated = covering.outdated(session, at=tick.at)
    grown = []
    for worklist_id in outdated:
        with tick.database.transaction() as session:
            covering.bring_in(session, worklist_id, at=tick.at, policy=tick.policy)
            agent_id = lists.get(session, worklist_id).agent_id
            grown.append(people.get(session, agent_id).name)
    return grown


def _claim(session: Session, tick: Tick, shift: Shift) -> bool:
    return runs.claim(
        session,
        MORNING,
        scheduled_for=shift.starts_at,
        at=tick.at,
        subject=str(shift.agent.id),
    )
