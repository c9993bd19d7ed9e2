"""The suspension meeting's clock: notes a business day before, then the digest."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.calendar import days_around
from bot.store import audit, runs
from bot.workflows.channels import queries as channels
from bot.workflows.channels.rules import Purpose
from bot.workflows.meetings import meeting as the_meeting
from bot.workflows.people.rules import Member
from bot.workflows.suspension import cases, digest_queries, digests, meetings, posting, queries
from bot.workflows.suspension.digests import Prepared
from bot.workflows.suspension.meetings import Meeting
from scheduler.job import Tick

NOTES: Final = "suspension-notes"
DIGEST: Final = "suspension-digest"


def ask_for_notes(tick: Tick) -> str:
    """Ask each agent, at shift start a business day before the meeting, for notes (R81)."""
    meeting = meetings.upcoming(tick.at, tick.policy)
    due = _to_be_asked(tick, meeting)
    if due:
        _settle(tick)
    asked = [agent.name for agent in due if _ask(tick, agent, meeting)]
    if asked:
        return f"Asked for notes: {wording.listed(asked)}."
    return f"Nobody to ask now before the meeting of {wording.day(meeting.day)}."


def post_digest(tick: Tick) -> str:
    """Post the digest before the meeting, once a week; late rather than never (R80)."""
    meeting = meetings.with_digest_due(tick.at, tick.policy)
    with tick.database.reading() as session:
        is_due = _is_due(session, meeting, tick.at)
    if not is_due:
        upcoming = meetings.next_digest(tick.at, tick.policy)
        when = wording.moment(
            upcoming.digest_at, tick.policy.zone, today=tick.policy.company_date(tick.at)
        )
        return f"No digest is due now; the next one is posted {when}."
    prepared = None if tick.at > meeting.digest_until else _prepare(tick, meeting)
    with tick.database.transaction() as session:
        if not runs.claim(session, DIGEST, scheduled_for=meeting.digest_at, at=tick.at):
            return "Another machine is posting the digest."
        if prepared is None:
            return _miss(session, meeting, tick.at)
        return _post(session, meeting, prepared, tick)


def _prepare(tick: Tick, meeting: Meeting) -> Prepared:
    """Gather what the digest says by reading alone, so that presses go on meanwhile."""
    _settle(tick)
    with tick.database.reading() as session:
        prepared = digests.prepare(session, meeting, at=tick.at, policy=tick.policy)
        session.expunge_all()
    return prepared


def _post(session: Session, meeting: Meeting, prepared: Prepared, tick: Tick) -> str:
    digest = digests.keep(session, meeting, prepared, at=tick.at)
    the_meeting.open_digest(session, digest, policy=tick.policy)
    places = posting.post(session, digest, at=tick.at, until=meeting.digest_until)
    where = "the meeting's channel"
    if not channels.named(session, Purpose.SUSPENSION):
        where = wording.counted(len(places), "lead") + ", since no channel is named"
    return f"The digest for {wording.day(meeting.day)} goes to {where}."


def _to_be_asked(tick: Tick, meeting: Meeting) -> list[Member]:
    if days_around(tick.at, tick.at)[1] < meeting.notes_on:
        return []  # it is not that day anywhere yet
    with tick.database.reading() as session:
        writers = posting.writers(session, day=meeting.notes_on)
        starts = {agent: agent.shift_on(meeting.notes_on)[0] for agent in writers}
        first = min(starts.values(), default=tick.at)
        if first > tick.at:
            return []
        done = runs.done_since(session, NOTES, since=first)
    return [
        agent
        for agent, start in starts.items()
        if start <= tick.at and (start, str(agent.id)) not in done
    ]


def _settle(tick: Tick) -> None:
    today = tick.policy.company_date(tick.at)
    with tick.database.transaction() as session:
        cases.settle(session, on=today, at=tick.at, policy=tick.policy)


def _ask(tick: Tick, agent: Member, meeting: Meeting) -> bool:
    """Ask one agent, in a transaction of their own; False if nothing is stale or asked."""
    start = agent.shift_on(meeting.notes_on)[0]
    since = meetings.before(meeting, tick.policy).starts_at
    today = tick.policy.company_date(tick.at)
    subject = str(agent.id)
    with tick.database.transaction() as session:
        if not runs.claim(session, NOTES, scheduled_for=start, at=tick.at, subject=subject):
            return False
        if not queries.stale_cases(session, agent, today=today, since=since):
            return False
        asked = posting.round_for(session, agent, meeting, at=tick.at, policy=tick.policy)
        posting.ask_for_notes(session, asked, at=tick.at, until=meeting.starts_at)
    return True


def _is_due(session: Session, meeting: Meeting, at: datetime) -> bool:
    """Test if the digest is neither made nor missed, and the desk was at work by then."""
    if runs.find(session, DIGEST, scheduled_for=meeting.digest_at):
        return False
    latest = digest_queries.latest(session)
    if latest and latest.meeting_on >= meeting.day:
        return False
    return at <= meeting.digest_until or _was_at_work(session, meeting)


def _was_at_work(session: Session, meeting: Meeting) -> bool:
    opened = [case.opened_on for case in queries.open_cases(session)]
    return bool(opened) and min(opened) < meeting.day


def _miss(session: Session, meeting: Meeting, at: datetime) -> str:
    why = f"The digest for {wording.day(meeting.day)} could not be posted in time."
    runs.mark_missed(session, DIGEST, scheduled_for=meeting.digest_at, detail=why)
    run = runs.find(session, DIGEST, scheduled_for=meeting.digest_at)
    assert run is not None
    missed = audit.Note(what="digest missed", about=f"run:{run.id}", at=at, why=why)
    audit.note(session, missed)
    posting.report_missed(session, run.id, at=at)
    return f"The digest for {wording.day(meeting.day)} was missed; the leads are told."
