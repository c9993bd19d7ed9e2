"""The suspension case file, from watch to restored (R49, R53, R56-R60, R70-R75)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from bot.kernel.money import Money
from bot.policy import Policy
from bot.store import addresses
from bot.store.addresses import AddressKind, Heard
from bot.workflows.approvals import operations as approvals
from bot.workflows.approvals.operations import Wanted
from bot.workflows.approvals.rules import Act, Kind
from bot.workflows.approvals.terms import Terms
from bot.workflows.approvals.trail import NEWS_CARD
from bot.workflows.calls.rules import Outcome
from bot.workflows.channels import queries as channels
from bot.workflows.channels.rules import Purpose
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import BookUpdate, Invoice
from bot.workflows.payment_plans.records import PaymentPlan, PlannedInvoice, PlanState
from bot.workflows.special_handling import operations as holds
from bot.workflows.special_handling.operations import NewHold
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.suspension import case_files, history, open_decisions, orders, queries
from bot.workflows.suspension import holds as case_holds
from bot.workflows.suspension.case_records import NoticeState, SupportOrder, SuspensionNotice
from bot.workflows.suspension.orders import ORDER_CARD, NotReady
from bot.workflows.suspension.part_payments import PART_CARD
from bot.workflows.suspension.reports import REPORT_CARD
from bot.workflows.suspension.rules import CaseState
from bot.workflows.suspension.waiting import WaitsFor
from bot.workflows.tasks.records import Task
from scheduler.suspension_cases import open_and_close_cases, take_steps, watch_payments
from tests.support.approvals import in_chat, to_decide
from tests.support.cases import NEW_YORK, Floor
from tests.support.desk import TODAY, channel


@pytest.fixture
def floor(desk):
    return Floor(desk)


def later(days, since=TODAY):
    return since + timedelta(days=days)


def invoice_id(floor, number):
    with floor.desk.reading() as session:
        return session.scalars(select(Invoice.id).filter_by(number=number)).one()


def order(floor, payer, by=None):
    """Decide on every account that is ready."""
    file = floor.file(payer)
    ready = [one.account_id for one in file.accounts if one.state is CaseState.READY]
    with floor.desk.database.transaction() as session:
        orders.order_suspension(
            session,
            file.case_id,
            ready,
            by=by or floor.con,
            at=floor.desk.now,
            policy=floor.desk.policy,
        )


def suspend(floor, payer):
    """Decide on every account that is ready, and let support confirm seven minutes later."""
    order(floor, payer)
    floor.desk.wait(minutes=7)
    for card in floor.cards(floor.sam, ORDER_CARD):
        floor.desk.press(floor.sam, card, "Suspended")


def suspended(floor, *sites):
    payer = floor.hotel("Hotel Aurora", *sites)
    ready = floor.climb(payer)
    suspend(floor, payer)
    assert floor.state(payer) is CaseState.SUSPENDED
    floor.on(later(1, ready))
    return payer


def pay_all(floor, payer):
    for n, account in enumerate(floor.file(payer).accounts):
        floor.pay(invoice_id(floor, account.invoices[0]), 100_000, number=f"PAY-{n}")


# from the first call to the end


def test_three_sites_from_the_first_call_to_suspended_paid_and_restored(floor):
    payer = floor.hotel("Hotel Aurora", "Airport", "Beach")
    floor.steps()
    assert floor.state(payer) is CaseState.WATCH

    ready = floor.climb(payer)
    assert floor.state(payer) is CaseState.READY
    assert len(floor.file(payer).accounts) == 3
    assert floor.file(payer).missing == ()
    suspend(floor, payer)
    assert floor.state(payer) is CaseState.SUSPENDED
    assert "7 minutes after it was asked" in floor.cards(floor.sam, ORDER_CARD)[0]

    floor.on(later(1, ready))
    pay_all(floor, payer)
    floor.steps()
    restores = floor.cards(floor.sam, ORDER_CARD)[3:]
    assert [card.titles for card in restores] == [["Restored"]] * 3
    assert "received" in floor.cards(floor.con, REPORT_CARD)[-1]
    assert len(floor.cards(floor.con, ORDER_CARD)) == 6

    floor.desk.wait(minutes=12)
    for card in restores:
        floor.desk.press(floor.sam, card, "Restored")
    assert floor.state(payer) is CaseState.RESTORED
    assert "12 minutes after it was asked" in floor.cards(floor.sam, ORDER_CARD)[3]

    floor.on(later(2, ready))
    floor.steps()
    assert floor.state(payer) is CaseState.CLOSED


def test_every_step_is_kept_with_its_evidence_and_can_be_seen_as_it_stood_then(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)

    with floor.desk.reading() as session:
        case_id, policy = floor.case_id(payer), floor.desk.policy
        [ready] = [
            step
            for step in history.steps(session, case_id)
            if step.words.startswith("Hotel Aurora: ready")
        ]
        stood = {
            days: history.as_posted(session, case_id, on=later(days), policy=policy).state
            for days in (-1, 0, 6, 7, 12, 13, 14)
        }
    assert sum(one.startswith("call:") for one in ready.evidence) == 2
    assert sum(one.startswith("suspension_notice:") for one in ready.evidence) == 3
    assert stood == {
        -1: None,
        0: CaseState.FIRST_NOTICE,
        6: CaseState.FIRST_NOTICE,
        7: CaseState.SECOND_NOTICE,
        12: CaseState.FINAL_NOTICE,
        13: CaseState.FINAL_NOTICE,
        14: CaseState.READY,
    }
    assert {days: floor.file(payer, on=later(days)).state for days in (6, 7, 12, 14)} == {
        days: stood[days] for days in (6, 7, 12, 14)
    }


def test_the_card_says_the_clocks_what_is_there_and_what_is_missing(floor):
    payer = floor.hotel("Hotel Aurora", "Beach")
    floor.steps()
    floor.release()
    floor.call(payer, Outcome.LEFT_VOICEMAIL, time(10))
    floor.on(later(7))
    floor.steps()

    card = floor.desk.say(floor.ana, "case 1")

    assert "First notice Mon 8 Jun, day 7; second notice due today." in card
    assert "First notice. First notice" not in card
    assert "✓ First notice sent Mon 8 Jun" in card
    assert "✗ Calls: missing another call, on another day and at another hour" in card
    assert "✗ Second contact: not tried yet" in card
    assert "Call another number, speak with another person, or say so under Report." in card
    assert "Ready Mon 22 Jun at the earliest, once there is: another call" in card
    assert "No notice goes out by itself: a lead releases each one." in card
    assert card.titles[:2] == ["Report", "Later date…"]


def test_calls_that_a_case_under_notice_needs_are_named_for_the_list(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    with floor.desk.reading() as session:
        needs = case_files.calls_needed(session, on=floor.today, policy=floor.desk.policy)
        assert needs == {}

    floor.release()

    with floor.desk.reading() as session:
        needs = case_files.calls_needed(session, on=floor.today, policy=floor.desk.policy)
    lacks = "two calls on different days and at different hours, and a second contact tried"
    assert needs[payer] == f"Case 1 is under notice and needs {lacks}"
    assert floor.file(payer).waits_words == lacks


def test_r29_a_case_on_hold_needs_no_call_until_its_day(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.release()
    with floor.desk.database.transaction() as session:
        new = case_holds.NewHold(case_id=1, until=date(2026, 6, 12), why="A wire on Friday.")
        act = Act(by=floor.con, at=floor.desk.now, on=floor.today)
        case_holds.hold(session, new, act=act, policy=floor.desk.policy)

    needed = []
    for day in (12, 13):
        with floor.desk.reading() as session:
            on, policy = date(2026, 6, day), floor.desk.policy
            needed.append(case_files.calls_needed(session, on=on, policy=policy).keys())

    assert needed == [set(), {payer}]


def test_r70_the_calls_that_count_are_named_with_the_time_of_each(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.release()
    floor.call(payer, Outcome.LEFT_VOICEMAIL, time(10, 20))
    floor.on(floor.desk.policy.calendar.plus(floor.today, 1))
    floor.call(payer, Outcome.LEFT_VOICEMAIL, time(14, 45))

    assert "✓ Calls Mon 8 Jun 10:20 and Tue 9 Jun 14:45" in floor.desk.say(floor.lea, "case 1")


def test_r70_calls_for_debts_that_are_over_do_not_count(floor):
    payer = floor.desk.customer("Hotel Aurora", agent=floor.ana, email="ap@hotel.example")
    paid = floor.bill(payer, "1,000.00", days=31)
    floor.bill(payer, "500.00", days=-10)
    floor.steps()
    floor.release()
    floor.prove_contacts(payer)
    floor.on(later(42))
    assert floor.file(payer).evidence[0].is_there

    floor.pay(paid, 100_000)

    first = floor.file(payer).evidence[0]
    assert first.words == "Calls: missing two calls on different days and at different hours"


def test_r70_a_part_payment_takes_no_calls_away(floor):
    payer = floor.desk.customer("Hotel Aurora", agent=floor.ana, email="ap@hotel.example")
    paid = floor.bill(payer, "1,000.00", days=60)
    floor.bill(payer, "500.00", days=31)
    floor.on(later(-40))
    floor.call(payer, Outcome.LEFT_VOICEMAIL, time(10))
    floor.on(later(-39))
    floor.call(payer, Outcome.LEFT_VOICEMAIL, time(14))
    floor.on(TODAY)
    floor.steps()
    floor.release()

    floor.pay(paid, 100_000)

    assert floor.file(payer).evidence[0].is_there


# notices


def test_a_notice_is_shown_whole_and_leaves_only_when_a_lead_releases_it(floor):
    payer = floor.hotel("Hotel Aurora", "Beach")
    floor.steps()

    [card] = floor.queue(floor.lea)

    assert "$2,000.00 is outstanding" in card
    assert "ap@hotel.example" in card
    assert "ana@desk.example, lea@desk.example, col@desk.example" in card
    assert not floor.queue(floor.ana)
    assert floor.state(payer) is CaseState.WATCH
    assert floor.file(payer).waits_for is WaitsFor.LEAD
    answer = floor.desk.press(floor.lea, card, "Release")
    assert "The first notice to Hotel Aurora is released." in answer
    with floor.desk.reading() as session:
        [mail] = session.scalars(select(Mail))
        assert (mail.kind, mail.state, mail.about) == ("notice", "due", "suspension_notice:1")


def test_a_second_tap_releases_nothing_again(floor):
    floor.hotel("Hotel Aurora")
    floor.steps()
    [card] = floor.queue(floor.lea)
    floor.desk.press(floor.lea, card, "Release")

    again = floor.desk.press(floor.col, card, "Release")

    assert again.text.count("Released already by Lea Lead") == 1
    assert "Case" in again.titles
    with floor.desk.reading() as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 1


def test_a_stale_notice_is_shown_as_it_stands_and_not_sent(floor):
    payer = floor.hotel("Hotel Aurora", "Beach")
    floor.steps()
    [card] = floor.queue(floor.lea)
    floor.pay(invoice_id(floor, floor.file(payer).accounts[0].invoices[0]), 40_000)

    answer = floor.desk.press(floor.lea, card, "Release")

    assert "Nothing was sent: this changed meanwhile" in answer
    assert "$1,600.00 is outstanding" in answer
    assert "released" in floor.desk.press(floor.lea, answer, "Release")


@pytest.mark.parametrize("who", ["ana", "sam"])
def test_neither_an_agent_nor_support_releases_a_notice(floor, who):
    floor.hotel("Hotel Aurora")
    floor.steps()
    [card] = floor.queue(floor.lea)

    answer = floor.desk.press(getattr(floor, who), card, "Release")

    assert "is for:" in answer
    with floor.desk.reading() as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_no_notice_goes_before_payments_have_been_read(floor):
    floor.hotel("Hotel Aurora")
    floor.steps()
    floor.desk.wait(days=1)

    answer = floor.desk.press(floor.lea, floor.desk.say(floor.lea, "notices"), "Release")

    assert "Nothing was sent" in answer or "No notice goes before payments" in answer
    answer = floor.desk.press(floor.lea, answer, "Release")
    assert "the book was last brought up to date Mon 8 Jun" in answer


def test_a_notice_that_lacks_a_copy_or_an_address_is_not_sent_and_is_a_task(floor):
    payer = floor.hotel("Hotel Aurora")
    with floor.desk.database.transaction() as session:
        customer = session.get_one(Customer, payer)
        customer.email, customer.agent_id = "", None

    floor.steps()

    [card] = floor.queue(floor.lea)
    assert "Release" not in card.titles
    assert "cannot go out without the customer's e-mail address" in card
    with floor.desk.reading() as session:
        titles = set(session.scalars(select(Task.title)))
    assert titles >= {
        "Find an e-mail address of Hotel Aurora",
        "Complete the first notice to Hotel Aurora",
    }


def test_a_notice_that_comes_back_is_no_evidence_until_it_reaches_a_corrected_address(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.release()
    assert floor.state(payer) is CaseState.FIRST_NOTICE

    floor.bounce(payer)
    floor.steps()

    assert floor.state(payer) is CaseState.WATCH
    assert "First notice: it came back" in floor.file(payer).missing
    assert floor.file(payer).waits_words == (
        "a notice came back: the address has to be corrected"
    )
    with floor.desk.database.transaction() as session:
        session.get_one(Customer, payer).email = "right@hotel.example"
    floor.on(later(2))
    take_steps(floor.tick())
    floor.release()
    assert floor.file(payer).notices[0][1] == later(2)


def test_a_fresh_book_brings_no_burst_of_first_notices(desk):
    desk.policy = Policy(notice_drafts_at_once=3)
    floor = Floor(desk)
    for n in range(8):
        floor.hotel(f"Hotel {n}", days=200)

    floor.steps()
    floor.steps()

    assert "1 of 3 that wait for release" in floor.queue(floor.lea)[0]
    floor.on(later(1))
    floor.steps()
    assert "1 of 3 that wait for release" in floor.desk.say(floor.lea, "notices")
    for _ in range(3):
        floor.release()
    floor.on(later(2))
    floor.steps()
    assert "1 of 3 that wait for release" in floor.desk.say(floor.lea, "notices")


def test_leads_go_through_the_notices_and_leave_one_for_tomorrow(floor):
    floor.hotel("Hotel Aurora")
    floor.hotel("Hotel Borealis")
    floor.steps()
    first = floor.desk.say(floor.lea, "notices")
    assert "Hotel Aurora" in first

    second = floor.desk.press(floor.lea, first, "Next")
    assert "Hotel Borealis" in second
    put_off = floor.desk.press(floor.lea, second, "Not now")

    assert "Left for the next business day." in put_off
    assert "1 of 1 that wait" in floor.desk.say(floor.lea, "notices")
    floor.on(later(1))
    assert "1 of 2 that wait" in floor.desk.say(floor.lea, "notices")
    floor.steps()
    assert len(floor.queue(floor.col)) == 0
    assert len(floor.queue(floor.lea)) == 2


def test_notices_are_held_while_a_lead_has_not_released_the_process(desk):
    floor = Floor(desk, is_live=False)
    payer = floor.hotel("Hotel Aurora")
    floor.steps()

    answer = floor.desk.press(floor.lea, floor.desk.say(floor.lea, "notices"), "Release")

    assert (
        "waits until a lead releases suspension notices as a whole: type `releases`" in answer
    )
    floor.post()
    take_steps(floor.tick())
    assert floor.state(payer) is CaseState.WATCH


def test_a_machine_that_was_off_takes_the_steps_one_at_a_time(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.release()

    floor.on(later(17))
    floor.steps()
    assert "Second notice" in floor.desk.say(floor.lea, "notices")
    floor.release()
    assert floor.file(payer).next_due == later(22)
    floor.on(later(21))
    floor.steps()
    assert "No suspension notice waits" in floor.desk.say(floor.lea, "notices")
    floor.on(later(22))
    floor.steps()
    floor.release()
    assert floor.file(payer).next_due == later(24)


# what stops and what goes on


def test_a_legal_hold_stops_everything_and_its_end_puts_the_case_back(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    hold = NewHold(
        payer_id=payer, kind=HoldKind.LEGAL, reason="Bankruptcy", first_day=floor.today
    )
    with floor.desk.database.transaction() as session:
        placed = holds.place(session, hold, by=floor.lea.id, at=floor.desk.now).id

    take_steps(floor.tick())

    assert floor.state(payer) is CaseState.FINAL_NOTICE
    assert floor.file(payer).waits_for is WaitsFor.HOLD
    assert "Legal hold: Bankruptcy" in floor.file(payer).missing
    with floor.desk.database.transaction() as session:
        at = floor.desk.now - timedelta(days=1)
        holds.lift(session, placed, by=floor.lea.id, at=at, why="dismissed")
    take_steps(floor.tick())
    assert floor.state(payer) is CaseState.READY


def test_a_site_that_may_never_be_suspended_does_not_become_ready(floor):
    payer = floor.hotel("Hotel Aurora", "Hospital wing")
    with floor.desk.database.transaction() as session:
        site = session.scalars(select(Customer).filter_by(site="Hospital wing")).one()
        site.flags = "never_suspend"

    floor.climb(payer)

    states = {one.name: one.state for one in floor.file(payer).accounts}
    assert states == {
        "Hotel Aurora": CaseState.READY,
        "Hospital wing": CaseState.FINAL_NOTICE,
    }
    with pytest.raises(NotReady, match="Hospital wing is not ready"):
        order_account(floor, payer, "Hospital wing")


def order_account(floor, payer, name):
    file = floor.file(payer)
    [account] = [one for one in file.accounts if one.name == name]
    with floor.desk.database.transaction() as session:
        orders.order_suspension(
            session,
            file.case_id,
            [account.account_id],
            by=floor.con,
            at=floor.desk.now,
            policy=floor.desk.policy,
        )


def test_what_is_disputed_midway_leaves_and_the_rest_goes_on(floor):
    payer = floor.hotel("Hotel Aurora", "Beach")
    floor.steps()
    floor.release()
    floor.prove_contacts(payer)
    with floor.desk.database.transaction() as session:
        beach = session.scalars(select(Customer).filter_by(site="Beach")).one()
        disputed = session.scalars(select(Invoice).filter_by(customer_id=beach.id)).one()
        disputed.disputed = disputed.amount
    for days in (7, 12):
        floor.on(later(days))
        floor.steps()
        assert "$1,000.00 is" in floor.desk.say(floor.lea, "notices") or days == 12
        floor.release()
    floor.on(later(14))
    floor.steps()

    states = {one.name: one.state for one in floor.file(payer).accounts}
    assert states["Hotel Aurora"] is CaseState.READY
    assert states.get("Beach") in (None, CaseState.CLOSED)


def test_part_payment_restates_the_amount_and_does_not_restart_the_clock(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.release()
    floor.on(later(3))
    floor.pay(invoice_id(floor, floor.file(payer).accounts[0].invoices[0]), 30_000)
    floor.on(later(7))
    floor.steps()

    assert "$700.00 is still outstanding" in floor.desk.say(floor.lea, "notices")
    assert floor.file(payer).clocks.startswith("First notice Mon 8 Jun, day 7")
    assert "$300.00 received" in floor.cards(floor.lea, REPORT_CARD)[-1]


def test_a_promise_never_stops_the_clock(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.release()
    floor.call(payer, Outcome.CALL_BACK_AT, time(11), back_at=floor.desk.now)

    floor.on(later(7))
    floor.steps()

    assert "Second notice" in floor.desk.say(floor.lea, "notices")


# extensions (R58-R60)


ASK = {"until": "2026-06-30", "words": "The owner wires it then.", "reason": "Good payer."}


def ask_for_later(floor, payer):
    card = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Later date…")
    return floor.desk.press(floor.ana, card, "Send for decision", ASK)


def test_an_extension_needs_the_proof_or_a_word_that_it_is_waived(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    ask_for_later(floor, payer)
    assert "New date named: Hotel Aurora" in floor.cards(floor.lea, REPORT_CARD)[-1]
    assert floor.file(payer).waits_for is WaitsFor.APPROVAL

    refused = floor.desk.press(floor.con, to_decide(floor.desk, floor.con), "Approve")
    assert "There is no proof yet." in refused
    assert floor.state(payer) is CaseState.READY
    granted = floor.desk.press(
        floor.con,
        to_decide(floor.desk, floor.con),
        "Approve",
        {"words": "Proof waived: I spoke to their owner."},
    )

    assert "Approved by Con Troller" in granted
    assert floor.state(payer) is CaseState.FINAL_NOTICE
    assert floor.file(payer).held_until == date(2026, 6, 30)
    floor.on(date(2026, 7, 1))
    floor.steps()
    assert floor.state(payer) is CaseState.READY


def test_a_proof_on_file_is_enough_for_a_yes(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.release()
    card = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Report")
    proof = {"kind": "proof", "words": "Their bank's slip", "file": "slip.pdf"}
    kept = floor.desk.press(floor.ana, card, "Save", proof)
    assert "Management is told." in kept
    assert "slip.pdf" in floor.cards(floor.con, REPORT_CARD)[-1]
    ask_for_later(floor, payer)

    floor.desk.press(floor.vip, to_decide(floor.desk, floor.vip), "Approve")

    assert floor.file(payer).held_until == date(2026, 6, 30)
    floor.on(later(7))
    floor.steps()
    assert "No suspension notice waits" in floor.desk.say(floor.lea, "notices")


def test_a_request_for_a_case_that_is_over_asks_nobody_any_more(floor):
    """R58: the customer pays before anybody decides."""
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    ask_for_later(floor, payer)
    stale = to_decide(floor.desk, floor.con)

    pay_all(floor, payer)
    floor.on(floor.today + timedelta(days=1))
    floor.steps()

    assert floor.state(payer) is CaseState.CLOSED
    told = floor.cards(floor.ana, NEWS_CARD)[-1]
    assert "Nothing is left to decide. Case 1 is closed:" in told
    refused = floor.desk.press(floor.con, stale, "Approve", {"words": "Waived."})
    assert "Nothing is left to decide since" in refused
    assert "Approve" not in refused.titles


def test_a_declined_extension_changes_nothing(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    ask_for_later(floor, payer)

    floor.desk.press(
        floor.con, to_decide(floor.desk, floor.con), "Decline", {"words": "No proof."}
    )

    assert floor.state(payer) is CaseState.READY
    assert floor.file(payer).held_until is None


# support


def test_only_a_principal_decides_and_only_support_confirms(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    with pytest.raises(Exception, match="is for: controller, VP Finance"):
        order(floor, payer, by=floor.sam)
    order(floor, payer)
    [card] = floor.cards(floor.sam, ORDER_CARD)

    for who in (floor.ana, floor.lea, floor.con):
        assert "Confirming this is for: support." in floor.desk.press(who, card, "Suspended")
    assert floor.state(payer) is CaseState.READY
    assert floor.cards(floor.con, ORDER_CARD)[0].titles == ["Case"]


def test_a_second_tap_of_support_changes_nothing(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    order(floor, payer)
    [card] = floor.cards(floor.sam, ORDER_CARD)
    first = floor.desk.press(floor.sam, card, "Suspended")
    floor.desk.wait(minutes=5)

    again = floor.desk.press(floor.sam, card, "Suspended")

    assert "less than a minute after it was asked" in first
    assert "Nothing was changed" in again
    assert "less than a minute after it was asked" in again
    with floor.desk.reading() as session:
        assert session.scalar(select(func.count()).select_from(SupportOrder)) == 1


def test_the_last_check_keeps_services_on_when_money_came_in_meanwhile(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    order(floor, payer)
    [card] = floor.cards(floor.sam, ORDER_CARD)
    floor.desk.wait(minutes=1)
    floor.pay(invoice_id(floor, floor.file(payer).accounts[0].invoices[0]), 10_000)

    answer = floor.desk.press(floor.sam, card, "Suspended")

    assert "Not to be done: a payment came in after the decision." in answer
    assert floor.state(payer) is CaseState.READY
    order(floor, payer)
    assert len(floor.cards(floor.sam, ORDER_CARD)) == 2


def test_the_last_check_finds_an_open_request(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    order(floor, payer)
    ask_for_later(floor, payer)

    [card] = floor.cards(floor.sam, ORDER_CARD)
    answer = floor.desk.press(floor.sam, card, "Suspended")

    assert "a request for this customer waits for a decision" in answer


def test_a_slip_of_support_can_be_undone_for_ten_minutes(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    suspend(floor, payer)
    [card] = floor.cards(floor.sam, ORDER_CARD)

    undone = floor.desk.press(floor.sam, card, "Undo")

    assert "Taken back: it is open again." in undone
    assert floor.state(payer) is CaseState.READY
    floor.desk.press(floor.sam, undone, "Suspended")
    floor.desk.wait(minutes=11)
    assert floor.cards(floor.sam, ORDER_CARD)[0].titles == []


def test_what_was_suspended_by_mistake_is_restored_with_the_reason(floor):
    payer = suspended(floor)
    case = floor.desk.say(floor.lea, "case 1")
    assert "the payment of what the notices named" in case
    form = floor.desk.press(floor.lea, case, "Suspended by mistake")
    assert "Please fill in" in floor.desk.press(floor.lea, form, "Restore the services")

    floor.desk.press(
        floor.lea, form, "Restore the services", {"words": "Wrong hotel was meant"}
    )

    card = floor.cards(floor.sam, ORDER_CARD)[-1]
    assert "Wrong hotel was meant" in card
    floor.desk.press(floor.sam, card, "Restored")
    assert floor.state(payer) is CaseState.READY


# money (R57)


def test_part_payment_while_suspended_goes_to_a_decider_who_restores(floor):
    payer = suspended(floor)
    floor.pay(invoice_id(floor, floor.file(payer).accounts[0].invoices[0]), 60_000)

    take_steps(floor.tick())

    assert len(floor.cards(floor.sam, ORDER_CARD)) == 1
    [card] = floor.cards(floor.vip, PART_CARD)
    assert "$600.00" in card
    assert "$400.00" in card
    assert "is for:" in floor.desk.press(floor.lea, card, "Restore")
    floor.desk.press(floor.con, card, "Restore")
    assert "decided by Con Troller" in floor.desk.press(floor.vip, card, "Keep suspended")
    floor.desk.press(floor.sam, floor.cards(floor.sam, ORDER_CARD)[-1], "Restored")
    assert floor.state(payer) is CaseState.RESTORED
    floor.on(later(20))
    floor.steps()
    assert floor.state(payer) is CaseState.RESTORED


def test_a_decider_who_says_no_to_a_part_payment_says_why(floor):
    payer = suspended(floor)
    floor.pay(invoice_id(floor, floor.file(payer).accounts[0].invoices[0]), 60_000)
    take_steps(floor.tick())
    [card] = floor.cards(floor.con, PART_CARD)

    assert "Please write why not" in floor.desk.press(floor.con, card, "Keep suspended")
    kept = floor.desk.press(floor.con, card, "Keep suspended", {"words": "Too little"})

    assert "Kept suspended, decided by Con Troller" in kept
    assert floor.state(payer) is CaseState.SUSPENDED


@pytest.mark.parametrize(("short", "orders_given"), [(2_500, 2), (2_501, 1)])
def test_what_was_named_is_paid_within_the_tolerance(floor, short, orders_given):
    payer = suspended(floor)
    floor.pay(invoice_id(floor, floor.file(payer).accounts[0].invoices[0]), 100_000 - short)

    take_steps(floor.tick())

    assert len(floor.cards(floor.sam, ORDER_CARD)) == orders_given


def test_a_payment_that_is_returned_before_support_acts_keeps_services_off(floor):
    payer = suspended(floor)
    number = invoice_id(floor, floor.file(payer).accounts[0].invoices[0])
    floor.pay(number, 100_000)
    take_steps(floor.tick())
    assert floor.cards(floor.sam, ORDER_CARD)[-1].titles == ["Restored"]

    floor.desk.wait(hours=1)
    floor.pay(number, 0)
    take_steps(floor.tick())

    card = floor.cards(floor.sam, ORDER_CARD)[-1]
    assert "the payment was returned: its services stay suspended" in card
    assert card.titles == []
    assert "$1,000.00 (PAY-1) was returned" in floor.cards(floor.lea, REPORT_CARD)[-1]
    assert floor.state(payer) is CaseState.SUSPENDED


def test_a_payment_returned_after_the_case_closed_puts_it_back_where_it_was(floor):
    payer = suspended(floor)
    number = invoice_id(floor, floor.file(payer).accounts[0].invoices[0])
    floor.pay(number, 100_000)
    floor.steps()
    floor.desk.press(floor.sam, floor.cards(floor.sam, ORDER_CARD)[-1], "Restored")
    floor.on(later(20))
    floor.steps()
    assert floor.state(payer) is CaseState.CLOSED

    floor.on(later(22))
    floor.pay(number, 0)
    floor.steps()

    assert floor.state(payer) is CaseState.READY
    assert floor.file(payer).number == 1
    with floor.desk.reading() as session:
        words = [step.words for step in history.steps(session, floor.case_id(payer))]
    assert any("a payment was returned" in one for one in words)
    assert "Payment returned: Hotel Aurora" in floor.cards(floor.con, REPORT_CARD)[-1]


# reports (R56)


def test_what_a_call_means_for_a_case_is_told_to_management_and_taken_back_with_it(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    card = floor.desk.press(
        floor.ana, floor.desk.say(floor.ana, "log Hotel Aurora"), "Paid already"
    )
    saved = floor.desk.press(
        floor.ana, card, "Save", {"words": "Wired on Friday", "spoke_to": "Jo"}
    )

    for who in (floor.con, floor.lea, floor.col):
        assert "Payment reported: Hotel Aurora" in floor.cards(who, REPORT_CARD)[-1]
    assert not floor.cards(floor.ana, REPORT_CARD)
    floor.desk.press(floor.ana, saved, "Undo")
    assert "does not hold any more" in floor.cards(floor.con, REPORT_CARD)[-1]
    assert floor.file(payer).reports == ()


def test_a_report_is_kept_once_and_can_be_undone_by_its_author(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    form = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Report")
    hardship = {"kind": "hardship", "words": "The season was cancelled."}
    floor.desk.press(floor.ana, form, "Save", hardship)
    kept = floor.desk.press(floor.ana, form, "Save", hardship)
    assert len(floor.cards(floor.con, REPORT_CARD)) == 1
    assert "Only who wrote this" in floor.desk.press(floor.lea, kept, "Undo")

    floor.desk.press(floor.ana, kept, "Undo")

    assert floor.file(payer).reports == ()


def test_a_report_says_what_is_missing_and_keeps_what_was_typed(floor):
    floor.hotel("Hotel Aurora")
    floor.steps()
    form = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Report")

    again = floor.desk.press(floor.ana, form, "Save", {"kind": "proof", "words": "Seen it"})

    assert "which file the proof is" in again
    assert "Seen it" in str(again.card)


def test_r56_a_report_takes_no_new_date_that_has_passed(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    form = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Report")
    told = {"kind": "hardship", "words": "The season was cancelled.", "new_date": "2026-06-01"}

    again = floor.desk.press(floor.ana, form, "Save", told)

    assert "Mon 1 Jun 2026 has passed: give a new date to come, or leave it empty." in again
    assert "The season was cancelled." in again
    assert floor.file(payer).reports == ()


def test_nobody_needs_to_be_asked_twice_about_what_is_decided(floor):
    payer = floor.hotel("Hotel Aurora", "Beach")
    floor.climb(payer)
    with floor.desk.reading() as session:
        [decision] = open_decisions.gather(session)
    assert decision.words == "ready to be suspended: Beach, Hotel Aurora"

    order(floor, payer)

    with floor.desk.reading() as session:
        assert open_decisions.gather(session) == []
        states = set(session.scalars(select(SuspensionNotice.state)))
        assert states == {NoticeState.RELEASED}
        assert len(queries.under_way(session)) == 1
        assert session.scalar(select(func.count()).select_from(BookUpdate))
        assert set(session.scalars(select(Mail.state))) == {MailState.SENT}


def test_the_account_says_where_the_case_stands_and_opens_it(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.release()

    account = floor.desk.say(floor.ana, "customer Hotel Aurora")

    assert "case 1, first notice. First notice Mon 8 Jun, day 0" in account
    assert "Case 1 · Hotel Aurora" in floor.desk.press(floor.ana, account, "Case 1")
    assert floor.file(payer).number == 1


def test_the_meeting_reads_a_case_and_has_no_buttons_of_the_desk(floor):
    mia = floor.desk.person("Mia Meeting", "meeting")
    floor.hotel("Hotel Aurora")
    floor.steps()

    card = floor.desk.say(mia, "case 1")

    assert card.titles == ["What happened"]
    assert "Watch: more than 30 days past due" in floor.desk.press(mia, card, "What happened")


# time


@pytest.mark.parametrize("start", [date(2026, 10, 26), date(2027, 3, 8), date(2026, 12, 21)])
def test_the_days_are_the_companys_over_clock_changes_and_holidays(desk, start):
    desk.now = datetime.combine(start, time(10), NEW_YORK).astimezone(UTC)
    floor = Floor(desk)
    payer = floor.hotel("Hotel Aurora")
    floor.on(start)
    floor.steps()
    floor.on(start, time(23, 45))
    floor.release()
    assert floor.file(payer).notices == (("first", start),)
    floor.on(later(6, start), time(23, 45))
    floor.steps()
    assert "No suspension notice waits" in floor.desk.say(floor.lea, "notices")

    floor.on(later(7, start), time(0, 15))
    floor.steps()

    assert "Second notice" in floor.desk.say(floor.lea, "notices")


def test_two_machines_at_once_draft_one_notice_and_give_one_order(floor):
    payer = floor.hotel("Hotel Aurora")
    both(open_and_close_cases, floor)
    both(take_steps, floor)
    with floor.desk.reading() as session:
        assert session.scalar(select(func.count()).select_from(SuspensionNotice)) == 1
    floor.climb(payer, start=later(1))
    suspend(floor, payer)
    floor.on(later(20))
    pay_all(floor, payer)

    both(take_steps, floor)

    with floor.desk.reading() as session:
        kinds = sorted(session.scalars(select(SupportOrder.kind)))
    assert kinds == ["restore", "suspend"]
    assert len(floor.cards(floor.lea, REPORT_CARD)) == 1


def both(job, floor):
    with ThreadPoolExecutor(2) as machines:
        for done in [machines.submit(job, floor.tick()) for _ in range(2)]:
            done.result()


def test_what_is_on_a_kept_plan_is_not_held_against_a_customer(floor):
    payer = floor.hotel("Hotel Aurora", "Beach")
    floor.climb(payer)
    number = invoice_id(floor, floor.file(payer).accounts[0].invoices[0])
    with floor.desk.database.transaction() as session:
        terms = Terms(
            ask="", figures=(), standing=(), words="", reason="", amount=Money(100_000)
        )
        asked = Wanted(kind=Kind.PAYMENT_PLAN, payer_id=payer, terms=terms)
        act = Act(by=floor.ana, at=floor.desk.now, on=floor.today)
        approval = approvals.ask(session, asked, act=act, policy=floor.desk.policy)
        plan = PaymentPlan(
            payer_id=payer,
            approval_id=approval.id,
            currency="USD",
            amount=100_000,
            state=PlanState.KEPT,
            asked_at=floor.desk.now,
        )
        session.add(plan)
        session.flush()
        session.add(PlannedInvoice(plan_id=plan.id, invoice_id=number, amount=100_000))

    take_steps(floor.tick())

    states = [one.state for one in floor.file(payer).accounts]
    assert sorted(states) == [CaseState.CLOSED, CaseState.READY]
    with floor.desk.database.transaction() as session:
        session.scalars(select(PaymentPlan)).one().state = PlanState.BROKEN
    take_steps(floor.tick())
    assert [one.state for one in floor.file(payer).accounts] == [CaseState.READY] * 2


def test_a_channel_named_for_support_gets_the_card_and_support_taps_there(floor):
    spot = channel("Support")
    heard = Heard(
        conversation_id=spot.conversation_id,
        kind=AddressKind.CHANNEL,
        tenant_id="t",
        service_url="https://smba.trafficmanager.net/teams/",
    )
    with floor.desk.database.transaction() as session:
        addresses.remember(session, heard, at=floor.desk.now)
    floor.desk.say(floor.lea, "use this channel for support", spot=spot)
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    order(floor, payer)
    assert not floor.cards(floor.sam, ORDER_CARD)
    with floor.desk.reading() as session:
        [place] = channels.places(session, Purpose.SUPPORT)

    [card] = floor.cards(place, ORDER_CARD)
    floor.desk.press(floor.sam, card, "Suspended", spot=spot)

    assert floor.state(payer) is CaseState.SUSPENDED


def test_a_dispute_raised_while_suspended_does_not_restore_by_itself(floor):
    payer = suspended(floor)
    with floor.desk.database.transaction() as session:
        disputed = session.scalars(select(Invoice)).one()
        disputed.disputed = disputed.amount

    watch_payments(floor.tick())

    assert len(floor.cards(floor.sam, ORDER_CARD)) == 1
    assert floor.state(payer) is CaseState.SUSPENDED


def test_what_a_notice_left_out_as_disputed_need_not_be_paid(floor):
    payer = floor.hotel("Hotel Aurora")
    with floor.desk.database.transaction() as session:
        session.scalars(select(Invoice)).one().disputed = 20_000
    floor.climb(payer)
    suspend(floor, payer)
    floor.on(later(15))
    floor.pay(invoice_id(floor, floor.file(payer).accounts[0].invoices[0]), 80_000)

    watch_payments(floor.tick())

    assert floor.cards(floor.sam, ORDER_CARD)[-1].titles == ["Restored"]


def test_a_notice_that_a_legal_hold_stops_on_its_way_is_no_evidence(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    hold = NewHold(
        payer_id=payer, kind=HoldKind.EXCEPTION, reason="No mail, please", first_day=TODAY
    )
    shown = floor.desk.say(floor.lea, "notices")
    with floor.desk.database.transaction() as session:
        holds.place(session, hold, by=floor.lea.id, at=floor.desk.now)

    floor.desk.press(floor.lea, shown, "Release")
    floor.steps()

    assert floor.state(payer) is CaseState.WATCH
    assert any("stopped before it left" in one for one in floor.file(payer).missing)


def test_a_decider_offers_another_date_which_holds_once_the_customer_accepts(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    ask_for_later(floor, payer)
    form = floor.desk.press(floor.con, to_decide(floor.desk, floor.con), "Counter-offer")
    typed = {"until": "2026-06-26", "reason": "Proof waived, but not that long."}
    past = floor.desk.press(floor.con, form, "Send the offer", typed | {"until": "2026-06-01"})
    assert "should be a day to come" in past
    assert "not that long" in str(past.card)

    floor.desk.press(floor.con, past, "Send the offer", typed)
    [mine] = in_chat(floor.desk, floor.ana, NEWS_CARD)
    floor.desk.press(floor.ana, mine, "Customer accepts")

    assert floor.file(payer).held_until == date(2026, 6, 26)
    assert floor.state(payer) is CaseState.FINAL_NOTICE
    again = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Later date…")
    assert "A later payment date for Hotel Aurora?" in again


def test_an_extension_is_asked_for_by_whose_payer_it_is_and_once(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    bob = floor.desk.person("Bob Other")
    assert "is Ana Reyes's account" in floor.desk.press(
        bob, floor.desk.say(bob, "case 1"), "Later date…"
    )
    ask_for_later(floor, payer)

    answer = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Later date…")

    assert "waits for a decision already" in answer


def test_cases_under_way_are_listed_with_what_waits_for_a_decision(floor):
    payer = floor.hotel("Hotel Aurora", "Beach")
    floor.hotel("Hotel Borealis")
    bob = floor.desk.person("Bob Other")
    floor.climb(payer)

    shown = floor.desk.say(floor.con, "cases")

    assert "1 suspension case under way" in shown
    assert "1 · Hotel Aurora: ready to be suspended: Beach, Hotel Aurora" in shown
    assert "$2,000.00" in shown
    assert "decision: whether to suspend" in shown
    assert "Borealis" not in shown
    assert "Case 1 · Hotel Aurora" in floor.desk.press(floor.con, shown, "Open")
    mine = floor.desk.say(floor.ana, "cases")
    assert "Ready" in mine
    assert "To decide" not in mine
    assert "No case is under notice" in floor.desk.say(bob, "cases")
