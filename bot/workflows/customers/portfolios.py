"""Giving payers to agents: what the source leaves open is the lead's to decide (R163)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.store import audit
from bot.workflows.customers.records import Customer
from bot.workflows.people.rules import LEADS, Member, Role, check_role


class NotTheirs(Refused):
    """The payer cannot be given to that person."""


def give(
    session: Session, payer_ids: Collection[int], *, to: Member, by: Member, at: datetime
) -> int:
    """
    Give payers that have no agent to one; return how many were given.

    Who got an agent meanwhile keeps it, so that two leads do not undo each other.

    :raises NotForYou: if it is not a lead who gives.
    :raises NotTheirs: if the person is no agent.
    """
    check_role(by, LEADS, what="Giving out payers")
    if Role.AGENT not in to.roles:
        raise NotTheirs(f"{to.name} is no agent.")
    free = select(Customer).where(
        Customer.id.in_(payer_ids),
        Customer.id == Customer.payer_id,
        Customer.agent_id.is_(None),
    )
    payers = session.scalars(free.with_for_update()).all()
    for payer in payers:
        payer.agent_id = to.id
        audit.note(session, _note(payer, by, at))
    return len(payers)


def _note(payer: Customer, by: Member, at: datetime) -> audit.Note:
    return audit.Note(
        what="payer given to agent",
        about=f"customer:{payer.id}",
        at=at,
        by=by.id,
        before={"agent": None},
        after={"agent": payer.agent_id},
    )
