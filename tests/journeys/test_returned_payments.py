"""A promise that was kept by a payment which is returned is judged again (R47, R97)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.store.audit import AuditEntry
from bot.store.postings import Posting
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Invoice
from bot.workflows.promises.keeping import BROKEN_CARD
from bot.workflows.promises.records import Promise
from bot.workflows.worklists import portfolio
from dialogs.promises import draw_broken
from scheduler import promises
from scheduler.job import Tick
from tests.support.book import PAYMENTS, Imports
from tests.support.desk import Desk, Shown, drawn


@pytest.fixture
def ana(desk: Desk):
    desk.person("Lee Long", "lead")
    return desk.person("Ana Cruz")


@pytest.fixture
def aurora(desk: Desk, ana) -> int:
    payer = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(payer, "400.00", number="INV-1", days_past_due=45)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Promise")
    desk.press(ana, form, "Save", {"due_on": "2026-06-12", "words": "By check"})
    return payer


@pytest.fixture
def payments(desk: Desk, aurora: int, tmp_path: Path):
    """Bring in one payment row by its amount, day, number and invoice, on a day."""
    with desk.reading() as session:
        number = session.get_one(Customer, aurora).number

    def take(on: str, amount: str, *, name: str = "P1", to: str = "INV-1"):
        desk.now = datetime.fromisoformat(f"{on}T13:00:00+00:00")
        row = f"{name},{number},{on},{amount},USD,check,,{to}"
        Imports(desk.database, tmp_path, desk.now).take("payments", PAYMENTS, row)
        return settle(desk)

    return take


def settle(desk: Desk) -> str:
    return promises.settle(Tick(at=desk.now, database=desk.database, policy=desk.policy))


def promise(desk: Desk) -> tuple[str, date | None]:
    with desk.reading() as session:
        found = session.scalars(select(Promise)).one()
        return found.state.value, found.state_on


def listed(desk: Desk, agent) -> list[str]:
    with desk.reading() as session:
        on = desk.policy.company_date(desk.now)
        ranking = portfolio.ranking(session, agent, on=on, policy=desk.policy)
        return [entry.reason for entry in ranking.entries]


def told(desk: Desk) -> Shown:
    """The leads' last card of promises that were not kept."""
    with desk.reading() as session:
        shown = select(Posting.about).filter_by(card=BROKEN_CARD)
        about = session.scalars(shown.order_by(Posting.about.desc())).first()
        assert about is not None
        view = View(session=session, now=desk.now, policy=desk.policy, about=about)
        return drawn(draw_broken(view))


@pytest.mark.parametrize("to", ["INV-1", ""], ids=["applied", "on account"])
def test_r47_a_kept_promise_whose_payment_is_returned_is_broken_and_the_payer_back(
    desk, ana, payments, to
):
    payments("2026-06-11", "400.00", to=to)
    assert promise(desk) == ("kept", date(2026, 6, 11))
    assert listed(desk, ana) == []

    payments("2026-06-22", "0.00", to=to)

    assert promise(desk) == ("broken", date(2026, 6, 22))
    [reason] = listed(desk, ana)
    assert "a promise was broken, so first in its tier" in reason
    card = told(desk)
    with desk.reading() as session:
        again = select(AuditEntry.why).filter_by(what="promise judged again")
        assert session.scalars(again).all() == [
            "Money for it went back: a payment was returned or taken back."
        ]
    assert "1 promise broken on Mon 22 Jun" in card
    assert "its payment was returned" in card
    settle(desk)
    assert promise(desk) == ("broken", date(2026, 6, 22))


def test_r47_of_two_payments_that_kept_it_the_one_that_stays_keeps_it_in_part(desk, payments):
    payments("2026-06-10", "150.00", name="P1")
    payments("2026-06-11", "250.00", name="P2")
    assert promise(desk)[0] == "kept"

    payments("2026-06-22", "0.00", name="P1")

    assert promise(desk) == ("partly_kept", date(2026, 6, 22))
    card = told(desk)
    assert "1 promise kept only in part on Mon 22 Jun" in card
    assert "Kept only in part: Hotel Aurora" in card
    assert "its payment was returned" in card
    assert "after all" not in card
    payments("2026-06-23", "0.00", name="P2")
    assert "1 promise broken on Tue 23 Jun" in told(desk)
    assert promise(desk) == ("broken", date(2026, 6, 23))


def test_r47_before_its_grace_is_over_the_promise_lives_on_and_may_still_be_kept(
    desk, payments
):
    payments("2026-06-10", "400.00")
    payments("2026-06-12", "0.00")
    assert promise(desk) == ("live", None)

    payments("2026-06-15", "400.00", name="P2")

    assert promise(desk) == ("kept", date(2026, 6, 15))


def test_r47_other_money_that_keeps_it_keeps_it(desk, payments):
    payments("2026-06-10", "400.00")
    payments("2026-06-11", "400.00", name="P2", to="")

    payments("2026-06-22", "0.00")

    assert promise(desk) == ("kept", date(2026, 6, 10))


def test_r47_an_invoice_that_the_source_opens_again_breaks_the_promise(
    desk, aurora, ana, tmp_path
):
    head = "invoice_number,customer_id,invoice_date,due_date,amount,settled_on"
    with desk.reading() as session:
        number = session.get_one(Customer, aurora).number
        invoice = session.scalars(select(Invoice)).one()
        row = f"INV-1,{number},{invoice.invoice_date},{invoice.due_date},400.00"
    for day, settled in (("2026-06-11", "2026-06-11"), ("2026-06-22", "")):
        desk.now = datetime.fromisoformat(f"{day}T13:00:00+00:00")
        Imports(desk.database, tmp_path, desk.now).take("invoices", head, f"{row},{settled}")
        settle(desk)

    assert promise(desk) == ("broken", date(2026, 6, 22))
