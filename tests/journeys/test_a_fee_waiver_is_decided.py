"""A fee waiver, from the agent's question to the decision and after (R64-R69, R166-R167)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import func, select

from bot.store import postings
from bot.store.audit import AuditEntry
from bot.workflows.approvals.records import Approval, ApprovalVersion
from bot.workflows.approvals.rules import ApprovalState
from bot.workflows.fee_waivers.records import FeeWaiver
from bot.workflows.ledger.records import Payment
from bot.workflows.people.records import Absence, Person
from bot.workflows.people.rules import Member
from scheduler import approvals as clock
from scheduler.job import Tick
from tests.support.approvals import WAIVER, in_chat, news, to_decide
from tests.support.databases import ON_SQLITE
from tests.support.desk import Desk, Shown, channel

WHY = {"words": "They pay 40,000 today, so it is worth it."}


@dataclass
class Asked:
    desk: Desk
    ana: Member
    bea: Member
    carla: Member
    victor: Member
    payer: int
    card: Shown
    """What Ana got when she asked."""


@pytest.fixture
def asked(desk: Desk) -> Asked:
    """Ana asks for a waiver; Carla (controller) and Victor (VP Finance) may decide."""
    ana = desk.person("Ana Cruz", time_zone="Asia/Manila")
    bea = desk.person("Bea Santos")
    carla = desk.person("Carla Reed", "controller")
    victor = desk.person("Victor Hale", "vp_finance")
    payer = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(payer, "8,000.00", days_past_due=45, number="INV-1")
    card = request(desk, ana)
    return Asked(desk, ana, bea, carla, victor, payer, card)


def request(desk: Desk, who: Member, **typed: str) -> Shown:
    form = desk.say(who, "waive hotel aurora")
    return desk.press(who, form, "Send for decision", WAIVER | typed)


def tick(desk: Desk) -> Tick:
    return Tick(at=desk.now, database=desk.database, policy=desk.policy)


def state(desk: Desk) -> ApprovalState:
    with desk.reading() as session:
        return session.scalars(select(Approval.state)).one()


@ON_SQLITE
def test_the_form_says_that_the_answer_is_no_and_what_the_fee_is(desk: Desk):
    ana = desk.person("Ana Cruz")
    desk.customer("Hotel Aurora", agent=ana)

    form = desk.say(ana, "waive Hotel Aurora")

    assert "Default answer: no." in form
    assert "3% of credit card payments above $2,500.00" in form


def test_the_decider_sees_everything_on_one_card(asked: Asked):
    card = to_decide(asked.desk, asked.carla)

    assert (
        "Waive the $150.00 fee on a $5,000.00 credit card payment by Hotel Aurora, planned "
        "for Fri 12 Jun 2026." in card
    )
    assert "Default answer: no." in card
    assert "$8,000.00 ($8,000.00 past due)" in card
    assert "31–60 $8,000.00" in card
    assert "Promises\nnone broken" in card
    assert "no plans, no waivers granted" in card
    assert "Customer: “We can only pay by card this month.”" in card
    assert "Ana Cruz, Mon 8 Jun 08:00: Good payer" in card
    assert "If nobody answers by Wed 10 Jun 17:00 (New York), the answer is no." in card
    assert card.titles == ["Approve", "Decline", "Ask", "Counter-offer"]


def test_the_requester_keeps_a_card_that_says_where_it_stands(asked: Asked):
    assert "Waiting for a decision." in asked.card
    assert asked.card.answer.showing is not None
    assert asked.card.titles == ["Withdraw"]
    assert "(Manila)" in asked.card


def test_the_same_payments_waiver_is_not_asked_for_twice_while_it_waits(asked: Asked):
    desk = asked.desk

    again = request(desk, asked.ana)
    other = request(desk, asked.ana, planned_on="2026-06-15")

    assert "A waiver for that payment of Hotel Aurora waits for a decision already." in again
    assert again.titles == ["Send for decision", "Back"]
    assert "Sent. You are told" in other
    desk.press(asked.ana, asked.card, "Withdraw")
    assert "Sent. You are told" in request(desk, asked.ana)


def test_one_approves_and_everybody_concerned_sees_it(asked: Asked):
    desk = asked.desk

    done = desk.press(asked.carla, to_decide(desk, asked.carla), "Approve", WHY)

    assert "Approved by Carla Reed, Mon 8 Jun 08:00 (New York)." in done
    assert done.titles == []
    closed = to_decide(desk, asked.victor)
    assert "Approved by Carla Reed" in closed
    assert "They pay 40,000 today" in closed
    assert closed.titles == []
    told = news(desk, asked.ana)
    assert "Carla Reed approved your request." in told
    with desk.reading() as session:
        waiver = session.scalars(select(FeeWaiver)).one()
        assert (waiver.waived, waiver.used_on) == (150_00, None)


def test_a_waiver_needs_a_reason_in_writing_and_what_was_typed_stays(asked: Asked):
    desk = asked.desk
    card = to_decide(desk, asked.carla)

    refused = desk.press(asked.carla, card, "Approve", {"words": "  "})

    assert "a waived fee needs a reason in writing" in refused
    assert "Approve" in refused.titles
    assert "a no needs a reason" in desk.press(asked.carla, card, "Decline")
    assert state(desk) is ApprovalState.WAITING


def test_a_second_tap_changes_nothing(asked: Asked):
    desk = asked.desk
    carlas, victors = to_decide(desk, asked.carla), to_decide(desk, asked.victor)
    desk.press(asked.carla, carlas, "Decline", {"words": "No."})

    again = desk.press(asked.carla, carlas, "Approve", WHY)
    late = desk.press(asked.victor, victors, "Approve", WHY)

    for card in (again, late):
        assert "Declined by Carla Reed" in card
        assert card.titles == []
    assert state(desk) is ApprovalState.DECLINED


@pytest.mark.parametrize(
    "roles", ["agent", "lead", "collections_manager", "meeting", "auditor"]
)
@ON_SQLITE
def test_nobody_without_the_role_decides(asked: Asked, roles: str):
    desk = asked.desk
    dora = desk.person("Dora Ruiz", roles)

    answer = desk.press(dora, to_decide(desk, asked.carla), "Approve", WHY)

    assert state(desk) is ApprovalState.WAITING
    assert "Controller or the VP Finance" in answer or "between its requester" in answer
    assert "Approve" not in answer.titles


def test_a_role_taken_away_is_gone_at_the_next_click(asked: Asked):
    desk = asked.desk
    card = to_decide(desk, asked.carla)
    with desk.database.transaction() as session:
        session.get_one(Person, asked.carla.id).roles = "agent"

    desk.press(asked.carla, card, "Approve", WHY)

    assert state(desk) is ApprovalState.WAITING


def test_a_controller_does_not_decide_what_they_asked_for(desk: Desk):
    carla = desk.person("Carla Reed", "controller")
    twin = desk.person("Karla Reed", "vp_finance", email="CARLA@desk.example")
    victor = desk.person("Victor Hale", "vp_finance")
    desk.customer("Hotel Aurora", agent=desk.person("Ana Cruz"))
    request(desk, carla)
    card = to_decide(desk, victor)

    own = desk.press(carla, card, "Approve", WHY)
    second_account = desk.press(twin, card, "Approve", WHY)

    assert "You asked for this yourself" in own
    assert "You asked for this yourself" in second_account
    assert in_chat(desk, carla) == []
    assert in_chat(desk, twin) == []
    assert state(desk) is ApprovalState.WAITING


def test_a_question_is_answered_before_the_decision(asked: Asked):
    desk = asked.desk
    before = to_decide(desk, asked.victor)

    desk.press(asked.carla, to_decide(desk, asked.carla), "Ask", {"words": "Who said so?"})
    told = news(desk, asked.ana)
    answered = desk.press(asked.ana, told, "Send answer", {"words": "Their CFO, today."})

    assert "Carla Reed asks: Who said so?" in told
    assert "Your answer is on its way." in answered
    assert "Ana Cruz answers: Their CFO, today." in news(desk, asked.carla)
    assert "Ana Cruz answered: Their CFO, today." in to_decide(desk, asked.victor)
    stale = desk.press(asked.victor, before, "Approve", WHY)
    assert "This changed a moment ago and nothing was done." in stale
    assert state(desk) is ApprovalState.WAITING
    assert "Approved" in desk.press(asked.victor, stale, "Approve", WHY)


@ON_SQLITE
def test_an_empty_question_is_no_question(asked: Asked):
    card = asked.desk.press(asked.carla, to_decide(asked.desk, asked.carla), "Ask")

    assert "Please write your question." in card
    assert in_chat(asked.desk, asked.ana, "approvals.answer") == []


def test_a_counter_offer_that_the_customer_accepts_is_decided_in_its_authors_name(asked: Asked):
    desk = asked.desk
    form = desk.press(asked.carla, to_decide(desk, asked.carla), "Counter-offer")
    typed = {"percent": "50", "reason": "Half is fair."}

    sent = desk.press(asked.carla, form, "Send the offer", typed)
    told = news(desk, asked.ana)
    assert "Carla Reed offers something else" in told
    assert "Waive $75.00 of the $150.00 fee" in told
    assert "Approve" not in to_decide(desk, asked.victor).titles
    done = desk.press(asked.ana, told, "Customer accepts")

    assert "Counter-offer by Carla Reed: it is with the customer." in sent
    assert "Approved by Carla Reed" in done
    assert "accepts your counter-offer" in news(desk, asked.carla)
    with desk.reading() as session:
        assert session.scalars(select(FeeWaiver.waived)).one() == 75_00
        texts = session.scalars(select(ApprovalVersion.text).order_by(ApprovalVersion.id)).all()
    assert "Waive the $150.00 fee" in texts[0]
    assert "Waive $75.00 of the" in texts[1]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reason": "x"}, "a percentage or an amount"),
        ({"reason": "x", "percent": "10", "amount": "5"}, "a percentage or an amount"),
        ({"reason": "x", "percent": "100"}, "from 1 to 99"),
        ({"reason": "x", "amount": "150.00"}, "more than nothing, less than all"),
        ({"percent": "50"}, "Please fill in “Your reason”."),
    ],
)
@ON_SQLITE
def test_a_counter_offer_that_makes_no_sense_keeps_what_was_typed(
    asked: Asked, typed: dict[str, str], sentence: str
):
    desk = asked.desk
    form = desk.press(asked.carla, to_decide(desk, asked.carla), "Counter-offer")

    again = desk.press(asked.carla, form, "Send the offer", typed)

    assert sentence in again
    assert all(value in again for value in typed.values())
    assert state(desk) is ApprovalState.WAITING


def test_a_counter_offer_that_the_customer_declines_closes_it(asked: Asked):
    desk = asked.desk
    form = desk.press(asked.carla, to_decide(desk, asked.carla), "Counter-offer")
    offer = {"amount": "20", "reason": "A little."}
    desk.press(asked.carla, form, "Send the offer", offer)

    done = desk.press(asked.ana, news(desk, asked.ana), "Customer declines")

    assert "Taken back by Ana Cruz" in done
    assert state(desk) is ApprovalState.WITHDRAWN
    assert "does not take your counter-offer" in news(desk, asked.carla)


def test_a_counter_offer_whose_author_lost_the_role_waits_for_somebody_who_has_it(asked: Asked):
    desk = asked.desk
    form = desk.press(asked.carla, to_decide(desk, asked.carla), "Counter-offer")
    offer = {"percent": "50", "reason": "Half."}
    desk.press(asked.carla, form, "Send the offer", offer)
    with desk.database.transaction() as session:
        session.get_one(Person, asked.carla.id).is_active = False

    desk.press(asked.ana, news(desk, asked.ana), "Customer accepts")

    assert state(desk) is ApprovalState.WAITING
    assert "Approved" in desk.press(asked.victor, to_decide(desk, asked.victor), "Approve", WHY)


def test_the_requester_may_withdraw_before_the_decision_and_not_after(asked: Asked):
    desk = asked.desk

    taken = desk.press(asked.ana, asked.card, "Withdraw")
    again = desk.press(asked.ana, asked.card, "Withdraw")

    assert "Taken back by Ana Cruz" in taken
    assert "closed already" in again
    assert "Taken back by Ana Cruz" in to_decide(desk, asked.carla)


def test_another_agent_neither_withdraws_nor_sees_it(asked: Asked):
    answer = asked.desk.press(asked.bea, asked.card, "Withdraw")

    assert "Only the person who asked" in answer
    assert answer.card is None
    assert state(asked.desk) is ApprovalState.WAITING


def test_the_list_shows_what_waits_for_me_and_what_i_asked(asked: Asked):
    desk = asked.desk

    carlas, anas = desk.say(asked.carla, "approvals"), desk.say(asked.ana, "approvals")
    opened = desk.press(asked.carla, carlas, "Open")

    assert "Approvals: 1 request for you" in carlas
    assert "Fee waiver: Hotel Aurora · $150.00" in carlas
    assert "You asked for" in anas
    assert "no requests for you" in anas
    assert "Approve" in opened.titles
    assert opened.answer.showing is not None
    assert "Waiting for a decision" in desk.press(asked.ana, anas, "Open")


@ON_SQLITE
def test_what_waits_is_offered_again_when_a_decider_opens_the_app_anew(asked: Asked):
    assert any("Waiting for you" in shown for shown in asked.desk.installs(asked.carla))
    assert not any("Waiting for you" in shown for shown in asked.desk.installs(asked.bea))
    sam = asked.desk.person("Sam Poe", "support")
    assert not any("controller" in shown for shown in asked.desk.installs(sam))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "2,500.00"}, "no fee on payments up to $2,500.00"),
        ({"card": "debit"}, "only on credit cards"),
        ({"card": "gift"}, "choose one of the list"),
        ({"planned_on": "2026-06-05"}, "before the payment is made"),
        ({"is_made": "true"}, "before the payment is made"),
        ({"amount": "", "invoices": ""}, "tick invoices of one currency, or type"),
        ({"amount": "1e5"}, "should be an amount"),
        ({"words": ""}, "Please fill in “The customer's words”."),
        ({"invoices": "999999"}, "not open any more"),
        ({"invoices": "1); drop"}, "tick the boxes"),
        ({"reason": "card 4111 1111 1111 1111"}, "card number"),
    ],
)
@ON_SQLITE
def test_a_request_that_makes_no_sense_keeps_what_was_typed(
    desk: Desk, typed: dict[str, str], sentence: str
):
    ana = desk.person("Ana Cruz")
    desk.customer("Hotel Aurora", agent=ana)
    desk.person("Carla Reed", "controller")

    again = request(desk, ana, **typed)

    assert sentence in again
    assert "Send for decision" in again.titles
    if "words" not in typed:
        assert WAIVER["words"] in again
    with desk.reading() as session:
        assert session.scalar(select(func.count()).select_from(Approval)) == 0


def test_the_payment_is_the_sum_of_the_invoices_ticked(desk: Desk):
    ana = desk.person("Ana Cruz")
    payer = desk.customer("Hotel Aurora", agent=ana)
    carla = desk.person("Carla Reed", "controller")
    ticked = [desk.invoice(payer, amount) for amount in ("2,000.01", "1,000.00")]

    request(desk, ana, amount="", invoices=",".join(map(str, ticked)))

    assert "3% of $3,000.01 = $90.00" in to_decide(desk, carla)


def many(desk: Desk, who: Member, count: int) -> list[int]:
    payer = desk.customer("Hotel Aurora", agent=who)
    return [
        desk.invoice(payer, f"{1000 + n}.00", days_past_due=90 - n, number=f"INV-{n:02d}")
        for n in range(count)
    ]


def test_invoices_that_are_not_listed_are_named_by_their_numbers(desk: Desk):
    ana, carla = desk.person("Ana Cruz"), desk.person("Carla Reed", "controller")
    first, *_ = many(desk, ana, 15)

    form = desk.say(ana, "waive hotel aurora")
    desk.press(
        ana,
        form,
        "Send for decision",
        WAIVER | {"amount": "", "invoices": str(first), "others": "inv-13, INV-14; INV-00"},
    )

    assert "The 12 oldest of 15 invoices are listed" in form
    assert "3% of $3,027.00" in to_decide(desk, carla)


@ON_SQLITE
def test_a_number_that_is_none_is_said_beside_the_field_with_all_other_problems(desk: Desk):
    ana = desk.person("Ana Cruz")
    many(desk, ana, 13)

    again = request(desk, ana, others="INV-12, INV-99 nonsense", words="")

    assert "INV-99, nonsense are not among the invoices that can be chosen." in again
    assert "Please fill in “The customer's words”." in again
    assert "INV-12, INV-99 nonsense" in again


@ON_SQLITE
def test_where_all_invoices_are_listed_none_is_asked_for_by_number(desk: Desk):
    ana = desk.person("Ana Cruz")
    many(desk, ana, 12)

    assert "Other invoices" not in desk.say(ana, "waive hotel aurora")


def test_sending_the_same_form_twice_asks_once(desk: Desk):
    ana = desk.person("Ana Cruz")
    desk.customer("Hotel Aurora", agent=ana)
    desk.person("Carla Reed", "controller")
    form = desk.say(ana, "waive hotel aurora")

    first = desk.press(ana, form, "Send for decision", WAIVER)
    second = desk.press(ana, form, "Send for decision", WAIVER)

    assert first.titles == second.titles == ["Withdraw"]
    with desk.reading() as session:
        assert session.scalar(select(func.count()).select_from(Approval)) == 1


def test_another_agents_payer_is_refused_unless_one_covers_for_them(asked: Asked):
    desk = asked.desk
    refused = desk.say(asked.bea, "waive hotel aurora")
    with desk.database.transaction() as session:
        session.add(
            Absence(
                person_id=asked.ana.id,
                cover_id=asked.bea.id,
                first_day=date(2026, 6, 8),
                last_day=date(2026, 6, 9),
                set_by=asked.carla.id,
                set_at=desk.now,
            )
        )

    allowed = desk.say(asked.bea, "waive hotel aurora")

    assert "is Ana Cruz's account" in refused
    assert refused.card is None
    assert "Send for decision" in allowed.titles


def test_a_waiver_is_not_granted_once_the_payment_is_in(asked: Asked):
    desk = asked.desk
    desk.wait(hours=1)
    pay(asked)

    late = desk.press(asked.carla, to_decide(desk, asked.carla), "Approve", WHY)

    assert "The payment has been made meanwhile" in late
    assert state(desk) is ApprovalState.WAITING


def test_a_waiver_counts_once_for_its_payment(asked: Asked):
    desk = asked.desk
    desk.press(asked.carla, to_decide(desk, asked.carla), "Approve", WHY)
    assert clock.count_waivers(tick(desk)) == "no waivers used"
    pay(asked, "P1")
    pay(asked, "P2")

    assert clock.count_waivers(tick(desk)) == "1 waiver used"
    assert clock.count_waivers(tick(desk)) == "no waivers used"


def pay(asked: Asked, number: str = "P1") -> None:
    with asked.desk.database.transaction() as session:
        payment = Payment(
            number=number,
            customer_id=asked.payer,
            payer_id=asked.payer,
            received_on=date(2026, 6, 8),
            amount=5_000_00,
            currency="USD",
            method="credit card",
            learned_at=asked.desk.now,
        )
        session.add(payment)


def test_nobodys_answer_is_a_no_after_two_business_days(asked: Asked):
    desk = asked.desk
    desk.wait(days=2, hours=8, minutes=59)
    assert clock.expire(tick(desk)) == "no requests closed without an answer"
    desk.wait(minutes=1)

    too_late = desk.press(asked.carla, to_decide(desk, asked.carla), "Approve", WHY)
    first, again = clock.expire(tick(desk)), clock.expire(tick(desk))

    assert "The time for an answer has run out" in too_late
    assert (first, again) == (
        "1 request closed without an answer",
        "no requests closed without an answer",
    )
    assert "Nobody answered in time" in news(desk, asked.ana)
    assert to_decide(desk, asked.carla).titles == []
    assert state(desk) is ApprovalState.EXPIRED


def test_deciders_are_reminded_once_after_four_business_hours(asked: Asked):
    desk = asked.desk
    desk.wait(hours=4, minutes=59)
    assert clock.remind(tick(desk)) == "no reminders sent"
    desk.wait(minutes=1)

    first, again = clock.remind(tick(desk)), clock.remind(tick(desk))

    assert (first, again) == ("2 reminders sent", "no reminders sent")
    reminder = news(desk, asked.victor)
    assert "A reminder" in reminder
    assert "Approved" in desk.press(asked.victor, reminder, "Approve", WHY)
    assert news(desk, asked.carla).titles == []


def test_the_one_who_is_there_is_told_before_the_end_when_the_other_is_away(asked: Asked):
    desk = asked.desk
    with desk.database.transaction() as session:
        session.add(
            Absence(
                person_id=asked.carla.id,
                first_day=date(2026, 6, 9),
                last_day=date(2026, 6, 12),
                set_by=asked.carla.id,
                set_at=desk.now,
            )
        )
    desk.wait(days=2, hours=7)

    clock.remind(tick(desk))

    told = news(desk, asked.victor)
    assert "Last call" in told
    assert "Carla Reed is away." in told
    assert not any(
        "Last call" in card for card in in_chat(desk, asked.carla, "approvals.answer")
    )


def test_everything_is_in_the_trail(asked: Asked):
    desk = asked.desk
    desk.press(asked.carla, to_decide(desk, asked.carla), "Approve", WHY)

    with desk.reading() as session:
        rows = session.execute(
            select(AuditEntry.what, AuditEntry.by, AuditEntry.why).order_by(AuditEntry.id)
        ).all()

    assert [(row.what, row.by) for row in rows] == [
        ("approvals.asked", asked.ana.id),
        ("approvals.approved", asked.carla.id),
        ("fee_waivers.granted", None),
    ]
    assert rows[1].why == WHY["words"]


@ON_SQLITE
def test_markup_in_names_and_words_is_only_text(desk: Desk):
    ana = desk.person("Ana Cruz")
    carla = desk.person("Carla Reed", "controller")
    desk.customer("[Hotel](http://x) **Aurora**", agent=ana)
    form = desk.say(ana, "waive [hotel](http://x) **aurora**")
    typed = WAIVER | {"words": "{{DATE(2026-01-01)}} <b>pay</b>"}

    desk.press(ana, form, "Send for decision", typed)

    card = str(to_decide(desk, carla).card)
    assert "[Hotel](http" not in card
    assert "**Aurora**" not in card
    assert "'{{DATE" not in card
    assert "“{{DATE" not in card


@ON_SQLITE
def test_a_request_in_a_channel_is_answered_in_private(asked: Asked):
    for words in ("approvals", "waive hotel aurora", "plan hotel aurora"):
        assert "in our own chat" in asked.desk.say(asked.ana, words, spot=channel())


def test_of_the_requesters_cards_only_the_newest_shows_all_of_a_decided_request(asked: Asked):
    desk, asked_first = asked.desk, asked.card.answer.showing
    assert asked_first
    with desk.database.transaction() as session:
        postings.show(session, asked_first, at=desk.now)
    desk.press(asked.carla, to_decide(desk, asked.carla), "Ask", {"words": "Why by card?"})
    question = news(desk, asked.ana)
    desk.press(asked.ana, question, "Send answer", {"words": "Their bank is down."})
    desk.press(asked.carla, to_decide(desk, asked.carla), "Approve", WHY)

    first = in_chat(desk, asked.ana, "approvals.request")[-1]
    *earlier, last = in_chat(desk, asked.ana, "approvals.answer")

    for card in (first, *earlier):
        assert "Approved by Carla Reed" in card
        assert "The whole request stands below." in card
        assert "Their bank is down." not in card
        assert card.titles == []
    assert "Carla Reed approved your request." in last
    assert "Ana Cruz answered: Their bank is down." in last
    assert "stands below" not in last
    assert "stands below" not in to_decide(desk, asked.victor)


def test_a_request_that_was_taken_back_points_to_no_other_card(asked: Asked):
    desk = asked.desk
    desk.press(asked.carla, to_decide(desk, asked.carla), "Ask", {"words": "Why by card?"})
    desk.press(asked.ana, news(desk, asked.ana), "Withdraw")

    assert "Taken back by Ana Cruz" in news(desk, asked.ana)
    assert "stands below" not in news(desk, asked.ana)
