"""Finding where the desk writes about something."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.postings import Place
from bot.workflows.channels.records import Channel, Purpose
from bot.workflows.channels.rules import readers_without
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS, Role


def named(session: Session, purpose: Purpose) -> Channel | None:
    """Return the channel that was last named for that, if any."""
    rows = select(Channel).where(Channel.purpose == purpose)
    return session.scalars(rows.order_by(Channel.id.desc())).first()


def places(session: Session, purpose: Purpose) -> list[Place]:
    """
    Return where to write about that: its channel, else the people of that role, else leads.

    With nobody in the role the leads get it; with no lead, whoever is above.
    """
    if channel := named(session, purpose):
        return [Place(channel.place)]
    readers = (
        people.in_roles(session, readers_without(purpose) - LEADS)
        or people.in_roles(session, {Role.LEAD})
        or people.in_roles(session, LEADS)
    )
    return [place_of(reader.id) for reader in readers]
