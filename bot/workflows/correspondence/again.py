"""What a person does about a mail that did not arrive, or may not have."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store import postings
from bot.workflows.correspondence import days, fixing
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.correspondence.troubles import UNKNOWN_CARD
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import Member


class NotInTrouble(Refused):
    """The mail arrived, is on its way, or was never to leave."""


def send_again(
    session: Session, mail_id: int, *, by: Member | None, at: datetime, policy: Policy
) -> Mail:
    """
    Send what is unknown or was refused once more: to the payer's address as it is now.

    To the same address it has the same Message-Id, so that a mail program knows the repeat.

    :raises NotInTrouble: if it did not fail, or the payer is not written to any more.
    """
    mail = _troubled(session, mail_id, MailState.UNKNOWN, MailState.REFUSED)
    payer = customers.get(session, mail.payer_id)
    if why := fixing.stopped(session, payer, at=at, policy=policy):
        raise NotInTrouble(f"{payer.name} is not written to. {why}")
    before = mail.state
    mail.state, mail.due_at, mail.attempts = MailState.DUE, at, 0
    mail.owner, mail.lease_until, mail.last_error, mail.bounced_at = None, None, "", None
    fixing.readdress(session, mail, at=at, policy=policy)
    return _decided(session, mail, "mail sent again", by=by, at=at, before=before)


def count_as_arrived(session: Session, mail_id: int, *, by: Member, at: datetime) -> Mail:
    """
    Note that an unknown mail has arrived, since somebody has found out.

    :raises NotInTrouble: if what became of it is known by now.
    """
    mail = _troubled(session, mail_id, MailState.UNKNOWN)
    mail.state, mail.sent_at, mail.owner = MailState.SENT, mail.tried_at, None
    return _decided(session, mail, "mail arrived", by=by, at=at, before=MailState.UNKNOWN)


def leave_unknown(session: Session, mail_id: int, *, by: Member, at: datetime) -> Mail:
    """
    Leave an unknown mail at that: it is not sent again, and does not count as sent.

    :raises NotInTrouble: if what became of it is known by now.
    """
    mail = _troubled(session, mail_id, MailState.UNKNOWN)
    mail.left_at = at
    return _decided(session, mail, "mail left unknown", by=by, at=at, before=mail.state)


def _troubled(session: Session, mail_id: int, *states: MailState) -> Mail:
    mail = days.lock(session, mail_id)
    if mail.state not in states or mail.left_at is not None:
        raise NotInTrouble("What became of this mail is settled already.")
    return mail


def _decided(  # noqa: PLR0913 - who decided what, when
    session: Session,
    mail: Mail,
    what: str,
    *,
    by: Member | None,
    at: datetime,
    before: MailState,
) -> Mail:
    mail.version += 1
    session.flush()
    fixing.note(session, mail, what, at=at, by=by.id if by else None, before=before)
    postings.refresh(session, UNKNOWN_CARD, about=mail.id, at=at)
    return mail
