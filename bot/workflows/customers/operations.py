"""Keeping customers: who pays for whom, and whose they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from bot.workflows.customers.records import Customer
from bot.workflows.customers.rules import payers
from bot.workflows.people.records import Person

TABLE: Final = cast(Table, Customer.__table__)


def agents(session: Session) -> dict[str, int]:
    """Return the ids of all active people, by their Entra id and by their e-mail address."""
    active = select(Person.id, Person.entra_id, Person.email).where(Person.is_active)
    found: dict[str, int] = {}
    for row in session.execute(active.order_by(Person.id.desc())):
        found |= {name: row.id for name in (row.email, row.entra_id) if name}
    return found


def link_agents(session: Session) -> int:
    """
    Give payers without an agent to the one that the source names, now that the desk knows them.

    A customer's own agent wins over the one that its invoices name; return how many were given.
    """
    known = agents(session)
    named = select(Customer).where(
        Customer.agent_id.is_(None),
        (Customer.agent_named != "") | (Customer.invoices_agent != ""),
    )
    given = 0
    for customer in session.scalars(named):
        customer.agent_id = known.get(customer.agent_named or customer.invoices_agent)
        given += customer.agent_id is not None
    return given


def link_payers(session: Session) -> dict[int, int]:
    """
    Let every account that names a payer be paid for by it, as far as the desk knows it.

    A payer named by a payer pays for both; return the new payer of each account that has one.
    """
    named = select(Customer.number, Customer.id, Customer.payer_named, Customer.payer_id)
    rows = session.execute(named).all()
    ids = {row.number: row.id for row in rows}
    roots = payers({row.number: row.payer_named for row in rows if row.payer_named}, ids)
    moved = {
        row.id: payer_id
        for row in rows
        if (payer_id := ids[roots.get(row.number, row.number)]) != row.payer_id
    }
    for account_id, payer_id in moved.items():
        own = update(Customer).where(Customer.id == account_id)
        session.execute(own.values(payer_id=payer_id))
    return moved


def named_in(session: Session, numbers: Collection[str]) -> dict[str, Customer]:
    """Return the customers with these numbers, by number."""
    found = session.scalars(select(Customer).where(Customer.number.in_(numbers)))
    return {customer.number: customer for customer in found}
