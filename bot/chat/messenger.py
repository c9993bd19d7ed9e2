"""What the courier needs from whatever carries messages."""

from __future__ import annotations

from typing import Protocol

from bot.chat.card import Card
from bot.kernel.shapes import dataclass
from bot.store.postings import Place


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message ended up."""

    conversation_id: str
    message_id: str


class Undelivered(Exception):  # noqa: N818 - reads as what happened
    """A card did not get through; the subclass says what is known and what to do."""


class Throttled(Undelivered):
    """Refused for now, certainly not shown: try again after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotSent(Undelivered):
    """It certainly never left (connection refused, no token): try again later."""


class Ambiguous(Undelivered):
    """It left and may or may not be shown (time-out, 5xx): a person decides (I23)."""


class Gone(Undelivered):
    """The person blocked or removed the app, or it is disabled: wait until they are back."""


class Vanished(Undelivered):
    """The message to replace is no longer there: post it anew."""


class Rejected(Undelivered):
    """Refused for good (too big, malformed, not allowed): a fault to look into."""


class Messenger(Protocol):
    """Carries cards to places. Both methods raise a subclass of `Undelivered`."""

    async def post(self, place: Place, card: Card) -> Sent:
        """Show a new card in a place."""
        ...

    async def replace(self, place: Place, sent: Sent, card: Card) -> None:
        """Show a card where another one stands; may be repeated safely."""
        ...
