"""What the cards of a case look like, from its notices to services restored (R57, R70)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.workflows.ledger import queries as ledger
from bot.workflows.suspension import digest_entries, orders
from bot.workflows.suspension.case_records import ReportKind
from bot.workflows.suspension.orders import ORDER_CARD
from bot.workflows.suspension.part_payments import PART_CARD
from bot.workflows.suspension.reports import REPORT_CARD
from bot.workflows.suspension.rules import CaseState
from scheduler.suspension_cases import take_steps
from tests.support.cases import Floor
from tests.support.contracts import faults_of

PROOF = "https://contoso.sharepoint.com/sites/ar/Shared%20Documents/wire%2012%20June.pdf"


@pytest.fixture
def floor(desk):
    return Floor(desk)


def rows(shown):
    """The rows of buttons of a card, by title."""
    sets = [part for part in shown.card["body"] if part["type"] == "ActionSet"]
    return [[action["title"] for action in one["actions"]] for one in sets]


def suspended(floor, *sites):
    """A payer whose services are off since the day before."""
    payer = floor.hotel("Hotel Aurora", *sites)
    ready = floor.climb(payer)
    accounts = [one.account_id for one in floor.file(payer).accounts]
    case_id, at, policy = floor.case_id(payer), floor.desk.now, floor.desk.policy
    with floor.desk.database.transaction() as session:
        orders.order_suspension(session, case_id, accounts, by=floor.con, at=at, policy=policy)
    for card in floor.cards(floor.sam, ORDER_CARD):
        floor.desk.press(floor.sam, card, "Suspended")
    floor.on(ready + timedelta(days=1))
    return payer


def pay(floor, payer, *names, minor=100_000):
    """Pay invoices of some accounts, by their names, and let the desk look."""
    for n, account in enumerate(floor.file(payer).accounts):
        if account.name in names:
            floor.pay(invoice_id(floor, account), minor, number=f"P-{n}-{minor}")
    take_steps(floor.tick())


def invoice_id(floor, account):
    with floor.desk.reading() as session:
        [found] = ledger.ids_of(session, account.invoices)
        return found


def test_a_notice_has_its_answers_in_one_row_and_the_way_on_in_the_next(floor):
    floor.hotel("Hotel Aurora")
    floor.hotel("Bay Inn")
    floor.steps()

    notice = floor.desk.say(floor.lea, "notices")
    released = floor.desk.press(
        floor.lea, floor.desk.press(floor.lea, notice, "Release"), "Case"
    )

    assert rows(notice) == [["Release", "Not now", "Case"], ["Next", "Send…"]]
    assert len(rows(released)) == 1


def test_all_that_can_be_done_on_a_case_stands_in_one_row_that_wraps(floor, shared):
    floor.hotel("Hotel Aurora")
    floor.steps()

    lead, agent = (floor.desk.say(who, "case 1") for who in (floor.lea, floor.ana))

    common = ["Report", "Later date…", "Account", "What happened", "Send…"]
    assert rows(lead) == [["See the first notice", *common]]
    assert rows(agent) == [common]
    assert faults_of(lead.card, shared) == []


def test_r82_a_sites_sum_is_said_once_where_all_of_it_may_cause_suspension(floor):
    payer = floor.hotel("Hotel Aurora", "Airport")
    floor.climb(payer)
    floor.bill(payer, "250.00", days=40)

    lines = digest_entries.account_lines(floor.file(payer))

    assert "Airport: ready, $1,000.00, all of it may cause suspension" in lines
    assert "Hotel Aurora: ready, $1,250.00, $1,000.00 of it may cause suspension" in lines
    card = floor.desk.say(floor.lea, "case 1")
    assert card.text.count("$1,000.00") == 2


def test_support_reads_what_it_is_to_do_and_why(floor):
    payer = suspended(floor)
    [done] = floor.cards(floor.sam, ORDER_CARD)
    pay(floor, payer, "Hotel Aurora")

    asked = floor.cards(floor.sam, ORDER_CARD)[-1]

    assert "Decided by the suspension meeting" in done
    assert "Support is to restore the services, and to say so here when it is done." in asked
    assert "What the notices named is paid" in asked


def test_r57_a_part_payment_is_asked_about_for_the_sites_that_are_not_paid(floor, shared):
    payer = suspended(floor, "Omaha, NE", "Phoenix, AZ")

    pay(floor, payer, "Hotel Aurora")

    [card] = floor.cards(floor.con, PART_CARD)
    assert "Still unpaid\n$2,000.00" in card
    assert "Suspended\nOmaha, NE; Phoenix, AZ" in card
    assert card.titles == ["Restore", "Keep suspended", "Case"]
    assert faults_of(card.card, shared) == []
    kept = floor.desk.press(floor.con, card, "Keep suspended", {"words": "Too little"})
    assert "Suspended\n" not in kept
    assert kept.titles == ["Case"]


def test_a_case_that_is_paid_says_so_and_not_that_no_notice_was_sent(floor):
    payer = suspended(floor)
    pay(floor, payer, "Hotel Aurora")
    waits = floor.desk.say(floor.lea, "case 1")
    floor.desk.press(floor.sam, floor.cards(floor.sam, ORDER_CARD)[-1], "Restored")

    card = floor.desk.say(floor.lea, "case 1")

    assert floor.state(payer) is CaseState.RESTORED
    assert "Restored. What the notices named is paid or disputed." in card
    assert "nobody, it closes by itself: nothing is that late any more" in card
    for shown in (waits, card):
        assert not {"Evidence", "No notice goes out by itself"} & set(shown.text.splitlines())
        assert "No notice" not in shown


def test_a_suspended_case_does_not_say_three_times_where_it_stands(floor):
    suspended(floor)

    card = floor.desk.say(floor.lea, "case 1")

    assert "Evidence" in card
    assert "Suspended." not in card.text.splitlines()


def test_r56_a_proof_is_named_on_the_case_and_its_address_stands_on_the_report(floor):
    floor.hotel("Hotel Aurora")
    floor.steps()
    form = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Report")

    typed = {"kind": ReportKind.PROOF.value, "words": "The wire left", "file": PROOF}
    kept = floor.desk.press(floor.ana, form, "Save", typed)

    assert PROOF in kept
    assert PROOF in floor.cards(floor.lea, REPORT_CARD)[-1]
    case = floor.desk.say(floor.ana, "case 1")
    assert "Proof of payment (wire 12 June.pdf). The wire left" in case
    assert "sharepoint" not in case


def test_an_undo_that_comes_too_late_says_so_on_the_card_as_it_stands(floor):
    payer = suspended(floor)
    pay(floor, payer, "Hotel Aurora")
    done = floor.desk.press(floor.sam, floor.cards(floor.sam, ORDER_CARD)[-1], "Restored")
    floor.desk.wait(minutes=11)

    late = floor.desk.press(floor.sam, done, "Undo")

    assert done.titles == ["Undo"]
    assert "It is too late to take this back: that goes for 10 minutes." in late
    assert "Restored by Sam Support" in late
    assert late.titles == []


def test_what_came_in_is_said_once_on_the_case(floor):
    payer = suspended(floor)
    pay(floor, payer, "Hotel Aurora")

    card = floor.desk.say(floor.lea, "case 1")

    assert "Tue 23 Jun: $1,000.00 received Tue 23 Jun" in card
    assert "Payment received" not in card


def test_r57_from_the_case_a_decider_comes_back_to_the_part_payment(floor):
    payer = suspended(floor)
    pay(floor, payer, "Hotel Aurora", minor=60_000)
    [asked] = floor.cards(floor.con, PART_CARD)

    case = floor.desk.press(floor.con, asked, "Case")
    again = floor.desk.press(floor.con, case, "Decide: part payment")
    floor.desk.press(floor.vip, asked, "Restore")
    late = floor.desk.press(floor.con, again, "Keep suspended", {"words": "Too little"})

    assert again.text == asked.text
    assert "Restored on part payment, decided by Vip Finance" in late
    assert "Nothing was changed: this is how it stands now." in late
    assert "Decide: part payment" not in floor.desk.say(floor.lea, "case 1").titles
    assert "Decide: part payment" not in floor.desk.say(floor.con, "case 1").titles
