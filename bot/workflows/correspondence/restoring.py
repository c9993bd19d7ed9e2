"""Taking back that something was dropped from a payer's mail of the day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.rows import amend, locked
from bot.workflows.correspondence import days, fixing, queries
from bot.workflows.correspondence.records import Mail, MailPart, MailState


def restore_part(  # noqa: PLR0913 - what, since when, why
    session: Session, topic: str, *, since: datetime, why: str, at: datetime, policy: Policy
) -> Mail | None:
    """
    Let a part that was dropped since a moment leave after all.

    It stands again where it stood, or in the payer's next mail if that has left or ended.

    :return: the mail in which it stands; None if it was not dropped since then.
    """
    part = queries.part_of(session, topic)
    if part is None:
        return None
    mail = days.lock(session, part.mail_id)
    part = locked(session, MailPart, part.id)
    if part.dropped_at is None or part.dropped_at < since:
        return None
    if mail.state not in (MailState.OPEN, MailState.HELD):
        mail = _next(session, mail.payer_id, part, at=at, policy=policy)
    amend(session, part, dropped_at=None, mail_id=mail.id)
    amend(session, mail, version=mail.version + 1)
    if mail.state is MailState.OPEN:
        days.plan(session, mail, at=at, policy=policy)
    fixing.note(session, mail, f"mail part restored: {topic}", at=at, why=why)
    return mail


def _next(
    session: Session, payer_id: int, part: MailPart, *, at: datetime, policy: Policy
) -> Mail:
    gather = days.open_mail if queries.is_released(session, part.process) else days.held_mail
    return gather(session, payer_id, part.process, at=at, policy=policy)
