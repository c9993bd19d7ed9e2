"""A lead lets a notice go, or not now (R70-R75)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store.rows import locked as locked_record
from bot.workflows.approvals.rules import Act
from bot.workflows.correspondence import operations as mails
from bot.workflows.correspondence.operations import Letter
from bot.workflows.correspondence.records import MailKind, MailState, Process
from bot.workflows.ledger import queries as ledger
from bot.workflows.people import queries as people
from bot.workflows.people.rules import LEADS, Member, check_role
from bot.workflows.suspension import drafting, looking, notices, queries
from bot.workflows.suspension.case_records import (
    NoticedInvoice,
    NoticeState,
    SuspensionNotice,
)
from bot.workflows.suspension.drafting import Draft
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.records import SuspensionCase


class NotFresh(Refused):
    """Payments have not been read: no notice goes."""


class NotWhole(Refused):
    """Somebody who has to have the notice has no address."""


class Released(NamedTuple):
    """What came of a tap."""

    notice: SuspensionNotice
    is_sent: bool
    words: str


def release(
    session: Session,
    notice_id: int,
    *,
    version: int | None,
    act: Act,
    policy: Policy,
) -> Released:
    """
    Let a notice go to the customer, alone, exactly as the card showed it.

    What changed since the card was drawn is shown first: then nothing is sent.

    :raises NotForYou: if the person is not a lead or above.
    :raises NotFresh: if the book was not brought up to date.
    :raises NotWhole: if somebody who has to have it has no address.
    :raises NotLocked: if the company's wording is not approved.
    """
    check_role(act.by, LEADS, what="Releasing a notice")
    by, at = act.by, act.at
    case = queries.locked(session, notices.get(session, notice_id).case_id)
    notice = locked(session, notice_id)
    if notice.state is not NoticeState.DRAFT:
        ended = ended_words(session, notice, on=policy.company_date(at), policy=policy)
        return Released(notice, is_sent=False, words=ended)
    seen, why = _looked_at(session, case, at=at, policy=policy)
    if why:
        notices.drop(session, notice, why=why, at=at)
        return Released(notice, is_sent=False, words=f"Nothing was sent: {why}.")
    now = drafting.compose(session, seen)
    is_changed = now.step is not notice.step or notices.renew(session, notice, now, at=at)
    if is_changed or version != notice.version:
        words = "Nothing was sent: this changed meanwhile. This is how it stands now."
        return Released(notice, is_sent=False, words=words)
    check_fresh(session, at=at, policy=policy)
    if notice.missing:
        raise NotWhole(f"This notice cannot go out without {notice.missing}.")
    return _send(session, notice, now, seen, by=by)


def bring_up_to_date(
    session: Session, notice_id: int, *, at: datetime, policy: Policy
) -> SuspensionNotice:
    """Return a notice; if it is still to be released, with the date and the figures of now."""
    case = queries.locked(session, notices.get(session, notice_id).case_id)
    notice = locked(session, notice_id)
    if notice.state is NoticeState.DRAFT:
        seen, why = _looked_at(session, case, at=at, policy=policy)
        if not why and seen.standing.next_step is notice.step:
            notices.renew(session, notice, drafting.compose(session, seen), at=at)
    return notice


def _looked_at(
    session: Session, case: SuspensionCase, *, at: datetime, policy: Policy
) -> tuple[Look, str]:
    """Return a case as it is now, and why no notice may be released on it, if so."""
    seen = looking.look(session, case, at=at, policy=policy)
    return seen, notices.why_not(seen)


def put_off(
    session: Session, notice_id: int, *, by: Member, at: datetime, policy: Policy
) -> SuspensionNotice:
    """
    Leave a notice for the next business day.

    :raises NotForYou: if the person is not a lead or above.
    """
    check_role(by, LEADS, what="Putting off a notice")
    notice = locked(session, notice_id)
    tomorrow = policy.calendar.plus(policy.company_date(at), 1)
    if notice.state is NoticeState.DRAFT and notice.put_off_until != tomorrow:
        notice.put_off_until, notice.version = tomorrow, notice.version + 1
        why = f"{by.name}: not now"
        notices.note(session, notice, "notice put off", at=at, why=why)
    return notice


def check_fresh(session: Session, *, at: datetime, policy: Policy) -> None:
    """
    Check that payments have been read: the book was brought up to date today.

    :raises NotFresh: saying when it was.
    """
    book_at = ledger.book_at(session)
    least = policy.company_date(at) - timedelta(days=policy.notice_book_days)
    if book_at and policy.company_date(book_at) >= least:
        return
    when = "has never been brought up to date"
    if book_at:
        when = f"was last brought up to date {wording.day(policy.company_date(book_at))}"
    raise NotFresh(
        f"No notice goes before payments have been read, and the book {when}. Ask whoever runs "
        "the desk to import today's payments, then try again."
    )


def locked(session: Session, notice_id: int) -> SuspensionNotice:
    """Return a notice as it is now, held against everybody else until the commit."""
    return locked_record(session, SuspensionNotice, notice_id)


def ended_words(session: Session, notice: SuspensionNotice, *, on: date, policy: Policy) -> str:
    """Return in words what became of a notice that is no draft any more."""
    if notice.state is NoticeState.DROPPED or not notice.released_at:
        return f"This notice was taken back: {notice.why}."
    who = people.get(session, notice.released_by).name if notice.released_by else "The desk"
    when = wording.moment(notice.released_at, policy.zone, today=on)
    return f"Released already by {who}, {when}."


def _send(
    session: Session, notice: SuspensionNotice, now: Draft, seen: Look, *, by: Member
) -> Released:
    notice.state, notice.released_at, notice.released_by = NoticeState.RELEASED, seen.at, by.id
    notice.mail_key, notice.version = f"suspension_notice:{notice.id}", notice.version + 1
    session.add_all(
        NoticedInvoice(
            notice_id=notice.id,
            invoice_id=one.invoice_id,
            customer_id=one.account_id,
            number=one.number,
            due_date=one.due_on,
            currency=one.currency,
            amount=one.undisputed,
            withheld=one.balance - one.undisputed,
        )
        for one in now.invoices
    )
    notices.note(session, notice, "notice released", at=seen.at)
    mail = mails.send_alone(session, _letter(notice, seen, by), at=seen.at, policy=seen.policy)
    assert mail is not None
    is_held = mail.state is MailState.HELD
    where = (
        "It waits until a lead releases suspension notices as a whole: type `releases`."
        if is_held
        else ""
    )
    words = f"The {notice.step.words} to {seen.payer.name} is released. {where}".strip()
    return Released(notice, is_sent=True, words=words)


def _letter(notice: SuspensionNotice, seen: Look, by: Member) -> Letter:
    assert notice.mail_key is not None
    return Letter(
        key=notice.mail_key,
        kind=MailKind.NOTICE,
        process=Process.NOTICES,
        payer_id=seen.payer.id,
        about=notice.mail_key,
        subject=notice.subject,
        body=notice.body,
        copies=tuple(filter(None, notice.copies.split(", "))),
        to=notice.to,
        by=by.id,
    )
