"""Putting payers onto the lists about final invoices, and writing to them (R40-R48)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, first_record, table_of
from bot.workflows.finals import candidates, mailing, queries, resting, rules
from bot.workflows.finals.candidates import Billed, BilledTo, Days
from bot.workflows.finals.contacts import When, note
from bot.workflows.finals.records import (
    ContactInvoice,
    ContactState,
    FinalsContact,
    FinalsMonth,
    Stage,
)

_NAME: Final = PreparedChange(insert(table_of(ContactInvoice)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom to ask what: the invoices of a month to confirm, or those of a stage."""

    stage: Stage
    month: date
    """Of the invoices, for a confirmation; else the month of the day."""


def lacking(session: Session, wanted: Wanted, when: When) -> list[int]:
    """Return the payers that lack a contact which is due by now, or seem to."""
    if wanted.stage is Stage.CONFIRMATION:
        return candidates.unconfirmed(session, wanted.month, on=when.today)
    days = _days(session, when)
    return candidates.unasked(session, wanted.stage, days) if days else []


def open_for(
    session: Session, payer_ids: Collection[int], wanted: Wanted, when: When
) -> list[FinalsContact]:
    """
    Open the contacts that some payers lack, write to them, and return those to be called.

    Whoever's money on account covers what is past due is not asked when it is paid: to apply it
    is a task, and the contact is opened once the money is returned or used elsewhere (R46).
    One at a time on the whole desk, so that two machines never open one twice.
    """
    session.scalars(select(FinalsMonth.id).with_for_update()).all()
    billed_to = _lacking_of(session, payer_ids, wanted, when)
    if wanted.stage is not Stage.CONFIRMATION:
        billed_to = resting.without(session, billed_to, when)
    opened = [
        _open(session, payer_id, billed, wanted, when) for payer_id, billed in billed_to.items()
    ]
    return [contact for contact in opened if contact.state is ContactState.DUE]


def _lacking_of(
    session: Session, payer_ids: Collection[int], wanted: Wanted, when: When
) -> BilledTo:
    if wanted.stage is Stage.CONFIRMATION:
        return candidates.to_confirm(session, wanted.month, on=when.today, payers=payer_ids)
    days = _days(session, when)
    return candidates.to_ask(session, wanted.stage, days, payers=payer_ids) if days else {}


def _days(session: Session, when: When) -> Days | None:
    since = queries.first_started(session)
    return Days(on=when.today, since=since, policy=when.policy) if since else None


def _open(
    session: Session, payer_id: int, billed: Sequence[Billed], wanted: Wanted, when: When
) -> FinalsContact:
    joined = _joinable(session, payer_id, wanted)
    contact = joined or _new(payer_id, billed, wanted, when)
    session.add(contact)
    session.flush()
    _name(session, contact, billed)
    if wanted.stage is Stage.DAY_15:
        _record_missed(session, payer_id, billed, when)
    if joined is None:
        note(session, contact, None, when=when)
    if contact.state is ContactState.DUE:
        mailing.write(
            session,
            contact,
            billed,
            is_joined=joined is not None,
            at=when.at,
            policy=when.policy,
        )
    return contact


def _joinable(session: Session, payer_id: int, wanted: Wanted) -> FinalsContact | None:
    """Return the contact of a late invoice's month that nobody has answered yet."""
    if wanted.stage is not Stage.CONFIRMATION:
        return None
    given = {"payer": payer_id, "stage": wanted.stage, "month": wanted.month}
    if contact := first_record(session, FinalsContact, _due(), given):
        contact.version += 1
    return contact


@cache
def _due() -> Prepared:
    contacts = table_of(FinalsContact)
    mine = select(contacts).where(
        contacts.c.payer_id == bindparam("payer"),
        contacts.c.stage == bindparam("stage"),
        contacts.c.month == bindparam("month"),
        contacts.c.state == ContactState.DUE,
    )
    return Prepared(mine.order_by(contacts.c.id).limit(1))


def _new(payer_id: int, billed: Sequence[Billed], wanted: Wanted, when: When) -> FinalsContact:
    state = _state_of(billed)
    return FinalsContact(
        month=wanted.month,
        payer_id=payer_id,
        stage=wanted.stage,
        due_on=_due_on(billed, wanted, when),
        opened_on=when.today,
        state=state,
        closed_on=None if state is ContactState.DUE else when.today,
        has_address=True,
        opened_at=when.at,
    )


def _state_of(billed: Sequence[Billed]) -> ContactState:
    still_open = [one for one in billed if one.is_open]
    if not still_open:
        return ContactState.PAID
    if any(one.left > 0 for one in still_open):
        return ContactState.DUE
    is_disputed = any(one.is_disputed for one in still_open)
    return ContactState.QUESTIONED if is_disputed else ContactState.PROMISED


def _due_on(billed: Sequence[Billed], wanted: Wanted, when: When) -> date:
    if wanted.stage is Stage.CONFIRMATION:
        return when.today
    return rules.stage_on(wanted.stage, min(one.due_date for one in billed), when.policy)


def _name(session: Session, contact: FinalsContact, billed: Sequence[Billed]) -> None:
    for one in billed:
        named = {"invoice_id": one.invoice_id, "stage": contact.stage}
        change(session, _NAME, {"contact_id": contact.id, **named})


def _record_missed(
    session: Session, payer_id: int, billed: Sequence[Billed], when: When
) -> None:
    """Record the day-5 contacts that were never made, since the desk was off (none skipped)."""
    since = queries.first_started(session)
    made = select(ContactInvoice.invoice_id).where(
        ContactInvoice.stage == Stage.DAY_5,
        ContactInvoice.invoice_id.in_([one.invoice_id for one in billed]),
    )
    known = set(session.scalars(made))
    missed = [
        one
        for one in billed
        if one.invoice_id not in known
        and since
        and rules.stage_on(Stage.DAY_5, one.due_date, when.policy) >= since
    ]
    if missed:
        wanted = Wanted(stage=Stage.DAY_5, month=when.today.replace(day=1))
        contact = _new(payer_id, missed, wanted, when)
        contact.state, contact.closed_on = ContactState.NOT_REACHED, when.today
        session.add(contact)
        session.flush()
        _name(session, contact, missed)
        why = "It was never made: the next contact takes its place."
        note(session, contact, None, when=when, why=why)
