"""What is put aside while a file is read: temporary tables, which nobody waits for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    Integer,
    MetaData,
    Table,
    Text,
    cast,
    select,
)
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.store import bulk
from bot.workflows.imports.parsing import Problem
from bot.workflows.imports.tally import Tally

_ASIDE: Final = MetaData()
_TEMPORARY: Final = ["TEMPORARY"]


def _line() -> Column[int]:
    return Column("line", Integer, primary_key=True)


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text) for name in names]


STAGED_INVOICES: Final = Table(
    "staged_invoices",
    _ASIDE,
    _line(),
    Column("number", Text, unique=True),
    *_texts("customer", "kind", "currency", "invoice_date", "due_date"),
    Column("amount", BigInteger),
    Column("disputed", BigInteger),
    *_texts("settled_on", "closed_on"),
    Column("service_month", Integer),
    Column("service_months", Integer),
    *_texts("terms", "po", "customer_name", "agent"),
    prefixes=_TEMPORARY,
)
STAGED_PAYMENTS: Final = Table(
    "staged_payments",
    _ASIDE,
    _line(),
    Column("number", Text, unique=True),
    *_texts("customer", "received_on"),
    Column("amount", BigInteger),
    *_texts("currency", "method", "reference", "invoice_number"),
    prefixes=_TEMPORARY,
)
STAGED_CUSTOMERS: Final = Table(
    "staged_customers",
    _ASIDE,
    _line(),
    Column("number", Text, unique=True),
    *_texts("name", "agent_named", "email", "phone", "extension", "time_zone", "sales_partner"),
    *_texts("payer_named", "site", "contact_name", "state", "brand", "flags"),
    prefixes=_TEMPORARY,
)
STAGED_ACCOUNTS: Final = Table(
    "staged_accounts",
    _ASIDE,
    Column("place", Integer, primary_key=True),
    Column("number", Text, unique=True),
    *_texts("name", "agent"),
    prefixes=_TEMPORARY,
)
CHANGED: Final = Table(
    "changed_invoices",
    _ASIDE,
    Column("place", Integer, primary_key=True),
    Column("invoice_id", BigInteger),
    Column("line", Integer),
    prefixes=_TEMPORARY,
)
NEW: Final = Table(
    "new_invoices",
    _ASIDE,
    Column("place", Integer, primary_key=True),
    Column("line", Integer),
    Column("customer_id", BigInteger),
    Column("payer_id", BigInteger),
    prefixes=_TEMPORARY,
)
SAID_TWICE: Final = ("customer_name", "agent")
"""What two rows for one invoice may differ in: they are the customer's, not its own."""


def as_date(dialect: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a staged date (ISO text) as the live tables have it."""
    return column if dialect == "sqlite" else cast(column, Date)


class Staging:
    """Rows put aside, one for each key; the line they came from is their id."""

    def __init__(self, load: bulk.Load, table: Table, *, key: str) -> None:
        self._load = load
        self._table = table
        self._key = key
        self._names = [column.name for column in table.columns]
        self._place = self._names.index(key)
        self.count = 0
        self.last_line = 0
        with load.aside() as session:
            bulk.lay_out(session, table)

    def take(self, rows: Sequence[tuple[Any, ...]], tally: Tally) -> list[tuple[Any, ...]]:
        """Put rows aside, reject those that contradict an earlier one; return the others."""
        if not rows:
            return []
        with self._load.aside() as session:
            added = bulk.put(session, self._table, rows)
            known = self._earlier(session, rows) if added < len(rows) else {}
        self.count += added
        self.last_line = max(self.last_line, rows[-1][0])
        return [row for row in rows if self._is_right(row, known, tally)]

    def _earlier(
        self, session: Session, rows: Sequence[tuple[Any, ...]]
    ) -> dict[str, tuple[Any, ...]]:
        keys = {row[self._place] for row in rows}
        there = select(self._table).where(self._table.c[self._key].in_(keys))
        return {row[self._place]: tuple(row) for row in session.execute(there)}

    def _is_right(
        self, row: tuple[Any, ...], known: dict[str, tuple[Any, ...]], tally: Tally
    ) -> bool:
        first = known.get(row[self._place], row)
        if first[0] == row[0]:
            return True
        if self._own(first) == self._own(row):
            tally.repeated += 1
            return True
        said = f"Line {first[0]} has another row for {row[self._place]}."
        tally.turn_down(Problem(row[0], _HEADINGS[self._table.name], said), self._money(row))
        return False

    def _own(self, row: tuple[Any, ...]) -> list[Any]:
        named = zip(self._names[1:], row[1:], strict=True)
        return [value for name, value in named if name not in SAID_TWICE]

    def _money(self, row: tuple[Any, ...]) -> Money | None:
        if "amount" not in self._names:
            return None
        currency = row[self._names.index("currency")]
        return Money(row[self._names.index("amount")], currency)


_HEADINGS: Final = {
    STAGED_INVOICES.name: "invoice_number",
    STAGED_PAYMENTS.name: "payment_id",
    STAGED_CUSTOMERS.name: "customer_id",
}
