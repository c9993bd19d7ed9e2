"""When an update of the book begins and ends; between the two nobody sees its new invoices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import audit, bulk
from bot.workflows.imports.tally import Tally
from bot.workflows.ledger.records import BookUpdate, Invoice, PendingUpdate


@dataclass(frozen=True, slots=True)
class Facts:
    """Where an update comes from, and when the desk learns of it."""

    source: str
    at: datetime


def begin(load: bulk.Load) -> int:
    """Begin an update and return its id."""
    with load.slice() as session:
        update = (session.scalar(select(func.max(BookUpdate.id))) or 0) + 1
        last = session.scalar(select(func.max(Invoice.id))) or 0
        session.execute(insert(PendingUpdate).values(id=update, last_invoice_id=last))
        return update


def end(session: Session, update: int, tally: Tally, *, what: str, facts: Facts) -> None:
    """Let everybody see the update, and enter it in the trail."""
    figures = {
        "accepted": tally.accepted,
        "rejected": tally.rejected,
        "changed": tally.new + tally.changed,
    }
    row = BookUpdate(id=update, what=what, source=facts.source, at=facts.at, **figures)
    session.add(row)
    session.execute(delete(PendingUpdate))
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
        stopped = session.execute(
            select(PendingUpdate.id, PendingUpdate.last_invoice_id)
        ).first()
        highest = session.scalar(select(func.max(Invoice.id))) or 0
    if stopped is None:
        return
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
        session.execute(delete(PendingUpdate))
