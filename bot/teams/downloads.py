"""
Fetching the files that people hand over in their own chat with the desk.

Teams says where a file can be fetched by whoever has the address; the desk goes only to hosts
that it is told to trust, follows nobody elsewhere, and never says who it is. It takes bytes as
they are (what is packed would be larger than its length says), and no more than it wants.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import aiohttp
from aiohttp import hdrs
from yarl import URL

from bot.chat.inbound import Attached
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.shelf import Draft
from bot.teams.hosts import Hosts
from bot.teams.problems import NotAdmitted

log = logging.getLogger(__name__)

MIB: Final = 1024**2
HOPS: Final = 3
"""So many times the desk is sent on from one trusted address to another."""
_PART: Final = 64 * 1024
_HEADERS: Final = {hdrs.ACCEPT_ENCODING: "identity"}
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_AGAIN: Final = "nothing was kept. Please send it again."


class NotFetched(Refused):
    """The file did not come, or is none that the desk takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """Fetches files over HTTP."""

    session: aiohttp.ClientSession
    hosts: Hosts
    policy: Policy

    async def fetch(self, file: Attached, draft: Draft) -> None:
        """
        Write the whole file into the draft.

        :raises NotFetched: saying in a sentence why it did not come.
        :raises CannotShelve: if it cannot be written.
        """
        try:
            async with asyncio.timeout(self.policy.handed_file_seconds):
                await self._follow(file.url, draft)
        except NotAdmitted as error:
            log.warning("A file was not fetched: %s", error)
            raise NotFetched("that is no address from which I take files.") from error
        except TimeoutError as error:
            raise NotFetched(f"it took too long to come, and {_AGAIN}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            log.warning("A file was not fetched: %s", type(error).__name__)
            raise NotFetched(f"it did not come whole, and {_AGAIN}") from error
        if not draft.size:
            raise NotFetched("it is empty, so there is nothing to keep.")

    async def _follow(self, url: str, draft: Draft) -> None:
        for _ in range(HOPS):
            self.hosts.check_link(url)
            async with self.session.get(
                URL(url, encoded=True),
                headers=_HEADERS,
                allow_redirects=False,
                auto_decompress=False,
            ) as response:
                if response.status not in _MOVED:
                    return await self._take(response, draft)
                onward = URL(response.headers.get(hdrs.LOCATION, ""), encoded=True)
                url = str(response.url.join(onward))
        raise NotFetched(f"I was sent on too often, and {_AGAIN}")

    async def _take(self, response: aiohttp.ClientResponse, draft: Draft) -> None:
        if response.status != 200:
            log.warning("A file was not fetched: %s", response.status)
            raise NotFetched(f"Teams does not hand it out any more, and {_AGAIN}")
        if response.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
            raise NotFetched(f"it came packed, which I do not take, and {_AGAIN}")
        self._check_size(response.content_length or 0)
        async for part in response.content.iter_chunked(_PART):
            self._check_size(draft.size + len(part))
            await asyncio.to_thread(draft.write, part)

    def _check_size(self, size: int) -> None:
        most = self.policy.handed_file_mib
        if size > most * MIB:
            raise NotFetched(f"it is larger than {most} MB, the most that I take.")
