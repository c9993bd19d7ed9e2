"""Whose clock a card shows: its reader's in their own chat, the company's anywhere else."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.chat.dialog import View
from bot.workflows.people import queries as people


def zone_of(view: View) -> ZoneInfo:
    """Return the time zone in which a card's moments are told (R112)."""
    kind, _, number = str(view.place or "").partition(":")
    if kind != "person":
        return view.policy.zone
    return people.get(view.session, int(number)).zone
