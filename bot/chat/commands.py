"""Understanding typed words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz, process

from bot.chat.dialog import Command
from bot.chat.inbound import SpotKind

UNKNOWN: Final = ""
"""The name of the command that answers words that are none."""

_NEAR: Final = 60
_CASE: Final = re.compile(r"^(?:case)?\s*#?\s*(\d{1,9})(?!\d)", re.IGNORECASE)


def as_command(text: str, kind: SpotKind) -> str:
    """
    Return the words as a command.

    In a channel a case number at their head says which suspension case they are about: `#12:
    hold` means `case 12: hold` (R169); and `next` is the meeting's next case.
    """
    bare = text.strip().lstrip(",;:–- ")
    if kind is SpotKind.PERSONAL:
        return bare or text
    if bare.lower() == "next":
        return "next case"
    return _CASE.sub(r"case \1", bare, count=1)


def match(commands: Sequence[Command], text: str) -> tuple[Command | None, str]:
    """Return the command whose name the text starts with (the longest one), and the rest."""
    words = text.split()
    lowered = [word.lower() for word in words]
    for length in range(len(words), 0, -1):
        name = " ".join(lowered[:length])
        for command in commands:
            if command.name == name:
                return command, " ".join(words[length:])
    return None, text.strip()


def nearest(commands: Sequence[Command], text: str) -> list[str]:
    """Return the usages of up to three commands that look like what was typed."""
    names = {command.usage: command.name for command in commands if command.name}
    first = " ".join(text.lower().split()[:2])
    found = process.extract(first, names, scorer=fuzz.ratio, limit=3, score_cutoff=_NEAR)
    return [str(usage) for _, _, usage in found]
