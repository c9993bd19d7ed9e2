"""Customers that invoices and payments name: known, or created so that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, case, exists, func, insert, literal, or_, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.store import bulk
from bot.store.prepared import Prepared
from bot.store.rows import record, rows, table_of
from bot.workflows.customers import operations as customers
from bot.workflows.customers.records import Customer
from bot.workflows.imports.staging import STAGED_ACCOUNTS as STAGED
from bot.workflows.people.records import Person

_REMEMBERED: Final = 50_000
_NAMED: Final = 10
Named = tuple[str, str, str]
"""A customer as a row names it: its number, its name, its agent."""

_CUSTOMERS: Final = table_of(Customer).c
_IS_UNKNOWN: Final = ~exists().where(_CUSTOMERS.number == STAGED.c.number)
_UNKNOWN: Final = select(STAGED.c.number).where(_IS_UNKNOWN).distinct()
_HOW_MANY_UNKNOWN: Final = Prepared(select(func.count()).select_from(_UNKNOWN.subquery()))
_FIRST_UNKNOWN: Final = Prepared(_UNKNOWN.order_by(STAGED.c.number).limit(_NAMED))
_LAST_UNKNOWN: Final = Prepared(select(func.max(STAGED.c.place)).where(_IS_UNKNOWN))
_ONLY_A_NUMBER: Final = and_(
    _CUSTOMERS.name == _CUSTOMERS.number,
    STAGED.c.name != "",
    STAGED.c.name != _CUSTOMERS.name,
)
_OTHER_AGENT: Final = and_(STAGED.c.agent != "", STAGED.c.agent != _CUSTOMERS.invoices_agent)
_SAID: Final = select(_CUSTOMERS.id, STAGED.c.name, STAGED.c.agent).join(
    STAGED, STAGED.c.number == _CUSTOMERS.number
)
_SAID_OTHERWISE: Final = {
    True: Prepared(_SAID.where(or_(_ONLY_A_NUMBER, _OTHER_AGENT))),
    False: Prepared(_SAID.where(_ONLY_A_NUMBER)),
}
"""What the rows of a file say of known customers, by whether they name agents."""


class Seen:
    """The customers that the rows of a file name; the first row that names one counts."""

    def __init__(self, load: bulk.Load) -> None:
        self._load = load
        self._lately: set[str] = set()
        with load.aside() as session:
            bulk.lay_out(session, STAGED)

    def see(self, named: Iterable[Named]) -> None:
        """Put aside the customers that have not been seen yet."""
        fresh = {one[0]: one for one in reversed(list(named)) if one[0] not in self._lately}
        if not fresh:
            return
        if len(self._lately) > _REMEMBERED:
            self._lately.clear()
        self._lately.update(fresh)
        with self._load.aside() as session:
            bulk.put(session, STAGED, list(fresh.values()), but_for=("place",))

    def unknown(self) -> Iterator[str]:
        """Say which customers nobody knew, so that a mistyped number is seen."""
        with self._load.aside() as session:
            count: int = rows(session, _HOW_MANY_UNKNOWN, {}).scalar()
            names = rows(session, _FIRST_UNKNOWN, {}).scalars() if count else []
        if count:
            more = f" and {count - len(names):,} more" if count > len(names) else ""
            yield (
                f"{wording.counted(count, 'customer')} nobody knew: {', '.join(names)}{more}. "
                "Added by number alone, with no agent; check that none is mistyped."
            )

    def merge(self, *, at: datetime, is_agent_named: bool) -> None:
        """Create the customers nobody knew, and take what the rows say of those known by it."""
        with self._load.aside() as session:
            last = rows(session, _LAST_UNKNOWN, {}).scalar() or 0
            known = rows(session, _SAID_OTHERWISE[is_agent_named], {}).all()
        for place in range(0, last, bulk.SLICE):
            with self._load.slice() as session:
                _create(session, place, at)
        for part in in_batches(known, bulk.SLICE):
            with self._load.slice() as session:
                _take_over(session, part, is_agent_named=is_agent_named)


def _create(session: Session, place: int, at: datetime) -> None:
    """Create customers that only invoices or payments name, each its own payer."""
    first = bulk.reserve_ids(session, customers.TABLE, bulk.SLICE).start
    new_id = STAGED.c.place + (first - place - 1)
    named = case((STAGED.c.name != "", STAGED.c.name), else_=STAGED.c.number)
    is_agent = or_(Person.entra_id == STAGED.c.agent, Person.email == STAGED.c.agent)
    agent = select(func.min(Person.id)).where(Person.is_active, STAGED.c.agent != "", is_agent)
    new = select(
        new_id,
        STAGED.c.number,
        named,
        new_id,
        STAGED.c.agent,
        agent.scalar_subquery(),
        literal(at, Customer.learned_at.type),
    ).where(STAGED.c.place > place, STAGED.c.place <= place + bulk.SLICE, _IS_UNKNOWN)
    columns = ("id", "number", "name", "payer_id", "invoices_agent", "agent_id", "learned_at")
    session.execute(insert(Customer).from_select(columns, new))


def _take_over(session: Session, said: Sequence[Any], *, is_agent_named: bool) -> None:
    agents, partners = customers.agents(session), customers.partners(session)
    for row in said:
        customer = record(session, Customer, row.id)
        if customer.name == customer.number and row.name:
            customer.name = row.name
        if is_agent_named and row.agent and row.agent != customer.invoices_agent:
            customer.invoices_agent = row.agent
            if not customer.agent_named:
                through = customers.partner_key(customer.sales_partner)
                customer.agent_id = agents.get(row.agent) or partners.get(through)
