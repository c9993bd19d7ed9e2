"""Naming what a channel is for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import addresses, audit
from bot.workflows.channels import queries
from bot.workflows.channels.records import Channel, Purpose
from bot.workflows.people.rules import LEADS, Member, check_role


@dataclass(frozen=True, slots=True)
class Conversation:
    """A channel as Teams knows it."""

    id: str
    name: str


def name_for(
    session: Session, purpose: Purpose, conversation: Conversation, *, by: Member, at: datetime
) -> Channel:
    """
    Let what belongs to a purpose go to a channel from now on.

    :raises NotForYou: if the person is not a lead or above.
    """
    check_role(by, LEADS, what="Naming what a channel is for")
    before = queries.named(session, purpose)
    if before and before.conversation_id == conversation.id:
        return before
    channel = Channel(
        purpose=purpose,
        conversation_id=conversation.id,
        name=conversation.name,
        place=addresses.place_in(session, conversation.id),
        set_by=by.id,
        set_at=at,
    )
    session.add(channel)
    session.flush()
    audit.note(session, _named(channel, before))
    return channel


def _named(channel: Channel, before: Channel | None) -> audit.Note:
    return audit.Note(
        what="channel named",
        about=f"channel:{channel.id}",
        at=channel.set_at,
        by=channel.set_by,
        before={"conversation": before.conversation_id} if before else None,
        after={
            "purpose": channel.purpose,
            "conversation": channel.conversation_id,
            "name": channel.name,
        },
    )
