"""Who hears of a step of the ladder (R53)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from bot.workflows.mrr.rules import Rung
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member, Role

_ROLES: Final = {
    Rung.LEAD: (Role.LEAD, Role.COLLECTIONS_MANAGER, Role.ASSISTANT_MANAGER),
    Rung.COLLECTIONS_MANAGER: (
        Role.COLLECTIONS_MANAGER,
        Role.ASSISTANT_MANAGER,
        Role.CONTROLLER,
    ),
    Rung.CONTROLLER: (Role.CONTROLLER, Role.VP_FINANCE),
}
"""The roles that stand for a rung: the first one that somebody has."""


def roles(session: Session) -> dict[Rung, Role]:
    """Return the role that hears of each rung's steps; where nobody has any, the rung's own."""
    there = {role for member in people.everybody(session) for role in member.roles}
    return {
        rung: next((role for role in wanted if role in there), wanted[0])
        for rung, wanted in _ROLES.items()
    }


def rungs_of(session: Session, member: Member) -> list[Rung]:
    """Return the rungs of whose steps somebody hears."""
    return [rung for rung, role in roles(session).items() if role in member.roles]
