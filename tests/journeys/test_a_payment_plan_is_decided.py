"""A payment plan, from the customer's inquiry to the last installment (R61-R63, R155, R166)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from bot.workflows.approvals.records import Approval
from bot.workflows.calls.records import Call, Outcome
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.payment_plans.records import (
    Installment,
    PaymentPlan,
    PlanDirection,
    PlanState,
)
from bot.workflows.people.rules import Member
from scheduler import approvals as clock
from scheduler.job import Tick
from tests.support.approvals import in_chat, news, to_decide
from tests.support.databases import ON_SQLITE
from tests.support.desk import TODAY, Desk, Shown


@dataclass
class Book:
    desk: Desk
    ana: Member
    lena: Member
    carla: Member
    victor: Member
    payer: int
    invoices: tuple[int, ...]

    @property
    def typed(self) -> dict[str, str]:
        return {
            "invoices": ",".join(map(str, self.invoices)),
            "count": "3",
            "rhythm": "monthly",
            "first_day": "2026-06-30",
            "down_payment": "",
            "words": "We lost our biggest client.",
            "reason": "They would go under.",
        }


@pytest.fixture
def book(desk: Desk) -> Book:
    """A payer with two invoices past due, one current, and one disputed."""
    ana, lena = desk.person("Ana Cruz"), desk.person("Lena Ortiz", "lead")
    carla = desk.person("Carla Reed", "controller")
    victor = desk.person("Victor Hale", "vp_finance")
    payer = desk.customer("Hotel Aurora", agent=ana)
    past = tuple(desk.invoice(payer, amount, days_past_due=40) for amount in ("700", "300.01"))
    desk.invoice(
        payer, "120", days_past_due=-5, kind="mrr", number="MRR-6", service_month=2026 * 12 + 5
    )
    disputed = desk.invoice(payer, "50", days_past_due=10, number="INV-D")
    with desk.database.transaction() as session:
        dispute = Dispute(
            payer_id=payer,
            reason="price",
            description="x",
            department="billing",
            currency="USD",
            amount=50_00,
            raised_on=TODAY,
            raised_at=desk.now,
            raised_by=ana.id,
            answer_due_on=TODAY,
        )
        session.add(dispute)
        session.flush()
        session.add(DisputedInvoice(dispute_id=dispute.id, invoice_id=disputed, amount=50_00))
    return Book(desk, ana, lena, carla, victor, payer, past)


def inquire(book: Book, **given: object) -> None:
    row: dict[str, object] = {
        "payer_id": book.payer,
        "agent_id": book.ana.id,
        "at": book.desk.now,
        "day": TODAY,
        "outcome": Outcome.PLAN_INQUIRY,
        "is_reached": True,
        "words": "Could we pay in three parts?",
    }
    with book.desk.database.transaction() as session:
        session.add(Call(**(row | given)))


def ask(book: Book, **typed: str) -> Shown:
    inquire(book)
    form = book.desk.say(book.ana, "plan hotel aurora")
    return book.desk.press(book.ana, form, "Send for decision", book.typed | typed)


def granted(book: Book) -> None:
    ask(book)
    card = to_decide(book.desk, book.victor)
    book.desk.press(book.victor, card, "Approve")


def tick(desk: Desk) -> Tick:
    return Tick(at=desk.now, database=desk.database, policy=desk.policy)


def plan(desk: Desk) -> PaymentPlan:
    with desk.reading() as session:
        found = session.scalars(select(PaymentPlan)).one()
        session.expunge(found)
        return found


def pay(book: Book, amount: int, *, on: date, invoice: int | None = None) -> None:
    with book.desk.database.transaction() as session:
        payment = Payment(
            number=f"P{on}{amount}",
            customer_id=book.payer,
            payer_id=book.payer,
            received_on=on,
            amount=amount,
            currency="USD",
            learned_at=book.desk.now,
        )
        session.add(payment)
        session.flush()
        if invoice:
            payment.applied = amount
            session.get_one(Invoice, invoice).applied = amount
            session.add(
                Application(
                    payment_id=payment.id,
                    invoice_id=invoice,
                    amount=amount,
                    applied_on=on,
                    learned_at=book.desk.now,
                )
            )


def test_an_agent_cannot_offer_a_plan(book: Book):
    answer = book.desk.say(book.ana, "plan hotel aurora")

    assert "A plan is never offered." in answer
    assert answer.card is None


@pytest.mark.parametrize(
    "given",
    [
        {"undone_at": "now"},
        {"outcome": Outcome.HARDSHIP},
        {"day": TODAY - timedelta(days=31)},
    ],
)
@ON_SQLITE
def test_what_is_no_inquiry_of_the_customers_lets_nobody_ask(
    book: Book, given: dict[str, object]
):
    if given.get("undone_at"):
        given = {"undone_at": book.desk.now}
    inquire(book, **given)

    assert "A plan is never offered." in book.desk.say(book.ana, "plan hotel aurora")


def test_the_customers_inquiry_opens_the_form_with_their_words(book: Book):
    inquire(book)

    form = book.desk.say(book.ana, "plan hotel aurora")

    assert "Full payment is preferred and plans are very rare. Default answer: no." in form
    assert "Current MRR is paid on top" in form
    assert "Could we pay in three parts?" in form
    assert "$700.00" in form
    assert "MRR-6" not in form, "a current invoice is not for a plan"
    assert "INV-D" not in form, "a disputed invoice is not for a plan"


def test_a_plan_is_for_any_invoice_that_is_named_by_its_number(book: Book):
    for n in range(25):
        book.desk.invoice(book.payer, "100.00", days_past_due=10, number=f"OLD-{n:02d}")
    inquire(book)
    form = book.desk.say(book.ana, "plan hotel aurora")

    named = book.typed | {"invoices": "", "others": "old-23, OLD-24"}
    book.desk.press(book.ana, form, "Send for decision", named)

    assert "The 25 oldest of 27 invoices are listed" in form
    assert "$200.00" in to_decide(book.desk, book.victor)


def test_management_may_direct_that_a_plan_is_asked_for(book: Book):
    desk = book.desk

    said = desk.say(book.lena, "direct plan hotel aurora: The VP met their owner.")
    form = desk.say(book.ana, "plan hotel aurora")
    desk.press(book.ana, form, "Send for decision", book.typed)

    assert "Direction recorded" in said
    assert "Direction by Lena Ortiz, Mon 8 Jun: The VP met their owner." in to_decide(
        desk, book.carla
    )


@ON_SQLITE
def test_a_lead_is_asked_for_the_direction_where_there_is_none(book: Book):
    form = book.desk.say(book.lena, "plan hotel aurora")
    typed = {"words": "Their owner called me."}

    recorded = book.desk.press(book.lena, form, "Record it", typed)

    assert "Direct a payment plan for Hotel Aurora?" in form
    assert "Send for decision" in book.desk.press(book.lena, recorded, "Ask for a plan").titles


def test_a_direction_that_is_given_twice_is_recorded_once(book: Book):
    form = book.desk.say(book.lena, "plan hotel aurora")
    typed = {"words": "Their owner called me."}

    for _ in "two taps":
        recorded = book.desk.press(book.lena, form, "Record it", typed)

    assert "Direction recorded" in recorded
    with book.desk.reading() as session:
        assert len(session.scalars(select(PlanDirection)).all()) == 1


@ON_SQLITE
def test_an_agent_directs_nothing(book: Book):
    answer = book.desk.say(book.ana, "direct plan hotel aurora: I say so.")

    assert "That is for:" in answer
    assert "never offered" in book.desk.say(book.ana, "plan hotel aurora")


def test_the_decider_sees_the_plan_on_one_card(book: Book):
    ask(book)

    card = to_decide(book.desk, book.carla)

    assert "Let Hotel Aurora pay $1,000.01 in 3 monthly installments" in card
    assert "installments from Tue 30 Jun 2026." in card
    assert "2 × $333.33, last $333.35, Tue 30 Jun 2026 to Sun 30 Aug 2026" in card
    assert "current MRR: $120.00 a month" in card
    assert "Customer's own inquiry, Mon 8 Jun (Ana Cruz)" in card
    assert "none granted this year, all customers" in card
    assert "Customer: “We lost our biggest client.”" in card


def test_an_approved_plan_has_installments_that_add_up_to_the_cent(book: Book):
    granted(book)

    with book.desk.reading() as session:
        rows = session.execute(select(Installment.due_on, Installment.amount)).all()
    assert [tuple(row) for row in rows] == [
        (date(2026, 6, 30), 333_33),
        (date(2026, 7, 30), 333_33),
        (date(2026, 8, 30), 333_35),
    ]
    assert (plan(book.desk).state, plan(book.desk).granted_on) == (PlanState.KEPT, TODAY)
    assert "Victor Hale approved your request." in news(book.desk, book.ana)
    assert "Approved by Victor Hale" in to_decide(book.desk, book.carla)


def test_a_no_needs_a_reason_and_leaves_no_plan(book: Book):
    ask(book)
    card = to_decide(book.desk, book.carla)

    assert "a no needs a reason" in book.desk.press(book.carla, card, "Decline")
    book.desk.press(book.carla, card, "Decline", {"words": "They can pay in full."})

    assert plan(book.desk).state is PlanState.REFUSED
    assert "They can pay in full." in news(book.desk, book.ana)


def test_a_delegate_never_decides_a_plan(book: Book):
    desk = book.desk
    dan = desk.person("Dan Fox", "lead,delegate")
    form = desk.say(book.carla, "delegate dan")
    desk.press(book.carla, form, "Name them", {"limit": "999999", "words": "While I am away."})
    ask(book)

    desk.press(dan, to_decide(desk, book.carla), "Approve", {"words": "ok"})

    assert in_chat(desk, dan) == []
    assert plan(desk).state is PlanState.ASKED


def test_a_counter_offer_is_laid_out_anew_and_decided_when_the_customer_accepts(book: Book):
    desk = book.desk
    ask(book)
    form = desk.press(book.carla, to_decide(desk, book.carla), "Counter-offer")
    typed = {"count": "2", "rhythm": "two_weeks", "down_payment": "500", "reason": "Half now."}

    desk.press(book.carla, form, "Send the offer", typed)
    desk.press(book.ana, news(desk, book.ana), "Customer accepts")

    with desk.reading() as session:
        rows = session.execute(
            select(Installment.number, Installment.due_on, Installment.amount)
        ).all()
    assert [tuple(row) for row in rows] == [
        (0, date(2026, 6, 30), 500_00),
        (1, date(2026, 7, 14), 250_00),
        (2, date(2026, 7, 28), 250_01),
    ]


def test_the_customers_written_acceptance_is_recorded(book: Book):
    desk = book.desk
    granted(book)
    shown = desk.press(book.ana, news(desk, book.ana), "Plan and written acceptance")

    missing = desk.press(book.ana, shown, "Customer accepted in writing")
    done = desk.press(
        book.ana, missing, "Customer accepted in writing", {"words": "E-mail of 9 June"}
    )

    assert "Please fill in" in missing
    assert "E-mail of 9 June (Ana Cruz)" in done
    assert done.titles == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"invoices": ""}, "Please choose at least one invoice"),
        ({"others": "INV-D"}, "INV-D is not among the invoices that can be chosen"),
        ({"count": "1"}, "2 to 12 installments"),
        ({"count": "0"}, "whole number from 1 to 99"),
        ({"count": "٣"}, "whole number"),
        ({"first_day": "2026-06-07"}, "has passed already"),
        ({"first_day": "soon"}, "should be a day"),
        ({"down_payment": "1000.01"}, "must be less than"),
        ({"rhythm": "hourly"}, "choose one of the list"),
    ],
)
@ON_SQLITE
def test_a_plan_that_makes_no_sense_keeps_what_was_typed(
    book: Book, typed: dict[str, str], sentence: str
):
    again = ask(book, **typed)

    assert sentence in again
    assert "We lost our biggest client." in again
    with book.desk.reading() as session:
        assert session.scalar(select(func.count()).select_from(Approval)) == 0


def test_a_payer_has_one_plan_at_a_time(book: Book):
    ask(book)

    waiting = book.desk.say(book.ana, "plan hotel aurora")
    book.desk.press(book.carla, to_decide(book.desk, book.carla), "Approve")
    running = book.desk.say(book.ana, "plan hotel aurora")

    assert "waiting for a decision already" in waiting
    assert "is on a payment plan already" in running


def test_an_expired_request_leaves_no_plan(book: Book):
    ask(book)
    book.desk.wait(days=3)

    clock.expire(tick(book.desk))

    assert plan(book.desk).state is PlanState.REFUSED


def test_an_installment_missed_by_three_days_breaks_the_plan(book: Book):
    desk = book.desk
    granted(book)
    desk.wait(days=24)
    assert clock.review_plans(tick(desk)) == "no plans broken or done"
    desk.wait(days=1)

    first, again = clock.review_plans(tick(desk)), clock.review_plans(tick(desk))

    assert (first, again) == ("1 plan broken or done", "no plans broken or done")
    assert (plan(desk).state, plan(desk).ended_on) == (PlanState.BROKEN, date(2026, 7, 3))
    [told] = in_chat(desk, book.ana, "payment_plans.plan")
    assert "Broken: an installment was missed." in told


def test_money_that_is_in_keeps_the_plan_whether_applied_or_not(book: Book):
    desk = book.desk
    granted(book)
    pay(book, 200_00, on=date(2026, 6, 29), invoice=book.invoices[0])
    pay(book, 133_33, on=date(2026, 6, 30))
    desk.wait(days=40)

    assert clock.review_plans(tick(desk)) == "no plans broken or done"


def test_a_plan_that_is_paid_in_full_is_done(book: Book):
    granted(book)
    pay(book, 1_000_01, on=date(2026, 6, 20))
    book.desk.wait(days=13)

    clock.review_plans(tick(book.desk))

    assert plan(book.desk).state is PlanState.DONE
