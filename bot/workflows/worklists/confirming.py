"""What payers on a list have to confirm: their final invoices' own amounts (R40)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.finals import candidates
from bot.workflows.finals.records import ContactInvoice, ContactState, FinalsContact, Stage
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice
from bot.workflows.worklists.scope import ON

_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)
_ANSWERED: Final = (ContactState.CONFIRMED, ContactState.QUESTIONED, ContactState.PROMISED)


class ToConfirm(NamedTuple):
    """What is open of the final invoices that a payer was to confirm on a day."""

    sums: Mapping[str, int]
    """Minor units, by currency."""
    due_on: date
    """The day on which the first of them is due."""


def of_payers(session: Session, payers: Collection[int], *, on: date) -> dict[int, ToConfirm]:
    """Return what is open of each payer's final invoices to be confirmed on a day (R40)."""
    found: dict[int, ToConfirm] = {}
    for row in rows(session, _due(), {"payers": list(payers), "on": on}):
        known = found.get(row.payer_id)
        sums = dict(known.sums) if known else {}
        sums[row.currency] = sums.get(row.currency, 0) + int(row.balance)
        first = min(row.due_date, known.due_on) if known else row.due_date
        found[row.payer_id] = ToConfirm(sums, first)
    return found


@cache
def _due() -> Prepared:
    answered_then = and_(FinalsContact.closed_on == ON, FinalsContact.state.in_(_ANSWERED))
    is_due = or_(FinalsContact.closed_on.is_(None), FinalsContact.closed_on > ON, answered_then)
    return Prepared(
        select(
            FinalsContact.payer_id,
            Invoice.currency,
            Invoice.due_date,
            ledger.balance_on(ON).label("balance"),
        )
        .join(ContactInvoice, ContactInvoice.contact_id == FinalsContact.id)
        .join(Invoice, Invoice.id == ContactInvoice.invoice_id)
        .where(
            FinalsContact.payer_id.in_(_PAYERS),
            FinalsContact.stage == Stage.CONFIRMATION,
            FinalsContact.opened_on <= ON,
            is_due,
            ledger.is_open_on(ON),
            ~candidates.is_taken_over(ON),
        )
        .order_by(FinalsContact.payer_id, Invoice.due_date, Invoice.id)
    )
