"""Keeping the book: applying payments to what they name, whatever came first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.ledger.rules import Applied, Billed, Part, Receipt, applied_to, closed_on

_AT_ONCE: Final = 2_000
T = TypeVar("T")
_Key = tuple[int, int, date]
"""Invoice, payment, day."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """An invoice, and how it should stand by the payments that name it."""

    invoice: Invoice
    parts: tuple[Part, ...]


def settle(session: Session, invoice_ids: Iterable[int], *, at: datetime) -> int:
    """
    Bring invoices into line with the payments that name them; return how many lines were added.

    What is applied follows from the invoice and its payments alone (`rules.applied_to`), so the
    order in which files come in changes nothing. Only differences are added, never rewritten.
    """
    return sum(_settle(session, part, at) for part in batches(invoice_ids))


def move_to_payers(session: Session, moved: Sequence[tuple[int, int]]) -> None:
    """Let accounts, their invoices and payments follow to who pays for them now."""
    if not moved:
        return
    given = [{"account": account, "payer": payer} for account, payer in moved]
    for table, account in (
        (Customer.__table__, Customer.__table__.c.id),
        (Invoice.__table__, Invoice.__table__.c.customer_id),
        (Payment.__table__, Payment.__table__.c.customer_id),
    ):
        theirs = update(table).where(account == bindparam("account"))  # type: ignore[arg-type]
        session.connection().execute(theirs.values(payer_id=bindparam("payer")), given)


def batches(items: Iterable[T], size: int = _AT_ONCE) -> Iterator[list[T]]:
    """Return the items in lists of at most that many, so that no statement grows too long."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _settle(session: Session, invoice_ids: list[int], at: datetime) -> int:
    standings = _standings(session, invoice_ids)
    wanted = Counter[_Key]()
    for standing in standings:
        for part in standing.parts:
            wanted[standing.invoice.id, part.payment_id, part.on] += part.minor
    wanted.subtract(_present(session, invoice_ids))
    lines = {key: minor for key, minor in wanted.items() if minor}
    _add(session, lines, at)
    _close(session, standings)
    return len(lines)


def _standings(session: Session, invoice_ids: list[int]) -> list[_Standing]:
    invoices = session.scalars(select(Invoice).where(Invoice.id.in_(invoice_ids))).all()
    receipts = _receipts(session, [invoice.number for invoice in invoices])
    return [
        _Standing(
            invoice,
            applied_to(_billed(invoice), receipts[invoice.number], currency=invoice.currency),
        )
        for invoice in invoices
    ]


def _billed(invoice: Invoice, parts: Iterable[Part] = ()) -> Billed:
    return Billed(
        invoice_date=invoice.invoice_date,
        amount=invoice.amount,
        settled_on=invoice.settled_on,
        applications=tuple(Applied(part.on, part.minor) for part in parts),
    )


def _receipts(session: Session, numbers: list[str]) -> defaultdict[str, list[Receipt]]:
    found = defaultdict[str, list[Receipt]](list)
    named = select(
        Payment.invoice_number,
        Payment.id,
        Payment.number,
        Payment.received_on,
        Payment.amount,
        Payment.currency,
    ).where(Payment.invoice_number.in_(numbers))
    for row in session.execute(named):
        found[row.invoice_number].append(
            Receipt(
                payment_id=row.id,
                number=row.number,
                received_on=row.received_on,
                amount=row.amount,
                currency=row.currency,
            )
        )
    return found


def _present(session: Session, invoice_ids: list[int]) -> dict[_Key, int]:
    keys = (Application.invoice_id, Application.payment_id, Application.applied_on)
    summed = select(*keys, func.sum(Application.amount).label("minor"))
    there = summed.where(Application.invoice_id.in_(invoice_ids)).group_by(*keys)
    return {(row[0], row[1], row[2]): int(row.minor) for row in session.execute(there)}


def _add(session: Session, lines: dict[_Key, int], at: datetime) -> None:
    if not lines:
        return
    rows = [
        {
            "invoice_id": invoice_id,
            "payment_id": payment_id,
            "applied_on": day,
            "amount": minor,
            "learned_at": at,
        }
        for (invoice_id, payment_id, day), minor in sorted(lines.items())
    ]
    session.execute(insert(Application), rows)
    of_payment = Counter[int]()
    for (_, payment_id, _), minor in lines.items():
        of_payment[payment_id] += minor
    _add_to_payments(session, of_payment)


def _add_to_payments(session: Session, of_payment: Counter[int]) -> None:
    table = Payment.__table__
    more = update(table).where(table.c.id == bindparam("of_id"))  # type: ignore[arg-type]
    session.connection().execute(
        more.values(applied=table.c.applied + bindparam("more")),
        [{"of_id": payment_id, "more": minor} for payment_id, minor in of_payment.items()],
    )


def _close(session: Session, standings: list[_Standing]) -> None:
    for standing in standings:
        invoice = standing.invoice
        invoice.applied = sum(part.minor for part in standing.parts)
        invoice.closed_on = closed_on(_billed(invoice, standing.parts))
    session.flush()
