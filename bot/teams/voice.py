"""Saying what the switchboard answers, and keeping the copies that are kept up to date."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from botbuilder.core import TurnContext
from botbuilder.schema import Activity
from sqlalchemy.orm import Session

from bot.chat.card import Seal
from bot.chat.inbound import Spot
from bot.chat.messenger import NotSent, Throttled, Undelivered
from bot.chat.switchboard import Answer
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.store import greetings, postings
from bot.store.copies import Message
from bot.store.database import Database
from bot.store.postings import Showing
from bot.teams import messages
from bot.teams.messages import Ready

log = logging.getLogger(__name__)

TRIES: Final = 3
PATIENCE: Final = 2.0
"""Seconds waited at most before a refused answer is tried again."""
NOTHING: Final = "Done."


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Puts answers into messages, or into the answers of invokes."""

    database: Database
    seal: Seal
    clock: Callable[[], datetime]

    async def say(self, context: TurnContext, answer: Answer) -> None:
        """Say an answer as a message; if it cannot leave now and is kept, the courier will."""
        if not answer.card and not answer.text:
            return
        try:
            sent = await self._send(context, self._message(answer))
        except (Throttled, NotSent) as error:
            log.warning("An answer was not delivered: %s", error)
            await self._owe(answer.showing)
            return
        except Undelivered as error:
            log.warning("An answer may not have arrived: %s", error)
            return
        await self._adopt(answer, context.activity.conversation.id, sent)

    async def greet(self, context: TurnContext, answer: Answer, *, since: datetime) -> None:
        """Say an answer to somebody who opened the app then, unless the courier brings it."""
        if answer.showing is None or await self._hold(answer.showing, since):
            await self.say(context, answer)

    def shape(self, answer: Answer) -> Ready:
        """Return an answer as the body of a press's answer."""
        if answer.card:
            return messages.card_answer(answer.card, self.seal)
        return messages.sentence_answer(answer.text or NOTHING)

    async def adopt_pressed(self, spot: Spot, answer: Answer) -> None:
        """Keep up to date the message whose card was replaced by the answer."""
        if answer.showing and spot.message_id:
            thread = f";messageid={spot.thread_id}" if spot.thread_id else ""
            await self._adopt(answer, f"{spot.conversation_id}{thread}", spot.message_id)

    def _message(self, answer: Answer) -> Ready:
        if answer.card:
            return messages.card_message(answer.card, self.seal)
        return messages.sentence_message(answer.text)

    async def _send(self, context: TurnContext, message: Ready) -> str:
        for attempt in range(1, TRIES + 1):
            try:
                sent = await context.send_activity(_activity(message))
            except (Throttled, NotSent) as error:
                if attempt == TRIES:
                    raise
                wanted = error.retry_after if isinstance(error, Throttled) else None
                await asyncio.sleep(min(PATIENCE, wanted or 0.2 * attempt))
            else:
                return sent.id or "" if sent else ""
        raise AssertionError("unreachable")

    async def _adopt(self, answer: Answer, conversation_id: str, sent: str) -> None:
        if answer.showing is None or not sent:
            return
        kept, at = answer.showing, self.clock()

        def work(session: Session) -> None:
            postings.adopt(
                session,
                kept,
                sent=Message(conversation_id, sent),
                at=at,
                keeps_earlier=answer.keeps_earlier,
            )

        try:
            await self.database.write(work)
        except Refused as error:
            log.warning("A copy will not be kept up to date: %s", error)

    async def _hold(self, showing: Showing, since: datetime) -> bool:
        at = self.clock()
        return await self.database.write(
            lambda session: greetings.hold(session, showing, since=since, at=at)
        )

    async def _owe(self, showing: Showing | None) -> None:
        if showing is None:
            return
        kept, at = showing, self.clock()

        def work(session: Session) -> None:
            greetings.let_go(session, kept, at=at)
            postings.show(session, kept, at=at)

        await self.database.write(work)


def _activity(message: Ready) -> Activity:
    return Activity(
        type="message",
        text=message.get("text"),
        text_format=message.get("textFormat"),
        summary=message.get("summary"),
        attachments=message.get("attachments"),
        channel_data=message.get("channelData"),
    )
