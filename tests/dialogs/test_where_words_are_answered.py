"""What one person's work is about is not told to everybody who reads along."""

from __future__ import annotations

import pytest

from tests.support.desk import Desk, channel


@pytest.mark.parametrize("words", ["list", "customer aurora", "find aurora", "undo"])
def test_an_agents_own_commands_are_not_answered_in_a_channel(desk: Desk, words: str):
    ana = desk.person("Ana Reyes")
    aurora = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(aurora, "120.00")

    answer = desk.say(ana, words, spot=channel())

    assert "our own chat" in answer
    assert "Aurora" not in answer


def test_next_in_a_channel_is_the_meetings_and_tells_of_nobodys_list(desk: Desk):
    ana = desk.person("Ana Reyes")
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "120.00")
    desk.say(ana, "list")

    assert "no suspension digest" in desk.say(ana, "next", spot=channel())


def test_help_in_a_channel_names_only_what_is_answered_there(desk: Desk):
    ana = desk.person("Ana Reyes")

    answer = desk.say(ana, "help", spot=channel())

    assert "case NUMBER" in answer
    assert "find NAME" not in answer
    assert "find aurora" not in answer
    assert "write to me in our own chat" in answer
