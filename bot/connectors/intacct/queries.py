"""What is asked of Intacct: `POST /services/core/query`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

CUSTOMER: Final = "accounts-receivable/customer"
INVOICE: Final = "accounts-receivable/invoice"
LARGEST_PAGE: Final = 4_000

CUSTOMER_FIELDS: Final = (
    "key",
    "id",
    "name",
    "status",
    "totalDue",
    "currency",
    "isOnHold",
    "parent.id",
    "contacts.default.email1",
    "contacts.default.phone1",
    "contacts.default.printAs",
    "audit.modifiedDateTime",
)
INVOICE_FIELDS: Final = (
    "key",
    "id",
    "invoiceNumber",
    "state",
    "invoiceDate",
    "dueDate",
    "totalTxnAmount",
    "totalTxnAmountDue",
    "customer.id",
    "customer.name",
    "currency.txnCurrency",
    "term.id",
    "referenceNumber",
    "audit.modifiedDateTime",
)


def customers(*, start: int = 1, since: datetime | None = None) -> dict[str, Any]:
    """Return the query for a page of customers (changed since a moment)."""
    return _query(CUSTOMER, CUSTOMER_FIELDS, start, since)


def invoices(*, start: int = 1, since: datetime | None = None) -> dict[str, Any]:
    """Return the query for a page of invoices and credits (changed since a moment)."""
    return _query(INVOICE, INVOICE_FIELDS, start, since)


def _query(
    name: str, fields: tuple[str, ...], start: int, since: datetime | None
) -> dict[str, Any]:
    query: dict[str, Any] = {
        "object": name,
        "fields": list(fields),
        "orderBy": [{"key": "asc"}],
        "start": start,
        "size": LARGEST_PAGE,
    }
    if since is not None:
        moment = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        query["filters"] = [{"$gte": {"audit.modifiedDateTime": moment}}]
    return query
