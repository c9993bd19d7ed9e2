"""
Morning lists of a large book, against the same facts by bare SQL on the same database.

    python -m tests.benchmarks.worklists [--customers 100000] [--url postgresql+psycopg://...]

*Ranked* is what the job morning-lists does before it writes anything: facts, rules and words of
every list that falls due at one moment, read and ranked for a few agents at a time. *Posted* is
the whole job: ranked, and each list claimed, written down and committed by itself.

Two baselines, and the ratio to each. *Narrow*: what payers owe, by one statement. *All facts*:
that, what is unapplied, and who the payers are, since a list needs them, too. For the job, the
lines that it wrote are written by bare SQL besides, as many commits as there are lists.

On SQLite times are CPU times, since neighbours only slow down; else they are by the clock.
Bare and ranked take turns, and the quickest round of each counts.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time as clock
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import text

from bot.cli.tables import import_records
from bot.policy import Policy
from bot.store.database import Database
from bot.workflows.ledger import queries as ledger
from bot.workflows.people.rules import Member
from bot.workflows.worklists import portfolio
from scheduler.job import Tick
from scheduler.worklists import post_lists
from tests.benchmarks import book

ROUNDS: Final = 7
WRITTEN: Final = ("worklist_entries", "worklist_left_off", "window_standings")


def main() -> None:
    """Make the book, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--url", default="")
    given, _ = parser.parse_known_args()
    import_records()
    sizes = (given.customers // 4, given.customers)
    measured = [_measure(size, given.url if size == given.customers else "") for size in sizes]
    if not given.url:
        growth = math.log(measured[1] / measured[0]) / math.log(sizes[1] / sizes[0])
        print(f"growth exponent of all lists, {sizes[0]:,} to {sizes[1]:,}: {growth:.2f}")


def _measure(customers: int, url: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(url or f"sqlite:///{Path(folder) / 'desk.db'}", audit_key=b"bench")
        database.create_tables()
        started = clock.perf_counter()
        agents = book.make(database, customers)
        took = clock.perf_counter() - started
        count = customers * book.OPEN_EACH
        print(f"\n{customers:,} customers, {count:,} invoices, in {took:.0f} s")
        _ratios("one agent's list", database, agents[:1], agents[0].id)
        ranked = _ratios(f"lists of {len(agents)} agents", database, agents, None)
        _aging(database)
        _job(database)
        database.close()
    return ranked


def _ratios(what: str, database: Database, agents: list[Member], agent_id: int | None) -> float:
    narrow, others, ranked = [], [], []
    with _peak() as grown:
        for _ in range(ROUNDS):
            narrow.append(_timed(database, partial(book.owed, database, agent_id)))
            others.append(
                _timed(database, partial(book.unapplied_and_names, database, agent_id))
            )
            ranked.append(_timed(database, partial(_rank, database, agents)))
    bare, all_facts, took = min(narrow), min(narrow) + min(others), min(ranked)
    print(
        f"{what}: ranked {took * 1000:,.0f} ms; "
        f"narrow bare SQL {bare * 1000:,.0f} ms ({took / bare:.2f}x), "
        f"all facts by bare SQL {all_facts * 1000:,.0f} ms ({took / all_facts:.2f}x)"
        f"{grown[0]}"
    )
    return took


def _rank(database: Database, agents: list[Member]) -> None:
    ids = [agent.id for agent in agents]
    for first in range(0, len(ids), portfolio.AT_ONCE):
        some = ids[first : first + portfolio.AT_ONCE]
        with database.reading() as session:
            portfolio.drafts(session, some, on=book.ON, policy=Policy())


def _aging(database: Database) -> None:
    bare, ours = [], []
    for _ in range(3):
        bare.append(_timed(database, partial(book.aging, database)))
        ours.append(_timed(database, partial(_aged, database)))
    ratio = min(ours) / min(bare)
    print(
        f"aging of the book: {min(ours) * 1000:,.0f} ms; "
        f"bare SQL {min(bare) * 1000:,.0f} ms ({ratio:.2f}x)"
    )


def _aged(database: Database) -> None:
    with database.reading() as session:
        ledger.aging(session, on=book.ON)


def _job(database: Database) -> None:
    tick = Tick(at=book.AT, database=database, policy=Policy())
    started = clock.perf_counter()
    took = _timed(database, lambda: post_lists(tick))
    seconds = clock.perf_counter() - started
    facts = _timed(database, partial(book.owed, database))
    facts += _timed(database, partial(book.unapplied_and_names, database))
    written = _written(database)
    bare = facts + _timed(database, partial(_write, database, written))
    lines = sum(len(rows) for found in written.values() for rows in found.values())
    print(
        f"the job: {len(written)} lists, {lines:,} lines posted in {seconds:.1f} s; "
        f"{took * 1000:,.0f} ms; all facts and the same lines by bare SQL "
        f"{bare * 1000:,.0f} ms ({took / bare:.2f}x)"
    )


Lines = dict[str, list[dict[str, object]]]


def _written(database: Database) -> dict[int, Lines]:
    """Take the lines of all lists out again, as the database has them, by list and table."""
    found: dict[int, Lines] = {}
    with database.transaction() as session:
        for table in WRITTEN:
            for row in session.execute(text(f"SELECT * FROM {table}")).mappings():
                lines = found.setdefault(row["worklist_id"], {name: [] for name in WRITTEN})
                lines[table].append(dict(row))
            session.execute(text(f"DELETE FROM {table}"))
    return found


def _write(database: Database, written: dict[int, Lines]) -> None:
    for lines in written.values():
        with database.engine.begin() as connection:
            for table, rows in lines.items():
                if rows:
                    columns = ", ".join(rows[0])
                    values = ", ".join(f":{name}" for name in rows[0])
                    statement = f"INSERT INTO {table} ({columns}) VALUES ({values})"
                    connection.execute(text(statement), rows)


def _timed(database: Database, work: Callable[[], object]) -> float:
    measure = clock.process_time if database.is_sqlite else clock.perf_counter
    started = measure()
    work()
    return measure() - started


@contextmanager
def _peak() -> Iterator[list[str]]:
    """Say by how much the process grew meanwhile, where the system tells."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    said = [""]
    if not reset.exists():
        yield said
        return
    reset.write_text("5")
    before = _high_water(status)
    yield said
    said[0] = f"; memory grew by {max(0, _high_water(status) - before):,} MiB at most"


def _high_water(status: Path) -> int:
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
