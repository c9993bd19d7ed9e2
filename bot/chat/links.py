"""
Links to files that the desk keeps: signed, drawn for one place, good for some days (I26, I27).

Whoever holds a link opens that one file until it runs out; a card that is drawn again carries a
fresh one. Without a public address there are no links, and cards name the file instead.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Final, NamedTuple

import orjson

from bot.chat.card import Link
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.store.postings import Place

ROUTE: Final = "/files/"
_PURPOSE: Final = b"links to files"
_LONGEST: Final = 2_000


class NoSuchFile(Refused):
    """The link is altered, has run out, or its file is not kept any more."""

    def __init__(self) -> None:
        super().__init__(
            "There is no file at this address, or the link has run out: open the card again in "
            "Teams for a fresh one."
        )


class Opened(NamedTuple):
    """What a link leads to."""

    path: str
    """Below the desk's home."""
    place: Place
    """Where the card stood that carried it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes links and reads them back; without a base, which is the default, it makes none."""

    base: str = ""
    """The address at which people reach the desk, such as `https://desk.example.com`."""
    key: bytes = b""
    """The key that signs cards; links are signed with one derived from it."""
    days: int = 3

    def to(
        self, path: str | PurePath, title: str, *, place: Place | None, at: datetime
    ) -> tuple[Link, ...]:
        """Return a button that opens a file below the desk's home; none without a base."""
        if not self.base:
            return ()
        ends = int((at + timedelta(days=self.days)).timestamp())
        carried = orjson.dumps([PurePath(path).as_posix(), place or "", ends])
        token = f"{_as_word(carried)}.{_as_word(self._signature(carried))}"
        return (Link(title=title, url=f"{self.base.rstrip('/')}{ROUTE}{token}"),)

    def open(self, token: str, *, at: datetime) -> Opened:
        """
        Return what a link leads to.

        :raises NoSuchFile: if it is not this desk's, is altered, or has run out.
        """
        try:
            carried, signature = (_as_bytes(part) for part in _parts(token))
        except ValueError as error:
            raise NoSuchFile from error
        if not hmac.compare_digest(self._signature(carried), signature):
            raise NoSuchFile
        path, place, ends = orjson.loads(carried)
        if at >= datetime.fromtimestamp(ends, tz=UTC):
            raise NoSuchFile
        return Opened(path, Place(place))

    def _signature(self, carried: bytes) -> bytes:
        key = hmac.digest(self.key, _PURPOSE, "sha256")
        return hmac.digest(key, carried, "sha256")


NO_LINKS: Final = Links()
"""Of a desk that people cannot reach: cards name the file."""


def _parts(token: str) -> Sequence[str]:
    parts = token.split(".")
    if len(parts) != 2 or len(token) > _LONGEST:
        raise ValueError("not two parts")
    return parts


def _as_word(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _as_bytes(word: str) -> bytes:
    octets = urlsafe_b64decode(word.encode("ascii") + b"=" * (-len(word) % 4))
    if _as_word(octets) != word:
        raise ValueError("not written as the desk writes it")
    return octets
