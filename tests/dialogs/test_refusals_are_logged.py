"""Who tried what they may not do can be found in the log (I26)."""

from __future__ import annotations

import logging

import pytest

from tests.support.databases import ON_SQLITE
from tests.support.desk import Desk


@ON_SQLITE
def test_a_refused_command_leaves_a_line_in_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
):
    ana = desk.person("Ana Reyes")

    with caplog.at_level(logging.INFO, logger="bot.chat.switchboard"):
        answer = desk.say(ana, "team")

    assert "lead" in answer
    assert "Refused entra-ana" in caplog.text
    assert "NotForYou" in caplog.text
