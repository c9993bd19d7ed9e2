"""R164: each outcome's form, what it changes, and that undoing takes all of it back."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from sqlalchemy import select

from bot.chat.inbound import Press
from bot.workflows.calls.records import Call, DocumentRequest
from bot.workflows.customers.records import ContactChange, Customer
from bot.workflows.people.records import place_of
from bot.workflows.promises.records import Promise, PromisedInvoice
from bot.workflows.special_handling.records import Hold
from tests.support.desk import Desk, Shown, buttons, personal

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What only reads what was typed is the same on both databases."""
CARD = "4111 1111 1111 1111"


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Cruz", time_zone="Asia/Manila")


@pytest.fixture
def lee(desk: Desk):
    return desk.person("Lee Long", "lead")


@pytest.fixture
def aurora(desk: Desk, ana) -> int:
    payer = desk.customer(
        "Hotel Aurora", agent=ana, email="ap@aurora.example", contact_name="Maria"
    )
    desk.invoice(payer, "4000.00", days_past_due=45, number="INV-A")
    desk.invoice(payer, "1000.00", days_past_due=20, number="INV-B")
    desk.invoice(payer, "77.00", days_past_due=-5, number="INV-C")
    return payer


@pytest.fixture
def card(desk: Desk, ana, aurora) -> Shown:
    return desk.press(ana, desk.say(ana, "list"), "Work the list")


def rows(desk: Desk, record):
    with desk.reading() as session:
        found = list(session.scalars(select(record).order_by(record.id)))
        session.expunge_all()
    return found


def saved(desk: Desk, who, card: Shown, outcome: str, **typed: str) -> Shown:
    return desk.press(who, desk.press(who, card, outcome), "Save", typed)


def test_a_promise_is_prefilled_with_what_is_past_due(desk, ana, card):
    form = desk.press(ana, card, "Promise")

    assert "Promise to pay: Hotel Aurora" in form
    assert "INV-A · $4,000.00 · 45 days past due" in form
    assert "5000.00" in form
    assert "2026-06-15" in form
    assert "Maria" in form


def test_a_promise_is_kept_with_its_invoices_and_pauses_the_payer(desk, ana, card):
    done = saved(desk, ana, card, "Promise", words="Cheque run on Friday", due_on="2026-06-12")

    assert "Logged: promise to pay at Hotel Aurora" in done
    [promise] = rows(desk, Promise)
    assert (promise.amount, promise.due_on) == (5000_00, date(2026, 6, 12))
    assert sorted(part.amount for part in rows(desk, PromisedInvoice)) == [1000_00, 4000_00]
    [call] = rows(desk, Call)
    assert call.words == "Promises $5,000.00 by Fri 12 Jun. Cheque run on Friday"
    assert "promised $5,000.00 by Fri 12 Jun" in desk.say(ana, "list")


def test_the_call_card_has_the_start_of_long_words_and_the_account_all_of_them(desk, ana, card):
    saved(desk, ana, card, "Refused", words="no money " * 100 + "until July")

    assert "until July" not in desk.say(ana, "log Hotel Aurora")
    assert "no money no money" in desk.say(ana, "log Hotel Aurora")
    assert "until July" in desk.say(ana, "customer Hotel Aurora")


def test_unticking_an_invoice_lowers_the_prefilled_amount(desk, ana, card):
    form = desk.press(ana, card, "Promise")
    [only] = [n for n, title in choices(form) if "INV-B" in title]

    desk.press(ana, form, "Save", {"invoices": only})

    assert [promise.amount for promise in rows(desk, Promise)] == [1000_00]


def choices(form: Shown) -> list[tuple[str, str]]:
    assert form.card
    [box] = [part for part in form.card["body"] if part.get("id") == "invoices"]
    return [(choice["value"], choice["title"]) for choice in box["choices"]]


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "abc"}, "“abc” is not an amount"),
        ({"amount": "1e5"}, "is not an amount"),
        ({"amount": "0"}, "more than zero"),
        ({"amount": "-5"}, "more than zero"),
        ({"amount": "9000"}, "owe $5,000.00, which is less than $9,000.00"),
        ({"invoices": ""}, "Please tick invoices that are still open"),
        ({"invoices": "999999"}, "Please tick invoices that are still open"),
        ({"due_on": "2026-06-23"}, "Mon 22 Jun at the latest"),
        ({"due_on": "2026-06-07"}, "a day that has passed"),
        ({"due_on": "tomorrow"}, "should be a day, such as"),
        ({"words": CARD}, "held a card number"),
    ],
)
def test_a_form_that_is_wrong_says_so_at_the_field_and_keeps_what_was_typed(
    desk, ana, card, typed, sentence
):
    form = desk.press(ana, card, "Promise")

    again = desk.press(ana, form, "Save", {"words": "They will pay", **typed})

    assert sentence in again
    assert "They will pay" in again or typed.get("words")
    assert CARD not in again
    assert not rows(desk, Call)
    assert not rows(desk, Promise)


def test_all_problems_are_said_at_once_and_the_mended_form_is_saved(desk, ana, card):
    form = desk.press(ana, card, "Promise")
    again = desk.press(ana, form, "Save", {"amount": "lots", "due_on": "2027-01-01"})

    desk.press(ana, again, "Save", {"amount": "4,500.00", "due_on": "2026-06-10"})

    assert "“lots” is not an amount" in again
    assert "at the latest" in again
    assert [promise.amount for promise in rows(desk, Promise)] == [4500_00]


def test_the_same_form_saved_twice_logs_once(desk, ana, card):
    form = desk.press(ana, card, "Promise")
    desk.press(ana, form, "Save")

    again = desk.press(ana, form, "Save")

    assert "already logged by you at 20:00 (promise to pay)" in again
    assert len(rows(desk, Promise)) == len(rows(desk, Call)) == 1


def test_a_colleague_who_was_quicker_is_named_before_anything_is_saved(desk, ana, lee, card):
    form = desk.press(ana, card, "Refused")
    desk.press(lee, desk.say(lee, "log Hotel Aurora"), "No answer")

    warned = desk.press(ana, form, "Save", {"words": "Will not pay"})
    desk.press(ana, warned, "Save")

    assert "Lee Long logged no answer at 20:00. Save again if yours still holds." in warned
    assert "Will not pay" in warned
    assert [call.outcome for call in rows(desk, Call)] == ["no_answer", "refused"]


def test_what_is_promised_is_not_offered_again(desk, ana, card):
    saved(desk, ana, card, "Promise")

    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Promise")

    assert [title for _, title in choices(form)] == ["INV-C · $77.00 · not past due"]
    assert "Promised already: $5,000.00 by Mon 15 Jun" in form


def test_undoing_a_promise_withdraws_it(desk, ana, card):
    done = saved(desk, ana, card, "Promise")

    back = desk.press(ana, done, "Undo")

    assert [promise.state for promise in rows(desk, Promise)] == ["withdrawn"]
    assert "Promised" not in back


def test_a_mailed_check_is_a_promise_with_its_number(desk, ana, card):
    saved(desk, ana, card, "Check mailed", check_number="1077")

    [promise] = rows(desk, Promise)
    [call] = rows(desk, Call)
    assert (promise.check_number, promise.due_on) == ("1077", date(2026, 6, 8))
    assert call.next_on == date(2026, 6, 16)


def test_a_call_back_is_asked_on_their_clock_and_shown_on_the_agents(desk, ana, card):
    form = desk.press(ana, card, "Call back")

    done = desk.press(ana, form, "Save", {"on": "2026-06-08", "at": "14:30"})

    assert "It is 08:00 there (New York), 20:00 where you are." in form
    [call] = rows(desk, Call)
    assert call.next_at.isoformat() == "2026-06-08T18:30:00+00:00"
    assert "Next: call back, Tue 9 Jun 02:30 (Manila)." in done
    assert "Hotel Aurora is next, from 02:30 your time." in done


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"on": "2026-06-08", "at": "07:30"}, "a time to come"),
        ({"on": "2026-06-09", "at": "19:00"}, "08:00–18:00 on weekdays"),
        ({"on": "2026-06-13", "at": "10:00"}, "08:00–18:00 on weekdays"),
        ({"on": "2027-06-09", "at": "10:00"}, "within the next 60 days"),
        ({"on": "2026-06-09", "at": "25:99"}, "should be a time"),
        ({"on": "2026-06-09", "at": ""}, "Please fill in “Time there”"),
    ],
)
def test_a_call_back_at_a_wrong_time_is_refused(desk, ana, card, typed, sentence):
    form = desk.press(ana, card, "Call back")

    assert sentence in desk.press(ana, form, "Save", typed)
    assert not rows(desk, Call)


def test_r76_a_wrong_number_keeps_the_old_one_and_undo_brings_it_back(desk, ana, card, aurora):
    done = saved(
        desk,
        ana,
        card,
        "Wrong number",
        phone="+1 212 555 0199",
        extension="7",
        contact_name="Jo",
    )

    changes = {change.field: (change.old, change.new) for change in rows(desk, ContactChange)}
    assert changes["phone"] == ("+1 212 555 0100", "+1 212 555 0199")
    assert changes["contact_name"] == ("Maria", "Jo")
    desk.press(ana, done, "Undo")
    [payer] = rows(desk, Customer)
    assert (payer.phone, payer.extension, payer.contact_name) == (
        "+1 212 555 0100",
        "",
        "Maria",
    )


def test_r84_a_new_number_is_called_at_once_and_uses_no_attempt(desk, ana, lee, aurora, card):
    done = saved(desk, ana, card, "Wrong number", phone="+1 212 555 0199")
    again = desk.press(ana, done, "Call the new number")
    after = desk.press(ana, again, "No answer")

    assert "Logged: wrong number at Hotel Aurora." in done
    assert "Hotel Aurora" in again
    assert "+1 212 555 0199" in again
    assert "0 of 3" in again
    assert "Logged: no answer at Hotel Aurora (1/3)." in after
    again_too_soon = desk.press(ana, desk.press(ana, again, "Wrong number"), "Save")
    assert "it may be tried again from" in again_too_soon
    assert "Hotel Aurora" in desk.say(lee, "find aurora")


def test_r84_a_wrong_number_between_two_attempts_leaves_their_two_hours(
    desk, ana, aurora, card
):
    desk.press(ana, card, "No answer")
    desk.wait(hours=2)
    saved(desk, ana, desk.say(ana, "log aurora"), "Wrong number", phone="+1 212 555 0199")
    made = desk.press(ana, desk.say(ana, "log aurora"), "Left voicemail")

    assert "(2/3)" in made


def test_a_list_made_after_a_wrong_number_takes_it_for_no_attempt(desk, ana, lee, aurora):
    saved(desk, lee, desk.say(lee, "log aurora"), "Wrong number", phone="+1 212 555 0199")

    card = desk.press(ana, desk.say(ana, "list"), "Work the list")

    assert "Hotel Aurora" in card
    assert "0 of 3" in card


def test_undoing_a_new_number_leaves_no_trace_of_it_on_the_list(desk, ana, aurora, card):
    done = saved(desk, ana, card, "Wrong number", phone="+1 212 555 0199")

    back = desk.press(ana, done, "Undo")

    assert "+1 212 555 0100" in back
    assert "0 of 3" in back


def test_a_wrong_number_without_another_leaves_the_payer_for_today(desk, ana, card):
    done = saved(desk, ana, card, "Wrong number")

    assert "Your list is worked" in done
    assert "tried 1/3 later" in desk.say(ana, "list")


def test_paid_already_holds_the_payer_for_three_days_and_undo_lifts_it(desk, ana, card):
    done = saved(desk, ana, card, "Paid already", amount="5000", paid_on="2026-06-05")

    [hold] = rows(desk, Hold)
    assert (hold.kind, hold.last_day) == ("trace", date(2026, 6, 11))
    assert rows(desk, Call)[0].words == "Says it is paid, $5,000.00, on Fri 5 Jun."
    desk.press(ana, done, "Undo")
    assert rows(desk, Hold)[0].lifted_at is not None


def test_paid_tomorrow_is_a_promise_and_not_a_payment(desk, ana, card):
    again = saved(desk, ana, card, "Paid already", paid_on="2026-06-09")

    assert "log it as a promise" in again


def test_an_invoice_that_was_not_received_is_asked_for_and_called_again(desk, ana, card):
    done = saved(desk, ana, card, "No invoice")

    [request] = rows(desk, DocumentRequest)
    assert request.what == "Invoice copy: INV-A, INV-B"
    assert request.send_to == "ap@aurora.example"
    assert rows(desk, Call)[0].next_on == date(2026, 6, 10)
    desk.press(ana, done, "Undo")
    assert rows(desk, DocumentRequest)[0].cancelled_at is not None


def test_a_document_needs_an_address(desk, ana, card):
    again = saved(
        desk, ana, card, "Needs document", document="Approved ECO", send_to="the office"
    )
    desk.press(ana, again, "Save", {"send_to": "pat@aurora.example"})

    assert "That is not an e-mail address." in again
    assert [request.what for request in rows(desk, DocumentRequest)] == ["Approved ECO"]


@pytest.mark.parametrize("outcome", ["Legal matter", "Sold or closed"])
def test_a_legal_matter_stops_calls_at_once_and_tells_lead_and_controller(
    desk, ana, lee, card, outcome
):
    cora = desk.person("Cora Reed", "controller")

    done = saved(desk, ana, card, outcome, words="Chapter 11, case 26-1234")

    assert [hold.kind for hold in rows(desk, Hold)] == ["legal"]
    assert desk.owed(place_of(lee.id)) == ["calls.alert"]
    assert desk.owed(place_of(cora.id)) == ["special_handling.hold"]
    again = desk.press(lee, desk.say(lee, "log Hotel Aurora"), "No answer")
    assert "Calls to Hotel Aurora have stopped" in again
    desk.press(ana, done, "Undo")
    assert "Bankruptcy" not in desk.say(ana, "log Hotel Aurora")


def test_r54_a_difficult_conversation_is_told_to_the_lead_at_once(desk, ana, lee, card):
    saved(desk, ana, card, "Refused", words="Shouted", is_difficult="true")

    assert desk.owed(place_of(lee.id)) == ["calls.alert"]


def test_r63_a_plan_inquiry_offers_to_request_a_plan(desk, ana, card):
    done = saved(desk, ana, card, "Asks for a plan", words="Could we pay in three parts?")

    assert "Request a plan" in done.titles


def test_words_are_needed_where_they_matter_most(desk, ana, card):
    assert "Please fill in “In their words”." in saved(desk, ana, card, "Hardship", words=" ")


def test_the_words_are_there_the_next_time(desk, ana, card):
    saved(
        desk, ana, card, "Spoke to other", words="AP is back on Tuesday", spoke_to="Reception"
    )
    desk.wait(hours=2)

    later = desk.say(ana, "next")

    assert "Ana Cruz with Reception: spoke to other" in later
    assert "“AP is back on Tuesday”" in later


def test_back_leaves_the_form_without_a_trace(desk, ana, card):
    back = desk.press(ana, desk.press(ana, card, "Promise"), "Back")

    assert "No answer" in back.titles
    assert not rows(desk, Call)


def test_a_form_sent_eight_times_at_once_logs_once_and_nobody_gets_an_error(desk, ana, card):
    form = desk.press(ana, card, "Refused")
    [button] = [b for b in buttons(form.card) if b["title"] == "Save"]
    press = Press(
        caller=desk.caller(ana),
        spot=personal(ana),
        verb=button["verb"],
        data=button["data"] | {"words": "no"},
    )

    async def all_at_once():
        return await asyncio.gather(*(desk.switchboard.answer_press(press) for _ in range(8)))

    answers = asyncio.run(all_at_once())

    assert all(answer.card for answer in answers), [answer.text for answer in answers]
    assert len(rows(desk, Call)) == 1
