"""
The daily sweeps over a large book, against their narrowing by bare SQL on the same database.

    python -m tests.benchmarks.sweeps [--customers 100000]

A sweep of final invoices and one of the escalation ladder, on a day when the book has changed
and nothing is due: CPU time of each and of its bare SQL, the quickest of some rounds. What was
done on the first day (calls opened, mail written, steps taken) is printed beside it.
"""

from __future__ import annotations

import argparse
import tempfile
import time as clock
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import text

from bot.cli.tables import import_records
from bot.policy import Policy
from bot.store.database import Database
from bot.workflows.ledger.records import BookUpdate
from scheduler import finals, mrr
from scheduler.job import Tick
from tests.benchmarks import book

ROUNDS = 5
HELD = """
WITH held AS (
  SELECT invoice_id, SUM(amount) AS minor FROM (
    SELECT d.invoice_id, d.amount FROM disputed_invoices d
      JOIN disputes ON disputes.id = d.dispute_id
      WHERE raised_on <= :on AND (closed_on IS NULL OR closed_on > :on)
    {promises}
    UNION ALL
    SELECT q.invoice_id, q.amount FROM planned_invoices q
      JOIN payment_plans ON payment_plans.id = q.plan_id
      WHERE granted_on <= :on AND (ended_on IS NULL OR ended_on > :on)
  ) AS parts GROUP BY invoice_id
)
"""
PROMISES = """
    UNION ALL
    SELECT p.invoice_id, p.amount FROM promised_invoices p
      JOIN promises ON promises.id = p.promise_id
      WHERE made_on <= :on AND due_on >= :on AND (state_on IS NULL OR state_on > :on)
"""
FINALS = (
    """
SELECT DISTINCT payer_id FROM invoices i
WHERE kind = 'final' AND amount > 0 AND invoice_date >= :month AND invoice_date < :next
  AND NOT EXISTS (SELECT 1 FROM finals_contact_invoices c
    WHERE c.invoice_id = i.id AND c.stage = 'confirmation')
""",
    *(
        HELD.replace("{promises}", PROMISES)
        + f"""
SELECT DISTINCT payer_id FROM invoices i LEFT JOIN held ON held.invoice_id = i.id
WHERE kind = 'final' AND amount > 0 AND closed_on IS NULL AND invoice_date <= :on
  AND due_date BETWEEN :{oldest} AND :{youngest}
  AND amount - applied - disputed - COALESCE(held.minor, 0) > 0
  AND NOT EXISTS (SELECT 1 FROM finals_contact_invoices c
    WHERE c.invoice_id = i.id AND c.stage = '{stage}')
"""
        for stage, oldest, youngest in (("day_15", "d30", "d15"), ("day_5", "d14", "d5"))
    ),
    """
SELECT c.id FROM finals_contacts c WHERE c.state = 'due' AND NOT EXISTS (
  SELECT 1 FROM finals_contact_invoices n JOIN invoices i ON i.id = n.invoice_id
  WHERE n.contact_id = c.id AND i.closed_on IS NULL AND i.due_date >= :d30)
""",
)
LADDER = (
    HELD.replace("{promises}", "")
    + """
SELECT payer_id, MIN(due_date) FROM invoices i LEFT JOIN held ON held.invoice_id = i.id
WHERE kind = 'mrr' AND amount > 0 AND closed_on IS NULL AND due_date < :on
  AND amount - applied - disputed - COALESCE(held.minor, 0) > 0 GROUP BY payer_id
""",
    "SELECT id, payer_id, rung, rung_on FROM escalation_ladders WHERE closed_on IS NULL",
)


def main() -> None:
    """Make the book, let the first day happen, and measure the days after it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    given = parser.parse_args()
    import_records()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'desk.db'}", audit_key=b"bench")
        database.create_tables()
        book.make(database, given.customers)
        _thin_out(database)
        for job in (finals.work, mrr.climb):
            started = clock.perf_counter()
            said = job(_tick(database, book.AT))
            print(f"the first day, {clock.perf_counter() - started:.0f} s: {said}")
        for name, job, statements in (
            ("final invoices", finals.work, FINALS),
            ("escalation ladder", mrr.climb, LADDER),
        ):
            _compare(database, name, job, statements)
        database.close()


def _thin_out(database: Database) -> None:
    """Leave one in twenty final invoices, and MRR past due for one payer in ten."""
    finals_left = "UPDATE invoices SET kind = 'other' WHERE kind = 'final' AND id % 20 != 0"
    mrr_later = (
        "UPDATE invoices SET due_date = :later WHERE kind = 'mrr' AND payer_id % 10 != 0"
    )
    with database.transaction() as session:
        session.execute(text(finals_left))
        session.execute(text(mrr_later), {"later": str(book.ON + timedelta(days=90))})


def _compare(
    database: Database, name: str, job: Callable[[Tick], str], statements: tuple[str, ...]
) -> None:
    bare, ours = [], []
    for n in range(1, ROUNDS + 1):
        _news(database)
        tick = _tick(database, book.AT + timedelta(hours=n))
        bare.append(_timed(partial(_read, database, statements)))
        ours.append(_timed(partial(job, tick)))
    ratio = min(ours) / min(bare)
    print(
        f"daily sweep, {name}: {min(ours) * 1000:,.0f} ms; bare SQL "
        f"{min(bare) * 1000:,.0f} ms ({ratio:.2f}x)"
    )


def _tick(database: Database, at: datetime) -> Tick:
    return Tick(at=at, database=database, policy=Policy())


def _news(database: Database) -> None:
    with database.transaction() as session:
        session.add(
            BookUpdate(
                what="invoices", source="x", accepted=0, rejected=0, changed=0, at=book.AT
            )
        )


def _read(database: Database, statements: tuple[str, ...]) -> None:
    values = {f"d{n}": str(book.ON - timedelta(days=n)) for n in (5, 14, 15, 30)}
    values |= {"on": str(book.ON), "month": "2026-05-01", "next": "2026-06-01"}
    for statement in statements:
        named = {name: value for name, value in values.items() if f":{name}" in statement}
        with database.reading() as session:
            session.execute(text(statement), named).all()


def _timed(run: Callable[[], object]) -> float:
    started = clock.process_time()
    run()
    return clock.process_time() - started


if __name__ == "__main__":
    main()
