"""Known invoices that the source now has otherwise: the old row is kept, with both times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from bot.workflows.customers.records import Customer
from bot.workflows.imports.staging import CHANGED
from bot.workflows.imports.staging import STAGED_INVOICES as STAGED
from bot.workflows.ledger import operations as ledger
from bot.workflows.ledger.records import Invoice, InvoiceKind, InvoiceVersion

SLICE: Final = 1_000
KEPT: Final = (
    "kind", "currency", "invoice_date", "due_date", "amount", "disputed", "settled_on",
    "customer_id", "learned_at",
)  # fmt: skip
"""What a version keeps of the row that it was."""


class Lines(NamedTuple):
    """A slice of the changed invoices, by their place."""

    after: int
    until: int


def bring_in(session: Session, lines: Lines, fields: Sequence[str], *, at: datetime) -> None:
    """
    Bring in a slice of changed invoices, and keep how they stood.

    When a change took effect: a settlement on its day; anything else is a correction of the
    row, which holds from the invoice's own date. When it was learned: now.
    """
    rows = session.execute(_changed(lines)).all()
    session.execute(insert(InvoiceVersion), [_version(row, fields, at) for row in rows] or [])
    for row in rows:
        _take_over(row, fields, at)
    session.flush()
    ledger.settle(session, [row.Invoice.id for row in rows], at=at)


def _changed(lines: Lines) -> Any:  # noqa: ANN401 - a select of a record and a staged row
    return (
        select(Invoice, Customer.id, Customer.payer_id, STAGED)
        .select_from(CHANGED)
        .join(Invoice, Invoice.id == CHANGED.c.invoice_id)
        .join(STAGED, STAGED.c.line == CHANGED.c.line)
        .join(Customer, Customer.number == STAGED.c.customer)
        .where(CHANGED.c.place > lines.after, CHANGED.c.place <= lines.until)
    )


def _version(row: Row[Any], fields: Sequence[str], at: datetime) -> dict[str, Any]:
    invoice: Invoice = row.Invoice
    old = {name: getattr(invoice, name) for name in KEPT}
    effective = _new(row, "settled_on") if "settled_on" in fields else None
    is_settled_now = effective is not None and effective != invoice.settled_on
    return {
        **old,
        "invoice_id": invoice.id,
        "superseded_at": at,
        "effective_on": effective if is_settled_now else invoice.invoice_date,
    }


def _take_over(row: Row[Any], fields: Sequence[str], at: datetime) -> None:
    invoice: Invoice = row.Invoice
    for name in fields:
        setattr(invoice, name, _new(row, name))
    invoice.customer_id, invoice.payer_id = row.id, row.payer_id
    invoice.learned_at = at


def _new(row: Row[Any], name: str) -> Any:  # noqa: ANN401 - each field has its own type
    value = row._mapping[STAGED.c[name]]
    if name in ("invoice_date", "due_date", "settled_on"):
        return date.fromisoformat(value) if value else None
    return InvoiceKind(value) if name == "kind" else value
