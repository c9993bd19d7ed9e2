"""Writing after all about what was left out of a mail and is to be asked about again (R46)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from sqlalchemy import String, cast, exists, or_, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import locked, rows
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.records import MailPart
from bot.workflows.correspondence.redrawing import Fresh
from bot.workflows.finals import mailing
from bot.workflows.finals.contacts import When
from bot.workflows.finals.records import ContactInvoice, ContactState, FinalsContact

ASKED_AGAIN: Final = "What it asks about is open again."


def unwritten(session: Session) -> list[int]:
    """Return the contacts that are due and of whose e-mail something was dropped, by id."""
    return [row.id for row in rows(session, _unwritten(), {})]


def write(session: Session, contact_ids: Iterable[int], when: When) -> int:
    """
    Let what was dropped of contacts' e-mails leave after all, where it has something to say.

    It was dropped since money on account covered it, or it was promised or paid; then that came
    to nothing. What has left is never written again. Return how many contacts it was for.
    """
    return sum(_write(session, contact_id, when) for contact_id in contact_ids)


def _write(session: Session, contact_id: int, when: When) -> bool:
    contact = locked(session, FinalsContact, contact_id)
    if contact.state is not ContactState.DUE:
        return False
    restored = [
        correspondence.restore_part(
            session,
            topic,
            since=contact.opened_at,
            why=ASKED_AGAIN,
            at=when.at,
            policy=when.policy,
        )
        for topic in mailing.topics_of(session, contact)
        if isinstance(mailing.redraw(session, topic, when.today), Fresh)
    ]
    return any(restored)


@cache
def _unwritten() -> Prepared:
    first = f"{mailing.TOPICS}:" + cast(FinalsContact.id, String)
    late = first + ":" + cast(ContactInvoice.invoice_id, String)
    is_dropped = MailPart.dropped_at.is_not(None)
    of_late = exists().where(
        ContactInvoice.contact_id == FinalsContact.id, MailPart.topic == late, is_dropped
    )
    dropped = or_(exists().where(MailPart.topic == first, is_dropped), of_late)
    due = select(FinalsContact.id).where(FinalsContact.state == ContactState.DUE, dropped)
    return Prepared(due.order_by(FinalsContact.id))
