"""
Delivering the cards the desk owes.

Each card is claimed with a lease, drawn from its record as it is at that moment, sent outside
any transaction, and its outcome noted. What may have been shown is never sent again by itself;
one card that cannot be drawn or sent stops no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from bot.carrier import Carrier
from bot.chat.dialog import Dialog
from bot.chat.drawing import Drawings, Drawn
from bot.chat.links import NO_LINKS, Links
from bot.chat.messenger import (
    Ambiguous,
    Gone,
    Messenger,
    NotSent,
    Rejected,
    Sent,
    Throttled,
    Undelivered,
    Vanished,
)
from bot.kernel.shapes import dataclass
from bot.store import copies, deliveries
from bot.store.copies import Message
from bot.store.database import DeskBusy
from bot.store.deliveries import Claim, Shown
from bot.store.postings import PostingState

log = logging.getLogger(__name__)

LOOKS_EVERY: Final = 1.0
"""Seconds between two looks at what is due, if nobody wakes the courier."""
GATHERS: Final = 0.05
"""Seconds that the courier waits after it is woken, for more to come."""
MARGIN: Final = timedelta(seconds=20)
"""A message leaves only if this much of its lease is left: longer than any time-out."""
LONGEST_PAUSE: Final = timedelta(minutes=5)


@dataclass(kw_only=True)
class Courier(Carrier):
    """Draws each card that is due, and posts or replaces it."""

    dialogs: Iterable[Dialog]
    messenger: Messenger
    links: Links = NO_LINKS
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _next: datetime | None = None
    """When something is due next, as the last look saw it; None where it could not look."""

    carries = "posting"
    at_once = 100

    def __post_init__(self) -> None:
        self._drawings = Drawings.of(self.dialogs, self.policy, self.links)

    def wake(self) -> None:
        """Look soon at what is due: something was probably shown or refreshed."""
        self._woken.set()

    async def _rest(self) -> None:
        due, self._next = self._next, None
        wait = (due - self.clock()).total_seconds() if due else LOOKS_EVERY
        try:
            async with asyncio.timeout(min(LOOKS_EVERY, max(GATHERS, wait))):
                await self._woken.wait()
            await asyncio.sleep(GATHERS)
        except TimeoutError:
            pass
        self._woken.clear()

    async def _start_due(self) -> int:
        due, at = await self.database.read(deliveries.next_due), self.clock()
        self._next = due
        if due is None or due > at:
            return 0
        owner, most = self._owner(), self.at_once

        def work(session: Session) -> list[Claim]:
            a_second = self.policy.sends_a_second
            return deliveries.claim(session, owner=owner, at=at, a_second=a_second, most=most)

        claims = await self.database.write(work)
        return self._start((claim.posting_id, self._deliver(claim)) for claim in claims)

    async def _deliver(self, claim: Claim) -> None:
        try:
            await asyncio.sleep(max(0.0, (claim.send_at - self.clock()).total_seconds()))
            if drawn := await self._draw(claim):
                await self._note(claim, await self._send(claim, drawn))
        finally:
            self.wake()

    async def _draw(self, claim: Claim) -> Drawn | None:
        at = self.clock()
        try:
            return await self.database.read(
                lambda session: self._drawings.draw(session, claim.posting_id, at=at)
            )
        except DeskBusy as refusal:
            error, until = str(refusal), at + timedelta(seconds=5)
            await self._note(
                claim, lambda s: deliveries.put_off(s, claim, until=until, error=error)
            )
        except Exception as fault:
            log.exception("Posting %s cannot be drawn", claim.posting_id)
            error = f"The card cannot be drawn: {fault!r}"
            await self._note(
                claim, lambda s: deliveries.stop(s, claim, PostingState.FAILED, error=error)
            )
        return None

    async def _send(self, claim: Claim, drawn: Drawn) -> Callable[[Session], bool]:
        """Send the card; return what is to be noted."""
        at = self.clock()
        if at > claim.lease_until - MARGIN:
            return lambda s: deliveries.put_off(s, claim, until=at, error="It was late.")
        try:
            sent = await self._post_or_replace(drawn)
        except Vanished:
            return lambda s: deliveries.post_anew(s, claim, at=at)
        except Undelivered as error:
            return self._undelivered(claim, drawn, error)
        what = Shown(drawn.wanted, sent.conversation_id, sent.message_id)
        return lambda s: deliveries.shown(s, claim, what, at=self.clock())

    async def _post_or_replace(self, drawn: Drawn) -> Sent:
        for copy in drawn.copies:
            await self._replace_copy(drawn, copy)
        if drawn.sent is None:
            return await self.messenger.post(drawn.place, drawn.card)
        await self.messenger.replace(drawn.place, drawn.sent, drawn.card)
        return drawn.sent

    async def _replace_copy(self, drawn: Drawn, copy: Sent) -> None:
        try:
            await self.messenger.replace(drawn.place, copy, drawn.card)
        except (Vanished, Rejected) as error:
            log.info("An earlier copy in %s is left alone: %r", drawn.place, error)
            message = Message(copy.conversation_id, copy.message_id)
            await self.database.write(lambda session: copies.forget(session, message))
        except Ambiguous as error:
            raise NotSent(str(error)) from error

    def _undelivered(
        self, claim: Claim, drawn: Drawn, error: Undelivered
    ) -> Callable[[Session], bool]:
        log.warning("Posting %s, %s: %r", claim.posting_id, drawn.place, error)
        why = str(error) or type(error).__name__
        if ended := _ended(error, is_first=drawn.sent is None):
            return lambda s: deliveries.stop(s, claim, ended, error=why)
        wanted = error.retry_after if isinstance(error, Throttled) else None
        until = self.clock() + pause_after(drawn.attempts, claim.posting_id, wanted)
        return lambda s: deliveries.put_off(s, claim, until=until, error=why)

    async def _note(self, claim: Claim, outcome: Callable[[Session], bool]) -> None:
        await self._write_down(claim.posting_id, claim, outcome)


def pause_after(attempts: int, posting_id: int, wanted: float | None) -> timedelta:
    """Return how long to wait before trying again: doubling, spread out, at most 5 minutes."""
    spread = 0.75 + (posting_id * 7919 + attempts * 104_729) % 500 / 1000
    if wanted is not None:
        return timedelta(seconds=wanted + spread)
    return min(LONGEST_PAUSE, timedelta(seconds=2 ** min(attempts, 10) * spread))


def _ended(error: Undelivered, *, is_first: bool) -> PostingState | None:
    """Return the state in which the posting rests, or None if it is tried again by itself."""
    if isinstance(error, Gone):
        return PostingState.PARKED
    if isinstance(error, Rejected):
        return PostingState.FAILED
    if isinstance(error, Ambiguous) and is_first:
        return PostingState.UNKNOWN
    return None
