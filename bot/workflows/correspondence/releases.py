"""
Letting mail go: a process that is released on a fresh book, and what has become due.

Nothing leaves in a burst: a release lets go what is held from today; what is older waits until
a lead says, for each, whether it is still to be sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.prepared import Prepared
from bot.store.rows import amend, insert_new, locked_records, table_of
from bot.workflows.correspondence import days, fixing, queries
from bot.workflows.correspondence.records import (
    Mail,
    MailKind,
    MailState,
    Process,
    ProcessRelease,
)
from bot.workflows.correspondence.troubles import HELD_CARD, number_of
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import Member

_IS_LET_GO: Final = (Mail.state == MailState.HELD) & Mail.released_at.is_not(None)
_IS_DUE: Final = (Mail.state == MailState.OPEN) & (Mail.due_at <= bindparam("at"))
_READY: Final = Prepared(
    select(table_of(Mail))
    .where(or_(_IS_LET_GO, _IS_DUE))
    .order_by(Mail.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


class NotHeld(Refused):
    """The mail is not held any more."""


def release_process(
    session: Session, process: Process, *, by: Member | None, at: datetime
) -> int:
    """
    Let a process write to customers from now on, and let go what is held from today.

    :return: how many held mails are let go.
    """
    who = by.id if by else None
    release = {"process": process, "released_by": who, "released_at": at}
    if not insert_new(session, table_of(ProcessRelease), [release]):
        return 0
    todays = update(Mail).where(
        Mail.process == process,
        Mail.state == MailState.HELD,
        Mail.released_at.is_(None),
        Mail.due_at > at,
    )
    let_go = session.execute(todays.values(released_at=at, released_by=who))
    count = int(getattr(let_go, "rowcount", 0))
    change = audit.Note(
        what="mail of a process released",
        about=f"process:{process}",
        at=at,
        by=who,
        after={"process": process.value, "let_go": count},
    )
    audit.note(session, change)
    postings.refresh(session, HELD_CARD, about=number_of(process), at=at)
    return count


def send_held(session: Session, mail_id: int, *, by: Member, at: datetime) -> Mail:
    """
    Let a held mail go after all; a day's words join the payer's next mail.

    :raises NotHeld: if it was let go or dropped meanwhile, or its process is not released.
    """
    mail = _held(session, mail_id)
    if not queries.is_released(session, mail.process):
        raise NotHeld(f"Release {mail.process.words} first.")
    amend(session, mail, released_at=at, released_by=by.id, version=mail.version + 1)
    fixing.note(session, mail, "held mail let go", at=at, by=by.id)
    postings.refresh(session, HELD_CARD, about=number_of(mail.process), at=at)
    return mail


def drop_held(session: Session, mail_id: int, *, by: Member, why: str, at: datetime) -> Mail:
    """
    Decide that a held mail is not sent any more.

    :raises NotHeld: if it was let go or dropped meanwhile.
    """
    mail = _held(session, mail_id)
    fixing.cancel(session, mail, why=why, at=at, by=by.id)
    postings.refresh(session, HELD_CARD, about=number_of(mail.process), at=at)
    return mail


def drop_older(
    session: Session, process: Process, *, by: Member, why: str, at: datetime
) -> int:
    """Decide that nothing held of earlier days is sent any more; return how much that was."""
    older = queries.held_before(session, process, at=at)
    for mail in older:
        fixing.cancel(session, mail, why=why, at=at, by=by.id)
    postings.refresh(session, HELD_CARD, about=number_of(process), at=at)
    return len(older)


def leave_due(session: Session, *, at: datetime, policy: Policy, most: int = 200) -> int:
    """Let go what was released and let leave what is due, so many; return how many."""
    found = locked_records(session, Mail, _READY, {"at": at, "most": most})
    for mail in found:
        if mail.state is MailState.OPEN:
            days.leave_if_due(session, mail, at=at, policy=policy)
        else:
            _let_go(session, mail, at=at, policy=policy)
    return len(found)


def _let_go(session: Session, mail: Mail, *, at: datetime, policy: Policy) -> None:
    if mail.kind is MailKind.DAY:
        _join(session, mail, at=at, policy=policy)
        return
    payer = customers.get(session, mail.payer_id)
    if why := fixing.stopped(session, payer, at=at, policy=policy):
        fixing.cancel(session, mail, why=why, at=at)
        return
    before = mail.state
    today, version = policy.company_date(at), mail.version + 1
    amend(session, mail, state=MailState.DUE, due_at=at, day=today, version=version)
    fixing.readdress(session, mail, at=at, policy=policy)
    fixing.note(session, mail, "held mail due", at=at, before=before)


def _join(session: Session, mail: Mail, *, at: datetime, policy: Policy) -> None:
    parts = queries.parts_of(session, mail.id)
    if parts:
        joined = days.open_mail(session, mail.payer_id, mail.process, at=at, policy=policy)
        days.move(session, parts, joined, at=at, policy=policy)
    fixing.cancel(session, mail, why=days.JOINED, at=at)


def _held(session: Session, mail_id: int) -> Mail:
    mail = days.lock(session, mail_id)
    if mail.state is not MailState.HELD or mail.released_at is not None:
        raise NotHeld("This mail is not held any more.")
    return mail
