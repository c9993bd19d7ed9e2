"""A shield against messages that Teams delivers twice under one id; nothing relies on it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import field
from typing import Final

from bot.kernel.shapes import dataclass

KEPT: Final = 5000


@dataclass(frozen=True, slots=True)
class Seen:
    """The last few thousand messages."""

    _ids: OrderedDict[tuple[str, ...], None] = field(default_factory=OrderedDict)

    def before(self, message_id: str, *rest: str) -> bool:
        """Test if a message with that id, and all else the same, was taken before; take it."""
        key = (message_id, *rest)
        if not message_id or key in self._ids:
            return bool(message_id)
        self._ids[key] = None
        if len(self._ids) > KEPT:
            self._ids.popitem(last=False)
        return False
