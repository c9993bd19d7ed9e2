"""
The desk's own token for writing to Teams: one client-credentials request an hour.

It is renewed ahead of its end in the background, so a slow or hanging login stops nobody while
the old token is good. Whoever needs the first one waits together with everybody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from bot.chat.messenger import NotSent
from bot.kernel.shapes import dataclass

log = logging.getLogger(__name__)

SCOPE: Final = "https://api.botframework.com/.default"
TIME_OUT: Final = aiohttp.ClientTimeout(total=8)
AHEAD: Final = 600.0
"""Renewed this many seconds before its end (at most half of its life)."""
PAUSE: Final = 5.0
"""Seconds between two attempts when the login fails."""
SHORTEST: Final = 60.0


@dataclass(kw_only=True)
class Tokens:
    """Hands out a good token, and keeps one ready."""

    session: aiohttp.ClientSession
    url: str
    app_id: str
    secret: str
    monotonic: Callable[[], float]
    _token: str = ""
    _renew_at: float = 0.0
    _good_until: float = 0.0
    _tried_at: float | None = None
    _renewing: asyncio.Task[None] | None = None
    problem: str = ""

    async def get(self) -> str:
        """
        Return a token; at once, unless there is none yet.

        :raises NotSent: if the login gives none.
        """
        now = self.monotonic()
        if now < self._renew_at:
            return self._token
        renewing = self._renew()
        if now >= self._good_until and renewing:
            await asyncio.shield(renewing)
        if self.monotonic() >= self._good_until:
            raise NotSent(self.problem or "there is no token to write to Teams with")
        return self._token

    def discard(self, token: str) -> None:
        """Do not use this token again: Teams refused it."""
        if token == self._token:
            self._good_until = self._renew_at = 0.0

    def _renew(self) -> asyncio.Task[None] | None:
        if self._renewing and not self._renewing.done():
            return self._renewing
        now = self.monotonic()
        if self.problem and self._tried_at is not None and now - self._tried_at < PAUSE:
            return None
        self._tried_at = now
        self._renewing = asyncio.create_task(self._ask())
        return self._renewing

    async def _ask(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.app_id,
            "client_secret": self.secret,
            "scope": SCOPE,
        }
        asked_at = self.monotonic()
        try:
            async with self.session.post(
                self.url, data=form, timeout=TIME_OUT, allow_redirects=False
            ) as response:
                answer = await response.json(content_type=None)
                self._take(response.status, answer, asked_at)
        except (aiohttp.ClientError, TimeoutError, ValueError, TypeError) as error:
            self._fail(f"the login cannot be reached: {str(error) or type(error).__name__}")

    def _take(self, status: int, answer: Any, asked_at: float) -> None:  # noqa: ANN401 - JSON
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if status != 200 or not isinstance(token, str) or not token:
            code = answer.get("error", "") if isinstance(answer, dict) else ""
            self._fail(f"the login refuses the desk's app id or secret ({status} {code})")
            return
        life = max(SHORTEST, float(answer.get("expires_in") or 3600))
        self._token, self.problem = token, ""
        self._good_until = asked_at + life - min(30.0, life / 4)
        self._renew_at = asked_at + life - min(AHEAD, life / 2)

    def _fail(self, problem: str) -> None:
        self.problem = problem
        log.warning("No token for Teams: %s", problem)
