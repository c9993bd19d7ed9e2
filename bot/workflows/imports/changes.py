"""Known invoices that the source now has otherwise: the old row is kept, with both times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Integer, bindparam, insert, select, update
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change_each, rows, table_of
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
_INVOICES: Final = table_of(Invoice)
_CUSTOMERS: Final = table_of(Customer).c
_KEEP: Final = PreparedChange(insert(table_of(InvoiceVersion)))
_WHOSE: Final = ("customer_id", "payer_id", "learned_at")
_CHANGED: Final = Prepared(
    select(
        *(_INVOICES.c[name].label(f"old_{name}") for name in KEPT),
        _INVOICES.c.id.label("invoice_id"),
        _CUSTOMERS.id.label("customer_id"),
        _CUSTOMERS.payer_id,
        STAGED,
    )
    .select_from(CHANGED)
    .join(_INVOICES, _INVOICES.c.id == CHANGED.c.invoice_id)
    .join(STAGED, STAGED.c.line == CHANGED.c.line)
    .join(Customer, _CUSTOMERS.number == STAGED.c.customer)
    .where(CHANGED.c.place > bindparam("after", type_=Integer()))
    .where(CHANGED.c.place <= bindparam("until", type_=Integer()))
)


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
    found = rows(session, _CHANGED, lines._asdict()).all()
    change_each(session, _KEEP, [_version(row, fields, at) for row in found])
    taken = [_taken_over(row, fields, at) for row in found]
    change_each(session, _take_over(tuple(fields)), taken)
    ledger.settle(session, [row.invoice_id for row in found], at=at)


@cache
def _take_over(fields: tuple[str, ...]) -> PreparedChange:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (*fields, *_WHOSE)}
    changed = update(_INVOICES).where(_INVOICES.c.id == bindparam("of_id"))
    return PreparedChange(changed.values(values))


def _version(row: Any, fields: Sequence[str], at: datetime) -> dict[str, Any]:  # noqa: ANN401
    effective = _new(row, "settled_on") if "settled_on" in fields else None
    is_settled_now = effective is not None and effective != row.old_settled_on
    return {
        **{name: getattr(row, f"old_{name}") for name in KEPT},
        "invoice_id": row.invoice_id,
        "superseded_at": at,
        "effective_on": effective if is_settled_now else row.old_invoice_date,
    }


def _taken_over(row: Any, fields: Sequence[str], at: datetime) -> dict[str, Any]:  # noqa: ANN401
    return {
        **{f"new_{name}": _new(row, name) for name in fields},
        "of_id": row.invoice_id,
        "new_customer_id": row.customer_id,
        "new_payer_id": row.payer_id,
        "new_learned_at": at,
    }


def _new(row: Any, name: str) -> Any:  # noqa: ANN401 - each field has its own type
    value = getattr(row, name)
    if name in ("invoice_date", "due_date", "settled_on"):
        return date.fromisoformat(value) if value else None
    return InvoiceKind(value) if name == "kind" else value
