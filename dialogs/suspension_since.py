"""What has happened to the cases of a digest since it was posted (R168)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.dialog import View
from bot.workflows.suspension import since
from bot.workflows.suspension.digest_queries import Line
from bot.workflows.suspension.since import Since


def since_posted(view: View, lines: Sequence[Line]) -> dict[int, Since]:
    """Return, by case number, how amounts differ from those posted, and newer notes (R168)."""
    return since.posted(view.session, lines, on=view.today, policy=view.policy)
