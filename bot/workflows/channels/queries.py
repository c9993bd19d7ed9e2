"""Finding where the desk writes about something."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.store.postings import Place
from bot.store.prepared import Prepared
from bot.store.rows import first_record, table_of
from bot.workflows.channels.records import Channel, Purpose
from bot.workflows.channels.rules import readers_without
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS, Role

_CHANNELS: Final = table_of(Channel)
_NAMED: Final = Prepared(
    select(_CHANNELS)
    .where(_CHANNELS.c.purpose == bindparam("purpose"))
    .order_by(_CHANNELS.c.id.desc())
    .limit(1)
)


def named(session: Session, purpose: Purpose) -> Channel | None:
    """Return the channel that was last named for that, if any."""
    return first_record(session, Channel, _NAMED, {"purpose": purpose})


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
