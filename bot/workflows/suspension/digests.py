"""Making the weekly digest: frozen as posted (R80, R168; I06, I25)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel.batches import in_batches
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.store.prepared import PreparedChange
from bot.store.rows import change_each, table_of
from bot.workflows.ledger import queries as ledger
from bot.workflows.suspension import (
    account_files,
    cases,
    digest_entries,
    digest_queries,
    meetings,
)
from bot.workflows.suspension.account_files import AccountLine
from bot.workflows.suspension.digest_entries import Entry, Frame
from bot.workflows.suspension.meetings import Meeting
from bot.workflows.suspension.records import (
    Digest,
    DigestAccount,
    DigestAmount,
    DigestLine,
    DigestMove,
    DigestPack,
    DigestPage,
)

Row = dict[str, Any]
PAGE_LINES: Final = 4
"""Cases on one card, so that it stays far below 28 KB whatever is written about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a digest will say, gathered before anything is written."""

    frame: Frame
    book_at: datetime | None
    entries: tuple[Entry, ...]


def make(session: Session, meeting: Meeting, *, at: datetime, policy: Policy) -> Digest:
    """Make the digest for a meeting from the book as it is, and freeze it."""
    cases.settle(session, on=policy.company_date(at), at=at, policy=policy)
    prepared = prepare(session, meeting, at=at, policy=policy)
    return keep(session, meeting, prepared, at=at)


def prepare(session: Session, meeting: Meeting, *, at: datetime, policy: Policy) -> Prepared:
    """
    Gather what the digest for a meeting will say; nothing is written.

    A step that a case takes between this and `keep` is on the digest after (I06).
    """
    on = policy.company_date(at)
    frame = frame_of(meeting, digest_queries.latest(session), on=on, policy=policy)
    return Prepared(
        frame=frame,
        book_at=ledger.book_at(session),
        entries=tuple(digest_entries.gather(session, frame, policy=policy)),
    )


def keep(session: Session, meeting: Meeting, prepared: Prepared, *, at: datetime) -> Digest:
    """Freeze a digest as it was gathered."""
    frame = prepared.frame
    digest = Digest(
        meeting_on=meeting.day,
        meeting_at=meeting.starts_at,
        as_of=frame.on,
        made_at=at,
        book_at=prepared.book_at,
        previous_id=frame.previous.id if frame.previous else None,
        last_meeting_at=frame.last_meeting_at,
        trail_head=audit.head(session),
    )
    session.add(digest)
    session.flush()
    _add_pages(session, digest, prepared.entries)
    audit.note(session, _made(digest, prepared.entries))
    return digest


def frame_of(meeting: Meeting, previous: Digest | None, *, on: date, policy: Policy) -> Frame:
    """Return what a digest of a day for a meeting is about."""
    return Frame(
        on=on,
        previous=previous,
        last_meeting_at=meetings.before(meeting, policy).starts_at,
        next_meeting_on=meetings.after(meeting, policy).day,
    )


def _add_pages(session: Session, digest: Digest, entries: Sequence[Entry]) -> None:
    numbered: list[tuple[DigestPage, Entry]] = []
    pages: list[DigestPage] = []
    for heading, group in groupby(entries, key=lambda entry: entry.group):
        for members in in_batches(group, PAGE_LINES):
            page = DigestPage(digest_id=digest.id, number=len(pages) + 1, heading=heading)
            pages.append(page)
            numbered += [(page, entry) for entry in members]
    session.add_all(pages)
    session.flush()
    lines = [
        _line(digest, page, entry, position)
        for position, (page, entry) in enumerate(numbered, start=1)
    ]
    session.add_all(lines)
    session.flush()
    kept = [(line, entry) for line, (_, entry) in zip(lines, numbered, strict=True)]
    for insert_each, of in _PARTS:
        change_each(
            session, insert_each, [row for line, entry in kept for row in of(line, entry)]
        )


def _line(digest: Digest, page: DigestPage, entry: Entry, position: int) -> DigestLine:
    known = entry.known
    closed_why = (known.case.closed_why,) if known.case.closed_on else ()
    return DigestLine(
        digest_id=digest.id,
        page_id=page.id,
        position=position,
        case_id=known.case.id,
        payer_name=known.payer_name,
        owner_name=known.owner_name,
        change=entry.change,
        oldest_days=known.oldest_days(digest.as_of),
        calls=known.contacts.calls,
        reached=known.contacts.reached,
        emails=known.contacts.emails,
        marks="; ".join((*closed_why, *known.marks)),
        note=known.note.words if known.note else "",
        noted_at=known.note.at if known.note else None,
        noted_by=known.note.name if known.note else "",
    )


def _packs(line: DigestLine, entry: Entry) -> list[Row]:
    file = entry.file
    return [
        {
            "line_id": line.id,
            "state": file.state,
            "part_off": file.part_off,
            "waits_for": file.waits_for.value,
            "waits": file.waits_words,
            "clocks": file.clocks,
            "ready": file.would_be_ready,
            "held_until": file.held_until,
            "evidence": "\n".join(digest_entries.evidence_lines(file)),
            "accounts": "\n".join(digest_entries.account_lines(file)),
            "moves": "\n".join(entry.moves),
            "reports": "\n".join(file.reports),
        }
    ]


def _accounts(line: DigestLine, entry: Entry) -> list[Row]:
    return [_account(line, one) for one in account_files.lines(entry.file.accounts)]


def _account(line: DigestLine, account: AccountLine) -> Row:
    owed = account.sum
    return {
        "line_id": line.id,
        "number": account.number,
        "name": account.name,
        "state": account.state,
        "currency": owed.total.currency if owed else None,
        "total": owed.total.minor if owed else 0,
        "disputed": owed.disputed.minor if owed else 0,
        "planned": owed.planned.minor if owed else 0,
        "causing": owed.causing.minor if owed else 0,
        "oldest_due": owed.oldest_due if owed else None,
    }


def _amounts(line: DigestLine, entry: Entry) -> list[Row]:
    owed = {amount.currency: amount for amount in entry.known.owed}
    return [
        {
            "line_id": line.id,
            "currency": currency,
            "total": owed[currency].total if currency in owed else 0,
            "disputed": owed[currency].disputed if currency in owed else 0,
            "before": entry.before.get(currency, 0),
        }
        for currency in sorted(owed.keys() | entry.before.keys())
    ]


def _moves(line: DigestLine, entry: Entry) -> list[Row]:
    return [
        {"digest_id": line.digest_id, "line_id": line.id, "event_id": event.id}
        for event in entry.events
    ]


_PARTS: Final[tuple[tuple[PreparedChange, Callable[[DigestLine, Entry], list[Row]]], ...]] = (
    (PreparedChange(insert(table_of(DigestAmount))), _amounts),
    (PreparedChange(insert(table_of(DigestPack))), _packs),
    (PreparedChange(insert(table_of(DigestAccount))), _accounts),
    (PreparedChange(insert(table_of(DigestMove))), _moves),
)
"""What belongs to a line, and is kept with it: hundreds of rows, written together."""


def _made(digest: Digest, entries: Sequence[Entry]) -> audit.Note:
    return audit.Note(
        what="digest made",
        about=f"digest:{digest.id}",
        at=digest.made_at,
        after={
            "meeting_on": digest.meeting_on,
            "as_of": digest.as_of,
            "cases": len(entries),
            "trail_head": digest.trail_head,
        },
    )
