"""
Importing payments.

Each is applied to the invoice that it names, whichever of the two comes first; the rest is
unapplied cash (R32, R151). Up to some thousands of payments become visible at once; of more,
each slice is whole in itself: its payments together with what they settle.

A known payment whose amount is nothing now was returned: it is void, what it settled is open
again, and how it stood is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Integer, Text, bindparam, insert, select, update
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.store import bulk
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change_each, rows, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.imports import accounts, publishing
from bot.workflows.imports.parsing import Problem
from bot.workflows.imports.shapes import PaymentShape
from bot.workflows.imports.staging import STAGED_PAYMENTS as STAGED
from bot.workflows.imports.staging import Staging
from bot.workflows.imports.tally import Tally
from bot.workflows.ledger import operations as ledger
from bot.workflows.ledger import queries as book
from bot.workflows.ledger.records import Payment, PaymentVersion

_SLICE: Final = 1_000
_AT_ONCE: Final = 5_000
_KEPT: Final = (
    "customer_id", "received_on", "amount", "currency", "invoice_number", "learned_at",
)  # fmt: skip
_NOTHING: Final = (
    "amount is zero, and no payment {} is known: only a payment that the desk knows can be "
    "taken back."
)
_OPTIONAL: Final = ("method", "reference", "invoice_number")
_CUSTOMERS: Final = table_of(Customer).c
_PAYMENTS: Final = table_of(Payment)
_STAGED: Final = Prepared(
    select(
        _CUSTOMERS.id.label("customer_id"),
        _CUSTOMERS.payer_id,
        *(STAGED.c[name] for name in ("received_on", "number", "amount", "currency")),
        *(STAGED.c[name] for name in _OPTIONAL),
    )
    .join(STAGED, STAGED.c.customer == _CUSTOMERS.number)
    .where(STAGED.c.line > bindparam("after", type_=Integer()))
    .where(STAGED.c.line <= bindparam("until", type_=Integer()))
    .order_by(STAGED.c.line)
)
_KNOWN: Final = Prepared(
    select(_PAYMENTS).where(
        _PAYMENTS.c.number.in_(bindparam("numbers", type_=Text(), expanding=True))
    )
)
_RECEIVE: Final = PreparedChange(insert(_PAYMENTS))
_KEEP: Final = PreparedChange(insert(table_of(PaymentVersion)))


class PaymentIntake:
    """One file of payments on its way into the book."""

    def __init__(
        self, load: bulk.Load, present: frozenset[str], last_day: date | None = None
    ) -> None:
        self.shape: Final = PaymentShape(last_day)
        self.staging: Final = Staging(load, STAGED, key="number")
        self._load = load
        self._accounts = accounts.Seen(load)
        given = [name for name in _OPTIONAL if name in present]
        self._fields = ("customer_id", "received_on", "amount", "currency", *given)

    def take(self, rows: Sequence[tuple[Any, ...]], tally: Tally) -> None:
        """Put rows aside; a second, different row for a payment is rejected, so is nothing."""
        taken = self.staging.take(self._without_nothing(rows, tally), tally)
        self._accounts.see((row[2], "", "") for row in taken)

    def _without_nothing(
        self, rows: Sequence[tuple[Any, ...]], tally: Tally
    ) -> Sequence[tuple[Any, ...]]:
        """Reject rows of no money for payments nobody knows: there is nothing to take back."""
        void = {row[1] for row in rows if not row[4]}
        if not void:
            return rows
        with self._load.aside() as session:
            there = select(Payment.number).where(Payment.number.in_(void))
            void -= set(session.scalars(there))
        for row in rows:
            if row[1] in void and not row[4]:
                problem = Problem(row[0], "amount", _NOTHING.format(row[1]))
                tally.turn_down(problem, Money(0, row[5]))
        return [row for row in rows if row[4] or row[1] not in void]

    def merge(self, tally: Tally, *, source: str, at: datetime) -> None:
        """Bring what was put aside into the book, applied to what it names."""
        tally.notes.extend(self._accounts.unknown())
        if ahead := self.shape.ahead:
            counted = wording.counted(ahead, "payment")
            tally.notes.append(
                f"{counted} dated ahead, taken from the day given: check the dates."
            )
        self._accounts.merge(at=at, is_agent_named=False)
        update = publishing.begin(self._load)
        facts = publishing.Facts(source=source, at=at)
        first = 0
        while self.staging.last_line - first > _AT_ONCE:
            with self._load.slice() as session:
                self._merge(session, first, tally, at)
            first += _SLICE
        with self._load.slice() as session:
            for start in range(first, self.staging.last_line, _SLICE):
                self._merge(session, start, tally, at)
            publishing.end(session, update, tally, what="payments", facts=facts)

    def _merge(self, session: Session, first: int, tally: Tally, at: datetime) -> None:
        staged = _staged(session, first)
        known = _known(session, [row["number"] for row in staged])
        new = [row for row in staged if row["number"] not in known]
        changed = [
            (payment, row)
            for row in staged
            if (payment := known.get(row["number"])) and self._differs(payment, row)
        ]
        named = {row["invoice_number"] for row in new}
        for payment, row in changed:
            named |= {payment.invoice_number, row["invoice_number"]}
        change_each(session, _KEEP, [_version(payment, at) for payment, _ in changed])
        taken = [self._taken_over(payment, row, at) for payment, row in changed]
        change_each(session, _take_over(self._fields), taken)
        change_each(session, _RECEIVE, [row | {"applied": 0, "learned_at": at} for row in new])
        ledger.settle(session, book.ids_of(session, named - {""}), at=at)
        tally.new += len(new)
        tally.changed += len(changed)

    def _differs(self, payment: Any, row: Mapping[str, Any]) -> bool:  # noqa: ANN401 - a row
        return any(getattr(payment, name) != row[name] for name in self._fields)

    def _taken_over(
        self,
        payment: Any,  # noqa: ANN401 - a row
        row: Mapping[str, Any],
        at: datetime,
    ) -> dict[str, Any]:
        new = {f"new_{name}": row[name] for name in (*self._fields, "payer_id")}
        return {**new, "new_learned_at": at, "of_id": payment.id}


def _staged(session: Session, first: int) -> list[dict[str, Any]]:
    found = rows(session, _STAGED, {"after": first, "until": first + _SLICE})
    return [
        row._asdict() | {"received_on": date.fromisoformat(row.received_on)} for row in found
    ]


def _known(session: Session, numbers: Sequence[str]) -> dict[str, Any]:
    return {row.number: row for row in rows(session, _KNOWN, {"numbers": numbers})}


def _version(payment: Any, at: datetime) -> dict[str, Any]:  # noqa: ANN401 - a row
    old = {name: getattr(payment, name) for name in _KEPT}
    return {**old, "payment_id": payment.id, "superseded_at": at}


@cache
def _take_over(fields: tuple[str, ...]) -> PreparedChange:
    names = (*fields, "payer_id", "learned_at")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return PreparedChange(
        update(_PAYMENTS).where(_PAYMENTS.c.id == bindparam("of_id")).values(values)
    )
