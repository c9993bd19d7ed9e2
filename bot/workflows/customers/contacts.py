"""New contact data from a conversation; the old value is kept (R76)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bot.store import audit
from bot.store.rows import record
from bot.workflows.customers.records import ContactChange, Customer
from bot.workflows.people.rules import Member

FIELDS = ("phone", "extension", "contact_name", "email")


def capture(
    session: Session, customer: Customer, data: Mapping[str, str], *, by: Member, at: datetime
) -> list[ContactChange]:
    """Give a customer new contact data, and return the changes, each with its old value."""
    assert set(data) <= set(FIELDS)
    changes = [
        ContactChange(customer_id=customer.id, field=name, old=old, new=new, by=by.id, at=at)
        for name, new in data.items()
        if (old := getattr(customer, name)) != new
    ]
    for change in changes:
        setattr(customer, change.field, change.new)
        _note(session, change)
    session.add_all(changes)
    session.flush()
    return changes


def put_back(session: Session, change_id: int, *, by: Member, at: datetime) -> None:
    """Bring an old value back, unless it has been changed again since."""
    change = record(session, ContactChange, change_id)
    customer = record(session, Customer, change.customer_id)
    if getattr(customer, change.field) == change.new:
        capture(session, customer, {change.field: change.old}, by=by, at=at)


def _note(session: Session, change: ContactChange) -> None:
    note = audit.Note(
        what="contact changed",
        about=f"customer:{change.customer_id}",
        at=change.at,
        by=change.by,
        before={change.field: change.old},
        after={change.field: change.new},
    )
    audit.note(session, note)
