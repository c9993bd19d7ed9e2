"""
What every payer of a portfolio owes on a day: one set-based query, a row a payer and currency.

The open items come from the partial index of what is open now; a past day adds what has closed
since, and takes back what was applied since. From each past-due item is taken what the source
marks as disputed, the desk's open disputes, live promises (until their day) and kept plans,
never more than its balance; what is left ranks its payer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.policy import Policy
from bot.workflows.customers.records import Customer
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Application, Invoice, InvoiceKind, Payment
from bot.workflows.payment_plans.records import PaymentPlan, PlannedInvoice
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState
from bot.workflows.worklists.payers import Debt

AnySelect = Select[*tuple[Any, ...]]
AnyCondition = ColumnElement[bool]
AnyRow = Row[*tuple[Any, ...]]
PAUSING_BROKEN: Final = 2
"""R107: from the second broken promise on, a new one no longer pauses calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose payers: those of some agents, or some payers by id."""

    agents: Collection[int] = ()
    payers: Collection[int] = ()

    def has(self, payer: ColumnElement[int] | InstrumentedAttribute[int]) -> AnyCondition:
        """Return the condition that a column names a payer that is meant."""
        mine = select(Customer.id).where(Customer.payer_id == Customer.id)
        if self.payers:
            return payer.in_(mine.where(Customer.id.in_(self.payers)))
        return payer.in_(mine.where(Customer.agent_id.in_(self.agents)))


def debts(session: Session, scope: Scope, *, on: date, policy: Policy) -> list[Debt]:
    """Return what each payer in the scope owes on a day, a row a payer and currency."""
    is_past = _is_past(session, on)
    unapplied = _unapplied(session, scope, on, is_past=is_past)
    owed = _owed(scope, on, policy, is_past=is_past)
    found = [
        _debt(row, unapplied.pop((row[0], row[1]), 0))
        for row in session.connection().execute(owed).all()
    ]
    credits = [Debt(*key, unapplied=minor) for key, minor in unapplied.items() if minor]
    return found + credits


def final_numbers(session: Session, found: Iterable[Debt]) -> dict[int, str]:
    """Return the numbers of the final invoices that the debts name, by id."""
    ids = [debt.final_id for debt in found if debt.final_id]
    numbers = select(Invoice.id, Invoice.number)
    return {
        row[0]: row[1]
        for part in parts(ids)
        for row in session.execute(numbers.where(Invoice.id.in_(part)))
    }


def _is_past(session: Session, on: date) -> bool:
    closed = select(literal(1)).where(Invoice.closed_on > on).limit(1)
    applied = select(literal(1)).where(Application.applied_on > on).limit(1)
    return bool(session.scalar(closed) or session.scalar(applied))


def _owed(scope: Scope, on: date, policy: Policy, *, is_past: bool) -> AnySelect:
    held = _held(on)
    items = _items(scope, on, held, is_past=is_past)
    balance, due = items.c.balance, items.c.due_date
    left = balance - items.c.held
    free = case((left > 0, left), else_=0)

    def late(days: tuple[int, int]) -> ColumnElement[bool]:
        return due.between(on - timedelta(days=days[1]), on - timedelta(days=days[0]))

    is_free, in_window = left > 0, late(policy.window_days)
    is_final = and_(is_free, items.c.kind == InvoiceKind.FINAL, late(policy.final_days))
    is_mrr = and_(is_free, items.c.kind == InvoiceKind.MRR)
    return select(
        items.c.payer_id,
        items.c.currency,
        func.sum(balance),
        func.min(due),
        func.sum(free),
        func.min(case((is_free, due))),
        func.max(case((is_final, _mark(due, items.c.id)))),
        func.aggregate_strings(case((is_mrr, _period(items))), ","),
        func.sum(case((in_window, free), else_=0)),
        func.sum(case((in_window, balance), else_=0)),
        func.min(case((in_window, due))),
    ).group_by(items.c.payer_id, items.c.currency)


def _items(scope: Scope, on: date, held: CTE, *, is_past: bool) -> CTE:
    still_open = _past_due(scope, on).where(Invoice.closed_on.is_(None))
    if not is_past:
        return _with_held(still_open, Invoice.amount - Invoice.applied, held)
    later = _applied_after(on, Application.invoice_id)
    closed_since = _past_due(scope, on).where(
        Invoice.closed_on > on, or_(Invoice.settled_on.is_(None), Invoice.settled_on > on)
    )
    balance = Invoice.amount - Invoice.applied + func.coalesce(later.c.minor, 0)
    parts = [
        _with_held(
            part.outerjoin(later, later.c.of_id == Invoice.id).where(balance > 0), balance, held
        )
        for part in (still_open, closed_since)
    ]
    return union_all(*(select(part) for part in parts)).cte("items")


def _past_due(scope: Scope, on: date) -> AnySelect:
    return select(
        Invoice.id,
        Invoice.payer_id,
        Invoice.currency,
        Invoice.due_date,
        Invoice.kind,
        Invoice.service_month,
        Invoice.service_months,
    ).where(
        scope.has(Invoice.payer_id),
        Invoice.due_date < on,
        Invoice.invoice_date <= on,
        Invoice.amount > 0,
        ledger.is_published(),
    )


def _with_held(items: AnySelect, balance: ColumnElement[int], held: CTE) -> CTE:
    return (
        items.outerjoin(held, held.c.invoice_id == Invoice.id)
        .add_columns(
            balance.label("balance"),
            (Invoice.disputed + func.coalesce(held.c.minor, 0)).label("held"),
        )
        .cte()
    )


def _held(on: date) -> CTE:
    parts = [
        disputed(on).with_only_columns(DisputedInvoice.invoice_id, DisputedInvoice.amount),
        promised(on).with_only_columns(PromisedInvoice.invoice_id, PromisedInvoice.amount),
        planned(on).with_only_columns(PlannedInvoice.invoice_id, PlannedInvoice.amount),
    ]
    each = union_all(*parts).subquery()
    return (
        select(each.c.invoice_id, func.sum(each.c.amount).label("minor"))
        .group_by(each.c.invoice_id)
        .cte("held")
    )


def disputed(on: date) -> AnySelect:
    """Return what was disputed at the desk on a day, to be narrowed further (R18)."""
    return (
        select(DisputedInvoice)
        .join(Dispute, Dispute.id == DisputedInvoice.dispute_id)
        .where(
            Dispute.raised_on <= on, or_(Dispute.closed_on.is_(None), Dispute.closed_on > on)
        )
    )


def promised(on: date) -> AnySelect:
    """Return what was promised and paused calls on a day, to be narrowed further (R107)."""
    breakers = (
        select(Promise.payer_id)
        .where(Promise.state == PromiseState.BROKEN, Promise.state_on <= on)
        .group_by(Promise.payer_id)
        .having(func.count() >= PAUSING_BROKEN)
    )
    return (
        select(PromisedInvoice)
        .join(Promise, Promise.id == PromisedInvoice.promise_id)
        .where(
            Promise.made_on <= on,
            Promise.due_on >= on,
            or_(Promise.state_on.is_(None), Promise.state_on > on),
            Promise.payer_id.not_in(breakers),
        )
    )


def planned(on: date) -> AnySelect:
    """Return what was on a kept plan on a day, to be narrowed further (R62)."""
    return (
        select(PlannedInvoice)
        .join(PaymentPlan, PaymentPlan.id == PlannedInvoice.plan_id)
        .where(
            PaymentPlan.granted_on <= on,
            or_(PaymentPlan.ended_on.is_(None), PaymentPlan.ended_on > on),
        )
    )


def _unapplied(
    session: Session, scope: Scope, on: date, *, is_past: bool
) -> dict[tuple[int, str], int]:
    cash = _cash_then(on) if is_past else _cash_now()
    each = union_all(
        cash.where(scope.has(Payment.payer_id), Payment.received_on <= on),
        *(part.where(scope.has(Invoice.payer_id)) for part in _credits(on, is_past=is_past)),
    ).subquery()
    rows = session.execute(
        select(each.c.payer_id, each.c.currency, func.sum(each.c.minor)).group_by(
            each.c.payer_id, each.c.currency
        )
    )
    return {(row[0], row[1]): int(row[2]) for row in rows}


def _cash_now() -> AnySelect:
    left = (Payment.applied - Payment.amount).label("minor")
    unapplied = Payment.applied != Payment.amount
    return select(Payment.payer_id, Payment.currency, left).where(unapplied)


def _cash_then(on: date) -> AnySelect:
    later = _applied_after(on, Application.payment_id)
    left = Payment.applied - Payment.amount - func.coalesce(later.c.minor, 0)
    return (
        select(Payment.payer_id, Payment.currency, left.label("minor"))
        .outerjoin(later, later.c.of_id == Payment.id)
        .where(left != 0)
    )


def _credits(on: date, *, is_past: bool) -> list[AnySelect]:
    open_now = select(
        Invoice.payer_id, Invoice.currency, Invoice.amount - Invoice.applied
    ).where(Invoice.amount < _ZERO, Invoice.invoice_date <= on, ledger.is_published())
    parts = [open_now.where(Invoice.closed_on.is_(None))]
    return [*parts, open_now.where(Invoice.closed_on > on)] if is_past else parts


def _applied_after(on: date, of: Any) -> CTE:  # noqa: ANN401 - a mapped column
    return (
        select(of.label("of_id"), func.sum(Application.amount).label("minor"))
        .where(Application.applied_on > on)
        .group_by(of)
        .cte()
    )


def _mark(due: ColumnElement[Any], id_: ColumnElement[Any]) -> ColumnElement[str]:
    return cast(due, String) + "/" + cast(id_, String)


def _period(items: CTE) -> ColumnElement[str]:
    return cast(items.c.service_month * _LONGEST + items.c.service_months, String)


def _debt(row: AnyRow, unapplied: int) -> Debt:
    payer_id, currency, past_due, oldest, ranked, free_oldest, mark, months, *window = row
    due, _, final_id = (mark or "").partition("/")
    return Debt(
        payer_id,
        currency,
        int(past_due),
        oldest,
        int(ranked),
        free_oldest,
        date.fromisoformat(due) if due else None,
        int(final_id or 0),
        _months(months) if months else frozenset(),
        int(window[0]),
        int(window[1]),
        window[2],
        unapplied,
    )


@lru_cache(maxsize=65536)
def _months(periods: str) -> frozenset[int]:
    spans = (divmod(int(period), _LONGEST) for period in periods.split(","))
    return frozenset(month + n for month, count in spans for n in range(max(count, 1)))


def parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Return the ids in parts that fit into one statement."""
    for first in range(0, len(ids), _AT_ONCE):
        yield ids[first : first + _AT_ONCE]


_LONGEST: Final = 1000
_ZERO: Final[ColumnElement[int]] = literal_column("0")
"""Not bound as a value, so that the partial index of credits is found."""
_AT_ONCE: Final = 5000
