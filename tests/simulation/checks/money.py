"""Balances, buckets and unapplied money, to the cent, against the simulation's own book."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from bot.store.database import Database
from bot.workflows.ledger import queries as ledger
from tests.simulation.book import ENDS, Book, Totals
from tests.simulation.checks.raw import Tables, as_day, tables


def check_totals(database: Database, book: Book, on: date) -> Iterator[str]:
    """Compare the day's totals: the bare tables, what the desk says, and the book."""
    book.look(on)
    wanted = book.totals(on)
    with tables(database) as found:
        kept = _kept(found, on)
    if kept != wanted:
        yield f"the tables come to {kept}, the book to {wanted}"
    with database.reading() as session:
        said = ledger.aging(session, on=on)
    if said:
        usd = said["USD"]
        totals = Totals(usd.buckets, usd.unapplied, usd.invoices)
        if totals != wanted:
            yield f"the desk says {totals}, the book {wanted}"


def check_rows(database: Database, book: Book, on: date) -> Iterator[str]:
    """Compare every invoice and payment there ever was."""
    with tables(database) as found:
        invoices = found.rows("SELECT number, amount, applied, closed_on FROM invoices")
        payments = found.rows("SELECT number, amount, applied FROM payments")
        strays = found.one(
            "SELECT COUNT(*) FROM (SELECT i.id FROM invoices i LEFT JOIN applications a "
            "ON a.invoice_id = i.id GROUP BY i.id, i.applied "
            "HAVING i.applied != COALESCE(SUM(a.amount), 0)) AS strays"
        )
    if strays:
        yield f"{strays} invoices differ from the sum of what was applied to them"
    yield from (wrong for row in invoices if (wrong := _invoice(book, row, on)))
    yield from (wrong for row in payments if (wrong := _payment(book, row, on)))
    if len(invoices) != len(book.bills) or len(payments) != len(book.receipts):
        yield f"{len(invoices)} invoices and {len(payments)} payments are there"


def _invoice(book: Book, row: tuple[Any, ...], on: date) -> str:
    number, amount, applied, closed = row
    mine = sum(minor for _, minor in book.applied(number).values())
    if (amount, applied) != (book.bills[number].minor, mine):
        return f"{number}: {applied} of {amount} applied; the book says {mine}"
    is_closed = closed is not None and as_day(closed) <= on
    left = book.left(number, on)
    return f"{number}: closed on {closed}, and {left} left" if is_closed != (not left) else ""


def _payment(book: Book, row: tuple[Any, ...], on: date) -> str:
    number, amount, applied = row
    mine = book.receipts[number].minor - book.unapplied(number, on)
    if (amount, applied) == (book.receipts[number].minor, mine):
        return ""
    return f"{number}: {applied} of {amount} applied; the book says {mine}"


def _kept(found: Tables, on: date) -> Totals:
    buckets, unapplied, invoices = [0] * (len(ENDS) + 1), 0, 0
    for due, minor in found.rows(
        "SELECT due_date, amount - applied FROM invoices WHERE closed_on IS NULL"
    ):
        if minor > 0:
            buckets[sum((on - as_day(due)).days > end for end in ENDS)] += minor
            invoices += 1
        else:
            unapplied += minor
    loose = found.one("SELECT SUM(amount - applied) FROM payments WHERE amount != applied")
    return Totals(tuple(buckets), unapplied - int(loose or 0), invoices)
