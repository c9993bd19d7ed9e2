"""The first whole day, in the real local Teams client (issue: browser tests)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens, Show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_an_agent_works_three_customers(opens: Opens) -> None:
    maria = opens("Maria Santos")
    morning = maria.card("Your list for")
    maria.shot("agent-1-morning-list", height=1400)
    maria.card_shots(morning, "card-morning-list")

    maria.press(morning, "Work the list")
    maria.card_shots(maria.card("Ask for", "Left voicemail"), "card-call")
    maria.press(maria.card("Ask for", "Left voicemail"), "No answer")
    maria.sees("Logged: no answer at")
    maria.shot("agent-2-next-customer")

    maria.press(maria.card("Logged: no answer at"), "Left voicemail")
    maria.press(maria.card("Logged: left voicemail at"), "Undo")
    undone = maria.card("Undone: left voicemail at")
    maria.shot("agent-3-undone")

    maria.press(undone, "Promise")
    form = maria.card("Promise to pay:", "At the latest")
    maria.press(form, "Save", {"Paid by": "2026-08-20", "In words": "With the August run"})
    again = maria.card("A promise is for", "at the latest (14 days out)")
    assert maria.typed_in(again, "In words") == "With the August run"
    assert maria.typed_in(again, "Paid by") == "August 20, 2026"
    maria.card_shots(again, "card-promise-kept-what-was-typed")

    maria.press(again, "Save", {"Paid by": "2026-06-12"})
    maria.sees("Logged: promise to pay at")
    maria.say("list")
    assert re.search(r"[23]/75 tried · 1 reached", maria.card("Your list for").inner_text())
    maria.shot("agent-4-list-again")


def test_a_waiver_is_asked_for_and_decided(opens: Opens) -> None:
    maria, carol, victor = (
        opens(name) for name in ("Maria Santos", "Carol Whitfield", "Victor Hale")
    )
    maria.say("next")
    customer = maria.heading(maria.card("Ask for"))
    maria.say(f"waive {customer}")
    form = maria.card("Default answer: no", "Why should it be waived?")
    maria.press(
        form,
        "Send for decision",
        {
            "Payment, if it is not their sum": "4,200.00",
            "Planned for": "2026-06-12",
            "The customer's words": "By card only this month",
            "Why should it be waived?": "Four years without a late payment",
        },
    )
    maria.sees("You are told as soon as it is decided")

    ask = carol.card("Default answer: no", "Waive the $126.00 fee")
    carol.shot("waiver-1-controller")
    carol.card_shots(ask, "card-approval")
    victor.card("Waive the $126.00 fee", "Approve")
    victor.say("approvals")
    victor.press(victor.card("Waiting for you", customer), "Open")
    carol.press(ask, "Approve", {"Your reason or question": "Once, for this payment"})

    carol.card("Approved by Carol Whitfield", "Once, for this payment")
    told = maria.card("Carol Whitfield approved your request")
    maria.card_shots(told, "card-approval-answer")
    closed = victor.card("Approved by Carol Whitfield")
    assert closed.get_by_role("button", name="Approve").count() == 0
    copies = victor.cards("Waive the $126.00 fee")
    expect(copies.filter(has_text="Approved by Carol Whitfield")).to_have_count(2)
    expect(copies.get_by_role("button", name="Approve")).to_have_count(0)
    victor.shot("waiver-2-other-decider")


def test_the_digest_appears_in_the_meetings_channel(opens: Opens, show: Show) -> None:
    linda = opens("Linda Marsh")
    linda.channel("Suspension meeting")
    linda.say("use this channel for suspension")
    linda.card("This channel is for the suspension meeting now")

    show.types("Wed 08:00")
    show.wait_for("The desk's clock is at Wed 10 Jun 08:00")
    digest = linda.card("Suspension digest for Wed 10 Jun", "Trail ")
    linda.shot("digest-1-channel")
    linda.card_shots(digest, "card-digest")

    page = linda.card("page 1 of", "Comment")
    linda.card_shots(page, "card-digest-page")
    linda.press(page, "Comment")
    form = linda.card("Comment on case")
    linda.press(form, "Save comment", {"Comment": "Hold until Friday"})
    linda.card("page 1 of", "Hold until Friday")
    linda.reply(linda.card("page 1 of"), "case 1: suspend on Monday")
    linda.sees("suspend on Monday")
    linda.shot("digest-2-comments")
