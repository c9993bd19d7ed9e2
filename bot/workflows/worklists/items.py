"""
The past-due items of a day, each with its balance and what of it is left to call about.

They come from the partial index of what is open now; a past day adds what has closed since,
and takes back what was applied since.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, func, or_, select, union_all

from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Application, Invoice
from bot.workflows.payment_plans import pauses
from bot.workflows.worklists.scope import ON, AnySelect, Kind


def past_due(whose: Kind, *, is_past: bool) -> CTE:
    """
    Return the items past due on a day, with their `balance` and what is `left` of it.

    `left` may be negative: an item may be disputed and promised at once.
    """
    held = pauses.held(ON)
    still_open = _past_due(whose).where(Invoice.closed_on.is_(None))
    if not is_past:
        return _with_left(still_open, Invoice.amount - Invoice.applied, held)
    later = applied_after(Application.invoice_id)
    closed_since = _past_due(whose).where(
        Invoice.closed_on > ON, or_(Invoice.settled_on.is_(None), Invoice.settled_on > ON)
    )
    balance = Invoice.amount - Invoice.applied + func.coalesce(later.c.minor, 0)
    parts = [
        _with_left(
            part.outerjoin(later, later.c.of_id == Invoice.id).where(balance > 0), balance, held
        )
        for part in (still_open, closed_since)
    ]
    return union_all(*(select(part) for part in parts)).cte("items")


def applied_after(of: Any) -> CTE:  # noqa: ANN401 - a mapped column
    """Return what was applied after the day, by invoice or payment (`of_id`)."""
    later: Select[int, int] = select(
        of.label("of_id"), func.sum(Application.amount).label("minor")
    )
    return later.where(Application.applied_on > ON).group_by(of).cte()


def _past_due(whose: Kind) -> AnySelect:
    return select(
        Invoice.id,
        Invoice.payer_id,
        Invoice.currency,
        Invoice.due_date,
        Invoice.kind,
        Invoice.service_month,
        Invoice.service_months,
    ).where(
        whose.has(Invoice.payer_id),
        Invoice.due_date < ON,
        Invoice.invoice_date <= ON,
        Invoice.amount > 0,
        ledger.is_published(),
    )


def _with_left(items: AnySelect, balance: ColumnElement[int], held: CTE) -> CTE:
    left = balance - Invoice.disputed - func.coalesce(held.c.minor, 0)
    return (
        items.outerjoin(held, held.c.invoice_id == Invoice.id)
        .add_columns(balance.label("balance"), left.label("left"))
        .cte()
    )
