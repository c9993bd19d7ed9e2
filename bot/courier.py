"""
Delivering the cards the desk owes.

Each card is claimed with a lease, drawn from its record as it is at that moment, sent outside
any transaction, and its outcome noted. What may have been shown is never sent again by itself;
one card that cannot be drawn or sent stops no other.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

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
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import copies, deliveries
from bot.store.copies import Message
from bot.store.database import Database, DeskBusy
from bot.store.deliveries import Claim, Shown
from bot.store.postings import PostingState

log = logging.getLogger(__name__)

LOOKS_EVERY: Final = 1.0
"""Seconds between two looks at what is due, if nobody wakes the courier."""
GATHERS: Final = 0.05
"""Seconds that the courier waits after it is woken, for more to come."""
AT_ONCE: Final = 100
MARGIN: Final = timedelta(seconds=20)
"""A message leaves only if this much of its lease is left: longer than any time-out."""
LONGEST_PAUSE: Final = timedelta(minutes=5)


@dataclass(kw_only=True)
class Courier:
    """Draws each card that is due, and posts or replaces it."""

    database: Database
    dialogs: Iterable[Dialog]
    messenger: Messenger
    policy: Policy
    clock: Callable[[], datetime]
    links: Links = NO_LINKS
    name: str = field(default_factory=lambda: f"{os.uname().nodename}:{os.getpid()}")
    _claims: Iterator[int] = field(default_factory=itertools.count)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _next: datetime | None = None
    """When something is due next, as the last look saw it; None where it could not look."""

    def __post_init__(self) -> None:
        self._drawings = Drawings.of(self.dialogs, self.policy, self.links)

    def wake(self) -> None:
        """Look soon at what is due: something was probably shown or refreshed."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver whatever becomes due, until cancelled; then finish what is under way."""
        try:
            while True:
                self._woken.clear()
                await self._look()
                await self._rest()
        finally:
            if self._under_way:
                await asyncio.wait(set(self._under_way))

    async def deliver_due(self) -> None:
        """Deliver what is due now and what its delivery makes due, and return."""
        while await self._start_due() or self._under_way:
            if self._under_way:
                await asyncio.wait(set(self._under_way))

    async def _look(self) -> None:
        try:
            while await self._start_due():
                await self._make_room()
        except Refused as refusal:
            log.warning("Nothing can be delivered just now: %s", refusal)
        except Exception:
            log.exception("The courier stumbled, and looks again")

    async def _make_room(self) -> None:
        if len(self._under_way) >= AT_ONCE:
            await asyncio.wait(set(self._under_way), return_when=asyncio.FIRST_COMPLETED)

    async def _rest(self) -> None:
        due, self._next = self._next, None
        wait = (due - self.clock()).total_seconds() if due else LOOKS_EVERY
        try:
            async with asyncio.timeout(min(LOOKS_EVERY, max(GATHERS, wait))):
                await self._woken.wait()
        except TimeoutError:
            return
        await asyncio.sleep(GATHERS)

    async def _start_due(self) -> int:
        """Claim what may be sent and start sending it; return how much that was."""
        due, at = await self.database.read(deliveries.next_due), self.clock()
        self._next = due
        if due is None or due > at:
            return 0
        owner = f"{self.name}:{next(self._claims)}"

        def work(session: Session) -> list[Claim]:
            return deliveries.claim(
                session,
                owner=owner,
                at=at,
                a_second=self.policy.sends_a_second,
                most=AT_ONCE,
            )

        claims = await self.database.write(work)
        for claim in claims:
            task = asyncio.create_task(self._deliver(claim))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(claims)

    async def _deliver(self, claim: Claim) -> None:
        """Deliver one posting; never raises."""
        try:
            await asyncio.sleep(max(0.0, (claim.send_at - self.clock()).total_seconds()))
            if drawn := await self._draw(claim):
                await self._note(claim, await self._send(claim, drawn))
        except Refused as refusal:
            log.warning("Posting %s: its outcome is not noted: %s", claim.posting_id, refusal)
        except Exception:
            log.exception("Posting %s: its outcome is not noted", claim.posting_id)
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
        """Write the outcome down, trying again while the database is busy."""
        while True:
            try:
                if not await self.database.write(outcome):
                    log.warning("Posting %s was taken over meanwhile", claim.posting_id)
                return
            except DeskBusy:
                if self.clock() > claim.lease_until:
                    raise
                await asyncio.sleep(1)


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
