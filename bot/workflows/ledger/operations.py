"""Keeping the book: applying payments to what they name, whatever came first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Text, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from bot.kernel.batches import in_batches
from bot.kernel.shapes import dataclass
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change_each, rows, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.ledger.rules import Applied, Billed, Part, Receipt, applied_to, closed_on

AT_ONCE: Final = 2_000
"""Invoices or payments in one statement, so that none grows too long."""
_Key = tuple[int, int, date]
"""Invoice, payment, day."""
_INVOICES: Final = table_of(Invoice)
_PAYMENTS: Final = table_of(Payment)
_APPLICATIONS: Final = table_of(Application)
_IDS: Final = bindparam("ids", type_=BigInteger(), expanding=True)
_STANDING: Final = Prepared(
    select(
        _INVOICES.c.id,
        _INVOICES.c.number,
        _INVOICES.c.currency,
        _INVOICES.c.invoice_date,
        _INVOICES.c.amount,
        _INVOICES.c.settled_on,
        _INVOICES.c.applied,
        _INVOICES.c.closed_on,
    ).where(_INVOICES.c.id.in_(_IDS))
)
_RECEIVED: Final = Prepared(
    select(
        _PAYMENTS.c.invoice_number,
        _PAYMENTS.c.id.label("payment_id"),
        _PAYMENTS.c.number,
        _PAYMENTS.c.received_on,
        _PAYMENTS.c.amount,
        _PAYMENTS.c.currency,
    ).where(_PAYMENTS.c.invoice_number.in_(bindparam("numbers", type_=Text(), expanding=True)))
)
_KEY: Final = (
    _APPLICATIONS.c.invoice_id,
    _APPLICATIONS.c.payment_id,
    _APPLICATIONS.c.applied_on,
)
_APPLIED: Final = Prepared(
    select(*_KEY, func.sum(_APPLICATIONS.c.amount).label("minor"))
    .where(_APPLICATIONS.c.invoice_id.in_(_IDS))
    .group_by(*_KEY)
)
_APPLY: Final = PreparedChange(insert(_APPLICATIONS))
_ADD_TO_PAYMENT: Final = PreparedChange(
    update(_PAYMENTS)
    .where(_PAYMENTS.c.id == bindparam("of_id"))
    .values(applied=_PAYMENTS.c.applied + bindparam("more"))
)
_CLOSE: Final = PreparedChange(
    update(_INVOICES)
    .where(_INVOICES.c.id == bindparam("of_id"))
    .values(applied=bindparam("all_applied"), closed_on=bindparam("closed"))
)


@dataclass(frozen=True, slots=True)
class _Standing:
    """An invoice, and how it should stand by the payments that name it."""

    invoice: Any
    """Its row."""
    parts: tuple[Part, ...]


def settle(session: Session, invoice_ids: Iterable[int], *, at: datetime) -> int:
    """
    Bring invoices into line with the payments that name them; return how many lines were added.

    What is applied follows from the invoice and its payments alone (`rules.applied_to`), so the
    order in which files come in changes nothing. Only differences are added, never rewritten.
    """
    return sum(_settle(session, part, at) for part in in_batches(invoice_ids, AT_ONCE))


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
    invoices = rows(session, _STANDING, {"ids": invoice_ids}).all()
    receipts = _receipts(session, [invoice.number for invoice in invoices])
    return [
        _Standing(
            invoice,
            applied_to(_billed(invoice), receipts[invoice.number], currency=invoice.currency),
        )
        for invoice in invoices
    ]


def _billed(invoice: Any, parts: Iterable[Part] = ()) -> Billed:  # noqa: ANN401 - a row
    return Billed(
        invoice_date=invoice.invoice_date,
        amount=invoice.amount,
        settled_on=invoice.settled_on,
        applications=tuple(Applied(part.on, part.minor) for part in parts),
    )


def _receipts(session: Session, numbers: list[str]) -> defaultdict[str, list[Receipt]]:
    found = defaultdict[str, list[Receipt]](list)
    for row in rows(session, _RECEIVED, {"numbers": numbers}):
        found[row.invoice_number].append(
            Receipt(
                payment_id=row.payment_id,
                number=row.number,
                received_on=row.received_on,
                amount=row.amount,
                currency=row.currency,
            )
        )
    return found


def _present(session: Session, invoice_ids: list[int]) -> dict[_Key, int]:
    there = rows(session, _APPLIED, {"ids": invoice_ids})
    return {(row[0], row[1], row[2]): int(row.minor) for row in there}


def _add(session: Session, lines: dict[_Key, int], at: datetime) -> None:
    if not lines:
        return
    new = [
        {
            "invoice_id": invoice_id,
            "payment_id": payment_id,
            "applied_on": day,
            "amount": minor,
            "learned_at": at,
        }
        for (invoice_id, payment_id, day), minor in sorted(lines.items())
    ]
    change_each(session, _APPLY, new)
    of_payment = Counter[int]()
    for (_, payment_id, _), minor in lines.items():
        of_payment[payment_id] += minor
    _add_to_payments(session, of_payment)


def _add_to_payments(session: Session, of_payment: Counter[int]) -> None:
    given = [{"of_id": payment_id, "more": minor} for payment_id, minor in of_payment.items()]
    change_each(session, _ADD_TO_PAYMENT, given)


def _close(session: Session, standings: list[_Standing]) -> None:
    closed = []
    for standing in standings:
        invoice = standing.invoice
        applied = sum(part.minor for part in standing.parts)
        on = closed_on(_billed(invoice, standing.parts))
        if (applied, on) != (invoice.applied, invoice.closed_on):
            closed.append({"of_id": invoice.id, "all_applied": applied, "closed": on})
    change_each(session, _CLOSE, closed)
