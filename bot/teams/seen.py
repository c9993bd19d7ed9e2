"""A shield against messages that Teams delivers twice under one id; nothing relies on it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

KEPT: Final = 5000


@dataclass(frozen=True, slots=True)
class Seen:
    """The last few thousand message ids."""

    _ids: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)

    def before(self, message_id: str, conversation_id: str) -> bool:
        """Test if the message was taken before, and take it."""
        key = (conversation_id, message_id)
        if not message_id or key in self._ids:
            return bool(message_id)
        self._ids[key] = None
        if len(self._ids) > KEPT:
            self._ids.popitem(last=False)
        return False
