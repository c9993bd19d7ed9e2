"""Contacts that rest: money on account covers what they would ask about (R46, R151)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy.orm import Session

from bot.workflows.finals.candidates import Billed
from bot.workflows.finals.contacts import When
from bot.workflows.finals.queries import DueContact
from bot.workflows.ledger.rules import not_applied
from bot.workflows.payment_plans import applying, on_account


def without(
    session: Session, billed_to: Mapping[int, Collection[Billed]], when: When
) -> dict[int, list[Billed]]:
    """Return what is still to be asked about, by payer; ask to have the other money applied."""
    covered = on_account.covered(session, billed_to, on=when.today)
    found: dict[int, list[Billed]] = {}
    for payer_id, billed in billed_to.items():
        if rests := {i: covered[i] for one in billed if (i := one.invoice_id) in covered}:
            applying.ask(session, payer_id, rests, at=when.at, policy=when.policy)
        if left := [one for one in billed if one.invoice_id not in rests]:
            found[payer_id] = left
    return found


def ask_to_apply(session: Session, contacts: Iterable[DueContact], when: When) -> None:
    """
    Ask to have the money applied that came after contacts were due, and lets them rest.

    Where a task of the payer's is open already, there is no second one.
    """
    told = set(applying.waiting(session))
    found = [contact for contact in contacts if contact.payer_id not in told]
    payers = {contact.payer_id for contact in found}
    covered = on_account.covered(session, payers, on=when.today)
    for contact in found:
        if covered.keys() >= set(contact.invoice_ids):
            rests = {one: covered[one] for one in contact.invoice_ids}
            applying.ask(session, contact.payer_id, rests, at=when.at, policy=when.policy)


def asked(session: Session, contacts: Iterable[DueContact], *, on: date) -> list[DueContact]:
    """Return the contacts that do not rest."""
    return [contact for contact in marked(session, contacts, on=on) if not contact.rests]


def marked(session: Session, contacts: Iterable[DueContact], *, on: date) -> list[DueContact]:
    """Return the contacts, those that rest with why; what is not past due yet does not."""
    found = list(contacts)
    asked_for = {contact.payer_id for contact in found if contact.oldest_due < on}
    covered = on_account.covered(session, asked_for, on=on)
    return [
        one._replace(rests=not_applied(covered[i] for i in one.invoice_ids))
        if covered.keys() >= set(one.invoice_ids)
        else one
        for one in found
    ]
