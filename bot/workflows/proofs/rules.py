"""What a file that was handed over may be called, and how its size is said. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.kernel.errors import Refused
from bot.kernel.shapes import value

FOLDER: Final = "proofs"
"""Below the desk's home: the files that people handed over, each under its checksum."""
NAMELESS: Final = "file"
LONGEST_NAME: Final = 100
"""Characters of a name that are kept; its ending stays."""
_LONGEST_READ: Final = 2_000
_LONGEST_ENDING: Final = 12
_SEPARATORS: Final = re.compile(r"[/\\]")
_NOT_IN_NAMES: Final = re.compile(r'[<>:"|?*]')


class CannotUse(Refused):
    """The file cannot be the proof of that."""


@value(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that was handed over and lies in the desk's home."""

    name: str
    """As `safe_name` has it."""
    size: int
    """Bytes."""
    sha256: str
    path: str
    """Below the desk's home."""


def safe_name(given: str) -> str:
    """
    Return what a file is called, as plain text on one line and without any folder.

    What has no shape of its own is left out: control characters, marks that turn the direction
    of writing, halves of characters. A name of nothing else is `file`.
    """
    plain = unicodedata.normalize("NFC", given[:_LONGEST_READ])
    seen = "".join(" " if c.isspace() else c for c in plain if c.isspace() or _is_seen(c))
    last = _SEPARATORS.split(seen.rstrip("/\\ "))[-1]
    name = " ".join(_NOT_IN_NAMES.sub("_", last).split()).strip(" .")
    return _shortened(name) or NAMELESS


def size_words(size: int) -> str:
    """Return a size as people say it: `812 bytes`, `12 KB`, `3.4 MB`."""
    if size < 1_000:
        return f"{size} bytes" if size != 1 else "1 byte"
    if size < 999_500:
        return f"{round(size / 1_000)} KB"
    return f"{size / 1_000_000:.1f} MB"


def _is_seen(character: str) -> bool:
    return not unicodedata.category(character).startswith("C")


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    head, dot, ending = name.rpartition(".")
    kept = f"{dot}{ending}" if dot and head and len(ending) <= _LONGEST_ENDING else ""
    return f"{name[: LONGEST_NAME - len(kept) - 1].rstrip(' .')}…{kept}"
