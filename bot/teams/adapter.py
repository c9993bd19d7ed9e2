"""
The Bot Framework's adapter, on our own parser and our own sender.

It derives from the SDK's `BotAdapter` directly: everything that `CloudAdapterBase` adds builds
two clients and fetches a token for each turn, which is what makes a stock turn slow. The
answer to an invoke is kept with the turn (`answer_invoke`) instead of sent through the SDK,
which would copy it field by field.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import Activity, ConversationReference, ResourceResponse

from bot.chat.card import Json
from bot.teams import activities
from bot.teams.connector import Connector, Line
from bot.teams.messages import error_answer

log = logging.getLogger(__name__)

Turn = Callable[[TurnContext], Awaitable[None]]
_ANSWER: Final = "ardesk.answer"
_SENT: Final = {
    "type": "type",
    "text": "text",
    "text_format": "textFormat",
    "summary": "summary",
    "attachments": "attachments",
    "channel_data": "channelData",
}


class DeskAdapter(BotAdapter):
    """Runs one turn for each activity, and carries what the bot says to the connector."""

    def __init__(self, connector: Connector) -> None:
        super().__init__(on_turn_error=_note_fault)
        self.connector = connector

    async def take(self, body: Json, turn: Turn) -> Json | None:
        """Run a turn for an authenticated activity; return the answer if it is an invoke."""
        context = TurnContext(self, activities.read(body))
        await self.run_pipeline(context, turn)
        answer: Json | None = context.turn_state.get(_ANSWER)
        if answer is not None:
            return answer
        is_invoke = context.activity.type == "invoke"
        return error_answer("The desk could not answer.", "NoAnswer") if is_invoke else None

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        """Send what the bot says in the conversation that it was spoken to in."""
        return [await self._send(context, activity) for activity in activities]

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        """Put a message where another one of this conversation stands."""
        await self.connector.replace(_line(context), activity.id, _as_json(activity))

    async def delete_activity(
        self, context: TurnContext, reference: ConversationReference
    ) -> None:
        """Refuse: the desk replaces messages and never takes one away."""
        raise NotImplementedError("the desk deletes no messages")

    async def _send(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        sent = await self.connector.post(_line(context), _as_json(activity))
        return ResourceResponse(id=sent)


def answer_invoke(context: TurnContext, answer: Json) -> None:
    """Answer the turn's invoke with this body, and HTTP status 200."""
    context.turn_state[_ANSWER] = answer


def _line(context: TurnContext) -> Line:
    return Line(context.activity.service_url, context.activity.conversation.id)


def _as_json(activity: Activity) -> Json:
    found = ((theirs, getattr(activity, ours)) for ours, theirs in _SENT.items())
    return {name: value for name, value in found if value}


async def _note_fault(context: TurnContext, error: Exception) -> None:
    fault: Any = (type(error), error, error.__traceback__)
    log.error("A %s activity failed", context.activity.type, exc_info=fault)
