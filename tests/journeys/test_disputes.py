"""A dispute, from the customer's words to its result (R18-R19, R55, R115-R116, R165)."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from bot.connectors.company import guides
from bot.store.audit import AuditEntry
from bot.workflows.calls.records import Call, Outcome
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute
from bot.workflows.disputes.rules import DisputeState
from bot.workflows.people.records import place_of
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists.records import WorklistEntry
from tests.support.desk import TODAY

FILLED = {
    "amount": "300.00",
    "reason": "price",
    "description": "They were promised 10 % off.",
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
def hotel(desk, ana):
    return desk.customer("Hotel Aurora", agent=ana)


def test_a_dispute_is_captured_and_the_lead_is_told_at_once(desk, ana, lea, hotel):
    first = desk.invoice(hotel, "400.00", days_past_due=40, number="INV-1")
    second = desk.invoice(hotel, "200.00", days_past_due=20, number="INV-2")
    form = desk.say(ana, "dispute Hotel Aurora")

    saved = desk.press(ana, form, "Save dispute", FILLED | {"invoices": f"{first},{second}"})

    assert "$300.00 leaves the ranking" in saved
    assert "INV-1 $200.00, INV-2 $100.00" in saved
    assert desk.owed(place_of(lea.id)) == ["disputes.raised"]
    with desk.reading() as session:
        dispute = session.scalar(select(Dispute))
        assert (dispute.amount, dispute.currency) == (30000, "USD")
        assert dispute.answer_due_on.isoformat() == "2026-06-15"
        assert session.scalar(select(Call.outcome)) is Outcome.DISPUTE
        assert disputes.open_amounts(session, [first, second], on=TODAY) == {
            first: 20000,
            second: 10000,
        }
        assert "dispute raised" in set(session.scalars(select(AuditEntry.what)))


def test_without_an_amount_everything_ticked_is_disputed(desk, ana, lea, hotel):
    first = desk.invoice(hotel, "400.00", number="INV-1")
    form = desk.say(ana, "dispute hotel aurora")

    saved = desk.press(
        ana, form, "Save dispute", FILLED | {"amount": "", "invoices": str(first)}
    )

    assert "$400.00 leaves the ranking" in saved


def test_saving_the_same_form_twice_disputes_once(desk, ana, lea, hotel):
    first = desk.invoice(hotel, "400.00")
    form = desk.say(ana, "dispute Hotel Aurora")

    for _ in range(2):
        saved = desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(first)})

    assert "Dispute: Hotel Aurora, $300.00" in saved
    with desk.reading() as session:
        assert len(list(session.scalars(select(Dispute)))) == 1
        assert len(list(session.scalars(select(Call)))) == 1


def test_a_second_tap_in_the_same_moment_leaves_the_list_as_the_first_one_did(
    desk, ana, lea, hotel
):
    first = desk.invoice(hotel, "400.00")
    desk.say(ana, "list")
    form = desk.say(ana, "dispute Hotel Aurora")
    versions = []

    for _ in range(2):
        desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(first)})
        with desk.reading() as session:
            versions.append(session.scalars(select(WorklistEntry.version)).one())

    assert versions[0] == versions[1]


def test_any_open_invoice_can_be_disputed_beyond_those_that_are_listed(desk, ana, lea, hotel):
    for number in range(45):
        desk.invoice(hotel, "10.00", number=f"INV-{number:02}", days_past_due=90 - number)
    form = desk.say(ana, "dispute Hotel Aurora")
    assert "The 40 oldest of 45 invoices are listed" in form
    assert "Other invoices, by number" in form

    typed = FILLED | {"others": "inv-44, INV-43", "amount": ""}
    saved = desk.press(ana, form, "Save dispute", typed)

    assert "$20.00" in saved
    with desk.reading() as session:
        assert session.scalars(select(Dispute)).one().amount == 20_00


def test_r2_the_form_of_a_dispute_unfolds_its_guide(desk, lea, hotel):
    desk.policy = desk.policy.model_copy(update={"guides": guides.read(None)})
    desk.__post_init__()
    few = desk.invoice(hotel, "400.00")

    form = desk.say(lea, "dispute Hotel Aurora")
    again = desk.press(lea, form, "Save dispute", {"invoices": str(few)})

    for card in (form, again):
        assert '"title": "Guide"' in json.dumps(card.card)
        assert "Other invoices" not in card


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "1e5"}, "should be an amount"),
        ({"amount": "-3"}, "more than zero"),
        ({"amount": "400.01"}, "Only $400.00 of INV-1"),
        ({"invoices": ""}, "Please choose at least one invoice."),
        ({"invoices": "abc"}, "Please tick the boxes"),
        ({"others": "INV-9"}, "INV-9 is not among the invoices that can be chosen."),
        ({"invoices": "999999"}, "paid meanwhile"),
        ({"reason": "because"}, "choose one from the list"),
        ({"department": ""}, "Please fill in “Who has to answer”."),
        ({"description": ""}, "Please fill in “What exactly?”."),
        ({"contact": "4111 1111 1111 1111"}, "card number"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    desk, ana, hotel, typed, sentence
):
    first = desk.invoice(hotel, "400.00", number="INV-1")
    form = desk.say(ana, "dispute Hotel Aurora")

    again = desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(first)} | typed)

    assert sentence in again
    if "description" not in typed:
        assert FILLED["description"] in again
    with desk.reading() as session:
        assert session.scalar(select(Dispute)) is None
        assert session.scalar(select(Call)) is None


def test_several_problems_are_reported_at_once(desk, ana, hotel):
    desk.invoice(hotel, "400.00")
    form = desk.say(ana, "dispute Hotel Aurora")

    again = desk.press(ana, form, "Save dispute", {"amount": "lots"})

    assert "should be an amount" in again
    assert "Please choose at least one invoice." in again
    assert "Please fill in “Reason”." in again


def test_the_same_amount_is_not_disputed_twice(desk, ana, lea, hotel):
    first = desk.invoice(hotel, "400.00", number="INV-1")
    form = desk.say(ana, "dispute Hotel Aurora")
    desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(first)})

    again = desk.press(
        ana,
        desk.say(ana, "dispute Hotel Aurora"),
        "Save dispute",
        FILLED | {"invoices": str(first)},
    )

    assert "Only $100.00 of INV-1 is open and undisputed." in again


def test_another_agents_customer_is_refused_and_a_lead_is_not(desk, ana, lea, hotel):
    first = desk.invoice(hotel, "400.00")
    ben = desk.person("Ben Other")
    form = desk.say(lea, "dispute Hotel Aurora")

    assert "Ana Reyes" in desk.say(ben, "dispute Hotel Aurora")
    refused = desk.press(ben, form, "Save dispute", FILLED | {"invoices": str(first)})

    assert "Ana Reyes" in refused
    with desk.reading() as session:
        assert session.scalar(select(Dispute)) is None


def test_an_invoice_of_another_payer_cannot_be_slipped_in(desk, ana, hotel):
    desk.invoice(hotel, "400.00")
    other = desk.invoice(desk.customer("Hotel Borealis", agent=ana), "500.00")
    form = desk.say(ana, "dispute Hotel Aurora")

    again = desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(other)})

    assert "Look again" in again


def test_a_dispute_first_raised_on_day_25_to_31_is_marked(desk, ana, lea, hotel):
    first = desk.invoice(hotel, "400.00", days_past_due=28)
    form = desk.say(ana, "dispute Hotel Aurora")

    desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(first)})

    card = desk.say(lea, "disputes")
    assert "R116" in desk.press(lea, card, "Open")


def test_the_lead_closes_it_with_a_result_and_the_agent_hears(desk, ana, lea, hotel):
    first = desk.invoice(hotel, "400.00", days_past_due=40)
    form = desk.say(ana, "dispute Hotel Aurora")
    desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(first)})
    raised = desk.press(lea, desk.say(lea, "disputes"), "Open")

    result = desk.press(lea, raised, "Resolve")
    closed = desk.press(
        lea, result, "Close dispute", {"resolution": "stands", "words": "Contract says no."}
    )

    assert "Closed." in closed
    assert "The invoice stands and is owed" in closed
    assert desk.owed(place_of(ana.id)) == ["disputes.closed"]
    with desk.reading() as session:
        assert session.scalar(select(Dispute.state)) is DisputeState.RESOLVED
        assert disputes.open_amounts(session, [first], on=TODAY) == {}
    stale = desk.press(lea, raised, "Resolve")
    assert "closed meanwhile" in stale
    again = desk.press(
        lea, result, "Close dispute", {"resolution": "credited", "words": "Again."}
    )
    assert "Nothing was changed" in again


def test_an_agent_does_not_close_a_dispute(desk, ana, lea, hotel):
    first = desk.invoice(hotel, "400.00", days_past_due=40)
    form = desk.say(ana, "dispute Hotel Aurora")
    desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(first)})
    raised = desk.press(lea, desk.say(lea, "disputes"), "Open")
    mine = desk.press(ana, desk.say(ana, "disputes"), "Open")

    assert "Resolve" not in mine.titles
    assert "is for" in desk.press(ana, raised, "Resolve")


def test_undoing_the_call_withdraws_the_dispute(desk, ana, lea, hotel):
    first = desk.invoice(hotel, "400.00", days_past_due=40)
    form = desk.say(ana, "dispute Hotel Aurora")
    saved = desk.press(ana, form, "Save dispute", FILLED | {"invoices": str(first)})

    desk.press(ana, saved, "Undo")

    with desk.reading() as session:
        assert session.scalar(select(Dispute.state)) is DisputeState.WITHDRAWN
        assert disputes.open_amounts(session, [first], on=TODAY) == {}


def test_from_the_call_card_the_disputed_amount_leaves_the_ranking_and_stays_past_due(
    desk, ana, lea, hotel
):
    first = desk.invoice(hotel, "400.00", days_past_due=40, number="INV-1")
    desk.invoice(hotel, "150.00", days_past_due=35, number="INV-2")
    desk.invoice(desk.customer("Bay Inn", agent=ana), "90.00", days_past_due=35)
    call = desk.press(ana, desk.say(ana, "list"), "Work the list")
    assert "Hotel Aurora" in call

    form = desk.press(ana, call, "Dispute")
    saved = desk.press(
        ana, form, "Save dispute", FILLED | {"amount": "", "invoices": str(first)}
    )
    following = desk.press(ana, saved, "Next")

    assert "Bay Inn" in following
    desk.wait(days=7)
    with desk.database.transaction() as session:
        today = desk.policy.company_date(desk.now)
        made = worklists.open_day(session, ana, day=today, at=desk.now, policy=desk.policy)
        entry = session.scalar(
            select(WorklistEntry).filter_by(worklist_id=made.id, payer_id=hotel)
        )
        assert entry is not None
        assert (entry.past_due, entry.ranked) == (55000, 15000)


def test_each_reader_sees_a_dispute_on_their_own_clock(desk, lea):
    """R112: an agent in Manila is not told New York's time."""
    mira = desk.person("Mira", time_zone="Asia/Manila")
    first = desk.invoice(desk.customer("Hotel Borealis", agent=mira), "400.00")

    form = desk.say(mira, "dispute hotel borealis")
    saved = desk.press(
        mira, form, "Save dispute", FILLED | {"amount": "", "invoices": str(first)}
    )

    assert "(Manila)" in saved
    assert "(New York)" not in saved


@pytest.mark.parametrize("words", ["dispute", "dispute  "])
def test_a_dispute_of_nobody_asks_for_a_name(desk, ana, words):
    assert "Please name the customer, too." in desk.say(ana, words)
