"""A large book, and what its lists and its aging need by bare SQL on the same database."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import insert, select, text

from bot.store.database import Database
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Invoice, InvoiceKind
from bot.workflows.people.records import Person
from bot.workflows.people.rules import Member

ON: Final = date(2026, 6, 8)
AT: Final = datetime(2026, 6, 8, 12, tzinfo=UTC)
AGENTS: Final = 50
OPEN_EACH: Final = 10
ZONES: Final = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "",
)
OWED: Final = """
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
UNAPPLIED: Final = """
SELECT payer_id, currency, SUM(minor) FROM (
  SELECT i.payer_id, i.currency, i.applied - i.amount AS minor FROM payments i
    WHERE i.applied != i.amount AND i.received_on <= :on AND {whose}
  UNION ALL
  SELECT i.payer_id, i.currency, i.amount - i.applied FROM invoices i
    WHERE i.amount < 0 AND i.invoice_date <= :on AND i.closed_on IS NULL AND {whose}
) AS parts GROUP BY payer_id, currency
"""


NAMED: Final = """
SELECT i.agent_id, i.id, i.number, i.name, i.flags, i.time_zone, i.state FROM customers i
  WHERE i.payer_id = i.id AND {whose}
"""
AGING: Final = """
SELECT currency, SUM(CASE WHEN n > 0 THEN 1 ELSE 0 END), SUM(n),
  SUM(b0), SUM(b1), SUM(b2), SUM(b3), SUM(b4), SUM(b5), SUM(c)
FROM (
  SELECT customer_id + 0, currency, COUNT(CASE WHEN amount > applied THEN 1 END) AS n,
    SUM(CASE WHEN amount > applied AND due_date >= :on THEN amount - applied ELSE 0 END) AS b0,
    SUM(CASE WHEN amount > applied AND due_date BETWEEN :d30 AND :d1
        THEN amount - applied ELSE 0 END) AS b1,
    SUM(CASE WHEN amount > applied AND due_date BETWEEN :d60 AND :d31
        THEN amount - applied ELSE 0 END) AS b2,
    SUM(CASE WHEN amount > applied AND due_date BETWEEN :d90 AND :d61
        THEN amount - applied ELSE 0 END) AS b3,
    SUM(CASE WHEN amount > applied AND due_date BETWEEN :d120 AND :d91
        THEN amount - applied ELSE 0 END) AS b4,
    SUM(CASE WHEN amount > applied AND due_date < :d120 THEN amount - applied ELSE 0 END) AS b5,
    SUM(CASE WHEN amount < applied THEN amount - applied ELSE 0 END) AS c
  FROM invoices WHERE closed_on IS NULL AND invoice_date <= :on
  GROUP BY customer_id + 0, currency
) AS accounts GROUP BY currency
"""


def owed(database: Database, agent_id: int | None = None) -> None:
    """Read what payers owe, of one agent or of all: the ranking facts alone."""
    concat = "GROUP_CONCAT" if database.is_sqlite else "STRING_AGG"
    _read(database, OWED.replace("{concat}", concat), agent_id, ON, 1, 5, 15, 30)


def unapplied_and_names(database: Database, agent_id: int | None = None) -> None:
    """Read what else a list needs: open credits, unapplied payments, who the payers are."""
    _read(database, UNAPPLIED, agent_id, ON)
    _read(database, NAMED, agent_id, None)


def aging(database: Database) -> None:
    """Read what is owed by age."""
    _read(database, AGING, None, ON, 1, 30, 31, 60, 61, 90, 91, 120)


def _read(
    database: Database, statement: str, agent_id: int | None, on: date | None, *days: int
) -> None:
    mine = "SELECT id FROM customers WHERE agent_id = :agent AND payer_id = id"
    whose = statement.replace("{whose}", f"i.payer_id IN ({mine})" if agent_id else "TRUE")
    values: dict[str, Any] = {f"d{n}": str(ON - timedelta(days=n)) for n in days}
    values |= {"on": str(on)} if on else {}
    values |= {"agent": agent_id} if agent_id else {}
    with database.reading() as session:
        session.execute(text(whose), values).all()


def make(database: Database, customers: int) -> list[Member]:
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
