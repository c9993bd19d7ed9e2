"""An agent's list of a day: whose payers it holds, and how the rules rank them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member
from bot.workflows.worklists import facts, gathering, overrides, rules
from bot.workflows.worklists.gathering import Known
from bot.workflows.worklists.payers import Debt
from bot.workflows.worklists.rules import Ranking
from bot.workflows.worklists.scope import Scope


def ranking(session: Session, agent: Member, *, on: date, policy: Policy) -> Ranking:
    """Return an agent's list of a day, by what had happened by the end of that day (R163)."""
    owners = covered(session, agent.id, on=on)
    return ranking_of(session, owners, agent_id=agent.id, on=on, policy=policy)


def ranking_of(
    session: Session, owners: Collection[int], *, agent_id: int, on: date, policy: Policy
) -> Ranking:
    """Return the list of a day for one agent, of the payers of some agents."""
    known = gathering.gather(session, owners, on=on, policy=policy)
    return _ranked(session, known, owners, agent_id)


def rankings(
    session: Session, agents: Iterable[Member], *, on: date, policy: Policy
) -> Iterator[tuple[int, Ranking]]:
    """Yield the agents' lists of a day, by agent; what they need is read once for all."""
    whose = {agent.id: covered(session, agent.id, on=on) for agent in agents}
    everybody = set[int]().union(*whose.values())
    known = gathering.gather(session, everybody, on=on, policy=policy)
    for agent_id, owners in whose.items():
        yield agent_id, _ranked(session, known, owners, agent_id)


def covered(session: Session, agent_id: int, *, on: date) -> set[int]:
    """Return the agents whose payers somebody works that day: their own and who they cover."""
    away = people.absent_on(session, on)
    mine = {agent_id}
    while more := {owner for owner, cover in away.items() if cover in mine} - mine:
        mine |= more
    return mine


def debts_of(session: Session, payer_id: int, *, on: date, policy: Policy) -> tuple[Debt, ...]:
    """Return what one payer owes on a day, a debt a currency, as its list counts it."""
    owed = facts.debts(session, Scope(payers=(payer_id,)), on=on, policy=policy)
    return owed.get(payer_id, ())


def _ranked(session: Session, known: Known, owners: Collection[int], agent_id: int) -> Ranking:
    today = overrides.of_day(session, agent_id, on=known.on)
    return rules.rank(
        gathering.payers(known, owners, today),
        today=known.on,
        policy=known.policy,
        finals=known.finals,
        order=today.order,
    )
