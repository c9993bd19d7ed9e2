"""When an update of the book begins and ends; between the two nobody sees its new invoices."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import audit, bulk
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, rows, table_of
from bot.workflows.imports.tally import Tally
from bot.workflows.ledger.records import BookUpdate, Invoice, PendingUpdate

_PENDING: Final = table_of(PendingUpdate)
_UPDATES: Final = table_of(BookUpdate)
_STOPPED: Final = Prepared(select(_PENDING.c.id, _PENDING.c.last_invoice_id))
_LAST_UPDATE: Final = Prepared(select(func.max(_UPDATES.c.id)))
_LAST_INVOICE: Final = Prepared(select(func.max(table_of(Invoice).c.id)))
_BEGIN: Final = PreparedChange(insert(_PENDING))
_ENTER: Final = PreparedChange(insert(_UPDATES))
_END: Final = PreparedChange(delete(_PENDING))


@dataclass(frozen=True, slots=True)
class Facts:
    """Where an update comes from, and when the desk learns of it."""

    source: str
    at: datetime


def begin(load: bulk.Load) -> int:
    """Begin an update and return its id."""
    with load.slice() as session:
        update: int = (rows(session, _LAST_UPDATE, {}).scalar() or 0) + 1
        last = rows(session, _LAST_INVOICE, {}).scalar() or 0
        change(session, _BEGIN, {"id": update, "last_invoice_id": last})
        return update


def end(session: Session, update: int, tally: Tally, *, what: str, facts: Facts) -> None:
    """Let everybody see the update, and enter it in the trail."""
    figures = {
        "accepted": tally.accepted,
        "rejected": tally.rejected,
        "changed": tally.new + tally.changed,
    }
    entered = {"id": update, "what": what, "source": facts.source, "at": facts.at}
    change(session, _ENTER, {**entered, **figures})
    change(session, _END, {})
    totals = {name: money.plain for name, money in tally.money(tally.accepted_total).items()}
    audit.note(
        session,
        audit.Note(
            what=f"{what} imported",
            about=f"book_update:{update}",
            at=facts.at,
            after={"source": facts.source, **figures, "new": tally.new, "total": totals},
        ),
    )


def clear(load: bulk.Load) -> None:
    """Remove what a stopped update has left, so that nothing is taken for known by it."""
    with load.aside() as session:
        stopped = rows(session, _STOPPED, {}).first()
        if stopped is None:
            return
        highest = rows(session, _LAST_INVOICE, {}).scalar() or 0
    for first in range(stopped.last_invoice_id, highest, bulk.SLICE):
        with load.slice() as session:
            session.execute(
                delete(Invoice).where(
                    Invoice.id > first,
                    Invoice.id <= first + bulk.SLICE,
                    Invoice.update_id == stopped.id,
                )
            )
    with load.slice() as session:
        change(session, _END, {})
