"""What happened on a case can be read from its card, each once and dated (R70-R82, R168)."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import update

from bot.workflows.approvals.rules import Act
from bot.workflows.calls.rules import Outcome
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.customers.records import Customer
from bot.workflows.ledger import queries as ledger
from bot.workflows.meetings import happened
from bot.workflows.special_handling import operations as special_handling
from bot.workflows.special_handling.operations import NewHold as NewLegalHold
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.suspension import chronicle, happenings, history, holds, orders
from bot.workflows.suspension.case_records import ReportKind
from bot.workflows.suspension.holds import NewHold
from bot.workflows.suspension.orders import ORDER_CARD
from bot.workflows.suspension.part_payments import PART_CARD
from scheduler.suspension_cases import take_steps
from tests.support.approvals import in_chat
from tests.support.cases import Floor
from tests.support.contracts import faults_of
from tests.support.desk import TODAY


@pytest.fixture
def floor(desk):
    return Floor(desk)


def told(floor, payer, on=None):
    """What happened, a line each, the oldest first."""
    policy = floor.desk.policy
    with floor.desk.reading() as session:
        case_id = floor.case_id(payer)
        found = chronicle.of(
            session,
            case_id,
            on=on or floor.today,
            policy=policy,
            more=happened.on_case(session, case_id),
        )
    return [happenings.line(one, policy.zone) for one in reversed(found)]


def report(floor, kind, words, **typed):
    form = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Report")
    return floor.desk.press(
        floor.ana, form, "Save", {"kind": kind.value, "words": words, **typed}
    )


def climb(floor, payer):
    """To `ready`: each notice is drafted at 9:00 and released at 9:30."""
    for days in (0, 7, 12):
        floor.on(TODAY + timedelta(days=days), time(9))
        floor.steps()
        floor.desk.wait(minutes=30)
        floor.release()
        if not days:
            floor.prove_contacts(payer)
    floor.on(TODAY + timedelta(days=14), time(9))
    floor.steps()
    floor.desk.wait(hours=2)


def suspended(floor, *sites):
    payer = floor.hotel("Hotel Aurora", *sites)
    climb(floor, payer)
    accounts = [one.account_id for one in floor.file(payer).accounts]
    case_id, at, policy = floor.case_id(payer), floor.desk.now, floor.desk.policy
    with floor.desk.database.transaction() as session:
        orders.order_suspension(session, case_id, accounts, by=floor.con, at=at, policy=policy)
    floor.desk.wait(minutes=7)
    for card in floor.cards(floor.sam, ORDER_CARD):
        floor.desk.press(floor.sam, card, "Suspended")
        floor.desk.wait(minutes=1)
    return payer


def pay(floor, payer, minor):
    floor.pay(only_invoice(floor, payer), minor, number=f"P-{minor}")
    take_steps(floor.tick())


def only_invoice(floor, payer):
    [account] = floor.file(payer).accounts
    with floor.desk.reading() as session:
        [invoice] = ledger.ids_of(session, account.invoices)
    return invoice


def test_r168_from_the_first_notice_to_suspended_each_thing_is_one_line(floor):
    payer = suspended(floor, "Airport")

    lines = told(floor, payer)

    assert lines == [
        "09:00 Watch: more than 30 days past due",
        "09:30 First notice released, to ap@hotel.example · Lea Lead",
        "09:30 First notice: it left Mon 8 Jun",
        "10:00 Call: left voicemail · Ana Reyes",
        "14:00 Call: refused, spoke to Jo: “Not now.” · Ana Reyes",
        "14:00 Second contact tried: “Wrote to the GM” · Ana Reyes",
        "09:30 Second notice released, to ap@hotel.example · Lea Lead",
        "09:30 Second notice: it left Mon 15 Jun",
        "09:30 Final notice released, to ap@hotel.example · Lea Lead",
        "09:30 Final notice: it left Sat 20 Jun",
        "09:00 Ready: all the evidence is there",
        "11:00 Support is to suspend Airport, Hotel Aurora: decided by the suspension meeting"
        " · Con Troller",
        "11:07 Suspended, 7 minutes after it was asked (Hotel Aurora) · Sam Support",
        "11:08 Suspended, 8 minutes after it was asked (Airport) · Sam Support",
    ]


def test_r57_part_payment_restoring_and_what_was_taken_back(floor):
    payer = suspended(floor)
    pay(floor, payer, 60_000)
    floor.desk.wait(minutes=1)
    [card] = floor.cards(floor.con, PART_CARD)
    floor.desk.press(floor.con, card, "Keep suspended", {"words": "Too little"})
    floor.desk.wait(minutes=1)
    pay(floor, payer, 40_000)
    for title in ("Restored", "Undo"):
        floor.desk.wait(minutes=1)
        floor.desk.press(floor.sam, floor.cards(floor.sam, ORDER_CARD)[-1], title)

    assert told(floor, payer)[-7:] == [
        "11:08 $600.00 received Mon 22 Jun, P-60000",
        "11:08 Part payment of $600.00 on Mon 22 Jun, $400.00 unpaid: a decider is asked",
        "11:09 Kept suspended: Too little · Con Troller",
        "11:10 $400.00 received Mon 22 Jun, P-40000",
        "11:10 Support is to restore Hotel Aurora: what the notices named is paid",
        "11:11 Restored: support restored the services · Sam Support",
        "11:12 Suspended: Sam Support took that back · Sam Support",
    ]


def test_r60_later_dates_asked_for_granted_declined_and_passed(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.desk.wait(minutes=5)
    for until, answer, words in (
        ("2026-06-19", "Decline", "Too late"),
        ("2026-06-12", "Approve", "The GM called me"),
    ):
        form = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Later date…")
        typed = {"until": until, "words": "On Friday", "reason": "Long-standing"}
        floor.desk.press(floor.ana, form, "Send for decision", typed)
        asked = in_chat(floor.desk, floor.con)[-1]
        floor.desk.press(floor.con, asked, answer, {"words": words})
        floor.desk.wait(minutes=1)
    floor.on(TODAY + timedelta(days=7))

    assert told(floor, payer)[1:] == [
        "08:05 Later date asked for: Fri 19 Jun 2026, “On Friday” · Ana Reyes",
        "08:05 Later date declined: Too late · Con Troller",
        "08:06 Later date asked for: Fri 12 Jun 2026, “On Friday” · Ana Reyes",
        "08:06 Later date granted: Fri 12 Jun 2026, without proof: The GM called me"
        " · Con Troller",
        "The later date has passed",
    ]
    assert "The later date has passed" not in told(floor, payer, TODAY + timedelta(days=4))


def test_holds_put_on_and_over_and_legal_holds_lifted(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.desk.wait(minutes=5)
    act = Act(by=floor.lea, at=floor.desk.now, on=floor.today)
    for days in (2, 4):
        new = NewHold(
            case_id=floor.case_id(payer), until=TODAY + timedelta(days=days), why="Wire traced"
        )
        with floor.desk.database.transaction() as session:
            holds.hold(session, new, act=act, policy=floor.desk.policy)
    floor.on(TODAY + timedelta(days=1))
    legal = NewLegalHold(
        payer_id=payer, kind=HoldKind.LEGAL, reason="attorney", first_day=floor.today
    )
    with floor.desk.database.transaction() as session:
        by, at = floor.con.id, floor.desk.now
        placed = special_handling.place(session, legal, by=by, at=at)
        special_handling.lift(session, placed.id, by=by, at=at, why="Settled")
    floor.on(TODAY + timedelta(days=7))

    assert told(floor, payer)[1:] == [
        "08:05 On hold until Wed 10 Jun 2026: Wire traced · Lea Lead",
        "08:05 On hold until Fri 12 Jun 2026: Wire traced · Lea Lead",
        "10:00 Legal hold: attorney · Con Troller",
        "10:00 Legal hold lifted: attorney",
        "The hold is over",
    ]


def test_r56_reports_calls_and_a_notice_that_came_back(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    floor.release()
    for day in (1, 2, 3):
        floor.on(TODAY + timedelta(days=day))
        floor.call(payer, Outcome.NO_ANSWER, floor.desk.now.time().replace(hour=9 + day))
    link = "https://files.example/ar/wire%20June.pdf"
    floor.desk.press(floor.ana, report(floor, ReportKind.PROOF, "Sent", file=link), "Undo")
    form = floor.desk.press(
        floor.ana, floor.desk.say(floor.ana, "log Hotel Aurora"), "Hardship"
    )
    floor.desk.press(floor.ana, form, "Save", {"words": "Slow", "spoke_to": "Jo"})
    with floor.desk.database.transaction() as session:
        back = {"state": MailState.REFUSED, "bounced_at": floor.desk.now}
        session.execute(update(Mail).where(Mail.payer_id == payer).values(**back))

    lines = told(floor, payer)

    assert lines[-4:] == [
        "3 calls, none reached, Tue 9 Jun to Thu 11 Jun · Ana Reyes",
        "12:00 Proof of payment: wire June.pdf, “Sent” (taken back) · Ana Reyes",
        "12:00 Hardship: “Slow” · Ana Reyes",
        "12:00 The first notice came back",
    ]


def test_an_order_that_was_withdrawn_says_why(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    case_id, at, policy = floor.case_id(payer), floor.desk.now, floor.desk.policy
    with floor.desk.database.transaction() as session:
        orders.order_suspension(session, case_id, [payer], by=floor.con, at=at, policy=policy)
    floor.desk.wait(minutes=3)
    floor.pay(only_invoice(floor, payer), 10_000, number="P-1")
    refused = floor.desk.press(floor.sam, floor.cards(floor.sam, ORDER_CARD)[0], "Suspended")

    lines = told(floor, payer)

    assert (
        "Not to be done: a payment came in after the decision. Leave the services on" in refused
    )
    assert (
        "10:03 Not suspended: a payment came in after the decision (Hotel Aurora) · Sam Support"
        in lines
    )


def test_a_site_that_somebody_else_pays_for_since_keeps_its_name_in_what_happened(floor):
    payer = suspended(floor, "Omaha, NE")
    other = floor.desk.customer("Bay Inn")
    with floor.desk.database.transaction() as session:
        moved = update(Customer).where(Customer.site == "Omaha, NE")
        session.execute(moved.values(payer_id=other))

    lines = told(floor, payer)

    order = "11:00 Support is to suspend Hotel Aurora; Omaha, NE: decided by the suspension"
    assert any(line.startswith(order) for line in lines)
    assert "11:08 Suspended, 8 minutes after it was asked (Omaha, NE) · Sam Support" in lines
    with floor.desk.reading() as session:
        events = history.between(session, after=TODAY, until=floor.today)
        [words] = [history.words_of(session, one, payer_id=payer) for one in events.values()]
    assert any("Suspended (was ready)" in one and "(all 2 sites)" in one for one in words)


def test_the_card_has_a_line_each_under_its_day_and_pages(floor, shared):
    payer = suspended(floor)
    for number in range(30):
        report(floor, ReportKind.HARDSHIP, f"Told {number:02d} " + "long " * 150)

    first = floor.desk.press(floor.lea, floor.desk.say(floor.lea, "case 1"), "What happened")
    second = floor.desk.press(floor.lea, first, "Earlier")
    back = floor.desk.press(floor.lea, second, "Newer")

    total = len(told(floor, payer))
    assert first.titles == ["Earlier", "Back"]
    assert second.titles == ["Newer", "Earlier", "Back"]
    assert f"1 to 15 of {total}, the newest first" in first
    assert f"16 to 30 of {total}" in second
    assert back.text == first.text
    assert "Told 29" in first
    assert "Mon 22 Jun" in first
    assert [faults_of(one.card, shared) for one in (first, second)] == [[], []]
