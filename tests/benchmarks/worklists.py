"""
Morning lists of a large book, against the same facts by bare SQL on the same database.

    python -m tests.benchmarks.worklists [--customers 100000] [--url postgresql+psycopg://...]

Prints, for one agent and for all: bare SQL, ranked (facts, rules, words), and made (ranked and
written down, committed), with ratios of their CPU time; and how it grows from a quarter of the
book on. Bare SQL reads what a list needs: what is owed less what is disputed, promised or
planned, what is unapplied, and who the payers are. Bare and ranked take turns; the quickest
round of each counts, since neighbours only slow down.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
import time as clock
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text

from bot.cli.tables import import_records
from bot.policy import Policy
from bot.store.database import Database
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Invoice, InvoiceKind
from bot.workflows.people.records import Person
from bot.workflows.people.rules import Member
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import portfolio

ON = date(2026, 6, 8)
AT = datetime(2026, 6, 8, 12, tzinfo=UTC)
AGENTS = 50
OPEN_EACH = 10
ROUNDS = 9
ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "")
BARE = """
WITH held AS (
  SELECT invoice_id, SUM(amount) AS minor FROM (
    SELECT d.invoice_id, d.amount FROM disputed_invoices d
      JOIN disputes ON disputes.id = d.dispute_id
      WHERE raised_on <= :on AND (closed_on IS NULL OR closed_on > :on)
    UNION ALL
    SELECT p.invoice_id, p.amount FROM promised_invoices p
      JOIN promises ON promises.id = p.promise_id
      WHERE made_on <= :on AND due_on >= :on AND (state_on IS NULL OR state_on > :on)
    UNION ALL
    SELECT q.invoice_id, q.amount FROM planned_invoices q
      JOIN payment_plans ON payment_plans.id = q.plan_id
      WHERE granted_on <= :on AND (ended_on IS NULL OR ended_on > :on)
  ) AS parts GROUP BY invoice_id
), items AS (
  SELECT i.payer_id, i.currency, i.due_date, i.kind, i.service_month, i.service_months, i.id,
    i.amount - i.applied AS balance, i.disputed + COALESCE(h.minor, 0) AS held
  FROM invoices i LEFT JOIN held h ON h.invoice_id = i.id
  WHERE i.closed_on IS NULL AND i.due_date < :on AND i.invoice_date <= :on AND i.amount > 0
    AND {whose}
)
SELECT payer_id, currency, SUM(balance), MIN(due_date),
  SUM(CASE WHEN balance > held THEN balance - held ELSE 0 END),
  MIN(CASE WHEN balance > held THEN due_date END),
  MAX(CASE WHEN balance > held AND kind = 'final' AND due_date BETWEEN :d30 AND :d1
      THEN CAST(due_date AS VARCHAR) || '/' || CAST(id AS VARCHAR) END),
  {concat}(CASE WHEN balance > held AND kind = 'mrr'
      THEN CAST(service_month * 1000 + service_months AS VARCHAR) END, ','),
  SUM(CASE WHEN due_date BETWEEN :d15 AND :d5 AND balance > held
      THEN balance - held ELSE 0 END),
  SUM(CASE WHEN due_date BETWEEN :d15 AND :d5 THEN balance ELSE 0 END),
  MIN(CASE WHEN due_date BETWEEN :d15 AND :d5 THEN due_date END)
FROM items GROUP BY payer_id, currency
"""
UNAPPLIED = """
SELECT payer_id, currency, SUM(minor) FROM (
  SELECT i.payer_id, i.currency, i.applied - i.amount AS minor FROM payments i
    WHERE i.applied != i.amount AND i.received_on <= :on AND {whose}
  UNION ALL
  SELECT i.payer_id, i.currency, i.amount - i.applied FROM invoices i
    WHERE i.amount < 0 AND i.invoice_date <= :on AND i.closed_on IS NULL AND {whose}
) AS parts GROUP BY payer_id, currency
"""


NAMED = """
SELECT i.agent_id, i.id, i.number, i.name, i.flags, i.time_zone, i.state FROM customers i
  WHERE i.payer_id = i.id AND {whose}
"""


def main() -> None:
    """Make the book, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    import_records()
    sizes = (given.customers // 4, given.customers)
    measured = [_measure(size, given.url if size == given.customers else "") for size in sizes]
    growth = math.log(measured[1] / measured[0]) / math.log(sizes[1] / sizes[0])
    print(f"growth exponent of all lists, {sizes[0]:,} to {sizes[1]:,} customers: {growth:.2f}")


def _measure(customers: int, url: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(url or f"sqlite:///{Path(folder) / 'desk.db'}", audit_key=b"bench")
        database.create_tables()
        started = clock.perf_counter()
        agents = _book(database, customers)
        took = clock.perf_counter() - started
        print(f"\n{customers:,} customers, {customers * OPEN_EACH:,} invoices, in {took:.0f} s")
        one = _one_agent(database, agents[0])
        every = _all_agents(database, agents)
        database.close()
    print(f"one agent's list: {one}")
    print(f"lists for {AGENTS} agents: {every[1]}")
    return every[0]


def _one_agent(database: Database, agent: Member) -> str:
    bare, ranked = [], []
    for _ in range(ROUNDS):
        bare.append(_timed(lambda: _bare(database, agent.id)))
        ranked.append(_timed(lambda: _rank(database, agent)))
    made = _timed(lambda: _make(database, agent, ON))
    return _ratios(min(bare), min(ranked), made)


def _all_agents(database: Database, agents: list[Member]) -> tuple[float, str]:
    bare, ranked = [], []
    for _ in range(3):
        bare.append(_timed(lambda: _bare(database, None)))
        ranked.append(_timed(partial(_rank_all, database, agents)))
    tomorrow = ON + timedelta(days=1)
    made = sum(_timed(partial(_make, database, agent, tomorrow)) for agent in agents)
    return min(ranked), _ratios(min(bare), min(ranked), made)


def _ratios(bare: float, ranked: float, made: float) -> str:
    return (
        f"bare SQL {bare * 1000:.0f} ms, ranked {ranked * 1000:.0f} ms ({ranked / bare:.2f}x), "
        f"made and committed {made * 1000:.0f} ms ({made / bare:.2f}x)"
    )


def _timed(work: Callable[[], object]) -> float:
    started = clock.process_time()
    work()
    return clock.process_time() - started


def _rank(database: Database, agent: Member) -> None:
    with database.reading() as session:
        portfolio.ranking(session, agent, on=ON, policy=Policy())


def _rank_all(database: Database, agents: list[Member]) -> None:
    with database.reading() as session:
        for _ in portfolio.rankings(session, agents, on=ON, policy=Policy()):
            pass


def _make(database: Database, agent: Member, day: date) -> None:
    with database.transaction() as session:
        worklists.open_day(session, agent, day=day, at=AT, policy=Policy())


def _bare(database: Database, agent_id: int | None) -> None:
    days = {f"d{n}": str(ON - timedelta(days=n)) for n in (1, 5, 15, 30)}
    mine = "SELECT id FROM customers WHERE agent_id = :agent AND payer_id = id"
    whose = f"i.payer_id IN ({mine})" if agent_id else "TRUE"
    concat = "GROUP_CONCAT" if database.is_sqlite else "STRING_AGG"
    values: dict[str, Any] = {"on": str(ON), **days}
    values |= {"agent": agent_id} if agent_id else {}
    with database.reading() as session:
        session.execute(text(BARE.format(whose=whose, concat=concat)), values).all()
        session.execute(text(UNAPPLIED.format(whose=whose)), values).all()
        session.execute(text(NAMED.format(whose=whose)), values).all()


def _book(database: Database, customers: int) -> list[Member]:
    with database.transaction() as session:
        session.execute(insert(Person), [_person(n) for n in range(1, AGENTS + 1)])
        agents = [person.as_member() for person in session.scalars(select(Person))]
        ids = [agent.id for agent in agents]
        rows = _customers(customers, ids)
        for part in _parts(rows):
            session.execute(insert(Customer), part)
    for part in _parts(_invoices(customers)):
        with database.transaction() as session:
            session.execute(insert(Invoice), part)
    with database.transaction() as session:
        session.execute(text("ANALYZE"))
    return agents


def _parts(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == 20_000:
            yield part
            part = []
    if part:
        yield part


def _person(number: int) -> dict[str, Any]:
    return {
        "entra_id": f"entra-{number}",
        "email": f"agent{number}@desk.example",
        "name": f"Agent {number}",
        "roles": "agent",
        "tenant_id": "",
        "shift_start": time(8),
        "shift_end": time(17),
        "learned_at": AT,
    }


def _customers(count: int, agents: list[int]) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        yield {
            "id": number,
            "number": f"C{number:06d}",
            "name": f"Hotel {number}",
            "payer_id": number,
            "agent_id": agents[number % len(agents)],
            "time_zone": ZONES[number % len(ZONES)],
            "learned_at": AT,
        }


def _invoices(customers: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(7)
    kinds = (InvoiceKind.MRR,) * 5 + (InvoiceKind.FINAL, InvoiceKind.OTHER)
    for number in range(1, customers * OPEN_EACH + 1):
        due = ON - timedelta(days=chance.randrange(-30, 120))
        dated = due - timedelta(days=30)
        payer = chance.randrange(1, customers + 1)
        yield {
            "number": f"I{number:07d}",
            "customer_id": payer,
            "payer_id": payer,
            "kind": kinds[chance.randrange(len(kinds))],
            "currency": "USD",
            "invoice_date": dated,
            "due_date": due,
            "amount": chance.randrange(1_00, 9_000_00),
            "disputed": 5000 if chance.random() < 0.02 else 0,
            "service_month": dated.year * 12 + dated.month - 1,
            "learned_at": AT,
        }


if __name__ == "__main__":
    main()
