"""A mail in a postman's hands: what it says, and until when nobody else may take it."""

from __future__ import annotations

from datetime import date, datetime

from bot.kernel.shapes import dataclass
from bot.workflows.correspondence.records import MailFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A mail as it leaves."""

    key: str
    day: date
    message_id: str
    sender: str
    to: tuple[str, ...]
    copies: tuple[str, ...]
    subject: str
    body: str
    files: tuple[MailFile, ...]
    dated: datetime
    is_by_desk: bool
    """Nobody made it by hand: automatic answers to it are not wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A mail that this postman sends, and nobody else until the lease ends."""

    mail_id: int
    owner: str
    lease_until: datetime
    attempts: int
    outgoing: Outgoing
