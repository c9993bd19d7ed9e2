"""Bringing the digest to the meeting's channel, and asking for notes before it (R80-R81)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import Place, Showing
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, first_record, record, table_of
from bot.workflows.channels import queries as channels
from bot.workflows.channels.records import Channel, Purpose
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member, Role
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import meetings
from bot.workflows.suspension.meetings import Meeting
from bot.workflows.suspension.operations import (
    DIGEST_CARD,
    MISSED_CARD,
    NOTES_CARD,
    PAGE_CARD,
)
from bot.workflows.suspension.records import Digest, NoteRound

_ROUNDS: Final = table_of(NoteRound)
_ASK: Final = PreparedChange(insert(_ROUNDS))
_ASKED: Final = Prepared(
    select(_ROUNDS).where(
        _ROUNDS.c.meeting_on == bindparam("day"), _ROUNDS.c.agent_id == bindparam("agent")
    )
)


def post(session: Session, digest: Digest, *, at: datetime, until: datetime) -> list[Place]:
    """
    Show a digest in the meeting's channel, its cases in the thread below; return the places.

    Where no channel is named, it goes to each lead's own chat instead.
    """
    channel = channels.named(session, Purpose.SUSPENSION)
    if channel:
        places = [Place(channel.place)]
    else:
        places = [place_of(lead.id) for lead in people.leads(session)]
    for place in places:
        _post_to(session, digest, place, at=at, until=until)
    return places


def post_here(
    session: Session, digest: Digest, channel: Channel, *, at: datetime, until: datetime
) -> None:
    """Show a digest in a channel that was named after it had been posted."""
    _post_to(session, digest, Place(channel.place), at=at, until=until)


def report_missed(session: Session, run_id: int, *, at: datetime) -> None:
    """Tell the leads that a digest could not be posted in time."""
    for lead in people.leads(session):
        postings.show(session, Showing(MISSED_CARD, run_id, place_of(lead.id)), at=at)


def round_for(
    session: Session, agent: Member, meeting: Meeting, *, at: datetime, policy: Policy
) -> NoteRound:
    """Return the asking of an agent for notes before a meeting, made if there is none yet."""
    if known := asked(session, agent, meeting):
        return known
    values = {
        "meeting_on": meeting.day,
        "last_meeting_at": meetings.before(meeting, policy).starts_at,
        "agent_id": agent.id,
        "asked_at": at,
    }
    fresh = record(session, NoteRound, change(session, _ASK, values).new_id)
    audit.note(
        session,
        audit.Note(
            what="notes asked",
            about=f"note_round:{fresh.id}",
            at=at,
            after={"agent": agent.id, "meeting_on": meeting.day},
        ),
    )
    return fresh


def asked(session: Session, agent: Member, meeting: Meeting) -> NoteRound | None:
    """Return the asking of an agent for notes before a meeting, if they were asked."""
    return first_record(session, NoteRound, _ASKED, {"day": meeting.day, "agent": agent.id})


def ask_for_notes(session: Session, notes: NoteRound, *, at: datetime, until: datetime) -> None:
    """Show an agent the cases whose note is older than the last meeting (R81)."""
    place = place_of(notes.agent_id)
    postings.show(session, Showing(NOTES_CARD, notes.id, place), at=at, until=until)


def writers(session: Session, *, day: date) -> Sequence[Member]:
    """Return the agents who are there that day to write notes."""
    away = people.absent_on(session, day)
    return [agent for agent in people.in_roles(session, {Role.AGENT}) if agent.id not in away]


def _post_to(
    session: Session, digest: Digest, place: Place, *, at: datetime, until: datetime
) -> None:
    head = Showing(DIGEST_CARD, digest.id, place)
    postings.show(session, head, at=at, until=until)
    is_channel = place.startswith("channel:")
    below = postings.thread_under(session, head) if is_channel else place
    for page in digests.pages_of(session, digest.id):
        postings.show(session, Showing(PAGE_CARD, page.id, below), at=at, until=until)
