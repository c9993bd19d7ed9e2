"""
Import of a large file of invoices against bare `sqlite3.executemany` of the same rows.

    python -m tests.benchmarks.imports [--lines 1000000]

The baseline inserts the same rows, already typed, into the same keyed and indexed table of an
equal database, as one transaction. The import is the whole of `ardesk import invoices` in a
process of its own: reading, checking, putting aside, merging in slices, showing. Meanwhile
another process writes as a press does, every 50 ms, and notes how long it had to wait.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bot.cli.tables import import_records
from bot.store.database import Database

HEADER = [
    "invoice_number",
    "customer_id",
    "invoice_date",
    "due_date",
    "amount",
    "customer_name",
    "agent",
    "kind",
    "currency",
    "settled_on",
    "disputed",
    "service_from",
    "service_to",
    "terms",
    "po",
]
CUSTOMERS = 100_000
FIRST = date(2025, 1, 1)
TARGET = 3.0


def rows(lines: int) -> Iterator[list[str]]:
    chance = random.Random(7)
    for n in range(lines):
        customer = chance.randrange(CUSTOMERS)
        dated = FIRST + timedelta(days=chance.randrange(540))
        amount = f"{chance.randrange(1_000, 900_000) / 100:.2f}"
        yield [
            f"INV-{n:08d}",
            f"C{customer:06d}",
            dated.isoformat(),
            (dated + timedelta(days=30)).isoformat(),
            amount,
            f"Hotel number {customer}",
            f"agent{customer % 50}@desk.example",
            ("mrr", "final", "other")[n % 3],
            "USD",
            "",
            "no" if n % 50 else "yes",
            "",
            "",
            "net 30",
            f"PO {n % 1000}",
        ]


def write(path: Path, lines: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows(lines))


def typed(lines: int) -> Iterator[tuple[object, ...]]:
    for row in rows(lines):
        minor = int(row[4].replace(".", ""))
        customer = int(row[1][1:]) + 1
        month = int(row[2][:4]) * 12 + int(row[2][5:7]) - 1
        disputed = minor if row[10] == "yes" else 0
        yield (
            row[0], customer, customer, row[7], "USD", row[2], row[3], minor, 0, disputed,
            None, None, month, 1, "net 30", row[14], 1, "2026-06-08 12:00:00.000000",
        )  # fmt: skip


COLUMNS = (
    "number, customer_id, payer_id, kind, currency, invoice_date, due_date, amount, applied, "
    "disputed, settled_on, closed_on, service_month, service_months, terms, po, update_id, "
    "learned_at"
)


def bare(folder: Path, lines: int) -> float:
    path = folder / "bare.db"
    import_records()
    database = Database(f"sqlite:///{path}", audit_key=b"k" * 32)
    database.create_tables()
    database.close()
    ready = list(typed(lines))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=FULL")
    marks = ",".join("?" * len(ready[0]))
    start = time.perf_counter()
    connection.executemany(f"INSERT INTO invoices ({COLUMNS}) VALUES ({marks})", ready)
    connection.commit()
    took = time.perf_counter() - start
    connection.close()
    path.unlink()
    return took


class Presser(threading.Thread):
    """Writes one small row every 50 ms, in a process's own connection, and times it."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.waits: list[float] = []
        self.failures = 0
        self.running = True

    def run(self) -> None:
        connection = sqlite3.connect(self.path, timeout=5, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        while self.running:
            start = time.perf_counter()
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO presses (at) VALUES (?)", (start,))
                connection.execute("COMMIT")
            except sqlite3.OperationalError:
                self.failures += 1
            self.waits.append(time.perf_counter() - start)
            time.sleep(0.05)
        connection.close()


def imported(folder: Path, file: Path) -> tuple[float, int, Presser]:
    home = folder / "home"
    environment = os.environ | {"ARDESK_HOME": str(home)}
    command = [sys.executable, "-m", "bot", "import", "invoices"]
    empty = folder / "empty.csv"
    empty.write_text(",".join(HEADER) + "\n", "utf-8")
    subprocess.run([*command, str(empty)], env=environment, check=True, capture_output=True)
    with sqlite3.connect(home / "desk.db") as connection:
        connection.execute("CREATE TABLE presses (at REAL)")
    presser = Presser(home / "desk.db")
    presser.start()
    start = time.perf_counter()
    subprocess.run([*command, str(file)], env=environment, check=True, capture_output=True)
    took = time.perf_counter() - start
    presser.running = False
    presser.join()
    return took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, presser


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=1_000_000)
    lines = parser.parse_args().lines
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "invoices.csv", lines)
        took, peak, presser = imported(folder, folder / "invoices.csv")
        base = bare(folder, lines)
    waits = sorted(presser.waits)
    ratio = took / base
    print(f"import of {lines:,} invoice lines: {took:.1f} s, peak memory {peak} MiB")
    print(f"bare sqlite3.executemany of the same rows: {base:.1f} s")
    print(f"ratio {ratio:.2f} (target: at most {TARGET:.0f}), memory target: below 300 MiB")
    print(
        f"presses meanwhile: {len(waits)}, {presser.failures} failed; "
        f"median {_ms(waits, 0.5)}, p99 {_ms(waits, 0.99)}, longest {_ms(waits, 1)}"
    )


def _ms(waits: list[float], share: float) -> str:
    place = min(int(len(waits) * share), len(waits) - 1)
    return f"{waits[place] * 1000:.0f} ms"


if __name__ == "__main__":
    main()
