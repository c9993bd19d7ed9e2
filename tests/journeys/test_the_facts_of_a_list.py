"""The facts by set-based SQL are those of a pure fold over the same items, on any day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from bot.policy import Policy
from bot.store.base import Record
from bot.store.database import Database
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import Kind
from bot.workflows.customers.records import Customer
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.ledger.records import Application, Invoice, InvoiceKind, Payment
from bot.workflows.payment_plans.records import PaymentPlan, PlannedInvoice
from bot.workflows.people.records import Person
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState
from bot.workflows.worklists import facts
from bot.workflows.worklists.facts import Scope
from bot.workflows.worklists.payers import Debt
from tests.support.databases import postgresql_url
from tests.support.desk import KEY, MONDAY_8_AM, TODAY

POLICY = Policy()
AGENT, PAYERS = 1, (1, 2, 3)


@dataclass(frozen=True)
class Hold:
    """A dispute, promise or plan on one invoice, from a day on, until it ends."""

    kind: str
    starts: int
    lasts: int
    ended: int | None
    amount: int
    is_broken: bool


@dataclass(frozen=True)
class Item:
    """An invoice or a credit; days are counted from today, back in time."""

    payer: int
    currency: str
    kind: InvoiceKind
    dated: int
    terms: int
    amount: int
    disputed: int
    settled: int | None
    month: int
    months: int
    applied: tuple[tuple[int, int], ...]
    holds: tuple[Hold, ...]


@dataclass(frozen=True)
class Cash:
    """An unapplied payment."""

    payer: int
    currency: str
    received: int
    amount: int


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


holds = st.builds(
    Hold,
    kind=st.sampled_from(("dispute", "promise", "plan")),
    starts=st.integers(0, 40),
    lasts=st.integers(0, 30),
    ended=st.one_of(st.none(), st.integers(0, 40)),
    amount=st.integers(1, 600),
    is_broken=st.booleans(),
)
items = st.builds(
    Item,
    payer=st.sampled_from(PAYERS),
    currency=st.sampled_from(("USD", "EUR")),
    kind=st.sampled_from(InvoiceKind),
    dated=st.integers(-3, 120),
    terms=st.integers(0, 60),
    amount=st.one_of(st.integers(1, 1000), st.integers(-500, -1)),
    disputed=st.one_of(st.just(0), st.integers(1, 400)),
    settled=st.one_of(st.none(), st.integers(-5, 60)),
    month=st.integers(24310, 24317),
    months=st.sampled_from((1, 1, 3)),
    applied=st.lists(st.tuples(st.integers(-10, 40), st.integers(1, 400)), max_size=2).map(
        lambda parts: tuple({day: (day, minor) for day, minor in parts}.values())
    ),
    holds=st.lists(holds, max_size=2).map(tuple),
)
cash = st.builds(
    Cash,
    payer=st.sampled_from(PAYERS),
    currency=st.sampled_from(("USD", "EUR")),
    received=st.integers(-5, 40),
    amount=st.integers(1, 900),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("facts")
    url = f"sqlite:///{folder / 'desk.db'}"
    if request.param == "postgresql":
        url = postgresql_url()
    database = Database(url, audit_key=KEY)
    database.create_tables()
    yield database
    database.close()


@given(
    book=st.lists(items, max_size=12),
    unapplied=st.lists(cash, max_size=3),
    days_back=st.sampled_from((0, 0, 1, 7, 30)),
)
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_query_and_the_fold_agree(
    database: Database, book: list[Item], unapplied: list[Cash], days_back: int
):
    on = ago(days_back)
    with database.transaction() as session:
        _remember(session, book, unapplied)
        session.flush()

        found, _ = facts.debts(session, Scope(agents=(AGENT,)), on=on, policy=POLICY)

        session.rollback()
    debts = [debt for owed in found.values() for debt in owed]
    assert {(d.payer_id, d.currency): d for d in debts} == _folded(book, unapplied, on)


def _folded(book: list[Item], unapplied: list[Cash], on: date) -> dict[tuple[int, str], Debt]:
    breakers = _breakers(book, on)
    debts: dict[tuple[int, str], list[tuple[int, Item, int, int]]] = defaultdict(list)
    credit: dict[tuple[int, str], int] = defaultdict(int)
    for number, item in enumerate(book, start=1):
        balance = _balance(item, on)
        key = (item.payer, item.currency)
        if balance < 0:
            credit[key] += balance
        if balance > 0 and _due(item) < on:
            free = max(0, balance - item_disputed(item) - _held(item, on, breakers))
            debts[key].append((number, item, balance, free))
    for part in unapplied:
        if ago(part.received) <= on:
            credit[(part.payer, part.currency)] -= part.amount
    keys = set(debts) | {key for key, minor in credit.items() if minor}
    return {key: _sum(key, debts[key], credit[key], on) for key in keys}


def item_disputed(item: Item) -> int:
    return item.disputed if item.amount > 0 else 0


def _sum(
    key: tuple[int, str], parts: list[tuple[int, Item, int, int]], credit: int, on: date
) -> Debt:
    free = [part for part in parts if part[3] > 0]
    window = [part for part in parts if 5 <= (on - _due(part[1])).days <= 15]
    finals = [
        (_due(item).isoformat() + "/" + str(number), f"I{number}", _due(item))
        for number, item, _, _ in free
        if item.kind is InvoiceKind.FINAL and 1 <= (on - _due(item)).days <= 30
    ]
    final = max(finals, default=("", "", None))
    months = frozenset(
        item.month + n
        for _, item, _, _ in free
        if item.kind is InvoiceKind.MRR
        for n in range(item.months)
    )
    return Debt(
        payer_id=key[0],
        currency=key[1],
        past_due=sum(balance for _, _, balance, _ in parts),
        oldest_due=min((_due(item) for _, item, _, _ in parts), default=None),
        ranked=sum(left for _, _, _, left in free),
        ranked_oldest=min((_due(item) for _, item, _, _ in free), default=None),
        final_due=final[2],
        final_number=final[1],
        months=months,
        window=sum(left for _, _, _, left in window),
        window_past_due=sum(balance for _, _, balance, _ in window),
        window_due=min((_due(item) for _, item, _, _ in window), default=None),
        unapplied=credit,
    )


def _due(item: Item) -> date:
    return ago(item.dated) + timedelta(days=item.terms)


def _settled(item: Item) -> date | None:
    return None if item.settled is None else ago(item.settled)


def _balance(item: Item, on: date) -> int:
    settled = _settled(item)
    if ago(item.dated) > on or (settled and settled <= on):
        return 0
    return item.amount - sum(minor for day, minor in _applied(item) if ago(day) <= on)


def _applied(item: Item) -> list[tuple[int, int]]:
    left, parts = max(item.amount, 0), []
    for day, minor in sorted(item.applied, reverse=True):
        if _settled(item) is None and (part := min(minor, left)):
            parts.append((day, part))
            left -= part
    return parts


def _held(item: Item, on: date, breakers: set[int]) -> int:
    held = 0
    for hold in item.holds:
        if item.amount < 0 or not _is_live(hold, on):
            continue
        if hold.kind == "promise" and item.payer in breakers:
            continue
        held += hold.amount
    return held


def _is_live(hold: Hold, on: date) -> bool:
    until = ago(hold.starts) + timedelta(days=hold.lasts)
    if hold.kind == "promise" and until < on:
        return False
    return ago(hold.starts) <= on and (hold.ended is None or ago(hold.ended) > on)


def _breakers(book: list[Item], on: date) -> set[int]:
    broken: dict[int, int] = defaultdict(int)
    for item in book:
        for hold in item.holds:
            is_over = hold.ended is not None and ago(hold.ended) <= on
            if item.amount > 0 and hold.kind == "promise" and hold.is_broken and is_over:
                broken[item.payer] += 1
    return {payer for payer, count in broken.items() if count >= 2}


def _remember(session: Any, book: list[Item], unapplied: list[Cash]) -> None:
    person: dict[str, Any] = {"id": AGENT, "entra_id": "a", "name": "A", "roles": "agent"}
    _insert(session, Person, [person | {"learned_at": MONDAY_8_AM}])
    _insert(session, Customer, [_customer(n) for n in PAYERS])
    _insert(session, Invoice, [_invoice(n, item) for n, item in enumerate(book, start=1)])
    _insert(session, Payment, [_payment(n, part) for n, part in enumerate(unapplied, start=1)])
    _insert(session, Payment, list(_applied_payments(book)))
    _insert(session, Application, list(_applications(book)))
    for number, (invoice, hold) in enumerate(_all_holds(book), start=1):
        _hold(session, number, invoice, hold, book[invoice - 1])


def _insert(session: Any, record: type[Record], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(record), rows)


def _customer(number: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": number,
        "payer_id": number,
        "number": f"C{number}",
        "name": f"N{number}",
    }
    return row | {"agent_id": AGENT, "learned_at": MONDAY_8_AM}


def _invoice(number: int, item: Item) -> dict[str, Any]:
    applied = _applied(item)
    total = sum(minor for _, minor in applied)
    closed = _settled(item)
    if closed is None and item.amount > 0 and total == item.amount:
        closed = max(ago(day) for day, _ in applied)
    return {
        "id": number,
        "number": f"I{number}",
        "customer_id": item.payer,
        "payer_id": item.payer,
        "kind": item.kind,
        "currency": item.currency,
        "invoice_date": ago(item.dated),
        "due_date": _due(item),
        "amount": item.amount,
        "applied": total,
        "disputed": item_disputed(item),
        "settled_on": _settled(item),
        "closed_on": closed,
        "service_month": item.month,
        "service_months": item.months,
        "learned_at": MONDAY_8_AM,
    }


def _payment(number: int, part: Cash) -> dict[str, Any]:
    return {
        "id": number,
        "number": f"P{number}",
        "customer_id": part.payer,
        "payer_id": part.payer,
        "received_on": ago(part.received),
        "amount": part.amount,
        "applied": 0,
        "currency": part.currency,
        "learned_at": MONDAY_8_AM,
    }


def _applied_payments(book: list[Item]) -> Iterator[dict[str, Any]]:
    for number, (_, item, day, minor) in enumerate(_all_applied(book), start=100):
        part = Cash(item.payer, item.currency, day, minor)
        yield _payment(number, part) | {"applied": minor}


def _applications(book: list[Item]) -> Iterator[dict[str, Any]]:
    for number, (invoice, _, day, minor) in enumerate(_all_applied(book), start=100):
        yield {
            "payment_id": number,
            "invoice_id": invoice,
            "amount": minor,
            "applied_on": ago(day),
            "learned_at": MONDAY_8_AM,
        }


def _all_applied(book: list[Item]) -> Iterator[tuple[int, Item, int, int]]:
    for number, item in enumerate(book, start=1):
        for day, minor in _applied(item):
            yield number, item, day, minor


def _all_holds(book: list[Item]) -> Iterator[tuple[int, Hold]]:
    for number, item in enumerate(book, start=1):
        yield from ((number, hold) for hold in item.holds if item.amount > 0)


def _hold(session: Any, number: int, invoice: int, hold: Hold, item: Item) -> None:
    starts, ended = ago(hold.starts), None if hold.ended is None else ago(hold.ended)
    common: dict[str, Any] = {"id": number, "payer_id": item.payer, "currency": item.currency}
    common |= {"amount": hold.amount}
    row: dict[str, Any]
    part = {"invoice_id": invoice, "amount": hold.amount}
    if hold.kind == "dispute":
        row = {"reason": "price", "description": "", "department": "billing"}
        row |= {"raised_on": starts, "raised_at": MONDAY_8_AM, "raised_by": AGENT}
        row |= {"answer_due_on": starts, "closed_on": ended}
        _insert(session, Dispute, [common | row])
        _insert(session, DisputedInvoice, [part | {"dispute_id": number}])
    elif hold.kind == "promise":
        state = PromiseState.BROKEN if hold.is_broken else PromiseState.WITHDRAWN
        row = {"made_on": starts, "made_at": MONDAY_8_AM, "made_by": AGENT}
        row |= {"due_on": starts + timedelta(days=hold.lasts), "state_on": ended}
        row |= {"state": PromiseState.LIVE if ended is None else state}
        _insert(session, Promise, [common | row])
        _insert(session, PromisedInvoice, [part | {"promise_id": number}])
    else:
        asked: dict[str, Any] = {
            "id": number,
            "kind": Kind.PAYMENT_PLAN,
            "payer_id": item.payer,
            "asked_by": AGENT,
        }
        moments = ("asked_at", "remind_at", "last_call_at", "expires_at")
        _insert(session, Approval, [asked | dict.fromkeys(moments, MONDAY_8_AM)])
        row = {"approval_id": number, "granted_on": starts, "ended_on": ended}
        _insert(session, PaymentPlan, [common | row | {"asked_at": MONDAY_8_AM}])
        _insert(session, PlannedInvoice, [part | {"plan_id": number}])
