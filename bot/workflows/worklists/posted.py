"""Lists as they were handed out (R77-R79): kept once, read so whatever a day does (R86)."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, rows, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.worklists import queries
from bot.workflows.worklists.records import DayList, LeftOff, PostedLine, WorklistEntry

_POSTED: Final = table_of(PostedLine)
_CUSTOMERS: Final = table_of(Customer).c


class NotKept(Refused):
    """A list is not known as it was handed out."""


class Line(NamedTuple):
    """A payer to call, as the list was handed out; minor units."""

    position: int
    customer_id: str
    name: str
    tier: int
    rule: str
    reason: str
    currency: str
    past_due: int
    ranked: int
    oldest_days: int


class Off(NamedTuple):
    """A payer that owed and was left off the list, and why."""

    customer_id: str
    name: str
    reason: str


class Posted(NamedTuple):
    """A list as it was handed out."""

    book_at: datetime | None
    """When the book had last been brought up to date."""
    lines: tuple[Line, ...]
    """In the order of calling."""
    lane: tuple[Line, ...]
    """The lane of the 5-15 day window, largest first (R93)."""
    left_off: tuple[Off, ...]


def keep(session: Session, worklist: DayList) -> None:
    """Keep a list that has just been written down as it is."""
    given = {"worklist": worklist.id}
    change(session, _KEEP_LINES, given)
    change(session, _KEEP_LEFT_OFF, given)


def read(session: Session, worklist: DayList) -> Posted:
    """
    Return a list as it was handed out.

    :raises NotKept: if that was before the desk kept lists so.
    """
    found = rows(session, _READ, {"worklist": worklist.id}).all()
    if not found and queries.entries(session, worklist.id, count=1):
        raise NotKept(
            f"The list of {wording.day(worklist.day)} was made before the desk kept lists as "
            "they were posted."
        )
    lines = [row for row in found if row.position is not None]
    lane = sorted((row for row in lines if row.lane_turn), key=lambda row: row.lane_turn)
    return Posted(
        book_at=worklist.book_at,
        lines=tuple(Line._make(row[:-1]) for row in lines),
        lane=tuple(Line._make(row[:-1]) for row in lane),
        left_off=tuple(
            Off(row.customer_id, row.name, row.reason) for row in found if row.position is None
        ),
    )


def _kept(source: Table, *names: str) -> PreparedChange:
    columns = ("worklist_id", "payer_id", "reason", *names)
    mine = select(*(source.c[name] for name in columns)).order_by(source.c.id)
    mine = mine.where(source.c.worklist_id == bindparam("worklist"))
    return PreparedChange(insert(_POSTED).from_select(columns, mine, include_defaults=False))


_KEEP_LINES: Final = _kept(
    table_of(WorklistEntry),
    *("position", "lane_turn", "tier", "rule"),
    *("currency", "past_due", "ranked", "oldest_days"),
)
_KEEP_LEFT_OFF: Final = _kept(table_of(LeftOff))
_READ: Final = Prepared(
    select(
        _POSTED.c.position,
        _CUSTOMERS.number.label("customer_id"),
        _CUSTOMERS.name,
        *(_POSTED.c[name] for name in Line._fields[3:]),
        _POSTED.c.lane_turn,
    )
    .join(Customer, Customer.id == _POSTED.c.payer_id)
    .where(_POSTED.c.worklist_id == bindparam("worklist"))
    .order_by(_POSTED.c.position, _POSTED.c.id)
)
