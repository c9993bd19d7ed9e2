"""What the doctor looks at of mail to customers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from bot.cli.desk import OpenDesk
from bot.cli.findings import LATE, Finding, Grade, graded
from bot.connectors.mail import choosing
from bot.kernel.errors import Refused
from bot.postman import PutOff
from bot.workflows.correspondence import departures, queries


def way(desk: OpenDesk) -> Finding:
    """Look at what mail to customers leaves by, without sending any."""
    sender = desk.policy.collections_address
    try:
        mailer = choosing.mailer(desk.settings, company=desk.policy.company_name)
        way = asyncio.run(mailer.check())
    except (Refused, PutOff) as error:
        return graded("mail", Grade.FAIL, str(error), "check ARDESK_MAIL_URL")
    if sender.endswith(".example"):
        grade = Grade.WARN if mailer.is_repeatable else Grade.FAIL
        return graded("mail", grade, f"{way}, from {sender}", "set ARDESK_MAIL_FROM")
    return graded("mail", Grade.OK, f"{way}, from {sender}")


def backlog(session: Session, now: datetime) -> Iterator[Finding]:
    """Look at the mail that waits, may not have left, or waits for its process' release."""
    waiting = departures.waiting(session, at=now)
    is_late = waiting.since is not None and now - waiting.since > LATE
    yield graded(
        "mail due",
        Grade.WARN if is_late else Grade.OK,
        f"{waiting.count} waiting{f'; last error: {waiting.error}' if waiting.error else ''}",
        "is `ardesk serve` running, and does the mail server take it?" if is_late else "",
    )
    lost = len(queries.unsettled(session))
    yield graded(
        "mail unknown",
        Grade.WARN if lost else Grade.OK,
        f"{lost}",
        "a lead decides on its card, or `ardesk mail list --state unknown`" if lost else "",
    )
