"""What kinds of mail there are, which count for the day's one, and who holds them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from bot.kernel.brands import Notice


class Process(StrEnum):
    """What sends mail by itself, and is released on a fresh book as a whole (go-live)."""

    STATEMENTS = "statements"
    FINALS = "finals"
    MRR = "mrr"
    FOLLOW_UPS = "follow_ups"
    NOTICES = "notices"
    """Suspension notices; each is released by a tap besides."""
    BY_HAND = "by_hand"
    """A person sends it: nothing holds it but a legal hold."""

    @property
    def words(self) -> str:
        """The process in words."""
        return _WORDS[self]


class MailKind(StrEnum):
    """What a mail is."""

    DAY = "day"
    """The day's one mail from lists and processes, in parts."""
    STATEMENT = "statement"
    NOTICE = "notice"
    """A suspension notice: always alone."""
    DOCUMENT = "document"
    """Invoice copy, how to pay, or another document that was asked for (R12-R14)."""
    REPLY = "reply"
    RECEIPT = "receipt"


class MailState(StrEnum):
    """Where a mail has got to."""

    OPEN = "open"
    """Parts may still join; a draft is shown."""
    HELD = "held"
    """Its process is not released yet (go-live)."""
    DUE = "due"
    SENDING = "sending"
    """Claimed by a postman until `lease_until`; it may have left."""
    SENT = "sent"
    UNKNOWN = "unknown"
    """It may have left; never sent again by itself (I23)."""
    REFUSED = "refused"
    """The mail server refuses it for good, or it bounced."""
    CANCELLED = "cancelled"


ENDED: Final = frozenset(
    {MailState.SENT, MailState.UNKNOWN, MailState.REFUSED, MailState.CANCELLED}
)
"""States from which nothing more happens by itself."""

NO_MAIL: Final = re.compile(r"\bno\s+(?:e-?)?mails?\b", re.IGNORECASE)
"""How an exception of a payer says that it is not written to (R118)."""


def stops_mail(reasons: Iterable[str]) -> str:
    """Return the first exception that says that a payer is not written to; empty: none."""
    return next((reason for reason in reasons if NO_MAIL.search(reason)), "")


def is_going(*, needs_person: bool, is_released: bool, is_dropped: bool) -> bool:
    """Test if a part leaves with the day's mail: not a draft that nobody has sent yet."""
    return not is_dropped and (is_released or not needs_person)


NOTICES: Final[Mapping[Process, Notice]] = {
    Process.STATEMENTS: "statements",
    Process.FINALS: "finals",
    Process.MRR: "mrr",
    Process.FOLLOW_UPS: "follow_ups",
    Process.NOTICES: "notices",
}
"""What a brand calls what each process writes (R31); by hand, anything is written."""

_WORDS: Final = {
    Process.STATEMENTS: "statements",
    Process.FINALS: "final invoices",
    Process.MRR: "monthly recurring invoices",
    Process.FOLLOW_UPS: "follow-up e-mails",
    Process.NOTICES: "suspension notices",
    Process.BY_HAND: "e-mail by hand",
}
