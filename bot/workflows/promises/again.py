"""Promises to be judged again, since more is known of the money for them (R47, R107)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, rows, table_of
from bot.workflows.ledger.records import Invoice, Payment
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState

_PROMISES: Final = table_of(Promise).c
_NAMED: Final = table_of(PromisedInvoice).c
_PAYMENTS: Final = table_of(Payment).c
_INVOICES: Final = table_of(Invoice).c


def judged_too_early(
    session: Session, *, on: date, news_since: datetime, policy: Policy
) -> list[int]:
    """
    Return the broken and partly kept promises of which something was learned since, by id.

    That is a payment of the payer, or that an invoice of the promise is settled.

    :param news_since: what was learned before has been looked at.
    """
    since = on - timedelta(days=policy.judged_again_days)
    given = {"since": since, "news_since": news_since}
    news = [row for told in (_paid(), _settled_since()) for row in rows(session, told, given)]
    return sorted({row[0] for row in news if policy.company_date(row[2]) >= row[1]})


@cache
def _paid() -> Prepared:
    last = func.max(_PAYMENTS.learned_at).label("learned_at")
    mine = _PAYMENTS.payer_id == _PROMISES.payer_id, _PAYMENTS.currency == _PROMISES.currency
    found = _judged().add_columns(last).join(table_of(Payment), and_(*mine))
    return Prepared(found.where(_PAYMENTS.learned_at >= bindparam("news_since")))


@cache
def _settled_since() -> Prepared:
    last = func.max(_INVOICES.learned_at).label("learned_at")
    return Prepared(
        _judged()
        .add_columns(last)
        .join(table_of(PromisedInvoice), _NAMED.promise_id == _PROMISES.id)
        .join(table_of(Invoice), _INVOICES.id == _NAMED.invoice_id)
        .where(
            _INVOICES.settled_on.is_not(None),
            _INVOICES.learned_at >= bindparam("news_since"),
        )
    )


def _judged() -> AnySelect:
    """Return the select of what was broken or kept in part since a day: id, day."""
    return (
        select(_PROMISES.id, _PROMISES.state_on)
        .select_from(table_of(Promise))
        .where(
            _PROMISES.state.in_((PromiseState.BROKEN, PromiseState.PARTLY_KEPT)),
            _PROMISES.state_on >= bindparam("since"),
        )
        .group_by(_PROMISES.id, _PROMISES.state_on)
    )
