"""
Importing invoices.

The rows are put aside first, each number once. Then customers nobody knew are created, new
invoices are merged in slices but stay out of sight, and one last short transaction brings in
what changed and shows the whole: until then nobody sees any of it, and whatever stops the
import before leaves the book as it was. Only where more than `AT_ONCE` known invoices changed
do these follow in slices of their own, just before the rest becomes visible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Insert, Select, exists, insert, literal, or_, select
from sqlalchemy.orm import Session

from bot.store import bulk
from bot.workflows.customers.records import Customer
from bot.workflows.imports import accounts, changes, publishing
from bot.workflows.imports.shapes import InvoiceShape
from bot.workflows.imports.staging import CHANGED, NEW, Staging, as_date
from bot.workflows.imports.staging import STAGED_INVOICES as STAGED
from bot.workflows.imports.tally import Tally
from bot.workflows.ledger import operations as ledger
from bot.workflows.ledger.records import Invoice, Payment

AT_ONCE: Final = 20_000
"""Up to this many changed invoices are brought in together with the rest."""
CONTROLS: Final = {
    "currency": ("currency",),
    "kind": ("kind",),
    "settled_on": ("settled_on",),
    "disputed": ("disputed",),
    "service_from": ("service_month", "service_months"),
    "terms": ("terms",),
    "po": ("po",),
}
"""Which fields a column of the file decides; a column that is not there leaves them alone."""
ALWAYS: Final = ("invoice_date", "due_date", "amount")
_WHOSE: Final = ("customer_id", "payer_id")
DATES: Final = frozenset({"invoice_date", "due_date", "settled_on", "closed_on"})
COPIED: Final = (
    "number", "kind", "currency", "invoice_date", "due_date", "amount", "disputed",
    "settled_on", "closed_on", "service_month", "service_months", "terms", "po",
)  # fmt: skip


class InvoiceIntake:
    """One file of invoices on its way into the book."""

    def __init__(self, load: bulk.Load, present: frozenset[str]) -> None:
        self.shape: Final = InvoiceShape()
        self.staging: Final = Staging(load, STAGED, key="number")
        self._load = load
        self._present = present
        self._accounts = accounts.Seen(load)

    def take(self, rows: Sequence[tuple[Any, ...]], tally: Tally) -> None:
        """Put rows aside; a second, different row for an invoice is rejected."""
        taken = self.staging.take(rows, tally)
        self._accounts.see((row[2], row[-2], row[-1]) for row in taken)

    def merge(self, tally: Tally, *, source: str, at: datetime) -> None:
        """Bring what was put aside into the book, so that it becomes visible at once."""
        self._accounts.merge(at=at, is_agent_named="agent" in self._present)
        with self._load.aside() as session:
            tally.changed = self._find_changed(session)
            tally.new = self._find_new(session)
        update = publishing.begin(self._load)
        self._add(tally.new, update, at)
        with self._load.aside() as session:
            paid = list(session.scalars(_paid_ahead(update)))
        self._publish(update, tally, paid, publishing.Facts(source=source, at=at))

    def fields(self) -> tuple[str, ...]:
        """Return the fields of an invoice that this file decides."""
        more = (CONTROLS[name] for name in CONTROLS if name in self._present)
        return (*ALWAYS, *(field for fields in more for field in fields))

    def _find_changed(self, session: Session) -> int:
        CHANGED.create(session.connection())
        differs = _differs(session, self.fields())
        into = insert(CHANGED).from_select(["invoice_id", "line"], differs)
        return _count(session, into)

    @staticmethod
    def _find_new(session: Session) -> int:
        NEW.create(session.connection())
        return _count(session, insert(NEW).from_select(["line", *_WHOSE], _unknown()))

    def _add(self, new: int, update: int, at: datetime) -> None:
        for first in range(0, new, bulk.SLICE):
            with self._load.slice() as session:
                _add_lines(session, first, update, at)

    def _publish(
        self, update: int, tally: Tally, paid: list[int], facts: publishing.Facts
    ) -> None:
        is_small = tally.changed + len(paid) <= AT_ONCE
        slices = list(self._slices(tally.changed))
        if not is_small:
            for part in slices:
                with self._load.slice() as session:
                    changes.bring_in(session, part, self.fields(), at=facts.at)
            slices = []
        with self._load.slice() as session:
            for part in slices:
                changes.bring_in(session, part, self.fields(), at=facts.at)
            if is_small:
                ledger.settle(session, paid, at=facts.at)
            publishing.end(session, update, tally, what="invoices", facts=facts)
        if not is_small:
            self._settle_in_slices(paid, facts.at)

    def _slices(self, changed: int) -> Iterator[changes.Lines]:
        return iter(
            changes.Lines(first, first + changes.SLICE)
            for first in range(0, changed, changes.SLICE)
        )

    def _settle_in_slices(self, paid: list[int], at: datetime) -> None:
        for part in ledger.batches(paid):
            with self._load.slice() as session:
                ledger.settle(session, part, at=at)


def _differs(session: Session, fields: Sequence[str]) -> Select[int, int]:
    unlike: Iterator[ColumnElement[bool]] = (
        getattr(Invoice, name).is_distinct_from(_staged(session, name)) for name in fields
    )
    return (
        select(Invoice.id, STAGED.c.line)
        .select_from(STAGED)
        .join(Invoice, Invoice.number == STAGED.c.number)
        .join(Customer, Customer.number == STAGED.c.customer)
        .where(or_(Invoice.customer_id != Customer.id, *unlike))
        .order_by(STAGED.c.line)
    )


def _staged(session: Session, name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = STAGED.c[name]
    return as_date(session, column) if name in DATES else column


def _unknown() -> Select[int, int, int]:
    """Return the lines of new invoices, each payer's together: so they are written fastest."""
    return (
        select(STAGED.c.line, Customer.id, Customer.payer_id)
        .select_from(STAGED)
        .join(Customer, Customer.number == STAGED.c.customer)
        .where(~exists().where(Invoice.number == STAGED.c.number))
        .order_by(Customer.payer_id, Customer.id, STAGED.c.line)
    )


def _add_lines(session: Session, first: int, update: int, at: datetime) -> None:
    new = (
        select(
            *(NEW.c[name] for name in _WHOSE),
            literal(0),
            literal(update),
            literal(at, Invoice.learned_at.type),
            *(_staged(session, name) for name in COPIED),
        )
        .select_from(NEW)
        .join(STAGED, STAGED.c.line == NEW.c.line)
        .where(NEW.c.place > first, NEW.c.place <= first + bulk.SLICE)
        .order_by(NEW.c.place)
    )
    names = [*_WHOSE, "applied", "update_id", "learned_at", *COPIED]
    session.execute(insert(Invoice).from_select(names, new))


def _count(session: Session, into: Insert) -> int:
    done = session.execute(into, execution_options={"preserve_rowcount": True})
    return int(getattr(done, "rowcount", 0))


def _paid_ahead(update: int) -> Select[int]:
    is_named = exists().where(Payment.invoice_number == Invoice.number)
    return select(Invoice.id).where(Invoice.update_id == update, is_named)
