"""
Importing customers.

Whatever column the file has is taken over; a column it does not have leaves the customer as it
is. Contact data that somebody captured in a conversation stays until the source says something
new (R76). The customer's own agent wins over the one its invoices name, and that one over whose
its sales partner is (R163); where none is known, the payer is left to the lead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.store import bulk
from bot.workflows.customers import operations as customers
from bot.workflows.imports import publishing
from bot.workflows.imports.customer_rows import Telling, bring_in
from bot.workflows.imports.layouts import CUSTOMERS
from bot.workflows.imports.shapes import Staged, WithoutAmounts
from bot.workflows.imports.staging import STAGED_CUSTOMERS as STAGED
from bot.workflows.imports.staging import Staging
from bot.workflows.imports.tally import Tally
from bot.workflows.ledger import operations as ledger

_FIELDS: Final = {
    "agent": ("agent_named",),
    "payer_id": ("payer_named",),
    "phone": ("phone", "extension"),
}
_SLICE: Final = 1_000
_AT_ONCE: Final = 5_000


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
        first = 0
        while self.staging.last_line - first > _AT_ONCE:
            with self._load.slice() as session:
                self._merge(session, first, tally, at)
            first += _SLICE
        with self._load.slice() as session:
            for start in range(first, self.staging.last_line, _SLICE):
                self._merge(session, start, tally, at)
            customers.link_agents(session)
            tally.notes.extend(_left_to_the_lead(session))
            moved = list(customers.unlinked_payers(session).items())
            if len(moved) <= _AT_ONCE:
                ledger.move_to_payers(session, moved)
                moved = []
            publishing.end(session, update, tally, what="customers", facts=facts)
        for part in in_batches(moved, _SLICE):
            with self._load.slice() as session:
                ledger.move_to_payers(session, part)

    def _merge(self, session: Session, first: int, tally: Tally, at: datetime) -> None:
        within = (STAGED.c.line > first, STAGED.c.line <= first + _SLICE)
        lines = select(STAGED).where(*within).order_by(STAGED.c.line)
        rows = [row._asdict() for row in session.execute(lines)]
        telling = Telling(
            fields=self._fields,
            agents=customers.agents(session),
            partners=customers.partners(session),
            at=at,
        )
        new, changed = bring_in(session, rows, telling)
        tally.new += new
        tally.changed += changed
        session.expunge_all()


def _left_to_the_lead(session: Session) -> Iterator[str]:
    """Yield a sentence about the agents whom the file names and the desk does not know."""
    agent, partner = STAGED.c.agent_named, STAGED.c.sales_partner
    named = select(agent, partner, func.count()).where(agent != "").group_by(agent, partner)
    known, partners = customers.agents(session), customers.partners(session)
    unknown = Counter[str]()
    for name, through, count in session.execute(named.order_by(agent, partner)):
        if name not in known and customers.partner_key(through) not in partners:
            unknown[name] += count
    if unknown:
        rows = wording.counted(sum(unknown.values()), "customer")
        yield (
            f"{rows} left to the lead, since the desk does not know their agent: "
            f"{wording.listed(list(unknown))}."
        )
