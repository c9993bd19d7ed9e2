"""What a letter to a customer looks like on a card."""

from __future__ import annotations

from typing import Literal

from bot.chat.card import Text


def letter(
    body: str, *, size: Literal["small", "default"] = "small", gap: Literal["small", "default"]
) -> tuple[Text, ...]:
    """Return a letter's paragraphs, each line of its own: Teams would join them."""
    return tuple(
        Text(text=line, size=size, spacing="none" if number else gap)
        for part in body.split("\n\n")
        for number, line in enumerate(part.strip("\n").splitlines())
    )
