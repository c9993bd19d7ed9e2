"""No unpaid invoice without a next step: the lead sees those that have none (R117)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.records import Process
from bot.workflows.customers.records import Customer
from bot.workflows.people.rules import Role
from bot.workflows.special_handling import operations as holds
from bot.workflows.special_handling.operations import NewHold
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import TaskKind
from bot.workflows.worklists import next_steps
from tests.support.desk import TODAY, Desk


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Cruz")


@pytest.fixture
def lee(desk: Desk):
    return desk.person("Lee Long", "lead")


def owing(desk: Desk, agent, name: str, amount: str = "100.00") -> int:
    payer = desk.customer(name, agent=agent, email="a@b.example")
    desk.invoice(payer, amount, days_past_due=20)
    return payer


def lacking(desk: Desk) -> list[str]:
    with desk.reading() as session:
        on = desk.policy.company_date(desk.now)
        found = next_steps.without(session, on=on, policy=desk.policy, most=50)
        return [one.name for one in found]


def test_the_lead_sees_who_owes_and_has_no_next_step_the_largest_first(desk, ana, lee):
    owing(desk, ana, "Harbor Inn", "70.00")
    owing(desk, ana, "Hotel Aurora", "4000.00")
    desk.invoice(desk.customer("Not Due Yet", agent=ana), "10.00", days_past_due=-3)

    card = desk.say(lee, "without a next step")

    assert "Without a next step: 2 payers" in card
    assert "$4,070.00 past due" in card
    assert card.text.index("Hotel Aurora") < card.text.index("Harbor Inn")
    assert "Not Due Yet" not in card
    assert "New task: Hotel Aurora" in desk.press(lee, card, "New task")


def test_it_is_for_leads(desk, ana):
    assert "That is for" in desk.say(ana, "without a next step")


def outcome(desk: Desk, who, name: str, button: str, **typed: str) -> None:
    form = desk.press(who, desk.say(who, f"log {name}"), button)
    desk.press(who, form, "Save", typed)


def test_a_call_a_promise_a_task_a_hold_and_a_draft_are_next_steps(desk, ana, lee):
    for name in ("Refuser", "Promiser", "Tasked", "Held", "Missed", "Nothing"):
        owing(desk, ana, name)
    outcome(desk, ana, "Refuser", "Refused", words="No")
    outcome(desk, ana, "Promiser", "Promise", words="Yes")
    with desk.database.transaction() as session:
        on_them = _ids(session)
        new = NewTask(
            key="t",
            kind=TaskKind.OTHER,
            title="Look",
            due_on=TODAY,
            payer_id=on_them["Tasked"],
            role=Role.LEAD,
        )
        tasks.open_once(session, new, at=desk.now)
        hold = NewHold(
            payer_id=on_them["Held"], kind=HoldKind.EXCEPTION, reason="A/P", first_day=TODAY
        )
        holds.place(session, hold, by=None, at=desk.now)
        correspondence.release_process(session, Process.FOLLOW_UPS, by=lee, at=desk.now)
    for _ in range(3):
        desk.press(ana, desk.say(ana, "log Missed"), "No answer")
        desk.wait(hours=2)

    assert lacking(desk) == ["Nothing"]


def test_a_next_step_that_has_passed_is_none(desk, ana):
    owing(desk, ana, "Refuser")
    outcome(desk, ana, "Refuser", "Refused", words="No")
    before = lacking(desk)
    desk.now += timedelta(days=5)

    assert (before, lacking(desk)) == ([], ["Refuser"])


def _ids(session) -> dict[str, int]:
    return {row.name: row.id for row in session.execute(select(Customer.name, Customer.id))}
