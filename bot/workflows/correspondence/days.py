"""
A payer's mail of the day: the one into which parts are gathered, and when it leaves (R85).

A payer has one open mail. Parts of a process that is not released yet are gathered in a mail of
their own for each day, which is held. On leaving, what is still a draft stays behind in the
next open mail.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import amend, insert_new, locked, locked_records, rows, table_of
from bot.workflows.correspondence import (
    composing,
    fixing,
    queries,
    redrawing,
    rules,
    troubles,
)
from bot.workflows.correspondence.composing import Section, Signature
from bot.workflows.correspondence.fixing import Draft
from bot.workflows.correspondence.records import (
    Mail,
    MailKind,
    MailPart,
    MailState,
    Process,
)
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.rules import instant

JOINED: Final = "It joined the day's mail."
_MAILS: Final = table_of(Mail).c
_OTHER_HELD: Final = Prepared(
    select(_MAILS.id)
    .where(
        _MAILS.process == bindparam("process"),
        _MAILS.state == MailState.HELD,
        _MAILS.id != bindparam("mail"),
    )
    .limit(1)
)
_CAME_TO_LEAVE: Final = and_(
    _MAILS.state.in_((MailState.SENT, MailState.UNKNOWN)),
    _MAILS.tried_at >= bindparam("since"),
    _MAILS.tried_at < bindparam("until"),
)
_ON_ITS_WAY: Final = and_(
    _MAILS.state.in_((MailState.DUE, MailState.SENDING)), _MAILS.day < bindparam("day")
)
_HAS_LEFT: Final = Prepared(
    select(_MAILS.id)
    .where(
        _MAILS.payer_id == bindparam("payer"),
        _MAILS.kind == MailKind.DAY,
        or_(_MAILS.key == bindparam("its_own"), _ON_ITS_WAY, _CAME_TO_LEAVE),
    )
    .limit(1)
)
_LOCKED: Final = Prepared(
    select(table_of(Mail)).where(_MAILS.key == bindparam("key")).with_for_update()
)


def open_mail(
    session: Session, payer_id: int, process: Process, *, at: datetime, policy: Policy
) -> Mail:
    """Return the payer's open mail, locked until this transaction ends; a new one if none."""
    row = {
        "key": f"open:{payer_id}",
        "state": MailState.OPEN,
        "day": _next_day(session, payer_id, at=at, policy=policy),
    }
    return _locked_or_new(session, payer_id, process, row, at=at)


def held_mail(
    session: Session, payer_id: int, process: Process, *, at: datetime, policy: Policy
) -> Mail:
    """Return the mail of a day that is held for one process, locked; a new one if none."""
    day = _next_day(session, payer_id, at=at, policy=policy)
    row = {
        "key": f"held:{process}:{day.isoformat()}:{payer_id}",
        "state": MailState.HELD,
        "day": day,
        "due_at": end_of(day, policy),
    }
    mail = _locked_or_new(session, payer_id, process, row, at=at)
    tell_if_first(session, mail, at=at)
    return mail


def tell_if_first(session: Session, mail: Mail, *, at: datetime) -> None:
    """Show the leads that mail of a process is held, if this is the only one."""
    given = {"process": mail.process, "mail": mail.id}
    if rows(session, _OTHER_HELD, given).first() is None:
        troubles.tell_held(session, mail.process, at=at)


def lock(session: Session, mail_id: int) -> Mail:
    """Return a mail as it is now, kept from others until this transaction ends."""
    return locked(session, Mail, mail_id)


def plan(session: Session, mail: Mail, *, at: datetime, policy: Policy) -> None:
    """Say when an open mail leaves, by what stands in it."""
    if not any(_is_going(part) for part in queries.parts_of(session, mail.id)):
        _rest(session, mail)
    elif mail.due_at is None:
        day = _next_day(session, mail.payer_id, at=at, policy=policy)
        amend(session, mail, day=day, due_at=_leaves_at(day, policy))


def leave_if_due(session: Session, mail: Mail, *, at: datetime, policy: Policy) -> None:
    """
    Let an open mail leave whose time has come, or came while the desk was off.

    On a day off, or when today's has left, it waits for the next business day.
    """
    today = policy.company_date(at)
    is_open = policy.calendar.is_open(today)
    if not is_open or has_left(session, mail.payer_id, today, policy):
        day = policy.calendar.on_or_after(today + ONE_DAY)
        amend(session, mail, day=day, due_at=_leaves_at(day, policy))
        reason = "One a day" if is_open else "No mail leaves on a day off"
        why = f"{reason}: it waits for {wording.day(mail.day)}."
        fixing.note(session, mail, "mail put off to another day", at=at, why=why)
    else:
        leave(session, mail, at=at, policy=policy)


def leave(session: Session, mail: Mail, *, at: datetime, policy: Policy) -> None:
    """Fix the text of an open mail now, as the one of this company date, worded for it."""
    today = policy.company_date(at)
    parts = queries.parts_of(session, mail.id)
    going = [
        part
        for part in parts
        if _is_going(part) and redrawing.bring_up_to_date(session, mail, part, on=today, at=at)
    ]
    if not going:
        _rest(session, mail)
        return
    amend(session, mail, day=today, key=key_of(mail.payer_id, today))
    if staying := [part for part in parts if not (part in going or part.dropped_at)]:
        rest = open_mail(session, mail.payer_id, staying[0].process, at=at, policy=policy)
        move(session, staying, rest, at=at, policy=policy)
    draft = _draft(session, mail, going, policy)
    fixing.fix(session, mail, draft, at=at, policy=policy)


def settle(session: Session, mail: Mail, *, why: str, at: datetime) -> None:
    """Bring a mail into line with what was dropped from it."""
    parts = queries.parts_of(session, mail.id)
    if mail.state is MailState.HELD and not parts:
        fixing.cancel(session, mail, why=why, at=at)
    elif mail.state is MailState.OPEN and not any(_is_going(part) for part in parts):
        _rest(session, mail)


def move(
    session: Session, parts: list[MailPart], to: Mail, *, at: datetime, policy: Policy
) -> None:
    """Let parts stand in another mail."""
    for part in parts:
        amend(session, part, mail_id=to.id)
    plan(session, to, at=at, policy=policy)


def has_left(session: Session, payer_id: int, day: date, policy: Policy) -> bool:
    """
    Test if the payer's one mail of a company date is made.

    One of an earlier day that is still on its way, or came to leave on that date, is that one.
    """
    given = {
        "payer": payer_id,
        "its_own": key_of(payer_id, day),
        "day": day,
        "since": end_of(day - ONE_DAY, policy),
        "until": end_of(day, policy),
    }
    return rows(session, _HAS_LEFT, given).first() is not None


def key_of(payer_id: int, day: date) -> str:
    """Return the key of a payer's one mail of a company date."""
    return f"day:{day.isoformat()}:{payer_id}"


def end_of(day: date, policy: Policy) -> datetime:
    """Return when a company date ends, in UTC."""
    return datetime.combine(day + ONE_DAY, time(), policy.zone).astimezone(UTC)


def _next_day(session: Session, payer_id: int, *, at: datetime, policy: Policy) -> date:
    """Return the first business day whose mail has not left and whose time is to come."""
    today = policy.company_date(at)
    is_over = at >= _leaves_at(today, policy) or has_left(session, payer_id, today, policy)
    return policy.calendar.on_or_after(today + ONE_DAY if is_over else today)


def _leaves_at(day: date, policy: Policy) -> datetime:
    return instant(day, policy.daily_mail_at, policy.zone)


def _locked_or_new(
    session: Session, payer_id: int, process: Process, row: dict[str, object], *, at: datetime
) -> Mail:
    fixed = {"kind": MailKind.DAY, "process": process, "payer_id": payer_id, "made_at": at}
    while True:
        if found := locked_records(session, Mail, _LOCKED, {"key": row["key"]}):
            return found[0]
        insert_new(session, table_of(Mail), [fixed | row])


def _rest(session: Session, mail: Mail) -> None:
    """Let an open mail wait for something that may leave; most that are asked wait already."""
    if mail.due_at is not None:
        amend(session, mail, due_at=None)


def _is_going(part: MailPart) -> bool:
    return rules.is_going(
        needs_person=part.needs_person,
        is_released=part.released_at is not None,
        is_dropped=part.dropped_at is not None,
    )


def _draft(session: Session, mail: Mail, going: list[MailPart], policy: Policy) -> Draft:
    payer = customers.get(session, mail.payer_id)
    agent = people.get(session, payer.agent_id).name if payer.agent_id else ""
    words = composing.day_mail(
        [Section(part.subject, part.words) for part in going],
        contact=payer.contact_name,
        signature=Signature(
            company=policy.company_name, address=policy.collections_address, agent=agent
        ),
    )
    return Draft(subject=words.subject, body=words.body)
