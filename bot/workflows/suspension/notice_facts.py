"""Gathering what became of the notices of many cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.rows import AnySelect
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.suspension import templates
from bot.workflows.suspension.case_records import (
    NoticedInvoice,
    NoticeState,
    SuspensionNotice,
)
from bot.workflows.suspension.ladder import Notice

_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)


def gather(
    session: Session, case_ids: Collection[int], *, on: date, policy: Policy
) -> defaultdict[int, list[Notice]]:
    """Return the released notices by case, the oldest first."""
    named = _named(session, case_ids)
    found = defaultdict[int, list[Notice]](list)
    approved: dict[tuple[str, str], bool] = {}
    for notice, mail in session.execute(_released(), {"cases": list(case_ids)}):
        known = (notice.template, notice.template_sha256)
        if known not in approved:
            approved[known] = templates.is_approved(session, *known)
        sent_on = policy.company_date(mail.sent_at) if mail and mail.sent_at else None
        is_sent = mail is not None and mail.state is MailState.SENT
        found[notice.case_id].append(
            Notice(
                id=notice.id,
                step=notice.step,
                invoice_ids=frozenset(named[notice.id]),
                sent_on=sent_on if sent_on and sent_on <= on and is_sent else None,
                is_stopped=mail is not None and mail.state is MailState.CANCELLED,
                is_bounced=mail is not None and mail.state is MailState.REFUSED,
                is_locked=approved[known],
                missing_copies=tuple(filter(None, notice.missing.split(","))),
            )
        )
    return found


@cache
def _released() -> Select[SuspensionNotice, Mail | None]:
    return (
        select(SuspensionNotice, Mail)
        .outerjoin(Mail, Mail.key == SuspensionNotice.mail_key)
        .where(
            SuspensionNotice.case_id.in_(_CASES),
            SuspensionNotice.state == NoticeState.RELEASED,
        )
        .order_by(SuspensionNotice.id)
    )


def _named(session: Session, case_ids: Collection[int]) -> defaultdict[int, list[int]]:
    found = defaultdict[int, list[int]](list)
    for row in session.execute(_invoices(), {"cases": list(case_ids)}):
        found[row.notice_id].append(row.invoice_id)
    return found


@cache
def _invoices() -> AnySelect:
    return (
        select(
            SuspensionNotice.case_id,
            NoticedInvoice.notice_id,
            NoticedInvoice.invoice_id,
            NoticedInvoice.withheld,
        )
        .join(NoticedInvoice, NoticedInvoice.notice_id == SuspensionNotice.id)
        .where(SuspensionNotice.case_id.in_(_CASES))
        .order_by(NoticedInvoice.id)
    )


def withheld(session: Session, case_ids: Collection[int]) -> defaultdict[int, dict[int, int]]:
    """Return what the last notices left out of each invoice, by case and invoice."""
    found = defaultdict[int, dict[int, int]](dict)
    for row in session.execute(_invoices(), {"cases": list(case_ids)}):
        found[row.case_id][row.invoice_id] = row.withheld
    return found
