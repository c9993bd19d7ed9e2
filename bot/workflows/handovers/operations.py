"""Handing a shift over to whoever comes next; nothing is committed here (R161)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import change, enter, table_of
from bot.workflows.handovers import queries
from bot.workflows.handovers.records import Handover, HandoverReader
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from bot.workflows.worklists import shifts

HANDOVER_CARD: Final = CardName("handovers.shift")
"""What is handed over of an agent's shift; about is the handover.

Shifts handed over to somebody at the same moment share a card: about is the first of them.
"""

_MAKE: Final = PreparedChange(insert(table_of(Handover)))
_READS: Final = PreparedChange(insert(table_of(HandoverReader)))


def hand_over(
    session: Session, agent: Member, *, day: date, at: datetime, policy: Policy
) -> Handover | None:
    """Hand an agent's shift over, once; None where there is nothing to hand over."""
    if known := queries.of_day(session, agent.id, day):
        return known
    if not queries.is_anything(session, agent.id, day, policy=policy):
        return None
    values = {"agent_id": agent.id, "day": day, "made_at": at}
    made = enter(session, Handover, _MAKE, values)
    readers = _readers(session, agent, day=day, at=at, policy=policy)
    note = audit.Note(
        what="shift handed over",
        about=f"handover:{made.id}",
        at=at,
        after={"agent": agent.id, "day": day.isoformat(), "to": sorted(readers)},
    )
    audit.note(session, note)
    for reader, due_at in readers.items():
        change(
            session, _READS, {"handover_id": made.id, "person_id": reader, "from_at": due_at}
        )
        first = queries.together(session, made, reader)[0] if due_at == at else made
        postings.show(session, Showing(HANDOVER_CARD, first.id, place_of(reader)), at=due_at)
    return made


def _readers(
    session: Session, agent: Member, *, day: date, at: datetime, policy: Policy
) -> dict[int, datetime]:
    """Return who gets the card, each with when: others at once, the agent once at work."""
    callers = queries.next_callers(session, agent.id, day, policy=policy)
    readers = {caller: at for caller in callers if caller != agent.id}
    if not readers:
        leads = people.leads(session)
        readers = {lead.id: at for lead in leads}
    if agent.id in callers:
        readers[agent.id] = shifts.at_work_from(agent, at=at, policy=policy)
    return readers
