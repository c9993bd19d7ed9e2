"""Customers as a file has them, against customers as the desk has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import bulk
from bot.workflows.customers import operations as customers
from bot.workflows.customers.records import ContactChange, Customer

CAPTURED: Final = ("email", "phone", "extension", "contact_name")
"""What is also captured in conversations, and then kept with its old value."""
CustomerRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What the source tells: which fields, when; and whom the desk knows as agents."""

    fields: Sequence[str]
    agents: Mapping[str, int]
    partners: Mapping[str, int]
    """Whose each sales partner is."""
    at: datetime


def bring_in(
    session: Session, rows: Sequence[CustomerRow], telling: Telling
) -> tuple[int, int]:
    """Create or change customers as the rows have them; return how many of each."""
    known = customers.named_in(session, [row["number"] for row in rows])
    new = [row for row in rows if row["number"] not in known]
    _create(session, new, telling)
    told = _told_before(session, [customer.id for customer in known.values()])
    changed = 0
    for row in rows:
        if customer := known.get(row["number"]):
            changed += _change(session, customer, _fresh(customer, row, told), telling)
    session.flush()
    return len(new), changed


def _create(session: Session, rows: Sequence[CustomerRow], telling: Telling) -> None:
    if not rows:
        return
    ids = bulk.reserve_ids(session, customers.TABLE, len(rows))
    made = [
        {name: value for name, value in row.items() if name != "line"}
        | {
            "id": new_id,
            "payer_id": new_id,
            "agent_id": telling.agents.get(row["agent_named"]),
            "learned_at": telling.at,
        }
        for new_id, row in zip(ids, rows, strict=True)
    ]
    session.execute(insert(Customer), made)


def _told_before(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """
    Return what the source had told before, where somebody has captured something since.

    That is the value which the first capture replaced, or which the source told after it.
    """
    told: dict[tuple[int, str], str] = {}
    changes = select(ContactChange).where(ContactChange.customer_id.in_(ids))
    for change in session.scalars(changes.order_by(ContactChange.id)):
        key = (change.customer_id, change.field)
        if change.by is None:
            told[key] = change.new
        else:
            told.setdefault(key, change.old)
    return told


def _fresh(
    customer: Customer, row: CustomerRow, told: Mapping[tuple[int, str], str]
) -> dict[str, Any]:
    """Return the row without what somebody has corrected and the source only repeats (R76)."""
    return {
        name: value for name, value in row.items() if told.get((customer.id, name)) != value
    }


def _change(session: Session, customer: Customer, row: CustomerRow, telling: Telling) -> bool:
    changed = [
        name for name in telling.fields if name in row and getattr(customer, name) != row[name]
    ]
    partner, owner = customers.partner_key(customer.sales_partner), customer.agent_id
    for name in changed:
        if name in CAPTURED and getattr(customer, name):
            session.add(_kept(customer, name, row[name], telling.at))
        setattr(customer, name, row[name])
    is_partners = "sales_partner" in changed and owner == telling.partners.get(partner)
    if "agent_named" in changed or is_partners:
        named = customer.agent_named or customer.invoices_agent
        customer.agent_id = telling.agents.get(named)
    if changed:
        customer.learned_at = telling.at
    return bool(changed)


def _kept(customer: Customer, name: str, new: str, at: datetime) -> ContactChange:
    old = getattr(customer, name)
    return ContactChange(customer_id=customer.id, field=name, old=old, new=new, by=None, at=at)
