"""Calls and voicemails that come in: logged by anybody, routed, returned today (R24-R29)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.workflows.calls.records import Call
from bot.workflows.people import absences
from bot.workflows.people.records import place_of
from bot.workflows.tasks.records import Task
from bot.workflows.worklists.records import WorklistEntry
from tests.support.desk import TODAY, Desk


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
    aurora = desk.customer("Hotel Aurora", agent=ana, contact_name="Pat Reyes")
    desk.invoice(aurora, "400.00", days_past_due=45)
    desk.invoice(desk.customer("Harbor Inn", agent=ana), "9000.00", days_past_due=45)
    return aurora


def rows(desk: Desk, record) -> list[Any]:
    with desk.reading() as session:
        found = list(session.scalars(select(record).order_by(record.id)))
        session.expunge_all()
    return found


def line(desk: Desk, payer: int) -> tuple[int, str, str]:
    [found] = [one for one in rows(desk, WorklistEntry) if one.payer_id == payer]
    return found.tier, found.rule, found.reason


def left(desk: Desk, who, words: str = "Please call me about the June invoice", **typed):
    form = desk.press(who, desk.say(who, "call in Hotel Aurora"), "Voicemail or message")
    return form, desk.press(who, form, "Save", {"words": words, **typed})


def test_r29_a_voicemail_logged_by_a_colleague_is_the_agents_to_return_today(
    desk, ana, ben, aurora
):
    card = desk.say(ana, "list")

    _, kept = left(desk, ben, number="+1 555 0199")

    [call], [task] = rows(desk, Call), rows(desk, Task)
    assert (call.direction, call.outcome, call.agent_id) == ("in", "left_voicemail", ben.id)
    assert call.words == "From +1 555 0199: Please call me about the June invoice"
    assert call.number == "+1 555 0199"
    assert (task.kind, task.owner_id, task.due_on, task.state) == (
        "call_back",
        ana.id,
        TODAY,
        "open",
    )
    assert "Logged. Ana Cruz is told, and the call-back is due today." in kept
    assert "calls.inbound" in desk.owed(place_of(ana.id))
    assert "1. Harbor Inn" in card
    assert "Voicemail of today to return (R29)." in desk.press(ana, card, "Work the list")
    assert "last Mon 8 Jun: they left a voicemail" in desk.say(ana, "list")


def test_the_call_back_is_done_when_the_agent_calls_and_open_again_when_that_is_undone(
    desk, ana, ben, aurora
):
    desk.say(ana, "list")
    left(desk, ben)
    card = desk.press(ana, desk.say(ana, "list"), "Work the list")

    missed = desk.press(ana, card, "No answer")
    still = rows(desk, Task)[0].state
    desk.press(ana, missed, "Undo")
    card = desk.say(ana, "log Hotel Aurora")
    after = desk.press(ana, card, "Left voicemail")
    done = rows(desk, Task)[0]
    desk.press(ana, after, "Undo")

    assert (still, done.state, done.result) == (
        "open",
        "done",
        "Called back: left voicemail",
    )
    assert rows(desk, Task)[0].state == "open"


def test_a_voicemail_lets_a_payer_be_called_once_more_after_three_misses(
    desk, ana, ben, aurora
):
    for _ in range(3):
        desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")
        desk.wait(hours=2)
    assert "Not logged" in desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")

    left(desk, ben)
    fourth = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")
    fifth = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")

    assert "Logged: no answer at Hotel Aurora" in fourth
    assert "Not logged. All 3 attempts of today are used" in fifth


def test_r29_the_line_stands_in_tier_0_until_the_voicemail_is_taken_back(
    desk, ana, ben, aurora
):
    desk.say(ana, "list")
    before = line(desk, aurora)
    _, kept = left(desk, ben)
    during = line(desk, aurora)
    desk.press(ben, kept, "Undo")

    assert (before[0], during[:2], line(desk, aurora)) == (3, (0, "R29"), before)


def test_a_voicemail_that_is_undone_is_nobodys_to_return(desk, ana, ben, aurora):
    card = desk.say(ana, "list")
    _, kept = left(desk, ben)

    undone = desk.press(ben, kept, "Undo")

    assert "Undone: voicemail of Hotel Aurora." in undone
    assert rows(desk, Task)[0].state == "dropped"
    assert "R29" not in desk.press(ana, card, "Work the list")


def test_a_second_tap_logs_one_voicemail(desk, ana, ben, aurora):
    form, _ = left(desk, ben)

    again = desk.press(ben, form, "Save", {"words": "Something else"})

    assert "Logged before: nothing was logged again." in again
    assert len(rows(desk, Call)) == len(rows(desk, Task)) == 1


def test_whoever_covers_is_told_and_calls_back(desk, ana, ben, lee, aurora):
    away = absences.Away(person_id=ana.id, first_day=TODAY, last_day=TODAY, cover_id=ben.id)
    with desk.database.transaction() as session:
        absences.plan(session, away, by=lee, at=desk.now, today=TODAY)

    left(desk, lee)

    assert "calls.inbound" in desk.owed(place_of(ben.id))
    assert "calls.inbound" not in desk.owed(place_of(ana.id))
    assert rows(desk, Task)[0].owner_id == ben.id


def test_a_voicemail_on_a_saturday_is_returned_on_monday(desk, ana, ben, aurora):
    desk.wait(days=5)

    left(desk, ben)

    assert rows(desk, Task)[0].due_on.isoformat() == "2026-06-15"


def test_another_department_may_log_what_came_in_but_no_conversation(desk, ana, aurora):
    kim = desk.person("Kim Support", "support")

    card = desk.say(kim, "call in Hotel Aurora")
    _, kept = left(desk, kim)

    assert "Promise" not in card.titles
    assert "Logged. Ana Cruz is told" in kept


def test_a_conversation_that_came_in_is_logged_outside_the_own_portfolio(
    desk, ana, ben, aurora
):
    form = desk.press(ben, desk.say(ben, "call in Hotel Aurora"), "Paid already")
    desk.press(ben, form, "Save", {"words": "Paid by wire on Friday"})

    [call] = rows(desk, Call)
    assert (call.direction, call.outcome, call.agent_id) == ("in", "paid_already", ben.id)
    assert "calls.inbound" in desk.owed(place_of(ana.id))


def test_a_name_that_is_merely_alike_is_asked_about_before_anything_is_logged(desk, ana):
    desk.customer("Maple Lodge", agent=ana)

    alike = desk.say(ana, "log Maple Ridge Nothing")
    part = desk.say(ana, "log maple")

    assert "Which one?" in alike
    assert "One customer is called something like that." in alike
    assert "Which one?" not in part


def test_an_unknown_caller_is_kept_for_the_leads_with_what_was_said(desk, ana, lee):
    form = desk.say(ana, "call in Zzyzx Partners")

    empty = desk.press(ana, form, "Save", {"words": ""})
    kept = desk.press(ana, empty, "Save", {"words": "Wants <b>the</b> bill", "number": "555"})
    again = desk.press(ana, empty, "Save", {"words": "Wants the bill"})

    assert "I know no customer called “Zzyzx Partners”." in form
    assert "Please fill in “What did they say?”." in empty
    assert "Unknown caller: Zzyzx Partners" in kept
    assert "“Wants <b>the</b> bill” Call back: 555." in kept
    assert "Wants <b>the</b> bill" in again
    assert "tasks.task" in desk.owed(place_of(lee.id))
    assert len(rows(desk, Task)) == 1


def test_a_voicemail_of_a_payer_on_legal_hold_is_kept_but_moves_nobody_up(desk, ana, ben):
    payer = desk.customer("Old Mill", agent=ana, flags="bankruptcy")
    desk.invoice(payer, "100.00", days_past_due=45)
    desk.invoice(desk.customer("Harbor Inn", agent=ana), "9000.00", days_past_due=45)
    card = desk.say(ana, "list")

    form = desk.press(ben, desk.say(ben, "call in Old Mill"), "Voicemail or message")
    desk.press(ben, form, "Save", {"words": "Talk to our attorney"})

    assert len(rows(desk, Task)) == 1
    assert "Harbor Inn" in desk.press(ana, card, "Work the list")


def test_a_payer_that_is_not_on_the_list_joins_it_first(desk, ana, ben, aurora):
    quiet = desk.customer("Quiet House", agent=ana)
    desk.say(ana, "list")

    form = desk.press(ben, desk.say(ben, "call in Quiet House"), "Voicemail or message")
    desk.press(ben, form, "Save", {"words": "Hello"})

    card = desk.press(ana, desk.say(ana, "list"), "Work the list")
    assert "Quiet House" in card
    assert "Voicemail of today to return (R29)." in card
    assert quiet
