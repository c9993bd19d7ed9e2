"""Gathering what became of the notices of many cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import field
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.ledger.balances import AnyRow
from bot.workflows.suspension import templates
from bot.workflows.suspension.case_records import (
    NoticedInvoice,
    NoticeState,
    SuspensionNotice,
)
from bot.workflows.suspension.ladder import Notice

_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)
_NOTICES: Final = table_of(SuspensionNotice)
_NAMED: Final = table_of(NoticedInvoice)
_MAILS: Final = table_of(Mail)
_ON_THE_WAY: Final = frozenset(
    {MailState.OPEN, MailState.HELD, MailState.DUE, MailState.SENDING, MailState.UNKNOWN}
)


@dataclass(slots=True, kw_only=True)
class Written:
    """What was written to the payer of a case."""

    notices: list[Notice] = field(default_factory=list)
    """Those released, the oldest first."""
    withheld: dict[int, int] = field(default_factory=dict)
    """What the last notice that named an invoice left out of it, by the invoice's id."""
    oldest_due: date | None = None
    """The due date of the oldest invoice that a notice ever named ..."""
    due_of: dict[int, date] = field(default_factory=dict)
    """... and that each notice named, by the notice's id."""

    def speaks_since(self, owed: Collection[int]) -> list[date]:
        """
        Return the oldest due date that each notice named which still names anything owed.

        :param owed: the ids of the invoices that are.
        """
        return [
            self.due_of[notice.id]
            for notice in self.notices
            if not notice.invoice_ids.isdisjoint(owed)
        ]


def gather(
    session: Session, case_ids: Collection[int], *, on: date, policy: Policy
) -> defaultdict[int, Written]:
    """Return what was written on cases, by case."""
    found = defaultdict[int, Written](Written)
    released = rows(session, _released(), {"cases": case_ids}).all()
    if not released:
        return found
    named = _gather_named(session, {row.case_id for row in released}, found)
    wordings = {(row.template, row.template_sha256) for row in released}
    approved = {known for known in wordings if templates.is_approved(session, *known)}
    for row in released:
        notice = _notice(row, frozenset(named[row.id]), approved, on=on, policy=policy)
        found[row.case_id].notices.append(notice)
    return found


def _notice(
    row: AnyRow,
    invoice_ids: frozenset[int],
    approved: Collection[tuple[str, str]],
    *,
    on: date,
    policy: Policy,
) -> Notice:
    is_sent = row.mail_state is MailState.SENT and row.sent_at is not None
    sent_on = policy.company_date(row.sent_at) if is_sent else None
    return Notice(
        id=row.id,
        step=row.step,
        invoice_ids=invoice_ids,
        to=row.to,
        released_at=row.released_at,
        is_on_its_way=row.mail_state in _ON_THE_WAY,
        sent_on=sent_on if sent_on and sent_on <= on else None,
        is_stopped=row.mail_state is MailState.CANCELLED,
        is_bounced=row.mail_state is MailState.REFUSED,
        is_locked=(row.template, row.template_sha256) in approved,
        missing_copies=tuple(filter(None, row.missing.split(","))),
    )


def _gather_named(
    session: Session, case_ids: Collection[int], found: defaultdict[int, Written]
) -> defaultdict[int, list[int]]:
    """Note what cases' notices named; return the invoices by notice."""
    named = defaultdict[int, list[int]](list)
    for row in rows(session, _invoices(), {"cases": case_ids}):
        named[row.notice_id].append(row.invoice_id)
        written = found[row.case_id]
        written.withheld[row.invoice_id] = row.withheld
        due = written.due_of.get(row.notice_id, row.due_date)
        written.due_of[row.notice_id] = min(row.due_date, due)
        written.oldest_due = min(row.due_date, written.oldest_due or row.due_date)
    return named


@cache
def _released() -> Prepared:
    notices, mails = _NOTICES.c, _MAILS.c
    return Prepared(
        select(
            notices.id,
            notices.case_id,
            notices.step,
            notices.to,
            notices.released_at,
            notices.template,
            notices.template_sha256,
            notices.missing,
            mails.state.label("mail_state"),
            mails.sent_at,
        )
        .outerjoin(_MAILS, mails.key == notices.mail_key)
        .where(notices.case_id.in_(_CASES), notices.state == NoticeState.RELEASED)
        .order_by(notices.id)
    )


@cache
def _invoices() -> Prepared:
    return Prepared(
        select(
            _NOTICES.c.case_id,
            _NAMED.c.notice_id,
            _NAMED.c.invoice_id,
            _NAMED.c.withheld,
            _NAMED.c.due_date,
        )
        .join(_NAMED, _NAMED.c.notice_id == _NOTICES.c.id)
        .where(_NOTICES.c.case_id.in_(_CASES))
        .order_by(_NAMED.c.id)
    )
