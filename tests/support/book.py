"""
Importing as an operator would, into a database of the test's own.

    book = Imports(database, tmp_path)
    tally = book.take("invoices", HEADER, "INV-1,C1,2026-05-01,2026-05-31,100.00")
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from bot.connectors import files
from bot.store.audit import AuditEntry
from bot.store.base import Record
from bot.store.database import Database
from bot.workflows.customers.records import Customer
from bot.workflows.imports import intake, mapping, parsing
from bot.workflows.imports.layouts import LAYOUTS
from bot.workflows.imports.tally import Tally
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import (
    Application,
    BookUpdate,
    Invoice,
    InvoiceVersion,
    Payment,
)
from bot.workflows.ledger.rules import Aging
from bot.workflows.people.records import Person
from tests.support.desk import MONDAY_8_AM, TODAY

T = TypeVar("T", bound=Record)
INVOICES = "invoice_number,customer_id,invoice_date,due_date,amount"
CUSTOMERS = "customer_id,name,agent"
PAYMENTS = "payment_id,customer_id,received_on,amount,currency,method,reference,invoice_number"
PEOPLE = "entra_id,name,email,roles"
NOTHING = Aging(currency="USD")


def news(database: Database, at: datetime) -> None:
    """Note that the book was brought up to date, with nothing in the file."""
    update = BookUpdate(what="invoices", source="x", accepted=1, rejected=0, changed=1, at=at)
    with database.transaction() as session:
        session.add(update)


@dataclass
class Imports:
    """A folder of files, and the desk they are brought into."""

    database: Database
    folder: Path
    now: datetime = MONDAY_8_AM

    def take(self, what: str, *lines: str, strict: bool = False, by_map: str = "") -> Tally:
        path = self.folder / f"{what}.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return self.take_file(what, path, strict=strict, by_map=by_map)

    def take_file(
        self, what: str, path: Path, *, strict: bool = False, by_map: str = ""
    ) -> Tally:
        layout, map_file = LAYOUTS[what], None
        if by_map:
            map_file = self.folder / "map.toml"
            map_file.write_text(by_map, "utf-8")
        column_map = mapping.load(map_file, layout)
        plan = intake.Plan(layout=layout, column_map=column_map, is_strict=strict)
        with files.open_rows(path, knows=parsing.knows(layout, column_map)) as rows:
            return intake.take_in(self.database, rows, plan, at=self.now)

    def aging(self, on: date = TODAY, currency: str = "USD") -> Aging:
        with self.database.reading() as session:
            return ledger.aging(session, on=on).get(currency, NOTHING)

    def invoice(self, number: str) -> Invoice:
        return self._one(Invoice, number=number)

    def payment(self, number: str) -> Payment:
        return self._one(Payment, number=number)

    def applications(self) -> int:
        return len(self._all(Application))

    def customer(self, number: str) -> Customer:
        return self._one(Customer, number=number)

    def person(self, entra_id: str) -> Person:
        return self._one(Person, entra_id=entra_id)

    def versions(self) -> list[InvoiceVersion]:
        return self._all(InvoiceVersion)

    def trail(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)))

    def _one(self, record: type[T], **named: str) -> T:
        with self.database.reading() as session:
            found = session.scalars(select(record).filter_by(**named)).one()
            session.expunge(found)
            return found

    def _all(self, record: type[T]) -> list[T]:
        with self.database.reading() as session:
            found = list(session.scalars(select(record).order_by(record.id)))
            session.expunge_all()
            return found
