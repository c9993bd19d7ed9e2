"""
Signing what buttons carry, and reading it back (I27).

A call card carries some twenty buttons, and each of them is signed in every press: so the text
that is signed is written by orjson, and the digest made in one call.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

import orjson

from bot.chat.card import Json
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass

_NAMES: Final = ("verb", "about", "v", "n", "fixed")


class NotOurs(Refused):
    """The button was not drawn by this desk, or was tampered with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a button of ours carries."""

    verb: str
    about: int | None
    version: int | None
    nonce: str | None
    fixed: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class HmacSeal:
    """Signs with a key that only the desk has."""

    key: bytes

    def sign(self, parts: Json) -> str:
        """Return the signature of the parts: 32 hexadecimal digits."""
        text = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
        return hmac.digest(self.key, text, "sha256").hex()[:32]

    def open(self, data: Mapping[str, Any]) -> Pressed:
        """
        Return what the button carries.

        :raises NotOurs: if it is not signed by this desk.
        """
        carried = data.get("ar")
        if not isinstance(carried, dict):
            raise NotOurs("This button is not from the AR desk. Type `list` or `help`.")
        parts = {name: carried.get(name) for name in _NAMES}
        if not self._fits(parts, carried.get("mac")):
            raise NotOurs("This card cannot be used any more. Type `list` for a fresh one.")
        return _pressed(parts)

    def _fits(self, parts: Json, mac: object) -> bool:
        if not isinstance(mac, str) or not mac.isascii():
            return False
        try:
            return hmac.compare_digest(self.sign(parts), mac)
        except (TypeError, ValueError, RecursionError):
            return False


def _pressed(parts: Json) -> Pressed:
    return Pressed(
        verb=str(parts["verb"]),
        about=parts["about"],
        version=parts["v"],
        nonce=parts["n"],
        fixed=parts["fixed"] or {},
    )
