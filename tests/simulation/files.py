"""The book's way to the desk: what has changed, as files."""

from __future__ import annotations

from tests.simulation.book import Bill, Book
from tests.support.book import INVOICES, PAYMENTS, Imports


def bring(imports: Imports, book: Book) -> None:
    """Import what has changed in the book since the last time."""
    changes = book.changes
    bills = [_bill_line(book.bills[number]) for number in sorted(changes.bills)]
    if bills:
        tally = imports.take("invoices", f"{INVOICES},kind,settled_on,disputed", *bills)
        assert not tally.rejected, tally
    receipts = [
        f"{one.number},{one.account},{one.on},{_money(one.minor)},USD,ACH,,{one.bill}"
        for one in (book.receipts[number] for number in sorted(changes.receipts))
    ]
    tally = imports.take("payments", PAYMENTS, *receipts)
    assert not tally.rejected, tally
    changes.bills.clear()
    changes.receipts.clear()


def _bill_line(bill: Bill) -> str:
    disputed = _money(bill.disputed) if bill.disputed else ""
    return (
        f"{bill.number},{bill.account},{bill.dated},{bill.due},{_money(bill.minor)},"
        f"{bill.kind},{bill.settled_on or ''},{disputed}"
    )


def _money(minor: int) -> str:
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"
