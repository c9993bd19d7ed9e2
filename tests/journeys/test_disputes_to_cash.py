"""A dispute goes to its department, ends in a result, in money (R16, R22-R23, R116, R133)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.policy import Policy
from bot.store.postings import Posting
from bot.workflows.disputes import cash_news, causes
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute, DisputeStep
from bot.workflows.disputes.rules import Department, DisputeState, Reason, Step
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.people.records import place_of
from bot.workflows.tasks.records import Task, TaskKind, TaskState
from dialogs import dispute_cards as cards
from dialogs import dispute_department
from scheduler.disputes import run_clocks, watch_for_cash
from scheduler.job import Tick
from tests.support.desk import drawn

FILLED = {
    "amount": "300.00",
    "reason": "price",
    "description": "They were promised the old rate.",
    "contact": "Rosa, A/P",
    "department": "billing",
}


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def lea(desk):
    return desk.person("Lea Lead", "lead")


@pytest.fixture
def bill(desk):
    return desk.person("Bill Billing", "billing")


@pytest.fixture
def cora(desk):
    return desk.person("Cora Controller", "controller")


@pytest.fixture
def invoice(desk, ana):
    hotel = desk.customer("Hotel Aurora", agent=ana)
    return desk.invoice(hotel, "400.00", days_past_due=40, number="INV-1")


@pytest.fixture
def raised(desk, ana, lea, bill, invoice):
    form = desk.say(ana, "dispute Hotel Aurora")
    desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(invoice)})
    return dispute_of(desk).id


def dispute_of(desk, **wanted):
    with desk.reading() as session:
        found = select(Dispute).where(Dispute.parent_id.is_(None)).order_by(Dispute.id.desc())
        dispute = session.scalars(found.filter_by(**wanted)).first()
        session.expunge(dispute)
        return dispute


def department_card(desk, who):
    return desk.press(who, desk.say(who, "disputes"), "Open")


def raised_card(desk, who, dispute_id):
    with desk.reading() as session:
        return drawn(cards.raised(view_of(desk, session, who, dispute_id), may_close=False))


def closed_card(desk, who, dispute_id):
    with desk.reading() as session:
        return drawn(cards.closed(view_of(desk, session, who, dispute_id)))


def view_of(desk, session, who, dispute_id):
    place = place_of(who.id)
    return View(session=session, now=desk.now, policy=Policy(), about=dispute_id, place=place)


def resolve(desk, who, result, **more):
    card = desk.press(who, department_card(desk, who), "Resolve")
    return desk.press(
        who, card, "Close dispute", {"resolution": result, "words": "Checked."} | more
    )


def tick(desk):
    return Tick(at=desk.now, database=desk.database, policy=Policy())


def moving(desk):
    with desk.reading() as session:
        today = desk.policy.company_date(desk.now)
        return cash_news.moving(session, on=today, policy=desk.policy)


def held(desk, invoice, on=None):
    with desk.reading() as session:
        day = on or Policy().company_date(desk.now)
        return disputes.open_amounts(session, [invoice], on=day).get(invoice, 0)


def pays(desk, invoice, minor, number="P-1"):
    with desk.database.transaction() as session:
        bill = session.get_one(Invoice, invoice)
        today = Policy().company_date(desk.now)
        payment = Payment(
            number=number,
            customer_id=bill.customer_id,
            payer_id=bill.payer_id,
            received_on=today,
            amount=minor,
            applied=minor,
            currency=bill.currency,
            learned_at=desk.now,
        )
        session.add(payment)
        session.flush()
        session.add(
            Application(
                payment_id=payment.id,
                invoice_id=bill.id,
                amount=minor,
                applied_on=today,
                learned_at=desk.now,
            )
        )
        bill.applied += minor
        if bill.applied == bill.amount:
            bill.closed_on = today


def goes_back(desk, invoice, minor, number="P-1"):
    with desk.database.transaction() as session:
        payment = session.scalars(select(Payment).filter_by(number=number)).one()
        today = Policy().company_date(desk.now)
        session.add(
            Application(
                payment_id=payment.id,
                invoice_id=invoice,
                amount=-minor,
                applied_on=today,
                learned_at=desk.now,
            )
        )
        bill = session.get_one(Invoice, invoice)
        bill.applied -= minor
        bill.closed_on = None


def tasks(desk, kind):
    with desk.reading() as session:
        found = list(session.scalars(select(Task).filter_by(kind=kind).order_by(Task.id)))
        session.expunge_all()
        return found


def test_the_department_gets_it_and_asks_and_the_agent_answers_once(desk, ana, bill, raised):
    assert desk.owed(place_of(bill.id)) == ["disputes.department"]
    form = desk.press(bill, department_card(desk, bill), "Ask")
    assert "They were promised the old rate." in form

    asked = desk.press(bill, form, "Ask", {"words": "Which rate?"})

    assert "Asked: “Which rate?”" in asked
    assert "disputes.question" in desk.owed(place_of(ana.id))
    with desk.reading() as session:
        [question] = disputes.sayings(session, raised)
        view = View(session=session, now=desk.now, policy=Policy(), about=question.id)
        card = drawn(dispute_department.draw_question(view))
    answered = desk.press(ana, card, "Send answer", {"words": "The 2025 one."})
    again = desk.press(ana, card, "Send answer", {"words": "Something else."})
    assert "The 2025 one." in answered
    assert "Something else." not in again
    assert "Agent: “The 2025 one.”" in department_card(desk, bill)


def test_an_answer_reaches_the_agent_and_keeps_the_dispute_open(desk, ana, bill, raised):
    form = desk.press(bill, department_card(desk, bill), "Answer")

    desk.press(bill, form, "Save answer", {"words": "The rate is in clause 4."})

    assert "disputes.heard" in desk.owed(place_of(ana.id))
    dispute = dispute_of(desk)
    assert (dispute.state, dispute.answered_on) == (DisputeState.OPEN, date(2026, 6, 8))


def test_r55_long_words_are_cut_on_its_cards_and_whole_for_who_asks(desk, bill, lea, raised):
    last = "And that is all."
    long = f"{'Which stay? ' * 80}{last}"
    form = desk.press(bill, department_card(desk, bill), "Ask")

    asked = desk.press(bill, form, "Ask", {"words": long})
    closed = resolve(desk, bill, "stands", words=long)

    assert "…” Bill Billing" in asked
    assert last not in asked
    assert last in desk.press(bill, asked, "Show all of it")
    assert last not in closed
    assert desk.press(lea, closed, "Show all of it").text.count(last) == 2


def test_a_very_long_word_has_a_line_of_its_own_that_wraps(desk, ana, bill, invoice):
    word = "https://share.example/" + "x" * 200
    typed = FILLED | {"invoices": str(invoice), "description": f"See {word}"}
    desk.press(ana, desk.say(ana, "dispute Hotel Aurora"), "Save dispute", typed)

    body = department_card(desk, bill).card["body"]

    [parts] = [part["items"] for part in body if part["type"] == "Container"]
    assert [part["type"] for part in parts] == ["FactSet", "TextBlock", "TextBlock"]
    assert (parts[1]["text"], parts[2]["wrap"]) == ("In words", True)
    assert word in parts[2]["text"]


def test_another_department_and_an_agent_cannot_work_it(desk, ana, bill, raised):
    tess = desk.person("Tess Tax", "tax")
    card = department_card(desk, bill)

    for stranger in (ana, tess):
        for button in ("Ask", "Answer", "Resolve", "Hand over"):
            assert "is for" in desk.press(stranger, card, button)
    assert dispute_of(desk).version == 1


def test_it_is_handed_over_and_the_clock_goes_on(desk, bill, raised):
    tess = desk.person("Tess Tax", "tax")
    form = desk.press(bill, department_card(desk, bill), "Hand over")

    over = desk.press(
        bill, form, "Hand over", {"department": "tax", "words": "Exempt: I think."}
    )
    desk.press(bill, form, "Hand over", {"department": "sales", "words": "A second tap."})

    assert "Handed over from Billing to Tax: “Exempt: I think.” Bill Billing" in over
    assert desk.owed(place_of(tess.id)) == ["disputes.department"]
    dispute = dispute_of(desk)
    assert (dispute.department, str(dispute.raised_on)) == ("tax", "2026-06-08")


def test_a_dispute_is_handed_only_to_a_department_that_does_not_have_it(desk, bill, raised):
    form = desk.press(bill, department_card(desk, bill), "Hand over")

    [to] = [part["choices"] for part in form.card["body"] if part.get("id") == "department"]
    assert [choice["title"] for choice in to] == ["Tax", "Sales", "Support"]


def test_each_step_of_the_clock_is_taken_once_and_none_is_skipped(
    desk, ana, lea, bill, cora, raised
):
    for _ in range(45):
        run_clocks(tick(desk))
        run_clocks(tick(desk))
        desk.wait(days=1)

    with desk.reading() as session:
        taken = session.scalars(select(DisputeStep).order_by(DisputeStep.id)).all()
        steps = [(str(step.due_on), step.step) for step in taken]
    assert steps == [
        ("2026-06-12", Step.REMIND),
        ("2026-06-16", Step.OVERDUE),
        ("2026-06-30", Step.LEAD),
        ("2026-07-22", Step.CONTROLLER),
    ]
    assert desk.owed(place_of(cora.id)) == ["disputes.clock"]


def test_after_a_machine_was_off_every_step_is_recorded_and_each_reader_hears_once(
    desk, lea, bill, cora, raised
):
    desk.wait(days=60)

    run_clocks(tick(desk))

    with desk.reading() as session:
        assert len(session.scalars(select(DisputeStep)).all()) == 4
    assert desk.owed(place_of(bill.id)).count("disputes.clock") == 1
    assert desk.owed(place_of(lea.id)).count("disputes.clock") == 1


def test_an_answered_dispute_reminds_the_department_no_more(desk, bill, raised):
    form = desk.press(bill, department_card(desk, bill), "Answer")
    desk.press(bill, form, "Save answer", {"words": "We look."})
    desk.wait(days=20)

    run_clocks(tick(desk))

    with desk.reading() as session:
        assert [s.step for s in session.scalars(select(DisputeStep))] == []


def test_what_stands_is_owed_again_at_once_and_its_date_is_asked_the_same_day(
    desk, ana, bill, raised, invoice
):
    assert held(desk, invoice) == 300_00

    assert "Closed." in resolve(desk, bill, "stands")

    assert held(desk, invoice) == 0
    [task] = tasks(desk, TaskKind.PAYMENT_DATE)
    assert (task.owner_id, str(task.due_on)) == (ana.id, "2026-06-08")
    assert "Ask Hotel Aurora when $300.00 is paid" in task.title
    pays(desk, invoice, 300_00)
    desk.wait(days=1)
    watch_for_cash(tick(desk))
    assert dispute_of(desk).state is DisputeState.SETTLED
    [task] = tasks(desk, TaskKind.PAYMENT_DATE)
    assert task.state is TaskState.DROPPED


def test_the_next_morning_it_is_owed_today_until_somebody_has_spoken(
    desk, ana, bill, raised, invoice
):
    resolve(desk, bill, "stands")
    desk.wait(days=1)

    morning = desk.say(ana, "list")
    assert "Ask Hotel Aurora when $300.00 is paid, R23" in morning
    card = desk.say(ana, "next")
    desk.press(ana, card, "Left voicemail")
    assert tasks(desk, TaskKind.PAYMENT_DATE)[0].state is TaskState.OPEN
    desk.wait(hours=3)
    card = desk.say(ana, "customer Hotel Aurora")
    form = desk.press(ana, desk.press(ana, card, "Log a call"), "Promise")
    desk.press(ana, form, "Save")
    assert tasks(desk, TaskKind.PAYMENT_DATE)[0].state is TaskState.DONE


def test_what_is_granted_stays_out_until_its_credit_is_in_the_book(desk, bill, raised, invoice):
    resolve(desk, bill, "credited")
    [order] = tasks(desk, TaskKind.REQUEST_CREDIT)
    assert order.title == "Credit Hotel Aurora $300.00"
    desk.wait(days=3)
    watch_for_cash(tick(desk))
    assert held(desk, invoice) == 300_00

    with desk.reading() as session:
        payer = session.get_one(Invoice, invoice).payer_id
    desk.invoice(payer, "-300.00", number="CM-9")
    watch_for_cash(tick(desk))

    assert held(desk, invoice) == 0
    assert held(desk, invoice, on=date(2026, 6, 10)) == 300_00
    assert dispute_of(desk).state is DisputeState.SETTLED
    [order] = tasks(desk, TaskKind.REQUEST_CREDIT)
    assert (order.state, order.result) == (TaskState.DONE, "Credit CM-9 is in the book.")


def test_a_part_is_credited_and_the_rest_is_owed(desk, bill, raised, invoice):
    closed = resolve(desk, bill, "partly", granted="100.00")

    assert "credit of $100.00 awaited" in closed
    assert "In part: $100.00 is to be credited, $200.00 is owed" in closed
    assert "Decided the same day" in closed
    assert "no days" not in closed
    assert held(desk, invoice) == 100_00
    [task] = tasks(desk, TaskKind.PAYMENT_DATE)
    assert "$200.00" in task.title
    with desk.reading() as session:
        about = dispute_of(desk).id
        view = View(session=session, now=desk.now, policy=desk.policy, about=about)
        told = drawn(cards.closed(view))
    assert "Dispute closed: Hotel Aurora, $300.00" in told
    assert "A credit of $100.00 is requested; ask today for a payment date" in told


@pytest.mark.parametrize(
    ("granted", "sentence"),
    [
        ("", "how much of $300.00"),
        ("300.00", "less than $300.00"),
        ("400.00", "less than"),
        ("x", "should be an amount"),
        ("0", "more than zero"),
    ],
)
def test_a_part_that_does_not_fit_is_said_and_nothing_is_lost(
    desk, bill, raised, granted, sentence
):
    again = resolve(desk, bill, "partly", granted=granted)

    assert sentence in again
    assert "Checked." in again
    assert again.text.index("Result") < again.text.index(sentence)
    assert dispute_of(desk).state is DisputeState.OPEN


def test_a_part_typed_beside_another_result_is_asked_about_and_not_dropped(desk, bill, raised):
    again = resolve(desk, bill, "credited", granted="100.00")

    assert "Leave this empty, or choose “In part” as the result." in again
    assert "Checked." in again
    assert dispute_of(desk).state is DisputeState.OPEN


def test_decided_but_unpaid_comes_to_the_lead_once(desk, lea, bill, raised):
    resolve(desk, bill, "stands")
    desk.wait(days=16)

    for _ in range(3):
        watch_for_cash(tick(desk))
        desk.wait(days=1)

    assert desk.owed(place_of(lea.id)).count("disputes.clock") == 1


def test_what_only_waits_for_its_money_is_left_alone(desk, bill, raised, invoice):
    """R23: a look takes hold of a decided dispute only where something came of it."""
    resolve(desk, bill, "stands")
    assert moving(desk) == []

    desk.wait(days=16)
    assert moving(desk) == [raised]
    watch_for_cash(tick(desk))
    assert moving(desk) == []

    pays(desk, invoice, 300_00)
    assert moving(desk) == [raised]
    watch_for_cash(tick(desk))
    assert moving(desk) == []


def test_an_awaited_credit_moves_its_dispute_once_it_is_in(desk, bill, raised, invoice):
    resolve(desk, bill, "credited")
    with desk.reading() as session:
        payer = session.get_one(Invoice, invoice).payer_id
    desk.invoice(payer, "-299.99", number="CM-8")

    before = moving(desk)
    desk.invoice(payer, "-300.00", number="CM-9")
    during = moving(desk)
    watch_for_cash(tick(desk))

    assert (before, during, moving(desk)) == ([], [raised], [])


def test_money_that_went_back_is_watched_for_again(desk, lea, bill, raised, invoice):
    resolve(desk, bill, "stands")
    pays(desk, invoice, 30_000)
    watch_for_cash(tick(desk))
    assert dispute_of(desk).state is DisputeState.SETTLED
    desk.wait(days=16)
    goes_back(desk, invoice, 30_000)

    for _ in range(3):
        watch_for_cash(tick(desk))

    assert dispute_of(desk).state is DisputeState.RESOLVED
    assert desk.owed(place_of(lea.id)).count("disputes.clock") == 1
    pays(desk, invoice, 30_000, number="P-2")
    watch_for_cash(tick(desk))
    assert dispute_of(desk).state is DisputeState.SETTLED


def test_the_customer_objects_again_and_both_rounds_keep_their_dates(
    desk, ana, bill, raised, invoice
):
    resolve(desk, bill, "stands")
    desk.wait(days=3)
    card = raised_card(desk, ana, raised)
    form = desk.press(ana, card, "Objects again")

    again = desk.press(ana, form, "Take it up again", {"words": "Still the old rate."})
    twice = desk.press(ana, form, "Take it up again", {"words": "Still the old rate."})

    assert "Taken up again" in again
    assert "Taken up again" in twice
    assert held(desk, invoice) == 300_00
    assert held(desk, invoice, on=date(2026, 6, 9)) == 0
    assert held(desk, invoice, on=date(2026, 6, 8)) == 0
    second = dispute_of(desk)
    assert (second.reopens_id, second.amount) == (raised, 300_00)


def test_the_agent_who_hears_the_next_objection_says_so_on_the_card_about_the_result(
    desk, ana, bill, raised
):
    resolve(desk, bill, "stands")
    form = desk.press(ana, closed_card(desk, ana, raised), "Objects again")
    again = desk.press(ana, form, "Take it up again", {"words": "Still the old rate."})

    assert "Taken up again. The department and the lead are told." in again
    assert dispute_of(desk).reopens_id == raised
    assert "Objects again" not in closed_card(desk, ana, raised).titles


def test_a_department_is_not_offered_the_customers_next_objection(desk, lea, bill, raised):
    closed = resolve(desk, bill, "stands")

    assert "Closed. The agent is told." in closed
    assert "Objects again" not in closed.titles
    assert "Objects again" in raised_card(desk, lea, raised).titles


def test_closing_twice_changes_nothing(desk, bill, raised):
    form = desk.press(bill, department_card(desk, bill), "Resolve")
    ruled = {"resolution": "stands", "words": "Clause 4."}

    desk.press(bill, form, "Close dispute", ruled)
    again = desk.press(bill, form, "Close dispute", ruled | {"resolution": "credited"})

    assert "closed meanwhile" in again
    assert dispute_of(desk).granted == 0


def test_hostile_words_are_shown_as_words(desk, ana, bill, raised):
    form = desk.press(bill, department_card(desk, bill), "Answer")

    said = desk.press(bill, form, "Save answer", {"words": "[x](http://evil) {{DATE()}} *b*"})

    assert "[x](http://evil)" in said


def test_causes_are_counted_with_their_money_and_days(desk, lea, bill, raised):
    desk.wait(days=2)
    resolve(desk, bill, "stands")

    with desk.reading() as session:
        found = causes.counted(session, since=date(2026, 6, 1), as_of=date(2026, 6, 10))

    assert found.raised_by_reason[Reason.PRICE].money == {"USD": 300_00}
    assert found.days_to_decide == 2.0
    assert found.open_by_department == {}
    assert "Price" in desk.say(lea, "disputes")


def test_a_past_day_sees_what_was_open_then(desk, bill, raised):
    desk.wait(days=5)
    resolve(desk, bill, "stands")

    with desk.reading() as session:
        found = causes.counted(session, since=date(2026, 6, 1), as_of=date(2026, 6, 10))

    assert found.open_by_department[Department.BILLING].count == 1


def shown_to(desk, who, draw, dispute_id):
    """Return a card as it stands in somebody's own chat."""
    with desk.reading() as session:
        view = View(
            session=session,
            now=desk.now,
            policy=desk.policy,
            about=dispute_id,
            place=place_of(who.id),
        )
        return drawn(draw(view))


def test_r23_who_raised_it_and_its_department_see_the_money_come_in(
    desk, ana, bill, raised, invoice
):
    resolve(desk, bill, "stands")
    asked = shown_to(desk, ana, cards.closed, raised)
    assert "Ask for a payment date today." in asked
    assert "Decided the same day; not paid yet." in asked

    pays(desk, invoice, 300_00)
    desk.wait(days=1)
    copies = wanted(desk, "disputes.closed")
    watch_for_cash(tick(desk))

    assert wanted(desk, "disputes.closed") == copies + 1
    paid = "Decided the same day; paid Mon 8 Jun."
    told = shown_to(desk, ana, cards.closed, raised)
    assert paid in told
    assert "Ask for" not in told
    assert paid in shown_to(desk, bill, cards.for_department, raised)


def test_r23_a_granted_credit_is_seen_to_come_in(desk, ana, bill, raised, invoice):
    resolve(desk, bill, "credited")
    awaited = shown_to(desk, ana, cards.closed, raised)
    assert "until it is in the book the amount stays out" in awaited
    assert "credit of $300.00 awaited" in awaited

    with desk.reading() as session:
        payer = session.get_one(Invoice, invoice).payer_id
    desk.invoice(payer, "-300.00", number="CM-9")
    watch_for_cash(tick(desk))

    told = shown_to(desk, ana, cards.closed, raised)
    assert "Decided the same day; $300.00 credited Mon 8 Jun." in told
    assert "stays out" not in told


def test_r23_once_a_day_is_promised_the_agent_is_not_told_to_ask_again(desk, ana, bill, raised):
    resolve(desk, bill, "stands")
    card = desk.press(ana, desk.say(ana, "customer Hotel Aurora"), "Log a call")
    desk.press(ana, desk.press(ana, card, "Promise"), "Save")

    told = shown_to(desk, ana, cards.closed, raised)

    assert "Ask for" not in told
    assert "not paid yet" in told


def test_r23_a_lead_sees_which_decided_disputes_wait_for_their_money(desk, lea, bill, raised):
    resolve(desk, bill, "stands")
    desk.wait(days=3)

    card = desk.say(lea, "disputes")

    assert "Decided, not paid: 1 dispute, $300.00" in card
    assert "money awaited, 3 days" in card
    assert "Decided after" not in card
    assert "Decided the same day; not paid yet (3 days)." in desk.press(lea, card, "Open")


def test_r112_what_was_said_is_told_on_its_readers_clock(desk, bill, lea):
    mira = desk.person("Mira", time_zone="Asia/Manila")
    first = desk.invoice(desk.customer("Hotel Borealis", agent=mira), "400.00")
    form = desk.say(mira, "dispute hotel borealis")
    desk.press(mira, form, "Save dispute", FILLED | {"amount": "", "invoices": str(first)})
    asked = desk.press(bill, department_card(desk, bill), "Ask")
    desk.press(bill, asked, "Ask", {"words": "Which rate?"})

    with desk.reading() as session:
        [question] = disputes.sayings(session, dispute_of(desk).id)
    told = shown_to(desk, mira, dispute_department.draw_question, question.id)

    assert "“Which rate?” Bill Billing, Mon 8 Jun 20:00 (Manila)" in told
    assert "(New York)" not in told


def wanted(desk, card):
    """Return how often a card was to be drawn, over all its copies."""
    with desk.reading() as session:
        return sum(session.scalars(select(Posting.wanted).filter_by(card=card)))
