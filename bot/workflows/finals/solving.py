"""Whether all that stood in the way of a final invoice is settled (R43)."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, Exists, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import locked, rows
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.disputes.rules import DisputeState
from bot.workflows.finals import contacts
from bot.workflows.finals.contacts import When
from bot.workflows.finals.records import (
    ContactInvoice,
    ContactState,
    FinalsContact,
    FinalsIssue,
)
from bot.workflows.tasks.records import Task, TaskState

_WHY: Final = "Every question was settled."
_STANDS_IN_THE_WAY: Final = (DisputeState.OPEN, DisputeState.AWAITING_CREDIT)


def solved(session: Session, contact_id: int | None = None) -> list[int]:
    """Return the contacts whose every issue and dispute has ended, of all or this one."""
    wanted = _solved(of_one=contact_id is not None)
    return [row.id for row in rows(session, wanted, {"contact": contact_id})]


def confirm(session: Session, contact_id: int, *, when: When) -> bool:
    """Count a contact as confirmed once all that stood in the way is settled (R43)."""
    contact = locked(session, FinalsContact, contact_id)
    if not solved(session, contact_id):
        return False
    before, contact.state = contact.state, ContactState.CONFIRMED
    contact.version += 1
    contacts.note(session, contact, before, when=when, why=_WHY)
    return True


@cache
def _solved(*, of_one: bool) -> Prepared:
    issue = exists().where(FinalsIssue.contact_id == FinalsContact.id)
    open_issue = issue.where(FinalsIssue.task_id == Task.id, Task.state == TaskState.OPEN)
    disputed = _dispute().where(Dispute.state.in_(_STANDS_IN_THE_WAY))
    solved = select(FinalsContact.id).where(
        FinalsContact.state == ContactState.QUESTIONED,
        or_(issue, _was_disputed()),
        ~open_issue,
        ~disputed,
    )
    if of_one:
        solved = solved.where(FinalsContact.id == bindparam("contact"))
    return Prepared(solved.order_by(FinalsContact.id))


def _was_disputed() -> ColumnElement[bool]:
    """Return the condition that a dispute is the question that a contact ended in."""
    in_its_call = Dispute.call_id == FinalsContact.call_id
    return _dispute().where(or_(in_its_call, FinalsContact.call_id.is_(None)))


def _dispute() -> Exists:
    """Return the condition that there is a dispute about a contact's invoice."""
    return exists().where(
        ContactInvoice.contact_id == FinalsContact.id,
        DisputedInvoice.invoice_id == ContactInvoice.invoice_id,
        Dispute.id == DisputedInvoice.dispute_id,
    )
