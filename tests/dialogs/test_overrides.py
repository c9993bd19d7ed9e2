"""A lead pins, postpones and reorders for a day; the reason stands on the lists (R86)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.store.audit import AuditEntry
from bot.workflows.customers.records import Customer
from bot.workflows.people.rules import Member
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import queries
from bot.workflows.worklists.records import EntryState, Override
from tests.support.desk import TODAY, Desk


@pytest.fixture
def ana(desk: Desk) -> Member:
    ana = desk.person("Ana")
    for name, days in (("Hotel Aurora", 90), ("Borealis", 40), ("Cask", 9)):
        desk.invoice(desk.customer(name, agent=ana), "100.00", days_past_due=days)
    return ana


@pytest.fixture
def lena(desk: Desk) -> Member:
    return desk.person("Lena", roles="lead")


def reasons(desk: Desk, agent: Member) -> list[tuple[str, str, EntryState]]:
    """Name, reason and state of an agent's lines in the order of calling."""
    with desk.database.transaction() as session:
        made = worklists.open_day(session, agent, day=TODAY, at=desk.now, policy=desk.policy)
        lines = sorted(queries.entries(session, made.id), key=lambda line: line.turn)
        names = {
            row.id: row.name for row in session.execute(select(Customer.id, Customer.name))
        }
        return [(names[line.payer_id], line.reason, line.state) for line in lines]


def order(desk: Desk, agent: Member) -> list[str]:
    return [name for name, _, _ in reasons(desk, agent)]


@pytest.mark.parametrize("is_made", [True, False])
def test_a_pinned_customer_comes_first_on_lists_made_and_still_to_be_made(
    desk: Desk, ana: Member, lena: Member, is_made: bool
):
    if is_made:
        assert order(desk, ana) == ["Hotel Aurora", "Borealis", "Cask"]

    form = desk.say(lena, "pin cask")
    said = desk.press(lena, form, "Pin it", {"reason": "CFO in town"})

    assert "Cask pinned for Mon 8 Jun" in said
    assert order(desk, ana) == ["Cask", "Hotel Aurora", "Borealis"]
    assert reasons(desk, ana)[0][1].startswith("Pinned by Lena: CFO in town. (R86) Oldest item")


def test_a_pin_can_be_taken_back(desk: Desk, ana: Member, lena: Member):
    order(desk, ana)
    said = desk.press(lena, desk.say(lena, "pin Cask"), "Pin it", {"reason": "CFO in town"})

    said = desk.press(lena, said, "Take back: pin")

    assert "Nothing is overruled" in said
    assert order(desk, ana) == ["Hotel Aurora", "Borealis", "Cask"]
    assert "Pinned" not in reasons(desk, ana)[2][1]


def test_a_postponed_customer_is_not_called_that_day(desk: Desk, ana: Member, lena: Member):
    order(desk, ana)
    form = desk.say(lena, "postpone Hotel Aurora")

    desk.press(lena, form, "Postpone it", {"reason": "merger", "last_day": "2026-06-10"})

    [aurora] = [line for line in reasons(desk, ana) if line[0] == "Hotel Aurora"]
    assert aurora[2] is EntryState.POSTPONED
    assert "Postponed by Lena through Wed 10 Jun 2026: merger. (R86)" in aurora[1]


def test_a_customer_postponed_before_the_list_is_made_is_left_off_it(
    desk: Desk, ana: Member, lena: Member
):
    form = desk.say(lena, "postpone Hotel Aurora")
    desk.press(lena, form, "Postpone it", {"reason": "merger"})

    assert order(desk, ana) == ["Borealis", "Cask"]


def test_tiers_are_reordered_for_a_day(desk: Desk, ana: Member, lena: Member):
    order(desk, ana)

    typed = {"order": "0 5 1 2 3 4 6", "reason": "mid-month"}
    said = desk.press(lena, desk.say(lena, "tiers"), "Reorder", typed)

    assert "tiers in the order 0 5 1 2 3 4 6 on everybody’s" in said.text.replace("'", "’")
    assert order(desk, ana) == ["Cask", "Hotel Aurora", "Borealis"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"order": "1 2 3", "reason": "x"}, "Name every tier from 0 to 6 once"),
        ({"order": "a b", "reason": "x"}, "write the tiers' numbers"),
        ({"order": "0 1 2 3 4 5 5", "reason": "x"}, "Name every tier from 0 to 6 once"),
        ({"reason": " "}, "Please fill in “Why? The agents see it.”"),
        ({"day": "2026-06-01", "reason": "x"}, "That day is over"),
        ({"day": "soon", "reason": "x"}, "“Day” should be a day"),
    ],
)
def test_what_makes_no_sense_comes_back_with_a_sentence_and_what_was_typed(
    desk: Desk, lena: Member, typed: dict[str, str], sentence: str
):
    said = desk.press(lena, desk.say(lena, "tiers"), "Reorder", typed)

    assert sentence in said
    assert typed.get("order", "0 1 2 3 4 5 6") in said.text
    assert "Reorder" in said.titles


def test_the_same_form_sent_twice_overrules_once(desk: Desk, ana: Member, lena: Member):
    form = desk.say(lena, "pin Cask")
    for _ in range(2):
        desk.press(lena, form, "Pin it", {"reason": "CFO in town"})

    with desk.reading() as session:
        assert len(session.scalars(select(Override)).all()) == 1
        noted = session.scalars(select(AuditEntry.why).filter_by(what="list overruled")).all()
    assert noted == ["CFO in town"]


def test_only_leads_overrule(desk: Desk, ana: Member, lena: Member):
    form = desk.say(lena, "pin Cask")

    assert "is for:" in desk.say(ana, "pin Cask")
    assert "is for:" in desk.press(ana, form, "Pin it", {"reason": "mine"})
    assert order(desk, ana)[0] == "Hotel Aurora"


def test_an_ambiguous_name_offers_the_nearest(desk: Desk, ana: Member, lena: Member):
    desk.customer("Hotel Auriga", agent=ana)

    said = desk.say(lena, "pin hotel au")
    assert {"Hotel Aurora", "Hotel Auriga"} <= set(said.titles)
    assert "Pin Hotel Aurora" in desk.press(lena, said, "Hotel Aurora")


def test_a_customer_left_off_that_day_cannot_be_pinned(desk: Desk, ana: Member, lena: Member):
    held = desk.customer("Held", agent=ana, flags="legal_hold")
    desk.invoice(held, "1.00")
    order(desk, ana)

    said = desk.press(lena, desk.say(lena, "pin Held"), "Pin it", {"reason": "now"})

    assert "not on the list of that day. Legal hold: as marked in the book." in said


def test_a_customer_that_owes_nothing_past_due_cannot_be_pinned_on_a_list_that_is_made(
    desk: Desk, ana: Member, lena: Member
):
    desk.invoice(desk.customer("Delta Inn", agent=ana), "100.00", days_past_due=-5)
    reasons(desk, ana)

    said = desk.press(lena, desk.say(lena, "pin delta inn"), "Pin it", {"reason": "Ask first"})

    assert "not on the list of that day: nothing of it is past due" in said
    assert "Nothing is overruled" in desk.say(lena, "overrides")
