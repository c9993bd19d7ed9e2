"""A delegate decides fee waivers in a principal's place, within what was named (R69)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import ApprovalState
from bot.workflows.people.records import Person
from bot.workflows.people.rules import Member
from tests.support.approvals import WAIVER, in_chat, to_decide
from tests.support.databases import ON_SQLITE
from tests.support.desk import Desk, Shown

WHY = {"words": "A good customer."}


@dataclass
class Office:
    desk: Desk
    ana: Member
    carla: Member
    dan: Member

    def name(self, **typed: str) -> Shown:
        form = self.desk.say(self.carla, "delegate dan")
        row = {"limit": "150.00", "words": "While I travel."}
        return self.desk.press(self.carla, form, "Name them", row | typed)

    def ask(self) -> None:
        form = self.desk.say(self.ana, "waive hotel aurora")
        self.desk.press(self.ana, form, "Send for decision", WAIVER)

    def state(self) -> ApprovalState:
        with self.desk.reading() as session:
            return session.scalars(select(Approval.state)).one()


@pytest.fixture
def office(desk: Desk) -> Office:
    """A controller, and somebody who may be named."""
    ana, carla = desk.person("Ana Cruz"), desk.person("Carla Reed", "controller")
    dan = desk.person("Dan Fox", "delegate")
    desk.customer("Hotel Aurora", agent=ana)
    return Office(desk, ana, carla, dan)


def test_a_named_delegate_is_asked_and_decides(office: Office):
    listed = office.name()
    office.ask()

    done = office.desk.press(office.dan, to_decide(office.desk, office.dan), "Approve", WHY)

    assert "Dan Fox for Carla Reed" in listed
    assert "fees up to $150.00, Mon 8 Jun 2026 to Mon 15 Jun 2026: While I travel." in listed
    assert "Approved by Dan Fox" in done
    assert "Approved by Dan Fox" in to_decide(office.desk, office.carla)
    assert "Nothing waits" in office.desk.say(office.dan, "approvals")


def test_a_delegate_named_after_the_request_was_made_does_not_decide_it(office: Office):
    office.ask()
    office.desk.wait(minutes=1)
    office.name()

    card = office.desk.press(office.dan, to_decide(office.desk, office.carla), "Approve", WHY)

    assert "whom they named in writing" in card or "between its requester" in card
    assert in_chat(office.desk, office.dan) == []
    assert office.state() is ApprovalState.WAITING


@pytest.mark.parametrize(
    "typed",
    [
        {"limit": "149.99"},
        {"first_day": "2026-06-09"},
    ],
)
@ON_SQLITE
def test_beyond_the_limit_or_the_days_a_delegate_is_not_asked(
    office: Office, typed: dict[str, str]
):
    office.name(**typed)
    office.ask()

    office.desk.press(office.dan, to_decide(office.desk, office.carla), "Approve", WHY)

    assert in_chat(office.desk, office.dan) == []
    assert office.state() is ApprovalState.WAITING


def test_a_delegation_that_is_over_is_over_at_the_next_click(office: Office):
    office.name(last_day="2026-06-08")
    office.ask()
    card = to_decide(office.desk, office.dan)
    office.desk.wait(days=1)

    office.desk.press(office.dan, card, "Approve", WHY)

    assert office.state() is ApprovalState.WAITING


def test_ending_a_delegation_works_at_the_next_click(office: Office):
    listed = office.name()
    office.ask()
    card = to_decide(office.desk, office.dan)

    ended = office.desk.press(office.carla, listed, "End")
    office.desk.press(office.dan, card, "Approve", WHY)

    assert "That delegation has ended." in ended
    assert "Nobody decides in somebody's place." in ended
    assert office.state() is ApprovalState.WAITING


@pytest.mark.parametrize(
    ("who", "roles"), [("carla", "lead"), ("dan", "agent")], ids=["giver", "delegate"]
)
@ON_SQLITE
def test_a_delegation_falls_with_the_role_of_either(office: Office, who: str, roles: str):
    office.name()
    office.ask()
    card = to_decide(office.desk, office.dan)
    with office.desk.database.transaction() as session:
        session.get_one(Person, getattr(office, who).id).roles = roles

    office.desk.press(office.dan, card, "Approve", WHY)

    assert office.state() is ApprovalState.WAITING


def test_a_delegate_of_the_requester_does_not_decide(office: Office):
    desk = office.desk
    victor = desk.person("Victor Hale", "vp_finance")
    office.name()
    form = desk.say(office.carla, "waive hotel aurora")
    desk.press(office.carla, form, "Send for decision", WAIVER)

    desk.press(office.dan, to_decide(desk, victor), "Approve", WHY)

    assert in_chat(desk, office.dan) == []
    assert office.state() is ApprovalState.WAITING


def test_a_delegates_counter_offer_stays_within_the_limit(office: Office):
    desk = office.desk
    office.name()
    office.ask()
    form = desk.press(office.dan, to_decide(desk, office.dan), "Counter-offer")

    offer = {"percent": "50", "reason": "Half."}
    sent = desk.press(office.dan, form, "Send the offer", offer)

    assert "Counter-offer by Dan Fox" in sent


@ON_SQLITE
def test_only_a_principal_names_a_delegate_and_only_somebody_with_the_role(office: Office):
    desk = office.desk

    assert "That is for: controller, VP Finance." in desk.say(office.ana, "delegate dan")
    assert "I found nobody like that." in desk.say(office.carla, "delegate ana")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"last_day": "2026-06-07", "first_day": "2026-06-07"}, "has passed already"),
        ({"last_day": "2026-06-09", "first_day": "2026-06-10"}, "before the first"),
        ({"limit": "lots"}, "should be an amount"),
        ({"words": ""}, "Please fill in"),
    ],
)
@ON_SQLITE
def test_a_delegation_that_makes_no_sense_keeps_what_was_typed(
    office: Office, typed: dict[str, str], sentence: str
):
    again = office.name(**typed)

    assert sentence in again
    assert "Name them" in again.titles


def test_naming_twice_from_the_same_form_names_once(office: Office):
    desk = office.desk
    form = desk.say(office.carla, "delegate dan")
    typed = {"limit": "150.00", "words": "While I travel."}

    desk.press(office.carla, form, "Name them", typed)
    second = desk.press(office.carla, form, "Name them", typed)

    assert second.titles == ["End"]
