"""Keeping customers: who pays for whom, and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from bot.store.rows import table_of
from bot.workflows.customers.records import Customer
from bot.workflows.customers.rules import payers
from bot.workflows.people.records import Person

TABLE: Final = table_of(Customer)


def agents(session: Session) -> dict[str, int]:
    """Return the ids of all active people, by their Entra id and by their e-mail address."""
    active = select(Person.id, Person.entra_id, Person.email).where(Person.is_active)
    found: dict[str, int] = {}
    for row in session.execute(active.order_by(Person.id.desc())):
        found |= {name: row.id for name in (row.email, row.entra_id) if name}
    return found


def partner_key(name: str) -> str:
    """Return a sales partner's name as it is looked up: capitals and blanks do not matter."""
    return " ".join(name.split()).casefold()


def partners(session: Session) -> dict[str, int]:
    """Return whose each sales partner is, by `partner_key`; the person known longest wins."""
    active = select(Person.id, Person.sales_partners).where(
        Person.is_active, Person.sales_partners != ""
    )
    return {
        partner_key(name): row.id
        for row in session.execute(active.order_by(Person.id.desc()))
        for name in row.sales_partners.split(";")
    }


def link_agents(session: Session) -> None:
    """
    Give customers without an agent to the one that the source names, if the desk knows them.

    A customer's own agent wins over the one that its invoices name, and either over the one
    whose its sales partner is (R163).
    """
    _assign(session, _to_the_named().where(Customer.agent_id.is_(None)))
    for owner, spelled in _spellings(session, partners(session)).items():
        theirs = Customer.sales_partner.in_(spelled)
        _assign(session, _to_the_named().where(theirs, Customer.agent_id == owner))
        free = update(Customer).where(theirs, Customer.agent_id.is_(None))
        _assign(session, free.values(agent_id=owner))


def let_partners_go(session: Session, before: Mapping[str, int]) -> None:
    """
    Take customers from whoever had their sales partner, where it is somebody else's now.

    Who is named by the customer itself keeps it.

    :param before: whose each partner was (`partners`).
    """
    now = partners(session)
    lost = {name: owner for name, owner in before.items() if now.get(name) != owner}
    for owner, spelled in _spellings(session, lost).items():
        theirs = update(Customer).where(
            Customer.sales_partner.in_(spelled), Customer.agent_id == owner, ~_is_known()
        )
        _assign(session, theirs.values(agent_id=None))


def _spellings(session: Session, owners: Mapping[str, int]) -> dict[int, list[str]]:
    """Return how the book writes the partners of each owner."""
    found: dict[int, list[str]] = {}
    if not owners:
        return found
    written = select(Customer.sales_partner).where(Customer.sales_partner != "").distinct()
    for name in session.scalars(written):
        if owner := owners.get(partner_key(name)):
            found.setdefault(owner, []).append(name)
    return found


def _named() -> ColumnElement[str]:
    return case(
        (Customer.agent_named != "", Customer.agent_named), else_=Customer.invoices_agent
    )


def _is_named() -> ColumnElement[bool]:
    return or_(Person.entra_id == _named(), Person.email == _named())


def _is_known() -> ColumnElement[bool]:
    return and_(_named() != "", exists().where(Person.is_active, _is_named()))


def _to_the_named() -> Update:
    agent = select(func.min(Person.id)).where(Person.is_active, _is_named()).scalar_subquery()
    return update(Customer).where(_is_known()).values(agent_id=agent)


def _assign(session: Session, change: Update) -> None:
    session.execute(change, execution_options={"synchronize_session": False})


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
