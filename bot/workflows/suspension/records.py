"""Suspension cases and digests, as remembered."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze
from bot.workflows.suspension import case_records as case_records
from bot.workflows.suspension.rules import CaseState, Change, Group

_OPEN = text("closed_on IS NULL")


class SuspensionCase(Record):
    """A payer in the suspension process."""

    __tablename__ = "suspension_cases"
    __table_args__ = (
        Index(
            "ix_suspension_cases_open_payer",
            "payer_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    number: Mapped[int] = mapped_column(unique=True)
    """What people say; it stays for the life of the case."""
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    state: Mapped[CaseState] = mapped_column(default=CaseState.WATCH)
    opened_on: Mapped[date]
    """The company's date."""
    closed_on: Mapped[date | None]
    closed_why: Mapped[str] = mapped_column(default="")


class Case(NamedTuple):
    """A case to look at, as its row is: a fifth of what a record costs."""

    id: int
    number: int
    payer_id: int
    state: CaseState
    opened_on: date
    closed_on: date | None
    closed_why: str


AnyCase = SuspensionCase | Case
"""A case that is only looked at."""


def plain(case: AnyCase) -> Case:
    """Return a case as its row is: what is asked of a record time and again adds up."""
    if isinstance(case, Case):
        return case
    return Case._make(getattr(case, name) for name in Case._fields)


class CaseNote(Record):
    """What an agent writes about a case for the meeting (R81)."""

    __tablename__ = "case_notes"

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    nonce: Mapped[str | None] = mapped_column(unique=True)


class CaseComment(Record):
    """What somebody of the meeting says about a case (R82, R169)."""

    __tablename__ = "case_comments"

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    origin: Mapped[str | None] = mapped_column(unique=True)
    """The form's nonce or the message's id: the same one is kept once."""


class Digest(Record):
    """A week's digest, as it was posted."""

    __tablename__ = "digests"

    meeting_on: Mapped[date] = mapped_column(unique=True)
    meeting_at: Mapped[datetime]
    as_of: Mapped[date]
    made_at: Mapped[datetime]
    book_at: Mapped[datetime | None]
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("digests.id"))
    last_meeting_at: Mapped[datetime]
    trail_head: Mapped[str]
    """The audit trail's head at that moment, `number:mac` (I25)."""


class DigestPage(Record):
    """A part of a digest that fits into one card."""

    __tablename__ = "digest_pages"
    __table_args__ = (UniqueConstraint("digest_id", "number"),)

    digest_id: Mapped[int] = mapped_column(ForeignKey("digests.id"))
    number: Mapped[int]
    """From 1."""
    heading: Mapped[Group]


class DigestLine(Record):
    """A case on a digest, as it stood."""

    __tablename__ = "digest_lines"
    __table_args__ = (UniqueConstraint("digest_id", "case_id"),)

    digest_id: Mapped[int] = mapped_column(ForeignKey("digests.id"))
    page_id: Mapped[int] = mapped_column(ForeignKey("digest_pages.id"), index=True)
    position: Mapped[int]
    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"), index=True)
    payer_name: Mapped[str]
    owner_name: Mapped[str]
    change: Mapped[Change]
    oldest_days: Mapped[int]
    calls: Mapped[int]
    reached: Mapped[int]
    """Of the calls."""
    emails: Mapped[int] = mapped_column(default=0)
    marks: Mapped[str] = mapped_column(Text, default="")
    """Promise, plan, hold, in words."""
    note: Mapped[str] = mapped_column(Text, default="")
    noted_at: Mapped[datetime | None]
    noted_by: Mapped[str] = mapped_column(default="")


class DigestAmount(Record):
    """What a case had more than 30 days past due in one currency, and on the digest before."""

    __tablename__ = "digest_amounts"

    line_id: Mapped[int] = mapped_column(ForeignKey("digest_lines.id"), index=True)
    currency: Mapped[str]
    total: Mapped[Amount]
    disputed: Mapped[Amount]
    before: Mapped[Amount]


class DigestPack(Record):
    """A case's evidence pack on a digest, as it was posted (R168); lists are lines of text."""

    __tablename__ = "digest_packs"

    line_id: Mapped[int] = mapped_column(ForeignKey("digest_lines.id"), unique=True)
    state: Mapped[CaseState]
    part_off: Mapped[str] = mapped_column(default="", server_default="")
    """How many of its sites were suspended, `1 of 3 sites`; empty: all, or none."""
    waits_for: Mapped[str]
    """Who has to do something next: `waiting.WaitsFor`."""
    waits: Mapped[str]
    """For what, in words."""
    clocks: Mapped[str]
    ready: Mapped[str] = mapped_column(Text)
    """When it would be ready, in words."""
    held_until: Mapped[date | None]
    evidence: Mapped[str] = mapped_column(Text)
    """A line each, `✓` there or `✗` missing."""
    accounts: Mapped[str] = mapped_column(Text)
    moves: Mapped[str] = mapped_column(Text)
    """The steps since the digest before, in words."""
    reports: Mapped[str] = mapped_column(Text)


class DigestAccount(Record):
    """What an account of a case had more than 30 days past due in one currency, as posted."""

    __tablename__ = "digest_accounts"

    line_id: Mapped[int] = mapped_column(ForeignKey("digest_lines.id"), index=True)
    number: Mapped[str]
    """The account's, in the source system."""
    name: Mapped[str]
    state: Mapped[CaseState]
    currency: Mapped[str | None]
    """None: nothing was that late."""
    total: Mapped[Amount]
    disputed: Mapped[Amount]
    planned: Mapped[Amount]
    causing: Mapped[Amount]
    oldest_due: Mapped[date | None]
    """Of what was neither disputed nor on a plan."""


class DigestMove(Record):
    """A step of a case that a digest reported: each step on one digest, ever (I06)."""

    __tablename__ = "digest_moves"

    digest_id: Mapped[int] = mapped_column(ForeignKey("digests.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("digest_lines.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("case_events.id"), unique=True)


class CaseHold(Record):
    """Days on which a case rests, as the meeting decided: no notice, no suspension."""

    __tablename__ = "case_holds"

    case_id: Mapped[int] = mapped_column(ForeignKey("suspension_cases.id"), index=True)
    first_day: Mapped[date]
    """The company's date; both days count."""
    last_day: Mapped[date]
    why: Mapped[str] = mapped_column(Text)
    by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


class NoteRound(Record):
    """The asking of one agent for notes before one meeting."""

    __tablename__ = "note_rounds"
    __table_args__ = (UniqueConstraint("meeting_on", "agent_id"),)

    meeting_on: Mapped[date]
    last_meeting_at: Mapped[datetime]
    agent_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]


freeze(CaseNote.__table__)  # type: ignore[arg-type]
freeze(CaseComment.__table__)  # type: ignore[arg-type]
freeze(Digest.__table__)  # type: ignore[arg-type]
freeze(DigestPage.__table__)  # type: ignore[arg-type]
freeze(DigestLine.__table__)  # type: ignore[arg-type]
freeze(DigestAmount.__table__)  # type: ignore[arg-type]
freeze(DigestPack.__table__)  # type: ignore[arg-type]
freeze(DigestAccount.__table__)  # type: ignore[arg-type]
freeze(DigestMove.__table__)  # type: ignore[arg-type]
freeze(CaseHold.__table__)  # type: ignore[arg-type]
freeze(NoteRound.__table__)  # type: ignore[arg-type]
