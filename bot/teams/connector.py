"""
Writing to Teams: one shared connection pool, and every failure named for what it means.

A POST is never repeated here: the service may have shown the message before it failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson

from bot.chat.card import Json
from bot.chat.messenger import Ambiguous, Gone, NotSent, Rejected, Throttled, Vanished
from bot.kernel.shapes import dataclass
from bot.teams.hosts import Hosts
from bot.teams.problems import NotAdmitted
from bot.teams.tokens import Tokens

TIME_OUT: Final = aiohttp.ClientTimeout(total=8, connect=5)
KEEP_ALIVE: Final = 15.0
"""Idle connections are closed before the service closes them under a message."""
LARGEST: Final = 80_000
"""Bytes of a message; Teams takes about 100 KB in its own counting."""
SHOWN_REASON: Final = 300


class NoConversation(Gone):
    """Teams does not know the conversation (any more)."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where a conversation is: its service, and its id (with `;messageid=` for a thread)."""

    service_url: str
    conversation_id: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation just created, and its first message if one was given."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class Connector:
    """Sends, replaces, and opens conversations."""

    session: aiohttp.ClientSession
    hosts: Hosts
    app_id: str
    tokens: Tokens | None
    """None in the unauthenticated mode."""

    async def post(self, line: Line, message: Json) -> str:
        """
        Send a message; return its id.

        :raises Undelivered: as its subclasses say.
        """
        url = f"{_base(line)}/activities"
        return _id_in(await self._send("POST", line.service_url, url, message))

    async def replace(self, line: Line, message_id: str, message: Json) -> None:
        """
        Put a message where another one stands.

        :raises Undelivered: as its subclasses say; `Vanished` if it is no longer there.
        """
        url = f"{_base(line)}/activities/{quote(message_id, safe='')}"
        try:
            await self._send("PUT", line.service_url, url, message | {"id": message_id})
        except NoConversation as error:
            raise Vanished(str(error)) from error

    async def open_personal(self, service_url: str, *, tenant_id: str, entra_id: str) -> Opened:
        """
        Open the personal chat with somebody who has the app; opening it twice does no harm.

        :raises Undelivered: as its subclasses say.
        """
        body = {
            "isGroup": False,
            "bot": {"id": f"28:{self.app_id}"},
            "members": [{"id": entra_id}],
            "tenantId": tenant_id,
            "channelData": {"tenant": {"id": tenant_id}},
        }
        try:
            return _opened(
                await self._send("POST", service_url, _conversations(service_url), body)
            )
        except Ambiguous as error:
            raise NotSent(str(error)) from error

    async def open_thread(self, line: Line, *, tenant_id: str, message: Json) -> Opened:
        """
        Post a message at the head of a new thread of a channel.

        :raises Undelivered: as its subclasses say.
        """
        body = {
            "isGroup": True,
            "bot": {"id": f"28:{self.app_id}"},
            "tenantId": tenant_id,
            "channelData": {
                "tenant": {"id": tenant_id},
                "channel": {"id": line.conversation_id},
            },
            "activity": message,
        }
        url = _conversations(line.service_url)
        return _opened(await self._send("POST", line.service_url, url, body))

    async def _send(self, method: str, service_url: str, url: str, body: Json) -> Json:
        try:
            self.hosts.check(service_url)
        except NotAdmitted as error:
            raise Rejected(str(error)) from error
        data = orjson.dumps(body)
        if len(data) > LARGEST:
            raise Rejected(f"the message is too big: {len(data):,} bytes")
        return await self._with_token(method, url, data)

    async def _with_token(self, method: str, url: str, data: bytes) -> Json:
        token = await self.tokens.get() if self.tokens else ""
        status, headers, text = await self._request(method, url, data, token)
        if status == 401 and self.tokens:
            self.tokens.discard(token)
            token = await self.tokens.get()
            status, headers, text = await self._request(method, url, data, token)
        if status >= 300:
            raise problem(status, headers, text)
        return _object(text)

    async def _request(
        self, method: str, url: str, data: bytes, token: str
    ) -> tuple[int, Mapping[str, str], str]:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self.session.request(
                method, url, data=data, headers=headers, timeout=TIME_OUT, allow_redirects=False
            ) as response:
                text = (await response.read()).decode("utf-8", "replace")
                return response.status, response.headers, text
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"Teams cannot be reached: {error!r}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Ambiguous(f"Teams did not answer: {error!r}") from error


def problem(status: int, headers: Mapping[str, str], text: str) -> Exception:
    """Return what a refusal of the Bot Connector means; the reason is kept as it came."""
    words = f"{status} {text[:SHOWN_REASON]}".strip()
    if status in (412, 429):
        return Throttled(words, retry_after=_seconds(headers.get("Retry-After")))
    if status == 401:
        return NotSent(words)
    if status == 403:
        return Gone(words)
    if status == 404:
        return Vanished(words) if "ActivityNotFound" in text else NoConversation(words)
    if status >= 500 or status == 408:
        return Ambiguous(words)
    return Rejected(words)


def _base(line: Line) -> str:
    return f"{_conversations(line.service_url)}/{quote(line.conversation_id, safe='')}"


def _conversations(service_url: str) -> str:
    return f"{service_url.rstrip('/')}/v3/conversations"


def _seconds(retry_after: str | None) -> float | None:
    try:
        return min(3600.0, max(0.0, float(retry_after or "")))
    except ValueError:
        return None


def _object(text: str) -> Json:
    try:
        answer: Any = orjson.loads(text) if text.strip() else {}
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _id_in(answer: Json) -> str:
    return str(answer.get("id") or answer.get("activityId") or "")


def _opened(answer: Json) -> Opened:
    found = Opened(str(answer.get("id") or ""), str(answer.get("activityId") or ""))
    if not found.conversation_id:
        raise Ambiguous("Teams opened a conversation and did not say which")
    return found
