"""
Claiming mail that is due for a postman, and noting what became of each.

A claim has a lease. Whoever's lease ran out may have sent the mail or not, so it becomes
unknown (I23), unless sending it again does no harm, as when it is written to a folder.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import amend, locked_records, rows, table_of
from bot.workflows.correspondence import fixing, outcomes, pacing, queries
from bot.workflows.correspondence.claims import Claim, Outgoing
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.customers import queries as customers

LEASE: Final = timedelta(minutes=3)
LATE: Final = "The postman that had it did not come back; it may have been sent."


_M: Final = table_of(Mail).c
_NEXT_DUE: Final = Prepared(
    select(
        select(func.min(_M.due_at)).where(_M.state == MailState.DUE).scalar_subquery(),
        select(func.min(_M.lease_until)).where(_M.state == MailState.SENDING).scalar_subquery(),
    )
)
_DUE: Final = Prepared(
    select(table_of(Mail))
    .where(_M.state == MailState.DUE, _M.due_at <= bindparam("at"))
    .order_by(_M.due_at, _M.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_LOST: Final = Prepared(
    select(table_of(Mail))
    .where(
        _M.state == MailState.SENDING,
        or_(_M.lease_until < bindparam("at"), _M.lease_until > bindparam("too_far")),
    )
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is due and has not left: how much, since when, and why."""

    count: int
    since: datetime | None
    error: str


def waiting(session: Session, *, at: datetime) -> Waiting:
    """Return what should have left by now."""
    is_due = (Mail.state == MailState.DUE) & (Mail.due_at <= at)
    count, since = session.execute(
        select(func.count(), func.min(Mail.due_at)).where(is_due)
    ).one()
    failed = select(Mail.last_error).where(Mail.state == MailState.DUE, Mail.last_error != "")
    error = session.scalars(failed.order_by(Mail.tried_at.desc()).limit(1)).first()
    return Waiting(count, since, error or "")


def next_due(session: Session) -> datetime | None:
    """Return when a mail is next due, or a lease ends; None if nothing waits."""
    moments = rows(session, _NEXT_DUE, {}).one()
    return min((moment for moment in moments if moment), default=None)


def claim(  # noqa: PLR0913 - who takes how much, when, by which rules
    session: Session,
    *,
    owner: str,
    at: datetime,
    policy: Policy,
    most: int,
    is_repeatable: bool,
) -> list[Claim]:
    """
    Claim what may leave now, the longest due first.

    A legal hold that came since the text was fixed cancels it instead.

    :param is_repeatable: sending a mail twice does no harm, nor does sending many at once.
    """
    _end_leases(session, at=at, is_repeatable=is_repeatable)
    if (earliest := next_due(session)) is None or earliest > at:
        return []
    if is_repeatable:
        return _take_due(session, owner, at=at, policy=policy, most=most)
    a_minute = policy.mails_a_minute
    allowed = pacing.allowed(session, at=at, a_minute=a_minute, most=most)
    taken = _take_due(session, owner, at=at, policy=policy, most=allowed)
    pacing.count(session, len(taken), at=at, a_minute=a_minute)
    return taken


def _take_due(
    session: Session, owner: str, *, at: datetime, policy: Policy, most: int
) -> list[Claim]:
    due = locked_records(session, Mail, _DUE, {"at": at, "most": most})
    return [
        _take(session, mail, owner, at)
        for mail in due
        if not _is_stopped(session, mail, at=at, policy=policy)
    ]


def _take(session: Session, mail: Mail, owner: str, at: datetime) -> Claim:
    taken = {"state": MailState.SENDING, "owner": owner, "lease_until": at + LEASE}
    amend(session, mail, **taken, attempts=mail.attempts + 1, tried_at=at)
    fixing.note(session, mail, "mail taken to the server", at=at, before=MailState.DUE)
    return Claim(
        mail_id=mail.id,
        owner=owner,
        lease_until=at + LEASE,
        attempts=mail.attempts,
        outgoing=_outgoing(session, mail),
    )


def _outgoing(session: Session, mail: Mail) -> Outgoing:
    text = queries.text_of(session, mail.id)
    assert text is not None
    return Outgoing(
        key=mail.key,
        day=mail.day,
        message_id=text.message_id,
        sender=text.sender,
        to=_split(text.to),
        copies=_split(text.copies),
        subject=text.subject,
        body=text.body,
        files=tuple(queries.files_of(session, mail.id)),
        dated=text.fixed_at,
        is_by_desk=mail.made_by is None,
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _is_stopped(session: Session, mail: Mail, *, at: datetime, policy: Policy) -> bool:
    payer = customers.get(session, mail.payer_id)
    why = fixing.stopped(session, payer, at=at, policy=policy)
    if why:
        fixing.cancel(session, mail, why=why, at=at)
    return bool(why)


def _end_leases(session: Session, *, at: datetime, is_repeatable: bool) -> None:
    given = {"at": at, "too_far": at + 2 * LEASE}
    for mail in locked_records(session, Mail, _LOST, given):
        if is_repeatable:
            mail.state, mail.due_at = MailState.DUE, at
            mail.owner, mail.lease_until = None, None
            fixing.note(session, mail, "mail due again", at=at, before=MailState.SENDING)
        else:
            outcomes.become_unknown(session, mail, error=LATE, at=at)
    session.flush()
