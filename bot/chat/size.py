"""How large a card is on its way to Teams, which takes 28 KB."""

from __future__ import annotations

import json
from typing import Final

from bot.chat.card import Card, Json

LARGEST: Final = 26_000
"""Bytes that a card may have, so that what is wrapped around it fits, too."""


class _AnySeal:
    """Signs like any other, as far as length goes."""

    def sign(self, parts: Json) -> str:
        """Return something as long as a signature."""
        return "0" * 32


def size_of(card: Card) -> int:
    """Return how many bytes a card has when it is sent."""
    return len(json.dumps(card.draw(_AnySeal())))


def fits(card: Card) -> bool:
    """Test if Teams takes the card."""
    return size_of(card) <= LARGEST
