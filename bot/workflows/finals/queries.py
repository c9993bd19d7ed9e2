"""Reading the month's finals work: what is due, what came of it, the funnel."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, Date, Row, bindparam, func, or_, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, first_record, record, records, rows, table_of
from bot.workflows.calls.rules import NextStep
from bot.workflows.customers.records import Customer
from bot.workflows.finals import candidates, rules
from bot.workflows.finals.funnel import Funnel as Funnel
from bot.workflows.finals.funnel import funnel as funnel
from bot.workflows.finals.funnel import standings as standings
from bot.workflows.finals.records import (
    ContactInvoice,
    ContactState,
    FinalsContact,
    FinalsIssue,
    FinalsMonth,
    Stage,
)
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.queries import Day
from bot.workflows.ledger.records import Invoice
from bot.workflows.ledger.rules import OpenItem

_MONTHS: Final = table_of(FinalsMonth)
_LATEST_MONTH: Final = Prepared(select(_MONTHS).order_by(_MONTHS.c.month.desc()).limit(1))
_MONTH: Final = Prepared(select(_MONTHS).where(_MONTHS.c.month == bindparam("month")))
_FIRST_STARTED: Final = Prepared(select(func.min(_MONTHS.c.started_on)))
_JOINABLE: Final = Prepared(
    select(_MONTHS.c.month)
    .where(_MONTHS.c.started_on == select(func.max(FinalsMonth.started_on)).scalar_subquery())
    .order_by(_MONTHS.c.month)
)
_OPEN_OF_PAYER: Final = Prepared(
    select(table_of(FinalsContact))
    .where(
        FinalsContact.payer_id == bindparam("payer"), FinalsContact.state == ContactState.DUE
    )
    .order_by(FinalsContact.id)
)
_LATEST_OF_PAYER: Final = Prepared(
    select(table_of(FinalsContact))
    .where(FinalsContact.payer_id == bindparam("payer"))
    .order_by(FinalsContact.id.desc())
    .limit(1)
)


class DueContact(NamedTuple):
    """A payer that is to be asked about final invoices, until it answers."""

    payer_id: int
    kind: Stage
    invoice_ids: tuple[int, ...]
    """Those that are still open, the oldest due first ..."""
    due_on: date
    contact_id: int
    numbers: tuple[str, ...]
    """... and their numbers."""
    oldest_due: date
    rests: str = ""
    """Why nobody asks meanwhile, in words: money on account covers all of it."""


def due_contacts(
    session: Session, *, on: date, policy: Policy, payer_ids: Collection[int] | None = None
) -> list[DueContact]:
    """Return who is to be called about final invoices on a day, as recorded by its end."""
    given = {"on": on, "payers": list(payer_ids or ())}
    return as_due(rows(session, _due(of_some=payer_ids is not None), given))


@cache
def _due(*, of_some: bool) -> Prepared:
    wanted = due(bindparam("on", type_=Date()))
    payers: BindParameter[Any] = bindparam("payers", expanding=True)
    return Prepared(wanted.where(FinalsContact.payer_id.in_(payers)) if of_some else wanted)


def due(on: Day) -> AnySelect:
    """Return the select of a row a contact that is due and open invoice, to be narrowed."""
    return (
        select(
            FinalsContact.id,
            FinalsContact.payer_id,
            FinalsContact.stage,
            FinalsContact.due_on,
            Invoice.id.label("invoice_id"),
            Invoice.number,
            Invoice.due_date,
        )
        .join(ContactInvoice, ContactInvoice.contact_id == FinalsContact.id)
        .join(Invoice, Invoice.id == ContactInvoice.invoice_id)
        .where(
            FinalsContact.opened_on <= on,
            or_(FinalsContact.closed_on.is_(None), FinalsContact.closed_on > on),
            ledger.is_open_on(on),
            ~candidates.is_taken_over(on),
        )
        .order_by(FinalsContact.id, Invoice.due_date, Invoice.number)
    )


def as_due(found: Iterable[Row[*tuple[Any, ...]]]) -> list[DueContact]:
    """Return the rows of `due` as contacts, each once."""
    contacts: dict[int, DueContact] = {}
    for contact_id, payer_id, stage, due_on, invoice_id, number, due_date in found:
        known = contacts.get(contact_id)
        contacts[contact_id] = DueContact(
            payer_id,
            stage,
            (*(known.invoice_ids if known else ()), invoice_id),
            due_on,
            contact_id,
            (*(known.numbers if known else ()), number),
            known.oldest_due if known else due_date,
        )
    return list(contacts.values())


def get(session: Session, contact_id: int) -> FinalsContact:
    """Return a contact by the desk's own id."""
    return record(session, FinalsContact, contact_id)


def latest_month(session: Session) -> FinalsMonth | None:
    """Return the month whose work started last."""
    return first_record(session, FinalsMonth, _LATEST_MONTH, {})


def month_of(session: Session, month: date) -> FinalsMonth | None:
    """Return a month's work, if it has started."""
    return first_record(session, FinalsMonth, _MONTH, {"month": month})


def month_by_id(session: Session, month_id: int) -> FinalsMonth:
    """Return a month's work by the desk's own id."""
    return record(session, FinalsMonth, month_id)


def joinable(session: Session) -> list[date]:
    """Return the months whose late final invoices still join: the latest to have started."""
    return rows(session, _JOINABLE, {}).scalars()


def first_started(session: Session) -> date | None:
    """Return the company date on which the desk began with finals work; None: it has not."""
    started: date | None = rows(session, _FIRST_STARTED, {}).scalar()
    return started


def open_of_payer(session: Session, payer_id: int) -> list[FinalsContact]:
    """Return the payer's contacts that are due, the oldest first."""
    return records(session, FinalsContact, _OPEN_OF_PAYER, {"payer": payer_id})


def latest_of_payer(session: Session, payer_id: int) -> FinalsContact | None:
    """Return the payer's newest contact, whatever came of it."""
    return first_record(session, FinalsContact, _LATEST_OF_PAYER, {"payer": payer_id})


def invoice_ids_of(session: Session, contact_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the invoices that contacts are about, paid or not, by contact."""
    found: dict[int, list[int]] = {contact_id: [] for contact_id in contact_ids}
    for contact_id, invoice_id in rows(session, _named(), {"contacts": list(contact_ids)}):
        found[contact_id].append(invoice_id)
    return found


@cache
def _named() -> Prepared:
    named = table_of(ContactInvoice).c
    contacts: BindParameter[Any] = bindparam("contacts", expanding=True)
    return Prepared(
        select(named.contact_id, named.invoice_id)
        .where(named.contact_id.in_(contacts))
        .order_by(named.id)
    )


def items_of(session: Session, contact_id: int, *, on: date) -> list[OpenItem]:
    """Return the invoices of a contact that are still open, the oldest due first."""
    ids = invoice_ids_of(session, [contact_id])[contact_id]
    items = ledger.open_invoices(session, ids, on=on).values()
    return sorted(items, key=lambda item: (item.due_date, item.number))


def next_step(session: Session, payer_id: int, *, on: date, policy: Policy) -> NextStep | None:
    """
    Return what follows once the payer confirms what it is asked to confirm now (R46).

    Where it owes anything else that is past due, that is followed up on as after any
    conversation; None if nothing is to come.
    """
    asked = [
        item
        for contact in open_of_payer(session, payer_id)
        if contact.stage is Stage.CONFIRMATION
        for item in items_of(session, contact.id, on=on)
    ]
    named = {item.invoice_id for item in asked}
    owes_more = any(
        item.invoice_id not in named
        and item.days_past_due(on) > 0
        and item.balance.minor > item.disputed.minor
        for item in ledger.open_items(session, payer_id, on=on)
    )
    if owes_more:
        again = policy.calendar.plus(on, policy.cool_down_business_days)
        return NextStep(words="Follow up on what else is past due", on=again)
    dues = [item.due_date for item in asked]
    return rules.after_confirmation(dues, today=on, policy=policy)


def stage_counts(
    session: Session, *, on: date, agent_id: int | None = None
) -> dict[Stage, dict[ContactState, int]]:
    """
    Return what came of the calls of this month about past-due final invoices (R46).

    :param agent_id: of whose payers; None: of everybody's.
    """
    counted = (
        select(FinalsContact.stage, FinalsContact.state, func.count())
        .where(
            FinalsContact.stage != Stage.CONFIRMATION,
            FinalsContact.due_on >= on.replace(day=1),
            FinalsContact.due_on <= on,
        )
        .group_by(FinalsContact.stage, FinalsContact.state)
    )
    if agent_id is not None:
        payers = Customer.id == FinalsContact.payer_id
        counted = counted.join(Customer, payers).where(Customer.agent_id == agent_id)
    found: dict[Stage, dict[ContactState, int]] = {}
    for stage, state, count in session.execute(counted):
        found.setdefault(stage, {})[state] = count
    return found


def issues_of(session: Session, contact_id: int) -> list[FinalsIssue]:
    """Return what stood in the way, in the order in which it was said."""
    mine = select(FinalsIssue).filter_by(contact_id=contact_id).order_by(FinalsIssue.id)
    return list(session.scalars(mine))
