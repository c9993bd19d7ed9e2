"""Finding customers, and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final

from rapidfuzz import fuzz, process, utils
from sqlalchemy import BindParameter, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import record, rows, table_of
from bot.workflows.customers.records import AnyCustomer, Customer, Payer
from bot.workflows.customers.rules import NotYourPortfolio
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member

PAYER: Final = tuple(table_of(Customer).c[name] for name in Payer._fields)
"""The columns of a `Payer`, in its order: they come first in a question that reads one."""

_CUSTOMERS: Final = table_of(Customer)
_LOCKED: Final = Prepared(
    select(*PAYER).where(_CUSTOMERS.c.id == bindparam("id")).with_for_update()
)
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_NAMES: Final = Prepared(
    select(_CUSTOMERS.c.id, _CUSTOMERS.c.name).where(_CUSTOMERS.c.id.in_(_IDS))
)
_SITES: Final = Prepared(
    select(*PAYER)
    .where(_CUSTOMERS.c.payer_id == bindparam("payer"))
    .order_by(_CUSTOMERS.c.site, _CUSTOMERS.c.name, _CUSTOMERS.c.id)
)

_OWNERS: Final[BindParameter[Any]] = bindparam("owners", expanding=True)
_OF_AGENTS: Final = Prepared(
    select(_CUSTOMERS.c.id)
    .where(_CUSTOMERS.c.id == _CUSTOMERS.c.payer_id, _CUSTOMERS.c.agent_id.in_(_OWNERS))
    .order_by(_CUSTOMERS.c.id)
)

_ALIKE: Final = 70.0
"""From this score (of 100) on a misspelt name is taken for another."""
_SUBSTRING_MATCHES: Final = 500


def get(session: Session, customer_id: int) -> Customer:
    """
    Return a customer by the desk's own id.

    :raises NoResultFound: if there is none.
    """
    return record(session, Customer, customer_id)


def locked(session: Session, payer_id: int) -> Payer:
    """Return a payer to look at, whose row nobody else changes meanwhile."""
    return Payer._make(rows(session, _LOCKED, {"id": payer_id}).one())


def by_number(session: Session, number: str) -> Customer | None:
    """Return the customer with the source system's number."""
    return session.scalar(select(Customer).where(Customer.number == number.strip()))


def payer_of(session: Session, customer: Customer) -> Customer:
    """Return who pays for an account; itself where it pays."""
    return customer if customer.is_payer else get(session, customer.payer_id)


def sites_of(session: Session, payer_id: int) -> list[Payer]:
    """Return all accounts that a payer pays for, its own first, then by site and name."""
    found = map(Payer._make, rows(session, _SITES, {"payer": payer_id}))
    return sorted(found, key=lambda account: account.id != payer_id)


def site_names(session: Session, payer_id: int, ids: Collection[int]) -> dict[int, str]:
    """
    Return what a payer's accounts are called among its own, by id: `Omaha, NE`.

    :param ids: further accounts, such as those that it pays for no more.
    """
    found = {one.id: one.site or one.name for one in sites_of(session, payer_id)}
    for gone in set(ids) - found.keys():
        account = get(session, gone)
        found[gone] = account.site or account.name
    return found


def names_of(session: Session, customer_ids: Collection[int]) -> dict[int, str]:
    """Return the names of customers, by id."""
    return {row.id: row.name for row in rows(session, _NAMES, {"ids": customer_ids})}


def search(session: Session, text: str, *, limit: int = 5) -> list[Customer]:
    """
    Return the payers whose name, number or site is nearest to the text, the best first.

    A name that contains the text comes before one that is merely alike; a payer is also found
    by the name of one of its sites.
    """
    wanted = utils.default_process(text)
    if not wanted:
        return []
    if containing := session.execute(_containing(text)).all():
        return _load(session, _nearest(wanted, containing, limit, at_least=0.0))
    alike = session.execute(_named()).all()
    return _load(session, _nearest(wanted, alike, limit, at_least=_ALIKE))


def agents_payers(session: Session, member: Member, *, today: date) -> list[int]:
    """Return the ids of a member's payers and of those they cover for that day (R163)."""
    away = people.absent_on(session, today)
    owners = {member.id} | {owner for owner, cover in away.items() if cover == member.id}
    return rows(session, _OF_AGENTS, {"owners": owners}).scalars()


def without_agent(session: Session, *, limit: int = 50) -> list[Customer]:
    """Return payers that have no agent, by name: they are the lead's to give out."""
    free = select(Customer).where(Customer.id == Customer.payer_id, Customer.agent_id.is_(None))
    return list(session.scalars(free.order_by(Customer.name, Customer.id).limit(limit)))


def may_act(session: Session, member: Member, payer: AnyCustomer, *, today: date) -> bool:
    """
    Test if the payer is in the member's portfolio or coverage that day, or they are a lead.

    :param payer: the payer, or any of its sites.
    """
    if member.is_lead:
        return True
    owner = _owner(session, payer)
    if owner is None:
        return False
    return owner == member.id or people.absent_on(session, today).get(owner) == member.id


def check_may_act(session: Session, member: Member, payer: AnyCustomer, *, today: date) -> None:
    """
    Check that the member may act on the payer ("Never": outside one's portfolio or coverage).

    :raises NotYourPortfolio: naming whose it is.
    """
    if may_act(session, member, payer, today=today):
        return
    owner = _owner(session, payer)
    whose = f"is {people.get(session, owner).name}'s account" if owner else "has no agent yet"
    raise NotYourPortfolio(f"{payer.name} {whose}: ask them or a lead.")


def _owner(session: Session, customer: AnyCustomer) -> int | None:
    """Return whose the payer of an account is."""
    payer = customer if customer.is_payer else get(session, customer.payer_id)
    return payer.agent_id


def _named() -> Select[int, str, str, str]:
    return select(Customer.payer_id, Customer.name, Customer.number, Customer.site)


def _containing(text: str) -> Select[int, str, str, str]:
    bare = " ".join(text.split()).lower()
    columns = (Customer.name, Customer.number, Customer.site)
    contained = (func.lower(column).contains(bare, autoescape=True) for column in columns)
    shortest_first = (func.length(Customer.name), Customer.id)
    return _named().where(or_(*contained)).order_by(*shortest_first).limit(_SUBSTRING_MATCHES)


def _nearest(
    wanted: str, known: Iterable[Row[int, str, str, str]], limit: int, *, at_least: float
) -> list[int]:
    payers: list[int] = []
    words: list[str] = []
    for row in known:
        for word in {row.name, row.number, row.site} - {""}:
            payers.append(row.payer_id)
            words.append(word)
    alike = process.extract(
        wanted,
        words,
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        score_cutoff=at_least,
        limit=limit * 8,
    )
    return list(dict.fromkeys(payers[index] for _, _, index in alike))[:limit]


def _load(session: Session, ids: list[int]) -> list[Customer]:
    found = session.scalars(select(Customer).where(Customer.id.in_(ids)))
    by_id = {customer.id: customer for customer in found}
    return [by_id[payer_id] for payer_id in ids if payer_id in by_id]
