"""Drawing a card that is owed, from its record as it is at that moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Self

from sqlalchemy.orm import Session

from bot.chat.card import Card
from bot.chat.dialog import Dialog, Drawing, View
from bot.chat.links import NO_LINKS, Links
from bot.chat.messenger import Sent
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import copies, postings
from bot.store.postings import CardName, Owed, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A card, and what its delivery needs to know."""

    card: Card
    place: Place
    wanted: int
    attempts: int
    sent: Sent | None
    """The message that it replaces; None if it is not shown yet."""
    copies: tuple[Sent, ...] = ()
    """Earlier messages that show it, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawings:
    """Which function draws which card."""

    functions: Mapping[CardName, Drawing]
    policy: Policy
    links: Links = NO_LINKS

    @classmethod
    def of(
        cls,
        dialogs: Iterable[Dialog],
        policy: Policy,
        links: Links = NO_LINKS,
    ) -> Self:
        """Collect the drawings of the dialogs."""
        found: dict[CardName, Drawing] = {}
        for dialog in dialogs:
            found.update(dialog.drawings)
        return cls(functions=found, policy=policy, links=links)

    def draw(self, session: Session, posting_id: int, *, at: datetime) -> Drawn:
        """
        Draw the card of a posting.

        :raises LookupError: if there is no such posting, or no dialog draws that card.
        """
        posting = postings.get(session, posting_id)
        view = View(
            session=session,
            now=at,
            policy=self.policy,
            about=posting.about,
            fresh=f"posting-{posting.id}-{posting.wanted}",
            place=Place(posting.place),
            links=self.links,
        )
        return Drawn(
            card=self.functions[CardName(posting.card)](view),
            place=Place(posting.place),
            wanted=posting.wanted,
            attempts=posting.attempts,
            sent=_sent(posting),
            copies=_copies(session, posting),
        )


def _sent(posting: Owed) -> Sent | None:
    if posting.message_id and posting.conversation_id:
        return Sent(posting.conversation_id, posting.message_id)
    return None


def _copies(session: Session, posting: Owed) -> tuple[Sent, ...]:
    if not posting.message_id:
        return ()
    return tuple(Sent(*message) for message in copies.of_posting(session, posting.id))
