"""
The Bot Connector's signing keys: fetched without blocking, kept, renewed daily.

A key that is not known is looked for once at once, because keys rotate; one fetch serves
everybody who waits, and strangers cannot cause more than a few a minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final

import aiohttp
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from bot.kernel.shapes import dataclass

log = logging.getLogger(__name__)

DAY: Final = 86_400.0
PAUSE: Final = 15.0
"""Seconds until the next attempt after a failure."""
FETCHES_A_MINUTE: Final = 4
TIME_OUT: Final = aiohttp.ClientTimeout(total=5)
LARGEST: Final = 1_000_000
"""Bytes of metadata or keys that are read at most."""
SMALLEST_KEY: Final = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key, and the channels it may vouch for."""

    public: RSAPublicKey
    endorsements: frozenset[str]


@dataclass(kw_only=True)
class KeyRing:
    """The keys that tokens may be signed with."""

    session: aiohttp.ClientSession
    metadata_url: str
    monotonic: Callable[[], float]
    _keys: dict[str, SigningKey] = field(default_factory=dict)
    _tried: deque[float] = field(default_factory=lambda: deque(maxlen=FETCHES_A_MINUTE))
    _fetching: asyncio.Task[None] | None = None
    problem: str = "no keys were fetched yet"

    async def find(self, kid: str) -> SigningKey | None:
        """Return the key with that id, looking once for new keys if it is not known."""
        if kid not in self._keys and self._may_fetch():
            await asyncio.shield(self._fetch_once())
        return self._keys.get(kid)

    def knows(self, kid: str) -> bool:
        """Test if the key is still published, without asking."""
        return kid in self._keys

    async def keep_fresh(self) -> None:
        """Fetch the keys now and every day; after a failure, soon again. Never returns."""
        while True:
            await asyncio.shield(self._fetch_once())
            await asyncio.sleep(PAUSE if self.problem else DAY)

    def _may_fetch(self) -> bool:
        if self._fetching and not self._fetching.done():
            return True
        is_quiet = len(self._tried) < FETCHES_A_MINUTE
        return is_quiet or self.monotonic() - self._tried[0] >= 60

    def _fetch_once(self) -> asyncio.Task[None]:
        if self._fetching is None or self._fetching.done():
            self._tried.append(self.monotonic())
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        try:
            metadata = await self._get(self.metadata_url)
            found = _read_keys(await self._get(str(metadata["jwks_uri"])))
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            words = str(error) or type(error).__name__
            self.problem = f"the signing keys cannot be fetched: {words}"
            log.warning("%s", self.problem)
            return
        self.problem = "" if found else "the key server publishes no usable key"
        self._keys = found or self._keys

    async def _get(self, url: str) -> Mapping[str, Any]:
        async with self.session.get(url, timeout=TIME_OUT, allow_redirects=False) as response:
            response.raise_for_status()
            body = await response.read()
        document = orjson.loads(body[:LARGEST])
        if not isinstance(document, dict):
            raise TypeError(f"{url} does not answer with an object")
        return document


def _read_keys(document: Mapping[str, Any]) -> dict[str, SigningKey]:
    found = {}
    for entry in document["keys"]:
        kid, key = str(entry.get("kid", "")), _public(entry)
        if kid and key and key.key_size >= SMALLEST_KEY:
            endorsed = frozenset(str(name) for name in entry.get("endorsements") or ())
            found[kid] = SigningKey(key, endorsed)
    return found


def _public(entry: Mapping[str, Any]) -> RSAPublicKey | None:
    if entry.get("kty") != "RSA":
        return None
    try:
        key = PyJWK(dict(entry), "RS256").key
    except (PyJWTError, ValueError):
        return None
    return key if isinstance(key, RSAPublicKey) else None
