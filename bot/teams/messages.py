"""What the desk says to Teams: messages, and the answers to invokes, as plain JSON."""

from __future__ import annotations

import re
from typing import Any, Final, Self

from bot.chat.card import Card, Seal

CARD: Final = "application/vnd.microsoft.card.adaptive"
SENTENCE: Final = "application/vnd.microsoft.activity.message"
ERROR: Final = "application/vnd.microsoft.error"
_TYPED: Final = re.compile(r"`([^`]*)`")


class Ready(dict[str, Any]):
    """JSON that nobody changes any more, so that the SDK's copies of it cost nothing."""

    def __deepcopy__(self, memo: object) -> Self:
        return self


def card_message(card: Card, seal: Seal) -> Ready:
    """Return a message that is one card, with what the activity feed says about it."""
    attachment = Ready(contentType=CARD, content=card.draw(seal))
    return Ready(
        type="message",
        summary=card.summary or card.title,
        attachments=[attachment],
        channelData={"notification": {"alert": True}},
    )


def sentence_message(text: str) -> Ready:
    """Return a message that is plain words: markup in them stays inert (I30)."""
    return Ready(type="message", text=plain(text), textFormat="plain")


def card_answer(card: Card, seal: Seal) -> Ready:
    """Return the answer to a press that puts a card in place of the pressed one."""
    return Ready(statusCode=200, type=CARD, value=card.draw(seal))


def sentence_answer(text: str) -> Ready:
    """Return the answer to a press that shows a sentence and leaves the card."""
    return Ready(statusCode=200, type=SENTENCE, value=plain(text))


def error_answer(text: str, code: str = "NotDone") -> Ready:
    """Return the answer to an invoke that cannot be done; its HTTP status is 200 even so."""
    return Ready(statusCode=400, type=ERROR, value={"code": code, "message": text})


def other_answer(name: str) -> Ready:
    """Return a polite answer, in the shape that kind of invoke wants, to one we do not use."""
    words = "The AR desk does not do this. Type list or help."
    if name.startswith("task/"):
        return Ready(task={"type": "message", "value": words})
    if name.startswith("composeExtension/"):
        return Ready(composeExtension={"type": "message", "text": words})
    if name == "application/search":
        kind = "application/vnd.microsoft.search.searchResponse"
        return Ready(type=kind, statusCode=200, value={"results": []})
    return error_answer(words, "NotSupported")


def plain(text: str) -> str:
    """Return the sentence with the words to type in quotes, since plain text has no markup."""
    return _TYPED.sub(r"“\1”", text)
