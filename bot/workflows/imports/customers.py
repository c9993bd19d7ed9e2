"""
Importing customers.

Whatever column the file has is taken over; a column it does not have leaves the customer as it
is. Contact data that somebody captured in a conversation stays until the source says something
new (R76). The customer's own agent wins over the one its invoices name; an agent whom the desk
does not know leaves the payer to the lead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.store import bulk
from bot.workflows.customers import operations as customers
from bot.workflows.customers.records import ContactChange, Customer
from bot.workflows.imports import publishing
from bot.workflows.imports.layouts import CUSTOMERS
from bot.workflows.imports.shapes import Staged, WithoutAmounts
from bot.workflows.imports.staging import STAGED_CUSTOMERS as STAGED
from bot.workflows.imports.staging import Staging
from bot.workflows.imports.tally import Tally
from bot.workflows.ledger import operations as ledger

CAPTURED: Final = ("email", "phone", "extension", "contact_name")
"""What is also captured in conversations, and then kept with its old value."""
_FIELDS: Final = {
    "agent": ("agent_named",),
    "payer_id": ("payer_named",),
    "phone": ("phone", "extension"),
}
_AT_ONCE: Final = 10_000


class CustomerShape(WithoutAmounts):
    """Customers."""

    def shape(self, line: int, values: tuple[Any, ...]) -> Staged:
        """Return the row to put aside: the columns of `STAGED_CUSTOMERS`."""
        number, name, agent, email, phone, *rest = values
        return (line, number, name, agent, email, *phone, *rest)


class CustomerIntake:
    """One file of customers on its way in."""

    def __init__(self, load: bulk.Load, present: frozenset[str]) -> None:
        self.shape: Final = CustomerShape()
        self.staging: Final = Staging(load, STAGED, key="number")
        self._load = load
        self._fields = [
            field
            for name in CUSTOMERS.names[1:]
            if name in present
            for field in _FIELDS.get(name, (name,))
        ]

    def take(self, rows: Sequence[tuple[Any, ...]], tally: Tally) -> None:
        """Put rows aside; a second, different row for a customer is rejected."""
        self.staging.take(rows, tally)

    def merge(self, tally: Tally, *, source: str, at: datetime) -> None:
        """Bring what was put aside in: up to some thousands at once, more in slices."""
        update = publishing.begin(self._load)
        facts = publishing.Facts(source=source, at=at)
        last = self.staging.last_line
        while last > _AT_ONCE:
            with self._load.slice() as session:
                self._merge(session, (max(last - bulk.SLICE, 0), last), tally, at)
            last -= bulk.SLICE
        with self._load.slice() as session:
            self._merge(session, (0, last), tally, at)
            customers.link_agents(session)
            ledger.move_payers(session, customers.link_payers(session))
            publishing.end(session, update, tally, what="customers", facts=facts)

    def _merge(
        self, session: Session, lines: tuple[int, int], tally: Tally, at: datetime
    ) -> None:
        within = (STAGED.c.line > lines[0], STAGED.c.line <= lines[1])
        rows = [row._asdict() for row in session.execute(select(STAGED).where(*within))]
        agents = customers.agents(session)
        for part in ledger.batches(rows):
            known = customers.named_in(session, [row["number"] for row in part])
            new = [row for row in part if row["number"] not in known]
            self._create(session, new, agents, at)
            tally.new += len(new)
            for row in part:
                if customer := known.get(row["number"]):
                    tally.changed += self._change(session, customer, row, agents, at)

    def _create(
        self,
        session: Session,
        rows: Sequence[Mapping[str, Any]],
        agents: Mapping[str, int],
        at: datetime,
    ) -> None:
        if not rows:
            return
        ids = bulk.reserve_ids(session, customers.TABLE, len(rows))
        session.execute(
            insert(Customer),
            [
                {name: value for name, value in row.items() if name != "line"}
                | {
                    "id": new_id,
                    "payer_id": new_id,
                    "agent_id": agents.get(row["agent_named"]),
                    "learned_at": at,
                }
                for new_id, row in zip(ids, rows, strict=True)
            ],
        )

    def _change(
        self,
        session: Session,
        customer: Customer,
        row: Mapping[str, Any],
        agents: Mapping[str, int],
        at: datetime,
    ) -> bool:
        different = [name for name in self._fields if getattr(customer, name) != row[name]]
        changed = [
            name
            for name in different
            if name not in CAPTURED or not _is_captured(session, customer, name, row[name])
        ]
        for name in changed:
            if name in CAPTURED:
                _keep_old(session, customer, name, row[name], at)
            setattr(customer, name, row[name])
        if "agent_named" in changed:
            named = customer.agent_named or customer.invoices_agent
            customer.agent_id = agents.get(named)
        if changed:
            customer.learned_at = at
        return bool(changed)


def _is_captured(session: Session, customer: Customer, name: str, told: str) -> bool:
    """Test if the value was captured after the source had said the same as it says now."""
    of_field = select(ContactChange).filter_by(customer_id=customer.id, field=name)
    last = session.scalars(of_field.order_by(ContactChange.id.desc()).limit(1)).first()
    return last is not None and last.by is not None and last.old == told


def _keep_old(session: Session, customer: Customer, name: str, new: str, at: datetime) -> None:
    old = getattr(customer, name)
    session.add(
        ContactChange(customer_id=customer.id, field=name, old=old, new=new, by=None, at=at)
    )
