"""Guides one tap away (R2, R158-R159), difficult talks told at once (R54), brands (R31)."""

from __future__ import annotations

import json
from datetime import time

import pytest

from bot.connectors.company import guides
from bot.kernel.brands import Brand, Limits, Wording
from bot.policy import Policy
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.operations import Letter
from bot.workflows.correspondence.records import MailKind, MailState, Process
from bot.workflows.people.records import place_of
from tests.support.desk import Desk


@pytest.fixture
def ana(desk: Desk):
    desk.policy = Policy(
        guides=guides.read(None),
        brands={
            "blue harbor": Brand(
                limits=Limits(
                    attempts_a_day=2, hours_between_attempts=1, calling_opens=time(10)
                )
            )
        },
    )
    desk.__post_init__()
    return desk.person("Ana Cruz")


@pytest.fixture
def lee(desk: Desk, ana):
    return desk.person("Lee Long", "lead")


def aurora(desk: Desk, agent, **given) -> int:
    payer = desk.customer("Hotel Aurora", agent=agent, **given)
    desk.invoice(payer, "400.00", days_past_due=45)
    return payer


def test_r2_the_form_of_an_outcome_unfolds_its_guide_and_keeps_what_was_typed(desk, ana):
    aurora(desk, ana)

    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Hardship")
    again = desk.press(ana, form, "Save", {"words": "", "spoke_to": "Pat"})

    for card in (form, again):
        assert '"title": "Guide"' in json.dumps(card.card)
        assert "Management is told at once, with or without proof." in card
        assert "When they are angry" in card
    assert "Pat" in again


def test_r113_a_guide_is_found_by_its_name_or_title(desk, ana):
    named = desk.say(ana, "guide hardship")
    titled = desk.say(ana, "guide payment plan")
    unknown = desk.say(ana, "guide zzyzx")
    every = desk.say(ana, "guides")
    opened = desk.press(ana, every, "When they are angry")

    assert "Listen first." in named
    assert "You may not offer a plan" in titled
    assert "No guide is called “zzyzx”." in unknown
    assert "No answer" in every.titles
    assert "Stay calm and slow" in opened


def test_r54_a_difficult_conversation_is_told_to_the_lead_with_the_guide(desk, ana, lee):
    aurora(desk, ana)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Refused")
    desk.press(ana, form, "Save", {"words": "Shouted at me", "is_difficult": "true"})

    assert "calls.alert" in desk.owed(place_of(lee.id))


def test_r31_a_brand_with_two_attempts_an_hour_apart_is_tried_out_after_them(desk, ana):
    aurora(desk, ana, brand="Blue Harbor", email="a@b.example")
    desk.wait(hours=2)
    first = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")
    desk.wait(hours=1)

    second = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")
    desk.wait(hours=3)
    third = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")

    assert "(1/2)." in first
    assert "(2/2). A follow-up e-mail is drafted" in second
    assert "All 2 attempts of today are used" in third


def test_r31_a_brand_is_called_within_its_own_hours(desk, ana):
    aurora(desk, ana, brand="Blue Harbor")
    desk.invoice(desk.customer("Harbor Inn", agent=ana), "10.00", days_past_due=45)

    early = desk.press(ana, desk.say(ana, "list"), "Work the list")
    desk.wait(hours=2)

    assert "Call Harbor Inn" in early or "Harbor Inn" in early
    assert "Hotel Aurora" in desk.press(ana, desk.say(ana, "list"), "Work the list")


def test_r31_a_brand_that_sends_no_statements_gets_none_and_the_mail_says_why(desk, lee):
    quiet = Brand(notices=frozenset({"follow_ups"}), wording=Wording(how_to_pay="By wire."))
    policy = Policy(brands={"quiet": quiet})
    payer = desk.customer("Quiet House", brand="Quiet", email="a@b.example")
    letters = [
        Letter(
            key=f"{process}:1",
            kind=kind,
            process=process,
            payer_id=payer,
            subject="Hello",
            body="Words",
        )
        for process, kind in (
            (Process.STATEMENTS, MailKind.STATEMENT),
            (Process.BY_HAND, MailKind.DOCUMENT),
        )
    ]
    with desk.database.transaction() as session:
        correspondence.release_process(session, Process.STATEMENTS, by=lee, at=desk.now)
        sent = [
            correspondence.send_alone(session, letter, at=desk.now, policy=policy)
            for letter in letters
        ]
        assert [mail.state for mail in sent if mail] == [MailState.CANCELLED, MailState.DUE]
        assert sent[0] is not None
        assert sent[0].last_error == "The brand Quiet sends no statements."
    assert policy.of_brand("quiet").how_to_pay == "By wire."
