"""Writing to customers; nobody's transaction is committed here."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store.prepared import PreparedChange
from bot.store.rows import amend, change, insert_new, locked, table_of
from bot.workflows.correspondence import addresses, composing, days, fixing, queries, troubles
from bot.workflows.correspondence.fixing import Draft
from bot.workflows.correspondence.letters import FileToSend as FileToSend
from bot.workflows.correspondence.letters import Letter as Letter
from bot.workflows.correspondence.letters import Part as Part
from bot.workflows.correspondence.records import (
    Mail,
    MailFile,
    MailPart,
    MailState,
)
from bot.workflows.correspondence.releases import release_process as release_process
from bot.workflows.correspondence.restoring import restore_part as restore_part
from bot.workflows.correspondence.troubles import bounced as bounced
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import Member

_ENCLOSE: Final = PreparedChange(insert(table_of(MailFile)))


class NoDraft(Refused):
    """What somebody wants to send is not there, or was dropped."""


def add_part(session: Session, part: Part, *, at: datetime, policy: Policy) -> Mail | None:
    """
    Let a process say something in the payer's one mail of the day (R85).

    It joins the payer's open mail, which leaves at the company's time on that business day, or
    on the next one if today's has left. A topic that was added before changes nothing.

    :return: the mail; None if the payer has no address, and then there is a task.
    :raises composing.BadHeader: if the subject is not one line.
    """
    if known := queries.by_topic(session, part.topic):
        return known
    composing.header(part.subject)
    payer = customers.get(session, part.payer_id)
    if not addresses.parse(payer.email).good:
        troubles.no_address(session, payer, part.topic, part.subject, at=at, policy=policy)
        return None
    is_free = queries.is_released(session, part.process)
    gather = days.open_mail if is_free else days.held_mail
    mail = gather(session, payer.id, part.process, at=at, policy=policy)
    if not insert_new(session, table_of(MailPart), [_row(part, mail, at)]):
        return queries.by_topic(session, part.topic)
    if is_free:
        days.plan(session, mail, at=at, policy=policy)
    why = "a draft" if part.needs_person else ""
    fixing.note(session, mail, f"mail part added: {part.topic}", at=at, why=why)
    return mail


def send_part(
    session: Session, topic: str, *, by: Member, at: datetime, policy: Policy
) -> Mail:
    """
    Send a draft: the payer's whole mail of the day leaves now.

    It leaves with the next business day's if today's has left, and when its process is
    released if that is held. A draft that was sent stays sent.

    :raises NoDraft: if it is not there, or was dropped.
    """
    part = queries.part_of(session, topic)
    if part is None:
        raise NoDraft("There is no such draft.")
    mail = days.lock(session, part.mail_id)
    part = locked(session, MailPart, part.id)
    if part.dropped_at is not None:
        raise NoDraft("That draft was dropped, so it is not sent.")
    if mail.state not in (MailState.OPEN, MailState.HELD):
        return mail
    if part.released_at is None:
        amend(session, part, released_at=at, released_by=by.id)
        amend(session, mail, version=mail.version + 1)
        fixing.note(session, mail, f"mail part sent: {topic}", at=at, by=by.id)
    if mail.state is MailState.OPEN:
        _leave_now(session, mail, at=at, policy=policy)
    return mail


def drop_part(
    session: Session, topic: str, *, by: Member | None, why: str, at: datetime
) -> Mail | None:
    """
    Take out of the day's mail what has not left; what has left, or was dropped, stays.

    :return: the mail in which it stands; None if that topic was never added.
    """
    part = queries.part_of(session, topic)
    if part is None:
        return None
    mail = days.lock(session, part.mail_id)
    part = locked(session, MailPart, part.id)
    if mail.state not in (MailState.OPEN, MailState.HELD) or part.dropped_at is not None:
        return mail
    amend(session, part, dropped_at=at)
    amend(session, mail, version=mail.version + 1)
    who = by.id if by else None
    fixing.note(session, mail, f"mail part dropped: {topic}", at=at, by=who, why=why)
    days.settle(session, mail, why=why, at=at)
    return mail


def send_alone(
    session: Session, letter: Letter, *, at: datetime, policy: Policy
) -> Mail | None:
    """
    Send a mail of its own; one that was made under the same key is returned as it is.

    It is held while its process is not released (go-live). A legal hold cancels it.

    :return: the mail; None if there is no address, and then there is a task.
    :raises composing.BadHeader: if the subject is not one line.
    """
    if known := queries.by_key(session, letter.key):
        return known
    composing.header(letter.subject)
    payer = customers.get(session, letter.payer_id)
    if not addresses.parse(letter.to or payer.email).good:
        troubles.no_address(session, payer, letter.key, letter.subject, at=at, policy=policy)
        return None
    is_new = insert_new(session, table_of(Mail), [_alone(session, letter, at, policy)])
    mail = queries.by_key(session, letter.key)
    if not is_new or mail is None:
        return mail
    for file in letter.files:
        change(session, _ENCLOSE, {"mail_id": mail.id, **_file(file)})
    draft = Draft(subject=letter.subject, body=letter.body, copies=letter.copies)
    fixing.fix(session, mail, draft, at=at, policy=policy)
    if mail.state is MailState.HELD:
        days.tell_if_first(session, mail, at=at)
    return mail


def _leave_now(session: Session, mail: Mail, *, at: datetime, policy: Policy) -> None:
    if days.has_left(session, mail.payer_id, policy.company_date(at), policy):
        days.plan(session, mail, at=at, policy=policy)
    else:
        days.leave(session, mail, at=at, policy=policy)


def _row(part: Part, mail: Mail, at: datetime) -> dict[str, object]:
    return {
        "mail_id": mail.id,
        "topic": part.topic,
        "process": part.process,
        "subject": part.subject,
        "words": part.words,
        "needs_person": part.needs_person,
        "added_at": at,
    }


def _file(file: FileToSend) -> dict[str, str]:
    return {"name": file.name, "path": file.path, "sha256": file.sha256}


def _alone(session: Session, letter: Letter, at: datetime, policy: Policy) -> dict[str, object]:
    today = policy.company_date(at)
    is_free = queries.is_released(session, letter.process)
    return {
        "key": letter.key,
        "kind": letter.kind,
        "process": letter.process,
        "about": letter.about,
        "payer_id": letter.payer_id,
        "named_to": letter.to,
        "day": today,
        "state": MailState.DUE if is_free else MailState.HELD,
        "made_at": at,
        "made_by": letter.by,
        "due_at": at if is_free else days.end_of(today, policy),
    }
