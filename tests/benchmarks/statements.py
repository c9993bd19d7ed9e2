"""
A month's statements: drawn, kept and queued, beside agents who press buttons.

    python -m tests.benchmarks.statements [--payers 2000]

Compared with ReportLab drawing as many sheets and doing nothing else; the same desk answers an
agent's presses meanwhile. Wanted: 20,000 payers within 10 minutes, memory that does not grow.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import insert

from bot.chat.inbound import Caller, Press, Saying
from bot.policy import Policy
from bot.store.database import Database
from bot.store.rows import record, table_of
from bot.workflows.correspondence.records import Process
from bot.workflows.correspondence.releases import release_process
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import BookUpdate, Invoice
from bot.workflows.ledger.rules import InvoiceKind
from bot.workflows.statements import queries
from scheduler import statement_words, statements
from scheduler.job import Tick
from tests.benchmarks.presses import no_answer
from tests.support.cloud import TENANT
from tests.support.desk import KEY, SEAL, Desk, personal

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
LINES = 8
EMPTY = (
    "site",
    "agent_named",
    "invoices_agent",
    "payer_named",
    "sales_partner",
    "extension",
    "contact_name",
    "state",
    "brand",
    "flags",
)


def book(desk: Desk, payers: int) -> None:
    """Payers with eight open items each, all of one agent."""
    agent = desk.person("Ana Reyes")
    with desk.database.transaction() as session:
        session.add(
            BookUpdate(
                what="invoices",
                source="-",
                accepted=1,
                rejected=0,
                changed=1,
                at=AT - timedelta(days=90),
            )
        )
        release_process(session, Process.STATEMENTS, by=None, at=AT - timedelta(days=80))
        session.execute(
            insert(table_of(Customer)), [_payer(n, agent.id) for n in range(payers)]
        )
        session.execute(
            insert(table_of(Invoice)),
            [_invoice(n, line) for n in range(payers) for line in range(LINES)],
        )


def _payer(number: int, agent_id: int) -> dict[str, object]:
    return {
        "id": 100_000 + number,
        "number": f"C{number:06}",
        "name": f"Payer {number:06} Hospitality Group",
        "payer_id": 100_000 + number,
        "agent_id": agent_id,
        "email": f"ap{number}@payer.example",
        "phone": "+1 212 555 0100",
        "time_zone": "America/New_York",
        "learned_at": AT - timedelta(days=90),
        **dict.fromkeys(EMPTY, ""),
    }


def _invoice(payer: int, line: int) -> dict[str, object]:
    due = date(2026, 6, 1) - timedelta(days=12 * line)
    dated = due - timedelta(days=30)
    return {
        "number": f"INV-{payer:06}-{line}",
        "customer_id": 100_000 + payer,
        "payer_id": 100_000 + payer,
        "kind": InvoiceKind.OTHER,
        "currency": "USD",
        "invoice_date": dated,
        "due_date": due,
        "amount": 100_00 + payer * 7 % 90_000,
        "applied": 0,
        "disputed": 0,
        "service_month": dated.year * 12 + dated.month - 1,
        "service_months": 1,
        "terms": "",
        "po": "",
        "update_id": 0,
        "learned_at": AT - timedelta(days=90),
    }


class Presses:
    """An agent who presses "No answer" all the while."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.took = desk, list[float]()
        self.stopped = threading.Event()

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        caller = Caller(tenant_id=TENANT, entra_id="entra-ana")
        spot = personal("entra-ana")
        first = Saying(caller=caller, spot=spot, text="next")
        answer = await self.desk.switchboard.answer_saying(first)
        while not self.stopped.is_set():
            assert answer.card, answer.text
            button = no_answer(answer.card.draw(SEAL))
            press = Press(caller=caller, spot=spot, verb=button["verb"], data=button["data"])
            began = time.perf_counter()
            answer = await self.desk.switchboard.answer_press(press)
            self.took.append(time.perf_counter() - began)
            await asyncio.sleep(0.05)


def bare(desk: Desk, sheets: int) -> float:
    """Draw one payer's sheet so many times with the drawing functions alone; seconds."""
    with desk.database.reading() as session:
        lines = queries.lines_of(session, 100_000, on=AT.date())
        payer = record(session, Customer, 100_000)
        sheet = statement_words.sheet(session, payer, lines, as_of=AT.date(), policy=Policy())
    code = (
        "import json, sys, time\n"
        "from bot.rendering import statement_pdf as pdf\n"
        "pdf.paper.register(); order = json.loads(sys.stdin.read())\n"
        "began = time.perf_counter()\n"
        f"for n in range({sheets}): pdf.draw(order)\n"
        "print(time.perf_counter() - began)"
    )
    order = json.dumps(asdict(sheet))
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, input=order, capture_output=True, text=True, check=True)
    return float(ran.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payers", type=int, default=2_000)
    given, _ = parser.parse_known_args()
    home = Path(tempfile.mkdtemp(prefix="ardesk-benchmark-"))
    desk = Desk(database=Database(f"sqlite:///{home / 'desk.db'}", audit_key=KEY), now=AT)
    book(desk, given.payers)
    presses, process = Presses(desk), psutil.Process()
    memory = [process.memory_info().rss]
    thread = threading.Thread(target=presses.run)
    thread.start()
    began = time.perf_counter()
    said = statements.send(Tick(at=AT, database=desk.database, policy=Policy(), home=home))
    took = time.perf_counter() - began
    memory.append(process.memory_info().rss)
    presses.stopped.set()
    thread.join()
    drawn = bare(desk, given.payers)
    presses.took.sort()
    p99 = presses.took[int(len(presses.took) * 0.99)] * 1000
    print(f"{said} in {took:.1f} s: {given.payers / took:.0f} a second")
    minutes = 20_000 * took / given.payers / 60
    print(f"20,000 payers would take:      {minutes:.1f} min (wanted: 10)")
    print(f"against drawing alone:         {took / drawn:.2f} x")
    print(f"memory grew by:                {(memory[1] - memory[0]) / 2**20:.0f} MiB")
    print(f"99 of 100 presses meanwhile:   {p99:.0f} ms")


if __name__ == "__main__":
    main()
