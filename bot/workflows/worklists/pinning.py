"""Whether a pin would be seen: where the payer's list is made, it has to stand on it (R86)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.store.rows import record
from bot.workflows.customers.records import Customer
from bot.workflows.worklists.records import LeftOff, Worklist, WorklistEntry


class NotOnTheList(Refused):
    """The payer is not on the list of that day, so a pin would change nothing."""


def check_on_a_list(session: Session, payer_id: int, *, on: date) -> None:
    """
    Check that the payer stands on its list of a day, or that this list is yet to be made.

    :raises NotOnTheList: saying why it does not.
    """
    made = select(Worklist.id).where(Worklist.day == on)
    off = select(LeftOff.reason).where(
        LeftOff.payer_id == payer_id, LeftOff.worklist_id.in_(made)
    )
    if reason := session.scalars(off.limit(1)).first():
        raise NotOnTheList(f"That payer is not on the list of that day. {reason}")
    held = select(WorklistEntry.id).where(
        WorklistEntry.payer_id == payer_id, WorklistEntry.worklist_id.in_(made)
    )
    if _is_made(session, payer_id, on) and not session.scalars(held.limit(1)).first():
        raise NotOnTheList(
            "That payer is not on the list of that day: nothing of it is past due or agreed."
        )


def _is_made(session: Session, payer_id: int, on: date) -> bool:
    agent_id = record(session, Customer, payer_id).agent_id
    covered = session.scalars(select(Worklist.covers).where(Worklist.day == on))
    return any(str(agent_id) in covers.split(",") for covers in covered)
