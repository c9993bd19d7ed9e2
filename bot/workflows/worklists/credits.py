"""Open credits and unapplied payments of a day, by payer and currency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.worklists.items import applied_after
from bot.workflows.worklists.scope import ON, AnySelect, Kind, Scope

Credits = dict[int, dict[str, int]]
"""What is unapplied, by payer and currency, as negatives in minor units."""
_ZERO: Final[ColumnElement[int]] = literal_column("0")
"""Not bound as a value, so that the partial index of credits is found."""


def unapplied(session: Session, scope: Scope, *, on: date, is_past: bool) -> Credits:
    """Return what is unapplied on a day; a payer that has nothing is not among them."""
    given: Mapping[str, object] = {**scope.given, "on": on}
    found: Credits = {}
    for payer_id, currency, minor in rows(session, _all(scope.kind, is_past=is_past), given):
        if minor:
            found.setdefault(payer_id, {})[currency] = int(minor)
    return found


@cache
def _all(whose: Kind, *, is_past: bool) -> Prepared:
    cash = _cash_then() if is_past else _cash_now()
    each = union_all(
        cash.where(whose.has(Payment.payer_id), Payment.received_on <= ON),
        *(part.where(whose.has(Invoice.payer_id)) for part in _credits(is_past=is_past)),
    ).subquery()
    sums = select(each.c.payer_id, each.c.currency, func.sum(each.c.minor))
    return Prepared(sums.group_by(each.c.payer_id, each.c.currency))


def _cash_now() -> AnySelect:
    left = (Payment.applied - Payment.amount).label("minor")
    unapplied = Payment.applied != Payment.amount
    return select(Payment.payer_id, Payment.currency, left).where(unapplied)


def _cash_then() -> AnySelect:
    later = applied_after(Application.payment_id)
    left = Payment.applied - Payment.amount - func.coalesce(later.c.minor, 0)
    return (
        select(Payment.payer_id, Payment.currency, left.label("minor"))
        .outerjoin(later, later.c.of_id == Payment.id)
        .where(left != 0)
    )


def _credits(*, is_past: bool) -> list[AnySelect]:
    credit = select(Invoice.payer_id, Invoice.currency, Invoice.amount - Invoice.applied).where(
        Invoice.amount < _ZERO, Invoice.invoice_date <= ON, ledger.is_published()
    )
    parts = [credit.where(Invoice.closed_on.is_(None))]
    return [*parts, credit.where(Invoice.closed_on > ON)] if is_past else parts
