"""The funnel of a month's final invoices: where every payer that received one has got to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from bot.kernel.shapes import dataclass
from bot.workflows.customers.records import Customer
from bot.workflows.finals.records import ContactInvoice, ContactState, FinalsContact, Stage
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState


class Place(StrEnum):
    """Where a payer has got to with the final invoices of a month."""

    PAID = "paid"
    PROMISED = "promised"
    CONFIRMED = "confirmed"
    QUESTIONED = "questioned"
    NOT_REACHED = "not_reached"


_PLACES: Final = {
    ContactState.DUE: Place.NOT_REACHED,
    ContactState.NOT_REACHED: Place.NOT_REACHED,
    ContactState.CONFIRMED: Place.CONFIRMED,
    ContactState.SPOKEN: Place.CONFIRMED,
    ContactState.QUESTIONED: Place.QUESTIONED,
    ContactState.PROMISED: Place.CONFIRMED,
    ContactState.PAID: Place.NOT_REACHED,
}
"""Where a contact has got to by what was said. Who promised has confirmed; whether the promise
holds, or all is paid, is looked at apart, since a payment may be returned (R47)."""
_RUN_OUT: Final = (PromiseState.BROKEN, PromiseState.PARTLY_KEPT, PromiseState.WITHDRAWN)


class Standing(NamedTuple):
    """Where one payer has got to."""

    contact_id: int
    payer_id: int
    name: str
    agent_id: int | None
    place: Place
    has_address: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How many payers have got where, of everybody or of one agent."""

    places: Mapping[Place, int]
    no_address: int
    """Payers that could not be written to; they are counted above, too."""
    payers: int


def funnel(session: Session, month: date, *, on: date) -> dict[int | None, Funnel]:
    """
    Return the funnel of each agent, by the end of a day; a payer counts once.

    :param month: the first day of the month in which the final invoices are dated.
    """
    by_agent: dict[int | None, list[Standing]] = {}
    for standing in standings(session, month, on=on):
        by_agent.setdefault(standing.agent_id, []).append(standing)
    return {agent_id: count(mine) for agent_id, mine in by_agent.items()}


def count(found: list[Standing]) -> Funnel:
    """Return how many of the payers have got where."""
    places = [standing.place for standing in found]
    return Funnel(
        places={place: places.count(place) for place in Place},
        no_address=sum(not standing.has_address for standing in found),
        payers=len(found),
    )


def standings(session: Session, month: date, *, on: date) -> list[Standing]:
    """Return where every payer of a month has got to by the end of a day, by name."""
    found: dict[int, Standing] = {}
    for contact, name, agent_id, owes, promises, asks in session.execute(_rows(month, on)):
        place = _place(contact, on, is_promised=promises, is_questioned=asks)
        standing = Standing(
            contact.id,
            contact.payer_id,
            name,
            agent_id,
            place if owes else Place.PAID,
            contact.has_address,
        )
        earlier = found.get(contact.payer_id)
        found[contact.payer_id] = _least(earlier, standing) if earlier else standing
    return list(found.values())


def _rows(month: date, on: date) -> Select[FinalsContact, str, int | None, bool, bool, bool]:
    return (
        select(
            FinalsContact,
            Customer.name,
            Customer.agent_id,
            _still_owes(on),
            _promise_holds(on),
            _was_asked_since(on),
        )
        .join(Customer, Customer.id == FinalsContact.payer_id)
        .where(
            FinalsContact.month == month,
            FinalsContact.stage == Stage.CONFIRMATION,
            FinalsContact.opened_on <= on,
        )
        .order_by(Customer.name, FinalsContact.payer_id, FinalsContact.id)
    )


def _place(
    contact: FinalsContact, on: date, *, is_promised: bool, is_questioned: bool
) -> Place:
    """Return where a payer that still owes has got to: by what holds on that day (R46-R48)."""
    is_answered = contact.closed_on is not None and contact.closed_on <= on
    place = _PLACES[contact.state] if is_answered else Place.NOT_REACHED
    if not is_answered or place is Place.QUESTIONED:
        return place
    if is_promised:
        return Place.PROMISED
    return Place.QUESTIONED if is_questioned else place


def _least(one: Standing, other: Standing) -> Standing:
    """Return the contact that is farther from being done, where a late invoice made two."""
    order = list(Place)
    return max(one, other, key=lambda standing: order.index(standing.place))


def _still_owes(on: date) -> ColumnElement[bool]:
    return exists().where(
        and_(
            ContactInvoice.contact_id == FinalsContact.id,
            ContactInvoice.invoice_id == Invoice.id,
            or_(ledger.is_open_on(on), Invoice.invoice_date > on),
        )
    )


def _promise_holds(on: date) -> ColumnElement[bool]:
    """Test for a promise of what the contact is about, kept or not run out by the day's end."""
    return exists().where(
        ContactInvoice.contact_id == FinalsContact.id,
        PromisedInvoice.invoice_id == ContactInvoice.invoice_id,
        Promise.id == PromisedInvoice.promise_id,
        Promise.made_on <= on,
        or_(Promise.state.not_in(_RUN_OUT), Promise.state_on > on),
    )


def _was_asked_since(on: date) -> ColumnElement[bool]:
    """Test for a question that a later call about the same invoices ended in (R46-R48)."""
    later, its = aliased(FinalsContact), aliased(ContactInvoice)
    return exists().where(
        ContactInvoice.contact_id == FinalsContact.id,
        its.invoice_id == ContactInvoice.invoice_id,
        later.id == its.contact_id,
        later.stage != Stage.CONFIRMATION,
        later.state == ContactState.QUESTIONED,
        later.closed_on <= on,
    )
