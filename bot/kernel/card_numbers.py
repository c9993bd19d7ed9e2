"""Finding payment card numbers in what people type, so that none is ever kept (Never; I29)."""

from __future__ import annotations

import re
from typing import Final

REMOVED: Final = "[card number removed]"
_RUN: Final = re.compile(r"(?<!\d)\d(?:[ .\-]?\d){12,18}(?!\d)")
_ISSUERS: Final = re.compile(r"4|5[1-5]|2[2-7]|3[47]|3[068]|6(?:011|5|4[4-9]|2)|35")


def redact(text: str) -> str:
    """Return the text with every card number replaced; the same text when there is none."""
    return _RUN.sub(lambda match: REMOVED if _is_card(match[0]) else match[0], text)


def _is_card(run: str) -> bool:
    digits = [int(char) for char in run if char.isdigit()]
    if not _ISSUERS.match("".join(map(str, digits))):
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
