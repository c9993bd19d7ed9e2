"""Tasks: written down, taken, handed on, ended with a result, and reminded of (R34, R111)."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.workflows.people import absences
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Role
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import Task, TaskKind, TaskRound
from dialogs.task_forms import draw_round
from scheduler import tasks as clock
from scheduler.job import Tick
from tests.support.desk import TODAY, Desk, drawn


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Cruz")


@pytest.fixture
def ben(desk: Desk):
    return desk.person("Ben Diaz")


@pytest.fixture
def lee(desk: Desk):
    return desk.person("Lee Long", "lead")


@pytest.fixture
def aurora(desk: Desk, ana):
    return desk.customer("Hotel Aurora", agent=ana)


def remind(desk: Desk) -> str:
    return clock.remind(Tick(at=desk.now, database=desk.database, policy=desk.policy))


def all_tasks(desk: Desk) -> list[Task]:
    with desk.reading() as session:
        found = list(session.scalars(select(Task).order_by(Task.id)))
        session.expunge_all()
    return found


def opened(desk: Desk, title: str = "Find the address", **given: Any) -> int:
    row: dict[str, Any] = {"kind": TaskKind.NO_ADDRESS, "due_on": TODAY, "key": title} | given
    with desk.database.transaction() as session:
        return tasks.open_once(session, NewTask(title=title, **row), at=desk.now).id


def round_of(desk: Desk, person) -> str:
    with desk.database.transaction() as session:
        made = session.scalars(
            select(TaskRound).filter_by(person_id=person.id).order_by(TaskRound.id.desc())
        ).first()
        assert made is not None
        return drawn(draw_round(view(desk, session, made.id))).text


def view(desk: Desk, session, about: int):
    return View(session=session, now=desk.now, policy=desk.policy, about=about)


def test_r111_one_line_writes_a_task_and_it_is_reminded_of_on_its_day(desk, ana, aurora):
    card = desk.say(ana, "remind Hotel Aurora on Friday: ask for the check number")
    desk.wait(days=3)
    early = remind(desk)
    desk.wait(days=1)
    first, second = remind(desk), remind(desk)

    assert "ask for the check number" in card
    assert "Due\nFri 12 Jun" in card.text
    assert "Kept: you are reminded on its day." in card
    assert (early, first, second) == (
        "nothing is due",
        "1 person reminded",
        "no people reminded",
    )
    assert desk.owed(place_of(ana.id)) == ["tasks.round"]
    assert "To do, Fri 12 Jun: 1 task" in round_of(desk, ana)
    assert "Hotel Aurora · due today · Ana Cruz" in round_of(desk, ana)


def test_a_reminder_waits_for_the_shift_to_start(desk, aurora):
    mia = desk.person("Mia Reyes", time_zone="Asia/Manila", shift_start=time(10))
    opened(desk, owner_id=mia.id)

    before = remind(desk)
    desk.wait(hours=2)

    assert (before, remind(desk)) == ("no people reminded", "1 person reminded")


def test_the_lead_is_told_once_of_what_is_late(desk, ana, lee):
    opened(desk, "Return the call", owner_id=ana.id)
    remind(desk)
    desk.wait(days=1)

    first, second = remind(desk), remind(desk)
    desk.wait(days=1)
    third = remind(desk)

    assert (first, second, third) == (
        "1 person reminded",
        "no people reminded",
        "no people reminded",
    )
    assert "1 late with others" in round_of(desk, lee)
    assert "1 day late" in desk.say(lee, "tasks") or "2 days late" in desk.say(lee, "tasks")


def test_who_covers_is_reminded_of_what_an_absent_colleague_has_to_do(desk, ana, ben, lee):
    with desk.database.transaction() as session:
        away = absences.Away(person_id=ana.id, first_day=TODAY, last_day=TODAY, cover_id=ben.id)
        absences.plan(session, away, by=lee, at=desk.now, today=TODAY)
    opened(desk, owner_id=ana.id)

    remind(desk)

    assert "Find the address" in round_of(desk, ben)
    assert "tasks.round" not in desk.owed(place_of(ana.id))


def test_a_task_ends_with_a_result_and_a_second_tap_changes_nothing(desk, ana, lee):
    task_id = opened(desk, owner_id=ana.id)
    card = desk.press(ana, desk.say(ana, "tasks"), "Find the address")
    form = desk.press(ana, card, "Done")

    empty = desk.press(ana, form, "Save", {"result": "  "})
    done = desk.press(ana, form, "Save", {"result": "It is pay@aurora.example"})
    again = desk.press(ana, form, "Save", {"result": "Something else"})

    assert "Please fill in “What came of it?”" in empty
    assert "It is pay@aurora.example" in done
    assert "Done" not in done.titles
    assert "That task has changed meanwhile. Nothing was changed now." in again
    assert "Something else" not in again
    with desk.reading() as session:
        task = queries.get(session, task_id)
        assert (task.state, task.result, task.ended_by) == (
            "done",
            "It is pay@aurora.example",
            ana.id,
        )


def test_a_task_that_is_not_needed_says_why(desk, ana):
    opened(desk, owner_id=ana.id)
    card = desk.press(ana, desk.say(ana, "tasks"), "Find the address")

    done = desk.press(ana, desk.press(ana, card, "Not needed"), "Save", {"result": "Paid"})

    assert "Kept: it is not needed." in done
    assert all_tasks(desk)[0].state == "dropped"


def test_a_task_is_handed_to_a_colleague_who_is_told(desk, ana, ben):
    opened(desk, owner_id=ana.id)
    form = desk.press(
        ana, desk.press(ana, desk.say(ana, "tasks"), "Find the address"), "Hand to…"
    )

    handed = desk.press(ana, form, "Save", {"owner": str(ben.id)})

    assert "Handed to Ben Diaz, who is told." in handed
    assert "tasks.task" in desk.owed(place_of(ben.id))
    assert "Nothing waits for you." in desk.say(ana, "tasks")
    assert "Find the address" in desk.say(ben, "tasks")


def test_a_task_of_a_role_is_taken_by_one_of_them(desk, lee):
    kim = desk.person("Kim Tax", "tax")
    pat = desk.person("Pat Tax", "tax")
    opened(desk, "Look at the certificate", role=Role.TAX)
    card = desk.press(kim, desk.say(kim, "tasks"), "Look at the certificate")
    other = desk.press(pat, desk.say(pat, "tasks"), "Look at the certificate")

    taken = desk.press(kim, card, "Take it")
    late = desk.press(pat, other, "Take it")

    assert "It is yours now." in taken
    assert "Kim Tax" in taken
    assert "somebody else's" in late
    assert all_tasks(desk)[0].owner_id == kim.id


def test_nobody_ends_a_task_of_somebody_else_but_a_lead(desk, ana, ben, lee):
    opened(desk, owner_id=ana.id)
    card = desk.press(ana, desk.say(ana, "tasks"), "Find the address")

    assert "somebody else's" in desk.press(ben, card, "Done")
    assert "What came of it?" in desk.press(lee, card, "Done")


def test_a_task_is_written_in_a_form_that_keeps_what_was_typed(desk, ana, ben, aurora):
    form = desk.press(ana, desk.say(ana, "tasks"), "New task")
    typed = {
        "title": "Ask Ben about <b>Aurora</b>",
        "due_on": "2026-06-05",
        "owner": str(ben.id),
    }

    again = desk.press(ana, form, "Save", typed)
    kept = desk.press(ana, again, "Save", {**typed, "due_on": "2026-06-10"})
    twice = desk.press(ana, again, "Save", {**typed, "due_on": "2026-06-10"})

    assert "That day has passed (5 Jun 2026)." in again
    assert "Ask Ben about <b>Aurora</b>" in again
    assert "Kept. The owner is told." in kept
    assert "That task was kept before." in twice
    assert len(all_tasks(desk)) == 1
    assert "tasks.task" in desk.owed(place_of(ben.id))


def test_a_name_that_means_several_keeps_the_words(desk, ana, aurora):
    desk.customer("Hotel Aurelia", agent=ana)

    which = desk.say(ana, "remind hotel on 12 Jun: send the statement")
    form = desk.press(ana, which, "Hotel Aurelia")

    assert "New task: Hotel Aurelia" in form
    assert "send the statement" in form
    assert "2026-06-12" in form


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("remind Hotel Aurora on blue: x", "is no day that I know"),
        ("remind Hotel Aurora on 31 Feb: x", "is no day that I know"),
        ("remind Hotel Aurora on 2026-06-01: x", "That day has passed"),
        ("remind Zzyzx on friday: x", "I know no customer called"),
        ("remind", "Please name the customer"),
        ("remind Hotel Aurora", "New task: Hotel Aurora"),
    ],
)
def test_what_cannot_be_a_task_is_answered_with_a_sentence(desk, ana, aurora, typed, answer):
    assert answer in desk.say(ana, typed)
    assert all_tasks(desk) == []


def test_open_tasks_stand_on_the_account_card(desk, ana, aurora):
    opened(desk, payer_id=aurora, owner_id=ana.id)

    account = desk.say(ana, "customer Hotel Aurora")

    assert "1 task" in str(account.card)
    assert "Find the address" in account


def test_what_is_due_is_offered_again_to_who_comes_back(desk, ana):
    opened(desk, owner_id=ana.id)
    before = desk.installs(ana)
    remind(desk)

    greeted = [card.text for card in desk.installs(ana)]

    assert not any("To do" in card.text for card in before)
    assert any("To do, Mon 8 Jun: 1 task" in text for text in greeted)


def test_nobody_is_greeted_with_what_is_not_for_them(desk):
    for role in ("support", "auditor", "meeting"):
        who = desk.person(f"{role.capitalize()} Person", role)

        assert not any("That is for" in card.text for card in desk.installs(who))
