"""What each channel is for: named there by a lead, and seen at a glance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.chat.card import Card, Facts, Text
from bot.chat.dialog import Dialog, Turn
from bot.chat.inbound import SpotKind
from bot.kernel.errors import Refused
from bot.workflows.channels import operations, queries
from bot.workflows.channels.operations import Conversation
from bot.workflows.channels.records import Channel, Purpose
from bot.workflows.people.rules import EVERYBODY, LEADS

dialog: Final = Dialog("channels")

COMES: Final = {
    Purpose.SUSPENSION: "the weekly suspension digest",
    Purpose.TEAM: "the daily line",
    Purpose.BILLING: "disputes that billing has to answer",
    Purpose.SUPPORT: "services to suspend and restore, and disputes that support has to answer",
    Purpose.TAX: "disputes that tax has to answer, and certificates",
    Purpose.SALES: "disputes that sales has to answer",
}
"""What comes to a channel, by what it is for."""


NAMES: Final = {Purpose.SUSPENSION: "the suspension meeting", Purpose.TEAM: "the team"}
"""What a channel is for, as people say it; the departments go by their own names."""
_TOLD_BY: Final = 12
"""Characters of an id by which a channel without a name is told from others."""
USES: Final = "suspension, team, billing, support, tax or sales"


class NotAChannel(Refused):
    """It was said in a chat, not in a channel."""


def name_here(turn: Turn, purpose: Purpose) -> Channel:
    """
    Let what belongs to a purpose come to the channel where this was said.

    :raises NotAChannel: if it was said anywhere else.
    """
    if turn.spot.kind is not SpotKind.CHANNEL:
        raise NotAChannel(
            "Say that in the channel itself: add me to the team, then mention me there."
        )
    there = Conversation(turn.spot.conversation_id, turn.spot.name)
    return operations.name_for(turn.session, purpose, there, by=turn.who, at=turn.now)


@dialog.says(
    "channels", help="which channel is for what", roles=LEADS, only_reads=True, is_public=True
)
def say_channels(turn: Turn) -> Card:
    """Show which channel is for what, and where the rest goes."""
    named = {purpose: queries.named(turn.session, purpose) for purpose in Purpose}
    rows = tuple(
        (
            purpose.value.capitalize(),
            (channel.name or _unnamed(channel)) if channel else "not named",
        )
        for purpose, channel in named.items()
    )
    return Card(
        title="Channels",
        body=(
            Facts(pairs=rows),
            Text(
                text="Mention me in a channel with “use this channel for billing” (or team, "
                "support, tax, sales, suspension). Until then it goes to the people "
                "in that role, else to the leads.",
                size="small",
                is_subtle=True,
            ),
        ),
    )


def _unnamed(channel: Channel) -> str:
    """Return what tells a channel from others: its id, but for what all ids have."""
    own = channel.conversation_id.partition(":")[2].partition("@")[0]
    return f"a channel without a known name, its id beginning {own[:_TOLD_BY]}"


@dialog.says(
    "use this channel for",
    help=f"say it in a channel, with {USES}: what belongs to that is posted there",
    roles=LEADS,
    only_reads=True,
    is_public=True,
)
def say_uses(turn: Turn) -> Card:
    """Answer a purpose that is none with those there are."""
    said = f"“{turn.words}” is nothing I post. " if turn.words else ""
    text = f"{said}Say what it is for: use this channel for {USES}."
    return Card(title="What is this channel for?", body=(Text(text=text),))


@dialog.greets(roles=EVERYBODY)
def greet(turn: Turn) -> Card | None:
    """Say how a channel gets what it is for, where none is named for the meeting yet."""
    if turn.spot.kind is not SpotKind.CHANNEL:
        return None
    if queries.named(turn.session, Purpose.SUSPENSION):
        return None
    words = (
        "A lead says “use this channel for suspension” to get the weekly digest here; so for "
        "team, billing, support, tax or sales."
    )
    return Card(title="Hello from the AR desk", body=(Text(text=words),))


def _using(purpose: Purpose) -> Callable[[Turn], Card]:
    def use(turn: Turn) -> Card:
        """Let what belongs to the purpose come here from now on."""
        name_here(turn, purpose)
        return Card(
            title=f"This channel is for {NAMES.get(purpose, purpose.value)} now",
            body=(Text(text=f"From now on I post here: {COMES[purpose]}."),),
        )

    return use


for _purpose in Purpose:
    if _purpose is not Purpose.SUSPENSION:
        dialog.says(
            f"use this channel for {_purpose.value}",
            help=f"I post in it: {COMES[_purpose]}",
            roles=LEADS,
            is_public=True,
        )(_using(_purpose))
