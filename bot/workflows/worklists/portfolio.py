"""Everything that decides where an agent's payers stand on a day, gathered for the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.workflows.customers.records import Customer
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member
from bot.workflows.special_handling import queries as special_handling
from bot.workflows.special_handling import rules as special
from bot.workflows.worklists import conversations, exclusions, facts, overrides, rules, words
from bot.workflows.worklists.conversations import Contact
from bot.workflows.worklists.facts import Scope
from bot.workflows.worklists.overrides import Overrides
from bot.workflows.worklists.payers import Debt, Payer
from bot.workflows.worklists.rules import Ranking

_NONE: Final[frozenset[str]] = frozenset()


def ranking(session: Session, agent: Member, *, on: date, policy: Policy) -> Ranking:
    """Return an agent's list of a day, by what had happened by the end of that day (R163)."""
    owners = covered(session, agent.id, on=on)
    return ranking_of(session, owners, agent_id=agent.id, on=on, policy=policy)


def ranking_of(
    session: Session, owners: Collection[int], *, agent_id: int, on: date, policy: Policy
) -> Ranking:
    """Return the list of a day for one agent, of the payers of some agents."""
    scope = Scope(agents=owners)
    known = _gather(session, scope, overrides.of_day(session, agent_id, on=on), on, policy)
    found = [debt for debts in known.owed.values() for debt in debts]
    return rules.rank(
        _payers(session, scope, known),
        today=on,
        policy=policy,
        finals=facts.final_numbers(session, found),
        order=known.overrides.order,
    )


def covered(session: Session, agent_id: int, *, on: date) -> set[int]:
    """Return the agents whose payers somebody works that day: their own and who they cover."""
    away = people.absent_on(session, on)
    mine = {agent_id}
    while more := {owner for owner, cover in away.items() if cover in mine} - mine:
        mine |= more
    return mine


def debts_of(session: Session, payer_id: int, *, on: date, policy: Policy) -> list[Debt]:
    """Return what one payer owes on a day, a row a currency, as its list counts it."""
    return facts.debts(session, Scope(payers=(payer_id,)), on=on, policy=policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    on: date
    policy: Policy
    overrides: Overrides
    owed: Mapping[int, tuple[Debt, ...]]
    contacts: Mapping[int, Contact]
    held: Mapping[int, str]
    broken: Collection[int]
    excluded: Mapping[int, str]


def _gather(
    session: Session, scope: Scope, overridden: Overrides, on: date, policy: Policy
) -> _Known:
    owed = _by_payer(facts.debts(session, scope, on=on, policy=policy))
    return _Known(
        on=on,
        policy=policy,
        overrides=overridden,
        owed=owed,
        contacts=conversations.contacts(session, scope, on=on, policy=policy),
        held=_held(session, on=on, policy=policy),
        broken=exclusions.broken(session, scope, on=on),
        excluded=exclusions.reasons(session, _unranked(owed), on=on),
    )


def _payers(session: Session, scope: Scope, known: _Known) -> Iterator[Payer]:
    named = select(
        Customer.id,
        Customer.number,
        Customer.name,
        Customer.flags,
        Customer.time_zone,
        Customer.state,
    ).where(Customer.payer_id == Customer.id, scope.has(Customer.id))
    for row in session.connection().execute(named).all():
        contact = known.contacts.get(row[0], conversations.NEVER)
        if row[0] in known.owed or contact.owed:
            yield _payer(row, contact, known)


def _payer(row: Row[int, str, str, str, str, str], contact: Contact, known: _Known) -> Payer:
    payer_id, number, name, flags, time_zone, state = row
    marks = special.flags_of(flags) if flags else _NONE
    return Payer(
        id=payer_id,
        number=number,
        name=name,
        debts=known.owed.get(payer_id, ()),
        has_broken=payer_id in known.broken,
        owed=contact.owed,
        is_agreed=contact.is_agreed,
        held=_why_held(payer_id, marks, known),
        quiet=_quiet(contact, marks, known.on, known.policy),
        excluded=known.excluded.get(payer_id, ""),
        last_reached=contact.last_reached,
        pinned=known.overrides.pinned.get(payer_id, ""),
        attempts=contact.attempts,
        tried_at=contact.tried_at,
        agreed_at=contact.agreed_at,
        time_zone=time_zone,
        state=state,
    )


def _why_held(payer_id: int, marks: frozenset[str], known: _Known) -> str:
    return (
        known.held.get(payer_id)
        or (special.legal_hold(marks) if marks else "")
        or known.overrides.postponed.get(payer_id, "")
    )


def _by_payer(found: list[Debt]) -> dict[int, tuple[Debt, ...]]:
    owed: dict[int, tuple[Debt, ...]] = {}
    for debt in found:
        owed[debt.payer_id] = (*owed.get(debt.payer_id, ()), debt)
    return owed


def _unranked(owed: Mapping[int, tuple[Debt, ...]]) -> list[int]:
    doubtful = [(id_, debts) for id_, debts in owed.items() if not debts[0].ranked]
    return [
        payer_id
        for payer_id, debts in doubtful
        if any(debt.past_due for debt in debts) and not any(debt.ranked for debt in debts)
    ]


def _held(session: Session, *, on: date, policy: Policy) -> dict[int, str]:
    holds = special_handling.in_force(session, on=on, policy=policy)
    return {hold.payer_id: words.held(hold.kind, hold.reason, hold.last_day) for hold in holds}


def _quiet(contact: Contact, marks: frozenset[str], on: date, policy: Policy) -> str:
    if special.is_consumer(marks) and (
        why := conversations.consumer_quiet(contact, on, policy)
    ):
        return why
    return contact.quiet
