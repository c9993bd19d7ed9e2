"""
Sending the mail the desk owes customers.

Each mail is claimed with a lease, sent outside any transaction, and its outcome noted. What
may have left is never sent again by itself (I23); one mail that cannot be sent stops no other.

A mailer says how a mail failed: `PutOff` (it certainly did not leave; tried again later),
`Returned` (refused for good), `Unclear` (it may have left).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Protocol

from sqlalchemy.orm import Session

from bot.carrier import Carrier
from bot.kernel.shapes import dataclass
from bot.workflows.correspondence import departures, outcomes
from bot.workflows.correspondence.claims import Claim, Outgoing
from bot.workflows.correspondence.departures import LEASE
from bot.workflows.correspondence.outcomes import Pause

log = logging.getLogger(__name__)

LOOKS_EVERY: Final = 2.0
"""Seconds between two looks at what is due."""
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
class Postman(Carrier):
    """Takes each mail that is due to the mailer."""

    mailer: Mailer

    carries = "mail"
    at_once = 8

    async def _rest(self) -> None:
        await asyncio.sleep(LOOKS_EVERY)

    async def _start_due(self) -> int:
        due, at = await self.database.read(departures.next_due), self.clock()
        room = self.at_once - len(self._under_way)
        if due is None or due > at or room <= 0:
            return 0
        owner = self._owner()

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
        return self._start((claim.mail_id, self._deliver(claim)) for claim in claims)

    async def _deliver(self, claim: Claim) -> None:
        outcome = await self._send(claim)
        await self._write_down(claim.mail_id, claim, outcome)

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


def pause_after(attempts: int, mail_id: int) -> timedelta:
    """Return how long to wait before trying again: doubling from a minute, spread out."""
    spread = 0.75 + (mail_id * 7919 + attempts * 104_729) % 500 / 1000
    return min(LONGEST_PAUSE, timedelta(seconds=60 * 2 ** min(attempts - 1, 8) * spread))
