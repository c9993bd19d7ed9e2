"""The suspension meeting's files, and proposals that nobody decides in time (R110, R168)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.kernel import wording
from bot.rendering import digest_sheet
from bot.store import runs
from bot.workflows.meetings import meeting, queries
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension.records import Digest
from scheduler import digest_words
from scheduler.job import Tick

PROPOSALS: Final = "meeting-proposals"
REMINDERS: Final = "meeting-reminders"
LAST_CALLS: Final = "meeting-last-calls"
FILES: Final = "digest-files"


def paths_of(home: Path, digest: Digest) -> tuple[Path, Path]:
    """Return where a digest's PDF and workbook are kept."""
    pdf, workbook = digests.files_of(digest)
    return home / pdf, home / workbook


def draw_files(tick: Tick) -> str:
    """Draw the last digest as PDF and workbook, as it was posted, where they are missing."""
    if tick.home is None:
        return "There is no place for files."
    with tick.database.reading() as session:
        digest = digests.latest(session)
        if digest is None:
            return "There is no digest yet."
        pdf, workbook = paths_of(tick.home, digest)
        if pdf.exists() and workbook.exists():
            return f"The digest's files are drawn: {pdf.name}, {workbook.name}."
        today = tick.policy.company_date(tick.at)
        sheet = digest_words.as_posted(session, digest, on=today, policy=tick.policy)
    digest_sheet.draw_pdf(sheet, pdf)
    digest_sheet.draw_workbook(sheet, workbook)
    return f"Drawn: {pdf.name}, {workbook.name}."


def remind(tick: Tick) -> str:
    """Remind deciders once after some business hours, and once before the end (Authority)."""
    with tick.database.reading() as session:
        waiting = queries.waiting(session)
        session.expunge_all()
    told = sum(
        _remind(tick, one.id, job, due, tell)
        for one in waiting
        for job, due, tell in (
            (REMINDERS, meeting.remind_at(one, tick.policy), meeting.remind),
            (LAST_CALLS, meeting.last_call_at(one, tick.policy), meeting.last_call),
        )
        if due <= tick.at
    )
    return f"{wording.counted(told, 'reminder')} sent"


def _remind(
    tick: Tick, proposal_id: int, job: str, due: datetime, tell: Callable[..., int]
) -> int:
    subject = f"proposal:{proposal_id}"
    with tick.database.transaction() as session:
        if not runs.claim(session, job, scheduled_for=due, at=tick.at, subject=subject):
            return 0
        return tell(session, proposal_id, at=tick.at, policy=tick.policy)


def expire(tick: Tick) -> str:
    """End the proposals whose time has run out, which is a no."""
    with tick.database.reading() as session:
        late = [one for one in queries.waiting(session) if one.expires_at <= tick.at]
    if not late:
        return "No proposal has run out of time."
    with tick.database.transaction() as session:
        ended = meeting.expire(session, at=tick.at)
    return f"{wording.counted(ended, 'proposal')} ran out of time."
