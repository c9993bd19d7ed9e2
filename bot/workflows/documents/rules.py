"""What can be ordered, and when an order is a repeat. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.kernel.errors import Refused
from bot.policy import Policy


class DocumentKind(StrEnum):
    """What a customer is sent on request."""

    INVOICE_COPY = "invoice_copy"
    STATEMENT = "statement"
    HOW_TO_PAY = "how_to_pay"

    @property
    def words(self) -> str:
        """The document as people say it."""
        return _WORDS[self]

    @property
    def asked_as(self) -> str:
        """A word by which a request for it is recognised."""
        return {DocumentKind.INVOICE_COPY: "invoice", DocumentKind.STATEMENT: "statement"}.get(
            self, "pay"
        )


class NoSuchInvoice(Refused):
    """No invoice has that number."""


_WORDS: Final = {
    DocumentKind.INVOICE_COPY: "invoice copy",
    DocumentKind.STATEMENT: "statement",
    DocumentKind.HOW_TO_PAY: "how to pay",
}


def is_repeat(ordered_at: datetime, at: datetime, policy: Policy) -> bool:
    """Test if the same document was ordered so short a time ago that it is a second tap."""
    return timedelta() <= at - ordered_at < timedelta(minutes=policy.document_repeat_minutes)
