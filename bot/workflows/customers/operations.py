"""Keeping customers: who pays for whom, and whose they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, cast

from sqlalchemy import Table, case, exists, func, or_, select, update
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


def link_agents(session: Session) -> None:
    """
    Give customers without an agent to the one that the source names, if the desk knows them.

    A customer's own agent wins over the one that its invoices name.
    """
    named = case(
        (Customer.agent_named != "", Customer.agent_named), else_=Customer.invoices_agent
    )
    is_named = or_(Person.entra_id == named, Person.email == named)
    agent = select(func.min(Person.id)).where(Person.is_active, is_named).scalar_subquery()
    free = update(Customer).where(Customer.agent_id.is_(None), named != "")
    session.execute(
        free.where(exists().where(Person.is_active, is_named)).values(agent_id=agent),
        execution_options={"synchronize_session": False},
    )


def unlinked_payers(session: Session) -> dict[int, int]:
    """
    Return the accounts that name a payer the desk knows and are not yet paid for by it.

    A payer named by a payer pays for both. The result gives each account's new payer.
    """
    named = select(Customer.number, Customer.id, Customer.payer_named, Customer.payer_id)
    rows = session.execute(named).all()
    ids = {row.number: row.id for row in rows}
    roots = payers({row.number: row.payer_named for row in rows if row.payer_named}, ids)
    return {
        row.id: payer_id
        for row in rows
        if (payer_id := ids[roots.get(row.number, row.number)]) != row.payer_id
    }


def named_in(session: Session, numbers: Collection[str]) -> dict[str, Customer]:
    """Return the customers with these numbers, by number."""
    found = session.scalars(select(Customer).where(Customer.number.in_(numbers)))
    return {customer.number: customer for customer in found}
