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
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    bindparam,
    exists,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from bot.kernel.batches import in_batches
from bot.store import bulk
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, rows, table_of
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
_INVOICES: Final = table_of(Invoice)
_CUSTOMERS: Final = table_of(Customer).c
_FIND_NEW: Final = PreparedChange(
    insert(NEW).from_select(
        ["line", *_WHOSE],
        select(STAGED.c.line, _CUSTOMERS.id, _CUSTOMERS.payer_id)
        .select_from(STAGED)
        .join(Customer, _CUSTOMERS.number == STAGED.c.customer)
        .where(~exists().where(_INVOICES.c.number == STAGED.c.number))
        .order_by(_CUSTOMERS.payer_id, _CUSTOMERS.id, STAGED.c.line),
    )
)
"""Finds the lines of new invoices, each payer's together: so they are written fastest."""
_PAID_AHEAD: Final = Prepared(
    select(_INVOICES.c.id).where(
        _INVOICES.c.update_id == bindparam("update"),
        exists().where(table_of(Payment).c.invoice_number == _INVOICES.c.number),
    )
)


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
            given = {"update": update}
            paid = rows(session, _PAID_AHEAD, given).scalars() if tally.new else []
        self._publish(update, tally, paid, publishing.Facts(source=source, at=at))

    def fields(self) -> tuple[str, ...]:
        """Return the fields of an invoice that this file decides."""
        more = (CONTROLS[name] for name in CONTROLS if name in self._present)
        return (*ALWAYS, *(field for fields in more for field in fields))

    def _find_changed(self, session: Session) -> int:
        bulk.lay_out(session, CHANGED)
        return change(session, _find_changed(_dialect(session), self.fields()), {}).rows

    @staticmethod
    def _find_new(session: Session) -> int:
        bulk.lay_out(session, NEW)
        return change(session, _FIND_NEW, {}).rows

    def _add(self, new: int, update: int, at: datetime) -> None:
        for first in range(0, new, bulk.SLICE):
            with self._load.slice() as session:
                place = {"after": first, "until": first + bulk.SLICE}
                added = _add_new(_dialect(session))
                change(session, added, {**place, "new_update": update, "at": at})

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
        for part in in_batches(paid, ledger.AT_ONCE):
            with self._load.slice() as session:
                ledger.settle(session, part, at=at)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


@cache
def _find_changed(dialect: str, fields: tuple[str, ...]) -> PreparedChange:
    unlike: Iterator[ColumnElement[bool]] = (
        _INVOICES.c[name].is_distinct_from(_staged(dialect, name)) for name in fields
    )
    differs = (
        select(_INVOICES.c.id, STAGED.c.line)
        .select_from(STAGED)
        .join(_INVOICES, _INVOICES.c.number == STAGED.c.number)
        .join(Customer, _CUSTOMERS.number == STAGED.c.customer)
        .where(or_(_INVOICES.c.customer_id != _CUSTOMERS.id, *unlike))
        .order_by(STAGED.c.line)
    )
    return PreparedChange(insert(CHANGED).from_select(["invoice_id", "line"], differs))


@cache
def _add_new(dialect: str) -> PreparedChange:
    new = (
        select(
            *(NEW.c[name] for name in _WHOSE),
            literal(0),
            bindparam("new_update", type_=BigInteger()),
            bindparam("at", type_=_INVOICES.c.learned_at.type),
            *(_staged(dialect, name) for name in COPIED),
        )
        .select_from(NEW)
        .join(STAGED, STAGED.c.line == NEW.c.line)
        .where(NEW.c.place > bindparam("after", type_=Integer()))
        .where(NEW.c.place <= bindparam("until", type_=Integer()))
        .order_by(NEW.c.place)
    )
    names = [*_WHOSE, "applied", "update_id", "learned_at", *COPIED]
    return PreparedChange(insert(_INVOICES).from_select(names, new))


def _staged(dialect: str, name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = STAGED.c[name]
    return as_date(dialect, column) if name in DATES else column
