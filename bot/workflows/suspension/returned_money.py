"""Money that was there when services were restored, and went back since (R57)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Row, bindparam, select
from sqlalchemy.orm import Session

from bot.store.rows import AnySelect
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Payment, PaymentVersion
from bot.workflows.suspension.case_records import OrderKind, SupportOrder
from bot.workflows.suspension.ladder import Notice
from bot.workflows.suspension.readiness import RestoredFor
from bot.workflows.suspension.records import SuspensionCase

_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)


def of(
    session: Session,
    cases: Collection[SuspensionCase],
    orders: Collection[SupportOrder],
    notices: Mapping[int, Sequence[Notice]],
) -> dict[int, int]:
    """
    Return how much went back since each order to restore was done; minor units, by order.

    Services restored because all was paid rest on money that named no invoice; what went back
    from an invoice is owing on it again. Those restored on a part payment rest on all that
    came in since the first notice. No query where no services were restored.

    :param notices: of the cases, by case.
    """
    payers = {case.id: case.payer_id for case in cases}
    restored = [one for one in orders if one.kind is OrderKind.RESTORE]
    if not restored:
        return {}
    wanted = {payers[one.case_id] for one in restored}
    changed = session.execute(_changed(), {"payers": sorted(wanted)}).all()
    found: dict[int, int] = {}
    for order in restored:
        days = [one.sent_on for one in notices[order.case_id] if one.sent_on]
        since = min(days, default=date.min)
        mine = [row for row in changed if row.payer_id == payers[order.case_id]]
        found[order.id] = sum(_lost(row) for row in mine if _carried(row, order, since))
    return found


def _carried(row: Row[Any], order: SupportOrder, since: date) -> bool:
    """Test if an order rested on a payment as it stood when the order was carried out."""
    if order.done_at is None or not row.learned_at <= order.done_at < row.superseded_at:
        return False
    if order.restored_for is RestoredFor.PART:
        return bool(row.received_on >= since)
    return not row.invoice_number


def _lost(row: Row[Any]) -> int:
    still = row.now if row.payer_now == row.payer_id else 0
    return max(int(row.was) - int(still), 0)


@cache
def _changed() -> AnySelect:
    """The payments of payers as they stood before the source changed them."""
    return (
        select(
            Customer.payer_id,
            PaymentVersion.invoice_number,
            PaymentVersion.received_on,
            PaymentVersion.learned_at,
            PaymentVersion.superseded_at,
            PaymentVersion.amount.label("was"),
            Payment.amount.label("now"),
            Payment.payer_id.label("payer_now"),
        )
        .join(Payment, Payment.id == PaymentVersion.payment_id)
        .join(Customer, Customer.id == PaymentVersion.customer_id)
        .where(Customer.payer_id.in_(_PAYERS))
    )
