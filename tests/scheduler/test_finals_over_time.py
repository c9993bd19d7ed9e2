"""Finals work over months, the desk off at random: each stage once, none skipped (R38-R48)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.policy import Policy
from bot.store.database import Database
from bot.workflows.finals import queries, rules
from bot.workflows.finals.records import (
    ContactInvoice,
    FinalsContact,
    FinalsMonth,
    Stage,
)
from bot.workflows.ledger.records import Invoice
from scheduler import finals
from scheduler.job import Tick
from tests.support.book import news
from tests.support.desk import KEY, Desk

POLICY = Policy()
LENGTH = 45

invoices = st.lists(
    st.tuples(
        st.integers(-45, 40),  # dated so many days after the first
        st.integers(0, 30),  # terms
        st.one_of(st.none(), st.integers(0, 60)),  # paid so many days after its date
    ),
    min_size=1,
    max_size=4,
)


@given(
    first=st.dates(date(2026, 1, 1), date(2030, 10, 1)),
    billed=invoices,
    off=st.sets(st.integers(0, LENGTH), max_size=40),
)
@settings(max_examples=6, deadline=None)
def test_every_final_comes_to_every_stage_once_on_its_day_or_at_the_first_chance(
    first: date, billed: list[tuple[int, int, int | None]], off: set[int]
):
    on_days = [first + timedelta(days=n) for n in range(LENGTH) if n not in off]
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'desk.db'}", audit_key=KEY)
        desk = Desk(database)
        numbers = _book(desk, first, billed)
        for today in on_days:
            _pay(desk, numbers, today)
            _look(desk, today)
        opened = _opened(desk)
        started = _started(desk)
        database.close()

    for month, day in started.items():
        assert day == next(one for one in on_days if one >= rules.starts_on(month, POLICY))
    assert list(started) == sorted(started)
    began = min(started.values(), default=date.max)
    for number, terms in numbers.items():
        for stage in (Stage.DAY_5, Stage.DAY_15):
            reached = rules.stage_on(stage, terms[1], POLICY)
            chances = _chances(on_days, reached, *terms) if reached >= began else []
            found = opened.get((number, stage))
            assert (found and found.opened_on) == (chances[0] if chances else None)
    confirmed = [one for (_, stage), one in opened.items() if stage is Stage.CONFIRMATION]
    assert all(one.month in started and one.opened_on in on_days for one in confirmed)


def _book(
    desk: Desk, first: date, billed: list[tuple[int, int, int | None]]
) -> dict[str, tuple[date, date, date | None]]:
    payer = desk.customer("Hotel Aurora", email="ap@aurora.example")
    known = {}
    for n, (after, terms, paid_after) in enumerate(billed):
        dated = first + timedelta(days=after)
        due = dated + timedelta(days=terms)
        paid = dated + timedelta(days=paid_after) if paid_after is not None else None
        desk.invoice(
            payer,
            "10.00",
            kind="final",
            number=f"F-{n}",
            invoice_date=dated,
            due_date=due,
        )
        known[f"F-{n}"] = (dated, due, paid)
    return known


def _pay(desk: Desk, numbers: dict[str, tuple[date, date, date | None]], today: date) -> None:
    """The desk learns on a day on which it is on what was paid by then."""
    paid = {number: paid for number, (_, _, paid) in numbers.items() if paid and paid <= today}
    with desk.database.transaction() as session:
        unpaid = select(Invoice).where(Invoice.number.in_(paid), Invoice.closed_on.is_(None))
        for invoice in session.scalars(unpaid):
            invoice.settled_on = invoice.closed_on = paid[invoice.number]


def _look(desk: Desk, today: date) -> None:
    desk.now = datetime(today.year, today.month, today.day, 16, tzinfo=UTC)
    news(desk.database, desk.now)
    finals.work(Tick(at=desk.now, database=desk.database, policy=POLICY))
    with desk.reading() as session:
        due = queries.due_contacts(session, on=today, policy=POLICY)
    asked = [invoice_id for contact in due for invoice_id in contact.invoice_ids]
    assert len(asked) == len(set(asked))


def _opened(desk: Desk) -> dict[tuple[str, Stage], FinalsContact]:
    with desk.reading() as session:
        rows = (
            select(Invoice.number, FinalsContact)
            .join(ContactInvoice, ContactInvoice.invoice_id == Invoice.id)
            .join(FinalsContact, FinalsContact.id == ContactInvoice.contact_id)
        )
        found = {(number, contact.stage): contact for number, contact in session.execute(rows)}
        session.expunge_all()
        return found


def _started(desk: Desk) -> dict[date, date]:
    with desk.reading() as session:
        months = select(FinalsMonth.month, FinalsMonth.started_on).order_by(FinalsMonth.id)
        return {row.month: row.started_on for row in session.execute(months)}


def _chances(
    on_days: list[date], reached: date, dated: date, due: date, paid: date | None
) -> list[date]:
    """Return the days on which the desk was on and the invoice was still to be asked about."""
    last = due + timedelta(days=POLICY.suspension_days)
    return [
        day
        for day in on_days
        if reached <= day <= last and dated <= day and (paid is None or day < paid)
    ]
