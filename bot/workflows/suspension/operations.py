"""What is written about cases, and where the digest goes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import audit, postings
from bot.store.postings import CardName
from bot.store.prepared import PreparedChange
from bot.store.rows import change, table_of
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import Member
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import queries
from bot.workflows.suspension.records import (
    CaseComment,
    CaseNote,
    DigestLine,
    SuspensionCase,
)
from bot.workflows.suspension.rules import CaseClosed, NoWords

DIGEST_CARD: Final = CardName("suspension.digest")
PAGE_CARD: Final = CardName("suspension.page")
NOTES_CARD: Final = CardName("suspension.notes")
MISSED_CARD: Final = CardName("suspension.missed")
LONGEST: Final = 1000
"""Characters of a note or a comment."""
_KEEP_NOTE: Final = PreparedChange(insert(table_of(CaseNote)))
_KEEP_COMMENT: Final = PreparedChange(insert(table_of(CaseComment)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What somebody wrote; the same words of one `origin` (form or message) are kept once."""

    text: str
    by: Member
    at: datetime
    origin: str | None = None


def write_note(session: Session, case: SuspensionCase, words: Words, *, today: date) -> None:
    """
    Keep an agent's note on a case for the meeting (R81).

    :raises NotYourPortfolio: if the payer is not the person's to act on.
    :raises CaseClosed: if the case was closed meanwhile.
    """
    known = session.scalar(select(CaseNote.words).where(CaseNote.nonce == words.origin))
    if known == words.text.strip():
        return
    payer = customers.get(session, case.payer_id)
    customers.check_may_act(session, words.by, payer, today=today)
    queries.check_open(case)
    text = _checked(words)
    nonce = None if known else words.origin
    change(session, _KEEP_NOTE, {**_said(case, words, text), "nonce": nonce})
    _note(session, "case note", case, words)
    if line := _current_line(session, case):
        postings.refresh(session, PAGE_CARD, about=line.page_id, at=words.at)


def comment(session: Session, case: SuspensionCase, words: Words) -> None:
    """
    Keep what somebody of the meeting says about a case, and show it on the digest (R82).

    :raises CaseClosed: if the case is closed and not on the current digest.
    """
    known = session.scalar(select(CaseComment.words).where(CaseComment.origin == words.origin))
    if known == words.text.strip():
        return
    line = _current_line(session, case)
    if case.closed_on is not None and line is None:
        raise CaseClosed(f"Case {case.number} was closed: {case.closed_why}.")
    text = _checked(words)
    origin = None if known else words.origin
    change(session, _KEEP_COMMENT, {**_said(case, words, text), "origin": origin})
    _note(session, "case comment", case, words)
    if line:
        postings.refresh(session, PAGE_CARD, about=line.page_id, at=words.at)
        postings.refresh(session, DIGEST_CARD, about=line.digest_id, at=words.at)


def _said(case: SuspensionCase, words: Words, text: str) -> dict[str, object]:
    return {"case_id": case.id, "words": text, "by": words.by.id, "at": words.at}


def _checked(words: Words) -> str:
    text = words.text.strip()
    if not text:
        raise NoWords("Please write a few words.")
    if len(text) > LONGEST:
        raise NoWords(f"Please keep it under {LONGEST} characters.")
    return text


def _current_line(session: Session, case: SuspensionCase) -> DigestLine | None:
    digest = digests.latest(session)
    return digests.line_on(session, case.id, digest.id) if digest else None


def _note(session: Session, what: str, case: SuspensionCase, words: Words) -> None:
    audit.note(
        session,
        audit.Note(
            what=what,
            about=f"suspension_case:{case.id}",
            at=words.at,
            by=words.by.id,
            after={"words": words.text},
        ),
    )
