"""A consumer or sole proprietor is called in moderation, however it is come by (R84, I34)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.workflows.calls.records import Call, Direction, Outcome
from bot.workflows.people.rules import Member
from tests.support.desk import TODAY, Desk, Shown


@pytest.fixture
def ana(desk: Desk) -> Member:
    return desk.person("Ana Cruz")


@pytest.fixture
def jo(desk: Desk, ana: Member) -> int:
    payer = desk.customer("Jo Miller", agent=ana, flags="consumer")
    desk.invoice(payer, "400.00", days_past_due=40)
    return payer


def called(desk: Desk, ana: Member, payer: int, days_ago: int, **given: object) -> None:
    row: dict[str, object] = {
        "payer_id": payer,
        "agent_id": ana.id,
        "at": desk.now - timedelta(days=days_ago),
        "day": TODAY - timedelta(days=days_ago),
        "outcome": Outcome.NO_ANSWER,
        "is_reached": False,
    }
    with desk.database.transaction() as session:
        session.add(Call(**(row | given)))


def logged_today(desk: Desk) -> int:
    with desk.reading() as session:
        today = select(func.count()).select_from(Call).where(Call.at == desk.now)
        return session.scalar(today) or 0


def no_answer(desk: Desk, ana: Member) -> Shown:
    return desk.press(ana, desk.say(ana, "log Jo Miller"), "No answer")


def test_r84_an_eighth_call_in_seven_days_is_refused_by_the_typed_path_too(desk, ana, jo):
    for days in (1, 1, 2, 3, 4, 5, 6):
        called(desk, ana, jo, days)

    card = desk.say(ana, "log Jo Miller")
    answer = no_answer(desk, ana)

    assert "Consumer: 7 calls in 7 days, 7 at most." in card
    assert "Not logged. Consumer: 7 calls in 7 days" in answer
    assert logged_today(desk) == 0


def test_r84_a_seventh_call_and_one_whose_first_is_a_week_old_may_be_made(desk, ana, jo):
    for days in (1, 2, 3, 4, 5, 6, 7):
        called(desk, ana, jo, days)

    answer = no_answer(desk, ana)

    assert "Logged: no answer at Jo Miller" in answer
    assert logged_today(desk) == 1


def test_r84_after_a_conversation_there_are_seven_days_of_silence(desk, ana, jo):
    called(desk, ana, jo, 6, outcome=Outcome.REFUSED, is_reached=True)

    refused = no_answer(desk, ana)
    desk.wait(days=1)
    allowed = no_answer(desk, ana)

    assert "spoken to on Tue 2 Jun, silence until Tue 9 Jun" in refused
    assert "Logged: no answer at Jo Miller" in allowed


@pytest.mark.parametrize("came_in", [True, False])
def test_what_came_in_and_what_was_said_is_logged_whatever_the_limits(desk, ana, jo, came_in):
    called(desk, ana, jo, 1, outcome=Outcome.REFUSED, is_reached=True)
    form = desk.press(ana, desk.say(ana, "log Jo Miller"), "Refused")

    typed = {"words": "They will not pay.", "came_in": str(came_in).lower()}
    desk.press(ana, form, "Save", typed)

    assert logged_today(desk) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"outcome": Outcome.CALL_BACK_AT, "is_reached": True, "next_at": "now"},
        {"outcome": Outcome.LEFT_VOICEMAIL, "direction": Direction.IN},
    ],
)
def test_a_call_that_the_customer_asked_for_may_be_made(desk, ana, jo, asked):
    if "next_at" in asked:
        asked = asked | {"next_at": desk.now}
    called(desk, ana, jo, 2, outcome=Outcome.REFUSED, is_reached=True)
    called(desk, ana, jo, 1, **asked)

    assert "Logged: no answer at Jo Miller" in no_answer(desk, ana)


def test_a_business_may_be_called_as_often_as_before(desk, ana):
    payer = desk.customer("Jo Miller", agent=ana)
    desk.invoice(payer, "400.00", days_past_due=40)
    for days in (1, 1, 2, 3, 4, 5, 6):
        called(desk, ana, payer, days)

    assert "Logged: no answer at Jo Miller" in no_answer(desk, ana)
