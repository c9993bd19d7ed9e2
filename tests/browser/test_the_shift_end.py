"""The end of a shift in the real local Teams client: e-mails to those not reached, handover."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Opens, Show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_an_agent_looks_at_the_drafts_of_the_shift(opens: Opens, show: Show) -> None:
    maria = opens("Maria Santos")
    maria.press(maria.card("Your list for"), "Work the list")
    maria.press(maria.card("Ask for", "Left voicemail"), "No answer")
    maria.press(maria.card("Logged: no answer at"), "No answer")
    maria.card("Logged: no answer at")

    show.types("Mon 17:05")
    asked = maria.card("not reached on", "Send all")
    maria.card_shots(asked, "card-follow-ups")
    maria.press(asked, "Look first")
    draft = maria.card("1 of ", "Subject")
    maria.card_shots(draft, "card-follow-up-draft")
    maria.press(draft, "Send")
    maria.press(maria.card("1 of 1", "Subject"), "Drop")

    maria.card("Dropped: no e-mail goes", "1 sent, 1 not sent")
    maria.say("handover")
    maria.card_shots(maria.card("Handover from"), "card-handover")
