"""Making the weekly digest: frozen as posted (R80, R168; I06, I25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit
from bot.workflows.ledger import queries as ledger
from bot.workflows.suspension import cases, evidence, meetings, queries, rules
from bot.workflows.suspension.evidence import Evidence
from bot.workflows.suspension.meetings import Meeting
from bot.workflows.suspension.records import (
    Digest,
    DigestAmount,
    DigestLine,
    DigestPage,
)
from bot.workflows.suspension.rules import CaseState, Change, Group

PAGE_LINES: Final = 5
"""Cases on one card, so that it stays far below 28 KB whatever is written about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    known: Evidence
    group: Group
    change: Change
    before: dict[str, int]


def make(session: Session, meeting: Meeting, *, at: datetime, policy: Policy) -> Digest:
    """Make the digest for a meeting from the book as it is, and freeze it."""
    on = policy.company_date(at)
    cases.settle(session, on=on, at=at, policy=policy)
    previous = queries.latest_digest(session)
    digest = Digest(
        meeting_on=meeting.day,
        meeting_at=meeting.starts_at,
        as_of=on,
        made_at=at,
        book_at=ledger.book_at(session),
        previous_id=previous.id if previous else None,
        last_meeting_at=meetings.before(meeting, policy).starts_at,
        trail_head=audit.head(session),
    )
    session.add(digest)
    session.flush()
    entries = _entries(session, digest, policy)
    _add_pages(session, digest, entries)
    audit.note(session, _made(digest, entries))
    return digest


def _entries(session: Session, digest: Digest, policy: Policy) -> list[_Entry]:
    still = queries.open_cases(session)
    gone = queries.unreported(session)
    before = _before(session, digest.previous_id)
    known = evidence.gather(session, [*still, *gone], on=digest.as_of, policy=policy)
    entries = [_entry(each, before.get(each.case.id), digest) for each in known]
    return sorted(entries, key=lambda entry: _order(entry, policy))


def _entry(known: Evidence, before: dict[str, int] | None, digest: Digest) -> _Entry:
    if known.case.state is CaseState.CLOSED:
        change, group = Change.GONE, Group.GONE
    else:
        noted_at = known.note.at if known.note else None
        is_stale = rules.is_stale(noted_at, last_meeting_at=digest.last_meeting_at)
        change = rules.change_of(known.totals, before)
        group = rules.group_of(known.oldest_days(digest.as_of), note_is_stale=is_stale)
    return _Entry(known=known, group=group, change=change, before=before or {})


def _order(entry: _Entry, policy: Policy) -> tuple[int, int, int, int]:
    totals = entry.known.totals
    in_base = totals.get(policy.base_currency, 0)
    rest = sum(totals.values()) - in_base
    return (list(Group).index(entry.group), -in_base, -rest, entry.known.case.number)


def _before(session: Session, previous_id: int | None) -> dict[int, dict[str, int]]:
    before: dict[int, dict[str, int]] = {}
    rows = session.execute(
        select(DigestLine.case_id, DigestAmount.currency, DigestAmount.total)
        .join(DigestAmount, DigestAmount.line_id == DigestLine.id)
        .where(DigestLine.digest_id == previous_id, DigestLine.change != Change.GONE)
    )
    for row in rows:
        if row.total:
            before.setdefault(row.case_id, {})[row.currency] = row.total
    return before


def _add_pages(session: Session, digest: Digest, entries: Sequence[_Entry]) -> None:
    numbered: list[tuple[DigestPage, _Entry]] = []
    pages: list[DigestPage] = []
    for heading, group in groupby(entries, key=lambda entry: entry.group):
        members = list(group)
        for first in range(0, len(members), PAGE_LINES):
            page = DigestPage(digest_id=digest.id, number=len(pages) + 1, heading=heading)
            pages.append(page)
            numbered += [(page, entry) for entry in members[first : first + PAGE_LINES]]
    session.add_all(pages)
    session.flush()
    lines = [
        _line(digest, page, entry, position)
        for position, (page, entry) in enumerate(numbered, start=1)
    ]
    session.add_all(lines)
    session.flush()
    for line, (_, entry) in zip(lines, numbered, strict=True):
        session.add_all(_amounts(line, entry))


def _line(digest: Digest, page: DigestPage, entry: _Entry, position: int) -> DigestLine:
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
        marks="; ".join((*closed_why, *known.marks)),
        note=known.note.words if known.note else "",
        noted_at=known.note.at if known.note else None,
        noted_by=known.note.name if known.note else "",
    )


def _amounts(line: DigestLine, entry: _Entry) -> list[DigestAmount]:
    owed = {amount.currency: amount for amount in entry.known.owed}
    return [
        DigestAmount(
            line_id=line.id,
            currency=currency,
            total=owed[currency].total if currency in owed else 0,
            disputed=owed[currency].disputed if currency in owed else 0,
            before=entry.before.get(currency, 0),
        )
        for currency in sorted(owed.keys() | entry.before.keys())
    ]


def _made(digest: Digest, entries: Sequence[_Entry]) -> audit.Note:
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
