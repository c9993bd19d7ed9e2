"""An agent's list of a day: whose payers it holds, and how the rules rank them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel.memory import collecting_later
from bot.policy import Policy
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member
from bot.workflows.worklists import gathering, overrides, rules
from bot.workflows.worklists.gathering import Known
from bot.workflows.worklists.rules import Ranking

_AT_ONCE: Final = 5
"""Agents whose facts are read at once: more only takes memory."""


def ranking(session: Session, agent: Member, *, on: date, policy: Policy) -> Ranking:
    """Return an agent's list of a day, by what had happened by the end of that day (R163)."""
    owners = covered(session, agent.id, on=on)
    return ranking_of(session, owners, agent_id=agent.id, on=on, policy=policy)


def ranking_of(
    session: Session, owners: Collection[int], *, agent_id: int, on: date, policy: Policy
) -> Ranking:
    """Return the list of a day for one agent, of the payers of some agents."""
    known = _gathered(session, owners, on=on, policy=policy)
    return _ranked(session, known, owners, agent_id)


def rankings(
    session: Session, agents: Iterable[Member], *, on: date, policy: Policy
) -> Iterator[tuple[int, Ranking]]:
    """Yield the agents' lists of a day, by agent; what several need is read at once."""
    asked = [agent.id for agent in agents]
    for first in range(0, len(asked), _AT_ONCE):
        some = asked[first : first + _AT_ONCE]
        whose = {agent_id: covered(session, agent_id, on=on) for agent_id in some}
        everybody = set[int]().union(*whose.values())
        known = _gathered(session, everybody, on=on, policy=policy)
        for agent_id, owners in whose.items():
            yield agent_id, _ranked(session, known, owners, agent_id)


def covered(session: Session, agent_id: int, *, on: date) -> set[int]:
    """Return the agents whose payers somebody works that day: their own and who they cover."""
    away = people.absent_on(session, on)
    mine = {agent_id}
    while more := {owner for owner, cover in away.items() if cover in mine} - mine:
        mine |= more
    return mine


@collecting_later()
def _gathered(session: Session, owners: Collection[int], *, on: date, policy: Policy) -> Known:
    return gathering.gather(session, owners, on=on, policy=policy)


@collecting_later()
def _ranked(session: Session, known: Known, owners: Collection[int], agent_id: int) -> Ranking:
    today = overrides.of_day(session, agent_id, on=known.on)
    return rules.rank(
        gathering.payers(known, owners, today),
        today=known.on,
        policy=known.policy,
        finals=known.finals,
        order=today.order,
    )
