"""A notice that waits for a lead says what is so, at each look of the desk (R70)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.store.audit import AuditEntry
from bot.store.base import Record
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Invoice
from bot.workflows.people.records import Person
from bot.workflows.suspension.case_records import NoticeState, SuspensionNotice
from scheduler.suspension_cases import take_steps
from tests.support.cases import Floor


@pytest.fixture
def floor(desk):
    return Floor(desk)


@pytest.fixture
def payer(floor):
    payer = floor.hotel("Hotel Aurora", "Aurora Beach")
    floor.steps()
    return payer


def revise(kind: type[Record], **values: Any) -> Callable[[Floor, int], None]:
    """Change the first record of a kind that was made, as an import would."""

    def do(floor: Floor, _payer: int) -> None:
        with floor.desk.database.transaction() as session:
            found = session.scalars(select(kind).order_by(kind.id)).first()
            for name, value in values.items():
                setattr(found, name, value)

    return do


def of_payer(**values: Any) -> Callable[[Floor, int], None]:
    """Change the payer's row in the book."""

    def do(floor: Floor, payer: int) -> None:
        with floor.desk.database.transaction() as session:
            row = session.get_one(Customer, payer)
            for name, value in values.items():
                setattr(row, name, value)

    return do


def rename_the_beach(floor: Floor, payer: int) -> None:
    with floor.desk.database.transaction() as session:
        sites = select(Customer).where(Customer.payer_id == payer, Customer.id != payer)
        for site in session.scalars(sites):
            site.site = "Aurora Cliffs"


def rename_the_lead(floor: Floor, _payer: int) -> None:
    with floor.desk.database.transaction() as session:
        session.get_one(Person, floor.lea.id).email = "lea.new@desk.example"


def pay_a_part(floor: Floor, _payer: int) -> None:
    floor.pay(first_invoice(floor), 400_00)


def bill_more(floor: Floor, payer: int) -> None:
    floor.bill(payer, "77.00")


def wait_a_day(floor: Floor, _payer: int) -> None:
    floor.on(floor.today + timedelta(days=1))


def first_invoice(floor: Floor) -> int:
    with floor.desk.reading() as session:
        found = session.scalar(select(func.min(Invoice.id)))
        assert found is not None
        return found


RENEWED = {
    "another contact": (of_payer(contact_name="Jo Bloom"), "Jo Bloom"),
    "another name": (of_payer(name="Hotel Borealis"), "Hotel Borealis"),
    "another address": (of_payer(email="cfo@hotel.example"), "cfo@hotel.example"),
    "another site": (rename_the_beach, "Aurora Cliffs"),
    "another agent": (revise(Person, name="Ana Reyes-Cruz"), "Ana Reyes-Cruz"),
    "another copy": (rename_the_lead, "lea.new@desk.example"),
    "a part is paid": (pay_a_part, "$1,600.00"),
    "a part is disputed": (revise(Invoice, disputed=100_00), "$1,900.00"),
    "one more is late": (bill_more, "$2,077.00"),
    "a day has passed": (wait_a_day, "Tue 9 Jun 2026"),
}
WITHDRAWN = {
    "a legal hold": of_payer(flags="legal_hold"),
    "all is paid": lambda floor, payer: floor.pay_on_account(payer, 2_000_00),
    "all is disputed": lambda floor, _payer: [
        revise(Invoice, disputed=1_000_00)(floor, 0),
        floor.pay(first_invoice(floor) + 1, 1_000_00),
    ],
}


@pytest.mark.parametrize("what", RENEWED)
def test_r70_what_a_waiting_notice_tells_is_told_anew_at_the_next_look(floor, payer, what):
    happen, words = RENEWED[what]
    before = words_of(floor)
    assert words not in before

    happen(floor, payer)
    take_steps(floor.tick())

    assert words in words_of(floor)


@pytest.mark.parametrize("what", WITHDRAWN)
def test_r70_a_waiting_notice_is_taken_back_at_the_next_look(floor, payer, what):
    WITHDRAWN[what](floor, payer)

    take_steps(floor.tick())

    assert notice(floor).state is NoticeState.DROPPED


def test_r70_a_waiting_notice_stays_as_it_is_while_nothing_is_another(floor, payer):
    version, entries = notice(floor).version, in_the_trail(floor)

    floor.desk.now += timedelta(minutes=5)
    take_steps(floor.tick())

    assert (notice(floor).version, in_the_trail(floor)) == (version, entries)


def test_r70_what_went_back_to_what_it_was_is_told_as_it_was(floor, payer):
    as_it_was = words_of(floor)
    of_payer(contact_name="Jo Bloom")(floor, payer)
    take_steps(floor.tick())

    of_payer(contact_name="")(floor, payer)
    take_steps(floor.tick())

    assert words_of(floor) == as_it_was


def notice(floor: Floor) -> SuspensionNotice:
    with floor.desk.reading() as session:
        return session.scalars(select(SuspensionNotice)).one()


def words_of(floor: Floor) -> str:
    waiting = notice(floor)
    assert waiting.state is NoticeState.DRAFT
    return "\n".join([waiting.to, waiting.copies, waiting.subject, waiting.body])


def in_the_trail(floor: Floor) -> int:
    with floor.desk.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0
