"""What became of a mail that a postman had claimed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import postings
from bot.store.rows import amend
from bot.workflows.correspondence import days, fixing, troubles
from bot.workflows.correspondence.claims import Claim
from bot.workflows.correspondence.records import Mail, MailState

MOST_ATTEMPTS: Final = 80
"""After so many, about three days, what a server would not take becomes a task."""


def sent(session: Session, claimed: Claim, *, at: datetime, refused: str = "") -> bool:
    """
    Note that the mail left.

    :param refused: which of its recipients the server refused, and why; they become a task.
    """
    mail = _mine(session, claimed)
    if mail is None:
        return False
    _settle(session, mail, MailState.SENT, error=refused, at=at, sent_at=at)
    if refused:
        troubles.open_task(session, mail, why=refused, at=at)
    return True


@dataclass(frozen=True, slots=True)
class Pause:
    """Until when a mail waits that did not leave, and why."""

    until: datetime
    error: str
    is_refusal: bool = False
    """The server was there and would not take it; that is not repeated for ever."""


def put_off(session: Session, claimed: Claim, pause: Pause, *, at: datetime) -> bool:
    """Note that the mail did not leave, certainly, and is to be tried again later."""
    mail = _mine(session, claimed)
    if mail is None:
        return False
    if pause.is_refusal and claimed.attempts >= MOST_ATTEMPTS:
        troubles.bounced(session, mail, why=f"Not taken for days: {pause.error}", at=at)
        return True
    before = mail.state
    waits = {"state": MailState.DUE, "due_at": pause.until, "last_error": pause.error}
    amend(session, mail, **waits, owner=None, lease_until=None)
    fixing.note(session, mail, "mail put off", at=at, before=before, why=pause.error)
    return True


def refused(session: Session, claimed: Claim, *, at: datetime, error: str) -> bool:
    """Note that the mail is refused for good; it becomes a task."""
    mail = _mine(session, claimed)
    if mail is None:
        return False
    troubles.bounced(session, mail, why=error, at=at)
    return True


def unknown(session: Session, claimed: Claim, *, at: datetime, error: str) -> bool:
    """Note that the mail may have left or not; the leads are shown it."""
    mail = _mine(session, claimed)
    if mail is None:
        return False
    become_unknown(session, mail, error=error, at=at)
    return True


def become_unknown(session: Session, mail: Mail, *, error: str, at: datetime) -> None:
    """
    Note that a mail may have left.

    Its owner is kept: whoever had it may still come back and say what became of it.
    """
    _settle(session, mail, MailState.UNKNOWN, error=error, at=at, owner=mail.owner)
    troubles.tell_unknown(session, mail, at=at)


def _mine(session: Session, claimed: Claim) -> Mail | None:
    """
    Return the mail, locked, if it is still this claim's.

    A claim whose lease ran out still counts as long as nobody else has taken the mail.
    """
    mail = days.lock(session, claimed.mail_id)
    is_open = mail.state in (MailState.SENDING, MailState.UNKNOWN)
    return mail if is_open and mail.owner == claimed.owner else None


def _settle(  # noqa: PLR0913 - where a mail ends, and what is known of it then
    session: Session,
    mail: Mail,
    state: MailState,
    *,
    error: str,
    at: datetime,
    owner: str | None = None,
    sent_at: datetime | None = None,
) -> None:
    before = mail.state
    free = {"owner": owner, "lease_until": None, "due_at": None}
    ended = {"state": state, "last_error": error, "version": mail.version + 1}
    amend(session, mail, **ended, **free, sent_at=sent_at or mail.sent_at)
    fixing.note(session, mail, f"mail {state}", at=at, before=before, why=error)
    if before is MailState.UNKNOWN:
        postings.refresh(session, troubles.UNKNOWN_CARD, about=mail.id, at=at)
