"""Promises: told of in one card a day, listed, and counted by payer and agent (R47, R107)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.workflows.ledger.records import Invoice, Payment
from bot.workflows.people.records import place_of
from bot.workflows.promises.records import BrokenDay, PromisedInvoice
from dialogs.promises import draw_broken
from scheduler import promises
from scheduler.job import Tick
from tests.support.book import news
from tests.support.desk import Desk, Shown, drawn


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Cruz")


@pytest.fixture
def lee(desk: Desk):
    return desk.person("Lee Long", "lead")


def promised(desk: Desk, agent, name: str, *, due_on: str, amount: str = "400.00") -> int:
    payer = desk.customer(name, agent=agent)
    desk.invoice(payer, amount, days_past_due=45)
    form = desk.press(agent, desk.say(agent, f"log {name}"), "Promise")
    desk.press(agent, form, "Save", {"due_on": due_on, "words": "By wire"})
    return payer


def settle(desk: Desk) -> str:
    return promises.settle(Tick(at=desk.now, database=desk.database, policy=desk.policy))


def pay(
    desk: Desk, payer: int, minor: int, *, number: str = "", received_on: date | None = None
) -> None:
    enter_payment(desk, payer, minor, number=number, received_on=received_on)
    news(desk.database, desk.now)


def enter_payment(
    desk: Desk, payer: int, minor: int, *, number: str = "", received_on: date | None = None
) -> None:
    with desk.database.transaction() as session:
        payment = Payment(
            number=number or f"P-{payer}",
            customer_id=payer,
            payer_id=payer,
            received_on=received_on or desk.now.date(),
            amount=minor,
            currency="USD",
            learned_at=desk.now,
        )
        session.add(payment)


def told(desk: Desk) -> list[Shown]:
    with desk.reading() as session:
        days = session.scalars(select(BrokenDay).order_by(BrokenDay.id)).all()
        views = [
            View(session=session, now=desk.now, policy=desk.policy, about=day.id)
            for day in days
        ]
        return [drawn(draw_broken(view)) for view in views]


def test_r47_live_promises_are_looked_at_once_for_each_update_of_the_book(desk, ana):
    payer = promised(desk, ana, "Hotel Aurora", due_on="2026-06-12")
    first_look = settle(desk)
    desk.wait(minutes=15)
    enter_payment(desk, payer, 400_00)

    book_as_it_was = settle(desk)
    news(desk.database, desk.now)
    book_with_news = settle(desk)

    looks = [
        look.partition(" kept")[0] for look in (first_look, book_as_it_was, book_with_news)
    ]
    assert looks == ["no promises", "no promises", "1 promise"]


def test_money_on_account_is_a_credit_without_a_minus(desk, ana):
    payer = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(payer, "30,000.00", days_past_due=45)
    pay(desk, payer, 17_449_50)

    for command in ("customer", "log"):
        card = desk.say(ana, f"{command} Hotel Aurora")
        assert "Credit\n$17,449.50" in card
        assert "-$17,449.50" not in card


def test_r107_the_lead_gets_one_card_a_day_of_what_was_broken(desk, ana, lee):
    promised(desk, ana, "Hotel Aurora", due_on="2026-06-12")
    promised(desk, ana, "Harbor Inn", due_on="2026-06-12", amount="70.00")
    promised(desk, ana, "Old Mill", due_on="2026-06-15")
    desk.wait(days=8)
    settle(desk)
    first = told(desk)
    desk.wait(days=1)

    settle(desk)
    both = told(desk)

    assert len(first) == 1
    assert "2 promises broken on Tue 16 Jun" in first[0]
    assert "Hotel Aurora" in first[0]
    assert "$70.00" in first[0]
    assert "1 promise broken on Wed 17 Jun" in both[1]
    assert desk.owed(place_of(lee.id)) == ["promises.broken", "promises.broken"]


def test_r47_any_open_invoice_can_be_promised_beyond_those_that_are_listed(desk, ana):
    payer = desk.customer("Hotel Aurora", agent=ana)
    for number in range(45):
        desk.invoice(payer, "10.00", number=f"INV-{number:02}", days_past_due=90 - number)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Promise")
    assert "The 40 oldest of 45 invoices are listed" in form
    typed = {"due_on": "2026-06-12", "invoices": "", "amount": "20.00"}

    unknown = desk.press(ana, form, "Save", typed | {"others": "INV-44, INV-99"})
    desk.press(ana, form, "Save", typed | {"others": "INV-44 inv-43"})

    assert "INV-99 is not among the invoices that can be chosen." in unknown
    with desk.reading() as session:
        named = select(Invoice.number).join(
            PromisedInvoice, PromisedInvoice.invoice_id == Invoice.id
        )
        assert set(session.scalars(named)) == {"INV-43", "INV-44"}


def test_an_agent_sees_what_is_due_and_what_was_broken_of_their_own(desk, ana, lee):
    ben = desk.person("Ben Diaz")
    promised(desk, ana, "Hotel Aurora", due_on="2026-06-09")
    promised(desk, ana, "Harbor Inn", due_on="2026-06-10")
    promised(desk, ben, "Old Mill", due_on="2026-06-09")
    desk.wait(days=1)

    mine, all_of_them = desk.say(ana, "promises"), desk.say(lee, "promises")

    assert "Due today: 1" in mine
    assert "Due by Wed 10 Jun: 1" in mine
    assert "Old Mill" not in mine
    assert "Due today: 2" in all_of_them
    assert "taken by Ben Diaz" in all_of_them


def test_what_is_past_its_day_stands_in_its_grace_and_then_as_broken(desk, ana):
    promised(desk, ana, "Hotel Aurora", due_on="2026-06-09")
    desk.wait(days=2)
    grace = desk.say(ana, "promises")
    desk.wait(days=1)
    settle(desk)

    broken = desk.say(ana, "promises")

    assert "Past their day, still in grace: 1" in grace
    assert "Broken in the last 7 days: 1" in broken


def test_who_keeps_what_by_payer_and_by_agent(desk, ana, lee):
    aurora = promised(desk, ana, "Hotel Aurora", due_on="2026-06-09")
    inn = promised(desk, ana, "Harbor Inn", due_on="2026-06-09", amount="70.00")
    promised(desk, ana, "Old Mill", due_on="2026-06-09", amount="50.00")
    desk.wait(hours=1)
    pay(desk, aurora, 400_00)
    pay(desk, inn, 20_00)
    desk.wait(days=3)
    settle(desk)

    assert "1 kept ($400.00)" in desk.say(ana, "customer Hotel Aurora")
    assert "1 partly kept ($20.00 of $70.00)" in desk.say(ana, "customer Harbor Inn")
    words = "1 kept ($400.00), 1 partly kept ($20.00 of $70.00), 1 broken ($50.00)"
    assert f"Ana Cruz: {words}" in desk.say(lee, "promises")


def test_r107_a_partly_kept_promise_is_told_and_listed_with_what_came_in(desk, ana, lee):
    aurora = promised(desk, ana, "Hotel Aurora", due_on="2026-06-09", amount="7508.60")
    promised(desk, ana, "Old Mill", due_on="2026-06-09", amount="50.00")
    desk.wait(hours=1)
    pay(desk, aurora, 5000_00)
    desk.wait(days=3)
    settle(desk)

    [card] = told(desk)
    listed = desk.say(lee, "promises")

    assert "1 promise broken, 1 kept only in part on Thu 11 Jun" in card
    assert "Kept only in part: Hotel Aurora" in card
    assert "$5,000.00 of $7,508.60" in card
    assert "Broken in the last 7 days: 1" in listed
    assert "Partly kept in the last 7 days: 1" in listed
    assert "$5,000.00 of $7,508.60" in listed
    assert "Partly kept in the last 7 days: 1" in desk.say(ana, "promises")
    assert desk.owed(place_of(lee.id)) == ["promises.broken"]


def test_a_partly_kept_promise_that_is_paid_in_time_after_all_says_so_on_its_card(
    desk, ana, lee
):
    aurora = promised(desk, ana, "Hotel Aurora", due_on="2026-06-09")
    desk.wait(hours=1)
    pay(desk, aurora, 150_00)
    desk.wait(days=3)
    settle(desk)
    pay(desk, aurora, 250_00, number="P-late", received_on=date(2026, 6, 10))

    settle(desk)

    [card] = told(desk)
    assert "Kept after all: Hotel Aurora" in card
    assert "Partly kept in the last 7 days: none" in desk.say(lee, "promises")


def test_a_desk_without_promises_says_so(desk, ana):
    assert "Due today: none" in desk.say(ana, "promises")
