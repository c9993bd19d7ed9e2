"""What a channel can be for. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from bot.workflows.people.rules import LEADS, Role


class Purpose(StrEnum):
    """What a channel is for."""

    SUSPENSION = "suspension"
    """The weekly meeting's digest (R80)."""
    TEAM = "team"
    """The daily line and reports (R4)."""
    BILLING = "billing"
    SUPPORT = "support"
    """Suspending and restoring services (R57), and disputes about them."""
    TAX = "tax"
    SALES = "sales"


_WITHOUT: Final = {
    Purpose.BILLING: Role.BILLING,
    Purpose.SUPPORT: Role.SUPPORT,
    Purpose.TAX: Role.TAX,
    Purpose.SALES: Role.SALES,
}


def readers_without(purpose: Purpose) -> frozenset[Role]:
    """Return whose own chats are written to while no channel is named for that."""
    role = _WITHOUT.get(purpose)
    return frozenset({role}) if role else frozenset(LEADS)
