"""
Sending the mail the desk owes customers.

Each mail is claimed with a lease, sent outside any transaction, and its outcome noted. What
may have left is never sent again by itself (I23); one mail that cannot be sent stops no other.

A mailer says how a mail failed: `PutOff` (it certainly did not leave; tried again later),
`Returned` (refused for good), `Unclear` (it may have left).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.database import Database, DeskBusy
from bot.workflows.correspondence import departures, outcomes
from bot.workflows.correspondence.claims import Claim, Outgoing
from bot.workflows.correspondence.departures import LEASE
from bot.workflows.correspondence.outcomes import Pause

log = logging.getLogger(__name__)

LOOKS_EVERY: Final = 2.0
"""Seconds between two looks at what is due."""
AT_ONCE: Final = 8
"""So many mails are under way at a time, each on a connection of its own."""
MARGIN: Final = timedelta(seconds=20)
LONGEST_PAUSE: Final = timedelta(hours=1)
MOST_SECONDS: Final = (LEASE - MARGIN).total_seconds()
"""A mail that takes longer is given up before its lease ends, and is then unknown."""


class PutOff(Exception):  # noqa: N818 - an answer of the other side
    """The mail certainly did not leave; it is tried again later."""

    def __init__(self, why: str, *, is_refusal: bool = False) -> None:
        super().__init__(why)
        self.is_refusal = is_refusal
        """The server was there and would not take it just now."""


class Returned(Exception):  # noqa: N818 - an answer of the other side
    """The mail is refused for good."""


class Unclear(Exception):  # noqa: N818 - an answer of the other side
    """The mail may have left or not."""


class Mailer(Protocol):
    """Something that mail leaves by."""

    @property
    def is_repeatable(self) -> bool:
        """Test if sending a mail twice does no harm: the second takes the first one's place."""
        ...

    async def send(self, outgoing: Outgoing) -> str:
        """
        Send a mail; return which of its recipients were refused and why, empty if none was.

        :raises PutOff: if it certainly did not leave.
        :raises Returned: if it is refused for good.
        :raises Unclear: if it may have left.
        """
        ...

    async def check(self) -> str:
        """
        Return where mail leaves by, without sending any.

        :raises PutOff: if it could not leave just now.
        """
        ...


@dataclass(kw_only=True)
class Postman:
    """Takes each mail that is due to the mailer."""

    database: Database
    mailer: Mailer
    policy: Policy
    clock: Callable[[], datetime]
    name: str = field(default_factory=lambda: f"{os.uname().nodename}:{os.getpid()}")
    _claims: Iterator[int] = field(default_factory=itertools.count)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Send whatever becomes due, until cancelled; then finish what is under way."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOKS_EVERY)
        finally:
            if self._under_way:
                await asyncio.wait(set(self._under_way))

    async def send_due(self) -> None:
        """Send what may leave now, and return."""
        while await self._start_due() or self._under_way:
            if self._under_way:
                await asyncio.wait(set(self._under_way))

    async def _look(self) -> None:
        try:
            while await self._start_due():
                await self._make_room()
        except Refused as refusal:
            log.warning("No mail can be sent just now: %s", refusal)
        except Exception:
            log.exception("The postman stumbled, and looks again")

    async def _make_room(self) -> None:
        if len(self._under_way) >= AT_ONCE:
            await asyncio.wait(set(self._under_way), return_when=asyncio.FIRST_COMPLETED)

    async def _start_due(self) -> int:
        """Claim what may leave and start sending it; return how much that was."""
        due, at = await self.database.read(departures.next_due), self.clock()
        room = AT_ONCE - len(self._under_way)
        if due is None or due > at or room <= 0:
            return 0
        owner = f"{self.name}:{next(self._claims)}"

        def work(session: Session) -> list[Claim]:
            return departures.claim(
                session,
                owner=owner,
                at=at,
                policy=self.policy,
                most=room,
                is_repeatable=self.mailer.is_repeatable,
            )

        claims = await self.database.write(work)
        for claim in claims:
            task = asyncio.create_task(self._deliver(claim))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(claims)

    async def _deliver(self, claim: Claim) -> None:
        """Send one mail and note what became of it; never raises."""
        try:
            await self._note(claim, await self._send(claim))
        except Refused as refusal:
            log.warning("Mail %s: its outcome is not noted: %s", claim.mail_id, refusal)
        except Exception:
            log.exception("Mail %s: its outcome is not noted", claim.mail_id)

    async def _send(self, claim: Claim) -> Callable[[Session], bool]:
        """Send the mail; return what is to be noted."""
        try:
            async with asyncio.timeout(MOST_SECONDS):
                refused = await self.mailer.send(claim.outgoing)
        except PutOff as error:
            return self._put_off(claim, error)
        except Returned as error:
            why = str(error)
            return lambda s: outcomes.refused(s, claim, at=self.clock(), error=why)
        except (Unclear, TimeoutError) as error:
            why = str(error) or "The mail server did not answer in time."
            log.warning("Mail %s may have left: %s", claim.mail_id, why)
            return lambda s: outcomes.unknown(s, claim, at=self.clock(), error=why)
        return lambda s: outcomes.sent(s, claim, at=self.clock(), refused=refused)

    def _put_off(self, claim: Claim, error: PutOff) -> Callable[[Session], bool]:
        log.warning("Mail %s is put off: %s", claim.mail_id, error)
        at = self.clock()
        until = at + pause_after(claim.attempts, claim.mail_id)
        pause = Pause(until, str(error), error.is_refusal)
        return lambda s: outcomes.put_off(s, claim, pause, at=at)

    async def _note(self, claim: Claim, outcome: Callable[[Session], bool]) -> None:
        """Write the outcome down, trying again while the database is busy."""
        while True:
            try:
                if not await self.database.write(outcome):
                    log.warning("Mail %s was taken over meanwhile", claim.mail_id)
                return
            except DeskBusy:
                if self.clock() > claim.lease_until:
                    raise
                await asyncio.sleep(1)


def pause_after(attempts: int, mail_id: int) -> timedelta:
    """Return how long to wait before trying again: doubling from a minute, spread out."""
    spread = 0.75 + (mail_id * 7919 + attempts * 104_729) % 500 / 1000
    return min(LONGEST_PAUSE, timedelta(seconds=60 * 2 ** min(attempts - 1, 8) * spread))
