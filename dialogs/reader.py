"""Whose clock a card shows: its reader's in their own chat, the company's anywhere else."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.chat.dialog import View
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member


def zone_of(view: View) -> ZoneInfo:
    """Return the time zone in which a card's moments are told (R112)."""
    member = member_of(view)
    return member.zone if member else view.policy.zone


def member_of(view: View) -> Member | None:
    """Return who reads a card in their own chat; None anywhere else."""
    kind, _, number = str(view.place or "").partition(":")
    return people.get(view.session, int(number)) if kind == "person" else None
