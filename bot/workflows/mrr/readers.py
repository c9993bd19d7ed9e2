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


def role_for(session: Session, rung: Rung) -> Role:
    """Return the role that hears of a rung's steps; where nobody has any, the rung's own."""
    there = {role for member in people.everybody(session) for role in member.roles}
    return next((role for role in _ROLES[rung] if role in there), _ROLES[rung][0])


def of(session: Session, rung: Rung) -> list[Member]:
    """Return the people who hear of a rung's steps."""
    return people.in_roles(session, {role_for(session, rung)})


def rungs_of(session: Session, member: Member) -> list[Rung]:
    """Return the rungs of whose steps somebody hears."""
    return [rung for rung in Rung if role_for(session, rung) in member.roles]
