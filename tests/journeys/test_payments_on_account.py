"""Money that names no invoice, on a case of three sites of which one is suspended (R57)."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.workflows.ledger.records import Invoice
from bot.workflows.suspension import (
    digest_entries,
    digest_queries,
    digests,
    history,
    meetings,
    orders,
)
from bot.workflows.suspension.orders import ORDER_CARD
from bot.workflows.suspension.part_payments import PART_CARD
from bot.workflows.suspension.reports import REPORT_CARD
from bot.workflows.suspension.rules import CaseState
from dialogs import suspension
from scheduler import digest_words
from scheduler.suspension import post_digest
from scheduler.suspension_cases import take_steps
from tests.support.cases import Floor
from tests.support.desk import drawn

WEDNESDAY = date(2026, 6, 24)
BEACH, READY = "Beach", CaseState.READY
WHOLE, PART = 300_000, 150_000


@pytest.fixture
def floor(desk):
    return Floor(desk)


@pytest.fixture
def payer(floor) -> int:
    """All three sites are ready, $1,000.00 each, and the Beach was suspended a day ago."""
    payer = floor.hotel("Hotel Aurora", "Airport", BEACH)
    ready = floor.climb(payer)
    order(floor, payer, BEACH)
    tap(floor, "Suspended")
    floor.on(ready + timedelta(days=1))
    assert states(floor, payer) == {
        BEACH: CaseState.SUSPENDED,
        "Airport": READY,
        "Hotel Aurora": READY,
    }
    return payer


def order(floor, payer, *sites):
    file = floor.file(payer)
    wanted = [one.account_id for one in file.accounts if one.name in sites]
    at, policy = floor.desk.now, floor.desk.policy
    with floor.desk.database.transaction() as session:
        orders.order_suspension(
            session, file.case_id, wanted, by=floor.con, at=at, policy=policy
        )


def tap(floor, word):
    """Support confirms each card that has the button."""
    for card in floor.cards(floor.sam, ORDER_CARD):
        if word in card.titles:
            floor.desk.press(floor.sam, card, word)


def receive(floor, payer, minor):
    floor.desk.wait(hours=1)
    floor.pay_on_account(payer, minor)
    take_steps(floor.tick())


def states(floor, payer):
    return {one.name: one.state for one in floor.file(payer).accounts}


def stands(sheet):
    """The column State of a digest's files and of `ardesk digest`."""
    return [case.stands for one in sheet.parts for case in one.cases]


def waiting(floor):
    """The buttons of support's cards that wait."""
    shown = floor.cards(floor.sam, ORDER_CARD)
    return [one for card in shown for one in card.titles if one in ("Suspended", "Restored")]


def test_a_case_says_at_how_many_of_its_sites_services_are_off(floor, payer):
    part = "Suspended: 1 of 3 sites"

    assert f"{part}. First notice" in floor.desk.say(floor.lea, "case 1")
    assert part in floor.desk.say(floor.lea, "cases")

    floor.on(WEDNESDAY, time(8))
    post_digest(floor.tick())
    with floor.desk.reading() as session:
        digest = digest_queries.latest(session)
        assert digest is not None
        [page] = digest_queries.pages_of(session, digest.id)
        now, policy = floor.desk.now, floor.desk.policy
        view = View(session=session, now=now, policy=policy, about=page.id)
        assert f"{part} · " in drawn(suspension.draw_page(view))
        sheet = digest_words.as_posted(session, digest, on=WEDNESDAY, policy=policy)
        previous = digest_queries.latest_by(session, WEDNESDAY, before=True)
        meeting = meetings.meeting_of(WEDNESDAY, policy)
        frame = digests.frame_of(meeting, previous, on=WEDNESDAY, policy=policy)
        entries = digest_entries.look_back(session, frame, policy=policy)
        known = digest_words.as_known(session, frame, entries, policy=policy)
        assert [stands(one) for one in (sheet, known)] == [[part], [part]]


def test_a_payer_that_was_never_billed_itself_is_no_site(floor):
    payer = floor.desk.customer("Hotel Group", agent=floor.ana, email="ap@hotel.example")
    for site in ("Airport", BEACH):
        floor.bill(floor.desk.customer(site, payer=payer, site=site), "1,000.00")
    floor.climb(payer)

    order(floor, payer, BEACH)
    tap(floor, "Suspended")

    assert "Suspended: 1 of 2 sites. First notice" in floor.desk.say(floor.lea, "case 1")
    assert set(states(floor, payer)) == {"Airport", BEACH}
    order(floor, payer, "Airport")
    tap(floor, "Suspended")
    assert "Suspended. First notice" in floor.desk.say(floor.lea, "case 1")


def test_a_case_with_all_its_sites_off_is_suspended(floor, payer):
    order(floor, payer, "Airport", "Hotel Aurora")
    tap(floor, "Suspended")

    assert "Suspended. First notice" in floor.desk.say(floor.lea, "case 1")


def test_r57_less_than_all_that_was_named_is_a_part_payment_for_a_decider(floor, payer):
    order(floor, payer, "Airport")
    before = states(floor, payer)

    receive(floor, payer, PART)

    assert waiting(floor) == ["Suspended"]
    assert states(floor, payer) == before
    [card] = floor.cards(floor.con, PART_CARD)
    assert "$1,500.00" in card
    assert {"Restore", "Keep suspended"} <= set(card.titles)
    receive(floor, payer, 0)
    assert "the payment was returned" in floor.cards(floor.con, PART_CARD)[0]
    tap(floor, "Suspended")
    assert states(floor, payer)["Airport"] is CaseState.SUSPENDED


def test_r57_what_a_decider_took_for_enough_and_is_returned_puts_the_case_back(floor, payer):
    receive(floor, payer, PART)
    floor.desk.press(floor.con, floor.cards(floor.con, PART_CARD)[0], "Restore")
    floor.desk.wait(hours=1)
    tap(floor, "Restored")
    assert states(floor, payer)[BEACH] is CaseState.RESTORED

    receive(floor, payer, 0)

    assert set(states(floor, payer).values()) == {READY}
    with floor.desk.reading() as session:
        newest = history.steps(session, floor.case_id(payer))[0].words
    assert "a payment was returned: back where it was" in newest
    told = floor.cards(floor.lea, REPORT_CARD)
    assert any("Payment returned: Hotel Aurora" in card for card in told)


def test_r57_a_decision_is_not_carried_out_once_its_payment_is_returned(floor, payer):
    receive(floor, payer, PART)
    floor.desk.press(floor.con, floor.cards(floor.con, PART_CARD)[0], "Restore")
    assert waiting(floor) == ["Restored"]

    receive(floor, payer, 0)

    assert waiting(floor) == []
    card = floor.cards(floor.sam, ORDER_CARD)[-1]
    assert "the payment was returned: its services stay suspended" in card


def test_r57_all_that_was_named_restores_and_its_return_puts_the_case_back(floor, payer):
    receive(floor, payer, WHOLE - 2_500)
    assert waiting(floor) == ["Restored"]
    assert not floor.cards(floor.con, PART_CARD)
    tap(floor, "Restored")
    assert states(floor, payer)[BEACH] is CaseState.RESTORED
    assert READY not in states(floor, payer).values()
    assert all(one.causing == () for one in floor.file(payer).accounts)

    receive(floor, payer, 0)

    assert set(states(floor, payer).values()) == {READY}


def test_r57_a_payment_that_names_a_sites_invoice_restores_that_site(floor, payer):
    [number] = [one.invoices[0] for one in floor.file(payer).accounts if one.name == BEACH]
    with floor.desk.reading() as session:
        invoice = session.scalars(select(Invoice.id).filter_by(number=number)).one()
    floor.pay(invoice, 100_000)

    take_steps(floor.tick())

    assert waiting(floor) == ["Restored"]
    assert not floor.cards(floor.con, PART_CARD)
