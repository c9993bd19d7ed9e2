"""What an agent did in a shift: the activity sheet's lines and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.calendar import days_around
from bot.kernel.shapes import dataclass
from bot.store.postings import CardName
from bot.store.prepared import Prepared
from bot.store.rows import record, rows, table_of
from bot.workflows.calls.queries import TOUCH, Touch
from bot.workflows.calls.records import ActivitySheet, Call
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.customers.records import Customer
from bot.workflows.people.rules import Member

SHEET_CARD: Final = CardName("calls.activity")
"""An agent's shift in figures; about is the activity sheet."""


def file_of(agent: Member, day: date) -> PurePosixPath:
    """Return where an agent's activity sheet of a day is kept, within the desk's home."""
    name = "".join(c if c.isalnum() else "-" for c in agent.name.lower())
    return PurePosixPath("activity", day.isoformat(), f"{name}-{agent.id}.xlsx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One call of the shift."""

    call: Touch
    customer: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A shift's calls, in order, and what they come to (R83)."""

    lines: tuple[Line, ...]
    attempted: int
    """Distinct payers with an attempt."""
    reached: int
    """Distinct payers of those with whom somebody who can act was spoken to."""
    called_in: int
    """Distinct others who called in and were spoken to."""
    outcomes: Mapping[Outcome, int]


def of_shift(
    session: Session, agent_id: int, *, starts_at: datetime, ends_at: datetime
) -> Activity:
    """Return what an agent logged from one moment to another; nothing that was taken back."""
    first, last = days_around(starts_at, ends_at)
    given = {"agent": agent_id, "first": first, "last": last}
    given |= {"starts_at": starts_at, "ends_at": ends_at}
    lines = tuple(
        Line(call=Touch._make(row[: len(TOUCH)]), customer=row.customer, number=row.account)
        for row in rows(session, _made(), given)
    )
    calls = [line.call for line in lines]
    out = [call for call in calls if call.direction is Direction.OUT]
    reached = {call.payer_id for call in out if call.is_reached}
    return Activity(
        lines=lines,
        attempted=len({call.payer_id for call in out}),
        reached=len(reached),
        called_in=len({call.payer_id for call in calls if call.is_reached} - reached),
        outcomes=Counter(call.outcome for call in calls),
    )


@cache
def _made() -> Prepared:
    calls, customers = table_of(Call).c, table_of(Customer).c
    return Prepared(
        select(*TOUCH, customers.name.label("customer"), customers.number.label("account"))
        .where(
            customers.id == calls.payer_id,
            calls.agent_id == bindparam("agent"),
            calls.day.between(bindparam("first"), bindparam("last")),
            calls.at >= bindparam("starts_at"),
            calls.at < bindparam("ends_at"),
            calls.undone_at.is_(None),
        )
        .order_by(calls.at, calls.id)
    )


def get(session: Session, sheet_id: int) -> ActivitySheet:
    """Return a sheet by the desk's own id."""
    return record(session, ActivitySheet, sheet_id)


def of_day(session: Session, agent_id: int, day: date) -> ActivitySheet | None:
    """Return the sheet of an agent's business day, if the shift was closed."""
    return session.scalar(select(ActivitySheet).filter_by(agent_id=agent_id, day=day))
