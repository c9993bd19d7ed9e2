"""E-mail addresses as people and source systems write them: the bare ones that can be used."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.kernel.shapes import dataclass

_SEPARATORS: Final = re.compile(r"[,;]")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_NAMED: Final = re.compile(r"(?P<name>[^<>@]*)<(?P<address>[^<>]*)>")
_LONGEST: Final = 254
_LONGEST_LOCAL: Final = 64
_KEPT: Final = 4096
"""Texts whose reading is kept: a job reads those of the same people for each payer."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a text of addresses holds: those that can be used, and what cannot."""

    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The usable ones, comma-separated."""
        return ", ".join(self.good)


@lru_cache(maxsize=_KEPT)
def parse(text: str) -> Addresses:
    """
    Return the addresses of a text, which commas or semicolons separate, each once.

    An address may stand in angle brackets after a name; a name that looks like an address
    itself is a spoof, and refused.
    """
    good: dict[str, str] = {}
    bad: list[str] = []
    for part in _SEPARATORS.split(text):
        if not part.strip():
            continue
        address = as_address(part)
        if address:
            good.setdefault(address.lower(), address)
        else:
            bad.append(part.strip())
    return Addresses(tuple(good.values()), tuple(bad))


@lru_cache(maxsize=_KEPT)
def as_address(text: str) -> str:
    """Return the one bare address that a text is; empty if it is none that can be used."""
    named = _NAMED.fullmatch(text.strip())
    bare = (named["address"] if named else text).strip()
    local, at, domain = bare.rpartition("@")
    plain = _ascii_domain(domain)
    if not at or not plain or len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        return ""
    address = f"{local}@{plain}"
    return address if len(address) <= _LONGEST else ""


def _ascii_domain(domain: str) -> str:
    """Return a domain as the mail servers know it; empty if it cannot be one."""
    try:
        plain = domain.encode("ascii" if domain.isascii() else "idna").decode("ascii")
    except UnicodeError:
        return ""
    labels = plain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return ""
    return plain.lower()
