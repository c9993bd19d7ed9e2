"""Lists that were not posted during their shift: recorded, and the leads told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import change, table_of
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member, Role
from bot.workflows.worklists import queries
from bot.workflows.worklists.records import MissedList

MISSED_CARD: Final = CardName("worklists.missed")
"""Tells a lead who got no list; about is the first `MissedList` that the same look found."""
_MISS: Final = PreparedChange(insert(table_of(MissedList)))


def note(session: Session, agent: Member, *, day: date, at: datetime) -> bool:
    """
    Record that an agent got no list during the shift of a day, and tell the leads.

    They have one card for all that one look finds, as after a downtime of days.

    Whoever asked for their list by typing had it: then there is nothing to record.
    """
    if queries.list_of(session, agent.id, day):
        return False
    row = {"agent_id": agent.id, "day": day, "noticed_at": at}
    missed_id = change(session, _MISS, row).new_id
    facts = {"agent": agent.id, "day": day.isoformat()}
    about = f"missed_list:{missed_id}"
    audit.note(session, audit.Note(what="list missed", about=about, at=at, after=facts))
    first = queries.first_missed_with(session, at)
    if first.id != missed_id:
        postings.refresh(session, MISSED_CARD, about=first.id, at=at)
        return True
    for lead in people.in_roles(session, {Role.LEAD}):
        postings.show(session, Showing(MISSED_CARD, missed_id, place_of(lead.id)), at=at)
    return True
