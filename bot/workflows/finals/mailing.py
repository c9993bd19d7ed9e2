"""Writing to payers about their final invoices, for as long as there is something to ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.rows import record
from bot.workflows.calls.records import Call
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence import queries as mails
from bot.workflows.correspondence.operations import Part
from bot.workflows.correspondence.records import Process
from bot.workflows.correspondence.redrawing import Fresh, Void, redraws
from bot.workflows.customers import queries as customers
from bot.workflows.finals import candidates, letters, queries, rules
from bot.workflows.finals.candidates import Billed
from bot.workflows.finals.records import FinalsContact
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.rules import not_applied
from bot.workflows.payment_plans import on_account

PAID: Final = "Paid meanwhile."
SETTLED: Final = "What is left is promised, on a plan, or in dispute meanwhile."
UNDONE: Final = "The call was undone."
TOPICS: Final = "finals_contact"


def topic_of(contact: FinalsContact) -> str:
    """Return the topic under which a payer is first written to about a contact."""
    return f"{TOPICS}:{contact.id}"


def write(  # noqa: PLR0913 - to whom, about what, when
    session: Session,
    contact: FinalsContact,
    billed: Sequence[Billed],
    *,
    is_joined: bool,
    at: datetime,
    policy: Policy,
) -> None:
    """
    Write to a payer about a contact's invoices, unless its brand wants none (R31).

    :param is_joined: the contact was written about before; these invoices came late.
    """
    ids = _asked(billed)
    if not ids or not _may_write(session, contact, policy):
        return
    topic = topic_of(contact) + (f":{ids[0]}" if is_joined else "")
    fresh = _draw(session, contact, ids, policy.company_date(at))
    part = Part(
        payer_id=contact.payer_id,
        topic=topic,
        process=Process.FINALS,
        subject=fresh.subject,
        words=fresh.words,
    )
    mail = correspondence.add_part(session, part, at=at, policy=policy)
    contact.has_address = mail is not None


@redraws(TOPICS)
def redraw(session: Session, topic: str, on: date) -> Fresh | Void:
    """Return what a contact's e-mail says on the day it leaves, or why it does not (R46)."""
    contact = queries.get(session, int(topic.split(":")[1]))
    if why := _answered(session, contact):
        return Void(why)
    ids = _parts(session, contact)[topic]
    billed = candidates.named(session, ids, payer_id=contact.payer_id, on=on)
    if asked := _asked(billed):
        covered = on_account.covered(session, [contact.payer_id], on=on)
        if left := [invoice_id for invoice_id in asked if invoice_id not in covered]:
            return _draw(session, contact, left, on)
        return Void(f"{not_applied(covered[one] for one in asked)}.")
    return Void(SETTLED if any(one.is_open for one in billed) else PAID)


def drop_answered(session: Session, contact: FinalsContact, *, at: datetime) -> None:
    """Take out of the mail that has not left what needs no answer any more (R40, R46)."""
    if why := _answered(session, contact):
        for topic in _parts(session, contact):
            correspondence.drop_part(session, topic, by=None, why=why, at=at)


def ask_again(
    session: Session, contact: FinalsContact, call: Call, *, at: datetime, policy: Policy
) -> None:
    """Let what was dropped with a call leave after all, since the call was undone."""
    for topic in _parts(session, contact):
        correspondence.restore_part(
            session, topic, since=call.at, why=UNDONE, at=at, policy=policy
        )


def topics_of(session: Session, contact: FinalsContact) -> list[str]:
    """Return the topics under which a payer was written to about a contact."""
    return list(_parts(session, contact))


def _answered(session: Session, contact: FinalsContact) -> str:
    call = record(session, Call, contact.call_id) if contact.call_id else None
    return rules.needs_no_mail(contact.state, call.outcome if call else None)


def _parts(session: Session, contact: FinalsContact) -> dict[str, list[int]]:
    """Return the topics under which a contact was written about, and the invoices of each."""
    first = topic_of(contact)
    ids = queries.invoice_ids_of(session, [contact.id])[contact.id]
    late = mails.known_topics(session, [f"{first}:{invoice_id}" for invoice_id in ids])
    found: dict[str, list[int]] = {first: []}
    topic = first
    for invoice_id in ids:
        if (joined := f"{first}:{invoice_id}") in late:
            topic, found[joined] = joined, []
        found[topic].append(invoice_id)
    return found


def _asked(billed: Sequence[Billed]) -> list[int]:
    return [one.invoice_id for one in billed if one.is_open and one.left > 0]


def _draw(session: Session, contact: FinalsContact, ids: Sequence[int], on: date) -> Fresh:
    opened = ledger.open_invoices(session, ids, on=on).values()
    items = sorted(opened, key=lambda item: (item.due_date, item.number))
    return Fresh(
        letters.subject(contact.stage, items), letters.words(contact.stage, items, on=on)
    )


def _may_write(session: Session, contact: FinalsContact, policy: Policy) -> bool:
    """Test if the payer's brand wants e-mail about final invoices (R31)."""
    if not policy.brands:
        return True
    return policy.brand(customers.get(session, contact.payer_id).brand).has("finals")
