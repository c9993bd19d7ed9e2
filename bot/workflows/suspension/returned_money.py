"""Money that was there when services were restored, and went back since (R57)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.balances import AnyRow
from bot.workflows.ledger.records import Payment, PaymentVersion
from bot.workflows.suspension.case_facts import RestoredFor
from bot.workflows.suspension.case_records import OrderKind
from bot.workflows.suspension.ladder import Notice
from bot.workflows.suspension.records import AnyCase

_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)


def of(
    session: Session,
    cases: Collection[AnyCase],
    orders: Collection[AnyRow],
    notices: Mapping[int, Sequence[Notice]],
) -> dict[int, int]:
    """
    Return how much went back since each order to restore was done; minor units, by order.

    Services restored because all was paid rest on money that named no invoice; what went back
    from an invoice is owing on it again. Those restored on a part payment rest on all that
    came in since the first notice. No query where no services were restored.

    :param orders: rows of orders that are done: id, case_id, kind, done_at, restored_for.
    :param notices: of the cases, by case.
    """
    restored = [one for one in orders if one.kind is OrderKind.RESTORE]
    if not restored:
        return {}
    payers = {case.id: case.payer_id for case in cases}
    wanted = list({payers[one.case_id] for one in restored})
    changed = rows(session, _changed(), {"payers": wanted}).all()
    found: dict[int, int] = {}
    for order in restored:
        days = [one.sent_on for one in notices[order.case_id] if one.sent_on]
        since = min(days, default=date.min)
        mine = [row for row in changed if row.payer_id == payers[order.case_id]]
        found[order.id] = sum(_lost(row) for row in mine if _carried(row, order, since))
    return found


def _carried(row: AnyRow, order: AnyRow, since: date) -> bool:
    """Test if an order rested on a payment as it stood when the order was carried out."""
    if order.done_at is None or not row.learned_at <= order.done_at < row.superseded_at:
        return False
    if order.restored_for is RestoredFor.PART:
        return bool(row.received_on >= since)
    return not row.invoice_number


def _lost(row: AnyRow) -> int:
    still = row.now if row.payer_now == row.payer_id else 0
    return max(int(row.was) - int(still), 0)


@cache
def _changed() -> Prepared:
    """The payments of payers as they stood before the source changed them."""
    versions, payments = table_of(PaymentVersion).c, table_of(Payment)
    accounts = table_of(Customer)
    return Prepared(
        select(
            accounts.c.payer_id,
            versions.invoice_number,
            versions.received_on,
            versions.learned_at,
            versions.superseded_at,
            versions.amount.label("was"),
            payments.c.amount.label("now"),
            payments.c.payer_id.label("payer_now"),
        )
        .join_from(table_of(PaymentVersion), payments, payments.c.id == versions.payment_id)
        .join(accounts, accounts.c.id == versions.customer_id)
        .where(accounts.c.payer_id.in_(_PAYERS))
    )
