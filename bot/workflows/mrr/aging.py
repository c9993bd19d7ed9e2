"""What is aged of each payer's MRR on a day, by one set-based query (R50-R53)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Date, bindparam, func, select, true
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, rows, table_of
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice, InvoiceKind, InvoiceVersion
from bot.workflows.ledger.rules import service_months
from bot.workflows.payment_plans import pauses
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState

Payers = Collection[int] | None
_ON: Final = bindparam("on", type_=Date())
_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)


class AgedItem(NamedTuple):
    """A past-due MRR invoice, with what of it is neither disputed nor on a kept plan."""

    payer_id: int
    invoice_id: int
    due_date: date
    currency: str
    left: int
    service_month: int
    service_months: int
    learned_at: datetime


def oldest(session: Session, *, on: date) -> dict[int, date]:
    """
    Return the payers with aged MRR, by id, each with the earliest due date.

    It narrows for a sweep of today, by what is open now whenever that closes; `items` says
    what holds.
    """
    return {row.payer_id: row.due_date for row in rows(session, _oldest(), {"on": on})}


@cache
def _oldest() -> Prepared:
    held = pauses.conceded(_ON)
    left = Invoice.amount - Invoice.applied - Invoice.disputed - func.coalesce(held.c.minor, 0)
    return Prepared(
        select(Invoice.payer_id, func.min(Invoice.due_date).label("due_date"))
        .outerjoin(held, held.c.invoice_id == Invoice.id)
        .where(
            Invoice.closed_on.is_(None),
            Invoice.kind == InvoiceKind.MRR,
            Invoice.amount > 0,
            Invoice.due_date < _ON,
            ledger.is_published(),
            left > 0,
        )
        .group_by(Invoice.payer_id)
    )


def items(session: Session, payers: Payers, *, on: date) -> dict[int, list[AgedItem]]:
    """Return the aged MRR invoices of payers, the oldest due first, by payer."""
    found: dict[int, list[AgedItem]] = {}
    given = {"on": on, "payers": list(payers or ())}
    for row in rows(session, _listed(of_some=payers is not None), given):
        item = AgedItem._make((*row[:4], int(row[4]), *row[5:]))
        found.setdefault(item.payer_id, []).append(item)
    return found


@cache
def _listed(*, of_some: bool) -> Prepared:
    return Prepared(_items(of_some=of_some).order_by(Invoice.due_date, Invoice.id))


class AgedSum(NamedTuple):
    """What is aged of a payer's MRR in one currency (minor units), and since when."""

    payer_id: int
    currency: str
    minor: int
    oldest_due: date


def sums(session: Session, payers: Payers, *, on: date) -> list[AgedSum]:
    """Return what is aged of payers' MRR, one sum a payer and currency, the largest first."""
    given = {"on": on, "payers": list(payers or ())}
    return [
        AgedSum(payer, currency, int(left), due)
        for payer, currency, left, due in rows(
            session, _summed(of_some=payers is not None), given
        )
    ]


@cache
def _summed(*, of_some: bool) -> Prepared:
    found = _items(of_some=of_some).subquery()
    minor = func.sum(found.c.left)
    summed = select(found.c.payer_id, found.c.currency, minor, func.min(found.c.due_date))
    grouped = summed.group_by(found.c.payer_id, found.c.currency)
    return Prepared(grouped.order_by(minor.desc()))


def broken(session: Session, *, on: date, payers: Payers = None) -> dict[int, int]:
    """Return how many promises payers broke for MRR that is still open."""
    given = {"on": on, "payers": list(payers or ())}
    counted = rows(session, _broken(of_some=payers is not None), given)
    return {row.payer_id: row.promises for row in counted}


@cache
def _broken(*, of_some: bool) -> Prepared:
    whose = Promise.payer_id.in_(_PAYERS)
    return Prepared(
        select(Promise.payer_id, func.count(Promise.id.distinct()).label("promises"))
        .join(PromisedInvoice, PromisedInvoice.promise_id == Promise.id)
        .join(Invoice, Invoice.id == PromisedInvoice.invoice_id)
        .where(
            Promise.state == PromiseState.BROKEN,
            Promise.state_on <= _ON,
            Invoice.kind == InvoiceKind.MRR,
            ledger.is_open_on(_ON),
            whose if of_some else true(),
        )
        .group_by(Promise.payer_id)
    )


def is_past_due(session: Session, payer_id: int, *, on: date) -> bool:
    """Test if anything of a payer's MRR is past due, disputed or not."""
    return rows(session, _past_due(), {"payer": payer_id, "on": on}).first() is not None


@cache
def _past_due() -> Prepared:
    past_due = select(Invoice.id).where(
        Invoice.payer_id == bindparam("payer"),
        Invoice.kind == InvoiceKind.MRR,
        Invoice.amount > 0,
        Invoice.due_date < _ON,
        ledger.is_open_on(_ON),
    )
    return Prepared(past_due.limit(1))


def first_learned(session: Session, found: Sequence[AgedItem]) -> dict[int, datetime]:
    """Return when the desk first learned of invoices, whatever changed in them since."""
    ids = [item.invoice_id for item in found]
    first = {row[0]: row[1] for row in rows(session, _earlier(), {"ids": ids})}
    return {
        item.invoice_id: min(first.get(item.invoice_id, item.learned_at), item.learned_at)
        for item in found
    }


@cache
def _earlier() -> Prepared:
    return Prepared(
        select(InvoiceVersion.invoice_id, func.min(InvoiceVersion.learned_at))
        .where(InvoiceVersion.invoice_id.in_(_IDS))
        .group_by(InvoiceVersion.invoice_id)
    )


def months(found: Iterable[AgedItem]) -> frozenset[int]:
    """Return the service months that are aged, each once, whatever the currency (R78)."""
    return frozenset(
        month
        for item in found
        for month in service_months(item.service_month, item.service_months)
    )


def amounts(found: Iterable[AgedItem]) -> list[Money]:
    """Return what is aged, one amount a currency, the largest figure first."""
    sums: dict[str, int] = {}
    for item in found:
        sums[item.currency] = sums.get(item.currency, 0) + item.left
    return [Money(sums[name], name) for name in sorted(sums, key=lambda name: -sums[name])]


def _items(*, of_some: bool) -> AnySelect:
    if of_some:
        conceded = pauses.conceded_of(table_of(Invoice).c.id, _ON)
        return _aged(conceded).where(Invoice.payer_id.in_(_PAYERS))
    held = pauses.conceded(_ON)
    everybodys = _aged(func.coalesce(held.c.minor, 0))
    return everybodys.outerjoin(held, held.c.invoice_id == Invoice.id)


def _aged(conceded: ColumnElement[int]) -> AnySelect:
    left = ledger.balance_on(_ON) - Invoice.disputed - conceded
    return select(
        Invoice.payer_id,
        Invoice.id,
        Invoice.due_date,
        Invoice.currency,
        left.label("left"),
        Invoice.service_month,
        Invoice.service_months,
        Invoice.learned_at,
    ).where(
        Invoice.kind == InvoiceKind.MRR,
        Invoice.amount > 0,
        Invoice.due_date < _ON,
        ledger.is_open_on(_ON),
        left > 0,
    )
