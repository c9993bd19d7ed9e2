"""
Each kind of activity, and who answers it.

An authenticated activity is always answered, and an invoke in the shape that it wants: Teams
stops delivering to a bot that fails. Messages of a channel that do not mention the bot are
not read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from botbuilder.core import ActivityHandler, TurnContext

from bot.chat.inbound import Arrival, ArrivalKind, Press, Saying, SpotKind
from bot.chat.reception import Reception
from bot.chat.switchboard import Answer, Switchboard
from bot.kernel.shapes import dataclass
from bot.teams import activities, messages
from bot.teams.adapter import answer_invoke
from bot.teams.addresses import AddressBook
from bot.teams.seen import Seen
from bot.teams.voice import Voice

log = logging.getLogger(__name__)

PRESSED: Final = "adaptiveCard/action"
LATE: Final = 9.0
"""Seconds after which a press is answered with a sentence, and its work goes on."""
SLOW: Final = Answer(
    text="This takes longer than usual. It goes on; type `list` in a minute to see."
)
PRESENT: Final = Answer(text="The AR desk is here. Mention me with `help` to see what I do.")


@dataclass(frozen=True, kw_only=True)
class DeskHandler(ActivityHandler):
    """Hands what people do to the switchboard, and says what it answers."""

    switchboard: Switchboard
    reception: Reception
    addresses: AddressBook
    voice: Voice
    seen: Seen
    wake: Callable[[], None]
    """Tells the courier that there may be something to deliver."""

    async def on_turn(self, turn_context: TurnContext) -> None:
        """Take one activity; afterwards the courier looks at what is due."""
        await super().on_turn(turn_context)
        self.wake()

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Answer words and files, or a button of a client that sends presses as messages."""
        activity = turn_context.activity
        is_press = isinstance(activity.value, dict)
        if not is_press and not activities.is_for_bot(activity):
            return
        if self.seen.before(*activities.sameness_of(activity)):
            return
        await self.addresses.note(activities.heard_in(activity))
        answering = self._press_in_message if is_press else self._saying
        if is_press or not await self._took_files(turn_context):
            await self.voice.say(turn_context, await answering(turn_context))

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        """Answer an invoke in its own shape, with HTTP status 200 whatever comes of it."""
        answer_invoke(turn_context, await self._invoked(turn_context))

    async def _invoked(self, turn_context: TurnContext) -> messages.Ready:
        activity = turn_context.activity
        if activity.name != PRESSED:
            return messages.other_answer(activity.name)
        value = activity.value if isinstance(activity.value, dict) else {}
        action = value.get("action")
        if not isinstance(action, dict):
            return messages.error_answer("This button carries nothing.", "BadRequest")
        await self.addresses.note(activities.heard_in(activity))
        is_automatic = value.get("trigger") == "automatic"
        press = _press(turn_context, action, is_automatic=is_automatic)
        answer = await _in_time(self.switchboard.answer_press(press))
        if not is_automatic:
            await self.voice.adopt_pressed(press.spot, answer)
        return self.voice.shape(answer)

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Notice that the bot itself was added or removed; other changes are not read."""
        activity = turn_context.activity
        if activities.is_bot_in(activity.members_removed, activity):
            await self._removed(turn_context)
        elif activities.is_bot_in(activity.members_added, activity):
            await self._installed(turn_context)

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        """Notice that the app was installed or removed."""
        action = turn_context.activity.action
        if action.startswith("remove"):
            await self._removed(turn_context)
        elif action.startswith("add"):
            await self._installed(turn_context)

    async def _took_files(self, context: TurnContext) -> bool:
        """Answer what came with the words; return whether the words are answered with it."""
        handed = activities.handed_in(context.activity)
        if not handed.files and not handed.pictures:
            return False
        await self.voice.say(context, await self.reception.take(handed))
        has_files = bool(handed.files) and handed.spot.kind is SpotKind.PERSONAL
        return has_files or not handed.text

    async def _saying(self, context: TurnContext) -> Answer:
        activity = context.activity
        saying = Saying(
            caller=activities.caller_of(activity),
            spot=activities.spot_of(activity),
            text=activities.words_of(activity),
        )
        return await self.switchboard.answer_saying(saying)

    async def _press_in_message(self, context: TurnContext) -> Answer:
        press = _press(context, {"data": context.activity.value}, is_automatic=False)
        return await self.switchboard.answer_press(press)

    async def _installed(self, context: TurnContext) -> None:
        since = self.voice.clock()
        if not await self.addresses.installed(activities.heard_in(context.activity)):
            return
        for answer in await self._greetings(context):
            await self.voice.greet(context, answer, since=since)

    async def _greetings(self, context: TurnContext) -> tuple[Answer, ...]:
        spot = activities.spot_of(context.activity)
        if spot.kind is not SpotKind.PERSONAL:
            return (PRESENT,)
        caller = activities.caller_of(context.activity)
        arrival = Arrival(caller=caller, spot=spot, kind=ArrivalKind.INSTALLED)
        return await self.switchboard.arrived(arrival)

    async def _removed(self, context: TurnContext) -> None:
        spot = activities.spot_of(context.activity)
        await self.addresses.removed(spot.conversation_id)
        caller = activities.caller_of(context.activity)
        await self.switchboard.arrived(
            Arrival(caller=caller, spot=spot, kind=ArrivalKind.REMOVED)
        )


def _press(context: TurnContext, action: dict[str, Any], *, is_automatic: bool) -> Press:
    data, verb = action.get("data"), action.get("verb")
    return Press(
        caller=activities.caller_of(context.activity),
        spot=activities.spot_of(context.activity),
        verb=verb if isinstance(verb, str) else "",
        data=data if isinstance(data, dict) else {},
        is_automatic=is_automatic,
    )


async def _in_time(answering: Coroutine[Any, Any, Answer]) -> Answer:
    task = asyncio.ensure_future(answering)
    done, _ = await asyncio.wait({task}, timeout=LATE)
    if done:
        return task.result()
    log.warning("A press takes longer than %s s; its work goes on", LATE)
    return SLOW
