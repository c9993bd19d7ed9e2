"""What arrives from chat, in the desk's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from bot.kernel.shapes import value


class SpotKind(StrEnum):
    """What kind of conversation something was said in."""

    PERSONAL = "personal"
    CHANNEL = "channel"
    GROUP = "group"


@value(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who did it, from the verified activity and never from card data (I27)."""

    tenant_id: str
    entra_id: str
    name: str = ""
    """For display in logs only: anyone may call themselves anything."""


@value(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where it was done."""

    kind: SpotKind
    conversation_id: str
    """Without any `;messageid=` suffix."""
    thread_id: str | None = None
    """The id of the message at the head of the channel thread."""
    message_id: str | None = None
    """The message itself, or the message whose card was pressed."""
    name: str = ""


@value(frozen=True, slots=True, kw_only=True)
class Press:
    """A button pressed: which, on what, and what was typed beside it."""

    caller: Caller
    spot: Spot
    verb: str
    data: Mapping[str, Any] = field(default_factory=dict)
    is_automatic: bool = False
    """An automatic refresh of a card, not a person's press."""


@value(frozen=True, slots=True, kw_only=True)
class Saying:
    """Words typed to the bot, its own mention already taken out."""

    caller: Caller
    spot: Spot
    text: str


@value(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that a message offers."""

    name: str
    """As whoever sent it has it."""
    url: str
    """Where it can be fetched without saying who fetches it; empty: nowhere."""


@value(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What came with a message beside its words."""

    caller: Caller
    spot: Spot
    text: str
    files: tuple[Attached, ...] = ()
    pictures: int = 0
    """Pictures that stand in the text itself: they are no files."""


class ArrivalKind(StrEnum):
    """How the bot's presence in a conversation changed."""

    INSTALLED = "installed"
    REMOVED = "removed"


@value(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The app was installed in, or removed from, a conversation."""

    caller: Caller
    spot: Spot
    kind: ArrivalKind
