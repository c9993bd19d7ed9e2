"""
An agent's list of a day: whose payers it holds, and how the rules rank them.

Lists that fall due together are drafted from facts that are read once for all of them, before
any of them is made; a draft says by itself whether the desk has changed since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.kernel.memory import collecting_later
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.audit import AuditEntry
from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.ledger.records import PendingUpdate
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member
from bot.workflows.worklists import gathering, overrides, rules
from bot.workflows.worklists.gathering import Known
from bot.workflows.worklists.overrides import Said
from bot.workflows.worklists.rules import Ranking

_LAST_ENTRY: Final = Prepared(select(func.max(AuditEntry.id)))
AT_ONCE: Final = 5
"""Agents whose lists are drafted at once: more only takes memory."""
LIST_MADE: Final = "list made"
"""What the trail says of a list; alone among its entries, it changes no other list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A list as it would be made by what the desk knew at an entry of its trail."""

    agent_id: int
    day: date
    owners: frozenset[int]
    """The agents whose payers it holds."""
    ranking: Ranking
    known_to: int
    """The last entry of the trail before anything was read for it."""


def ranking(session: Session, agent: Member, *, on: date, policy: Policy) -> Ranking:
    """Return an agent's list of a day, by what had happened by the end of that day (R163)."""
    return draft(session, agent.id, on=on, policy=policy).ranking


def draft(session: Session, agent_id: int, *, on: date, policy: Policy) -> Draft:
    """Return one agent's list of a day as it would be made now."""
    return drafts(session, [agent_id], on=on, policy=policy)[agent_id]


@collecting_later()
def drafts(
    session: Session, agent_ids: Sequence[int], *, on: date, policy: Policy
) -> dict[int, Draft]:
    """
    Return the lists of a day of some agents (`AT_ONCE` or fewer) as they would be made now.

    What the trail holds is looked at first, so that whatever changes while the facts are read
    counts as a change since.
    """
    known_to = _last_entry(session)
    away = people.absent_on(session, on)
    whose = {agent_id: _covered(agent_id, away) for agent_id in agent_ids}
    everybody = frozenset[int]().union(*whose.values())
    known = gathering.gather(session, everybody, on=on, policy=policy)
    said = overrides.of_day(session, on=on)
    return {
        agent_id: Draft(
            agent_id=agent_id,
            day=on,
            owners=owners,
            ranking=_ranked(known, owners, agent_id, said),
            known_to=known_to,
        )
        for agent_id, owners in whose.items()
    }


def still_holds(session: Session, drafted: Draft) -> bool:
    """
    Test if nothing has changed since a draft that could have made another list of it.

    Every change is in the trail but for those of an update of the book that is being merged.
    """
    return not rows(session, _has_changed(), {"known_to": drafted.known_to}).one()[0]


@cache
def _has_changed() -> Prepared:
    changes = select(AuditEntry.id).where(
        AuditEntry.id > bindparam("known_to"), AuditEntry.what != LIST_MADE
    )
    is_merging = exists(select(PendingUpdate.id))
    return Prepared(select(or_(exists(changes), is_merging)))


@collecting_later()
def ranking_of(
    session: Session, owners: Collection[int], *, agent_id: int, on: date, policy: Policy
) -> Ranking:
    """Return the list of a day for one agent, of the payers of some agents."""
    known = gathering.gather(session, owners, on=on, policy=policy)
    return _ranked(known, owners, agent_id, overrides.of_day(session, on=on))


def covered(session: Session, agent_id: int, *, on: date) -> frozenset[int]:
    """Return the agents whose payers somebody works that day: their own and who they cover."""
    return _covered(agent_id, people.absent_on(session, on))


def _covered(agent_id: int, away: Mapping[int, int | None]) -> frozenset[int]:
    mine = {agent_id}
    while more := {owner for owner, cover in away.items() if cover in mine} - mine:
        mine |= more
    return frozenset(mine)


def _ranked(
    known: Known, owners: Collection[int], agent_id: int, said: Iterable[Said]
) -> Ranking:
    today = overrides.of_agent(said, agent_id)
    return rules.rank(
        gathering.payers(known, owners, today),
        today=known.on,
        policy=known.policy,
        order=today.order,
    )


def _last_entry(session: Session) -> int:
    return int(rows(session, _LAST_ENTRY, {}).scalar() or 0)
