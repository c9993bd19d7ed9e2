"""The whole desk with its own dialogs, as Teams meets it: every answer fits the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.store.database import Database
from bot.workflows.people import queries as everybody
from dialogs import DIALOGS
from tests.support.cloud import Cloud, Json, validator
from tests.support.desk import MONDAY_8_AM, Desk, buttons, inputs
from tests.support.served import Served, served
from tests.teams.conftest import ANA, LEA, people

NOON = MONDAY_8_AM.replace(hour=16)
WORDS = sorted({command.name for dialog in DIALOGS for command in dialog.commands})


@pytest.fixture
async def whole(lite: Database, cloud: Cloud) -> AsyncIterator[Served]:
    """Return the served desk, with a small book for Ana."""
    desk = Desk(lite)
    ana, _lea = people(lite)
    with lite.reading() as session:
        member = everybody.get(session, ana)
    for name in ("Hotel Aurora", "Bella Vista *Spa*", "<b>Bold</b> & Sons"):
        customer = desk.customer(name, agent=member)
        desk.invoice(customer, "1,250.00", days_past_due=40)
    async with served(lite, cloud, clock=lambda: NOON) as whole:
        yield whole


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("who", [ANA, LEA], ids=["agent", "lead"])
async def test_every_command_is_answered_and_every_button_of_its_card_too(
    words: str, who: Any, whole: Served, cloud: Cloud
):
    status, _ = await whole.takes(cloud.message(words, who))
    assert status == 200
    assert not any("Something went wrong" in sent.text for sent in cloud.deliveries)
    cards = [sent.card for sent in cloud.to(who.chat) if sent.card]

    for card in cards:
        for button in list(buttons(card)):
            status, answer = await whole.takes(
                cloud.press(button, who, typed=inputs(card), replyToId="1")
            )

            assert status == 200
            assert_fits(answer)


async def test_an_agent_works_the_list_through_teams(whole: Served, cloud: Cloud):
    await whole.takes(cloud.installed(ANA))
    await whole.takes(cloud.message("list", ANA))
    [*_, sent] = [sent.card for sent in cloud.to(ANA.chat) if sent.card]

    assert "Hotel Aurora" in str(sent)


def assert_fits(answer: Json) -> None:
    found = validator("AdaptiveCardInvokeResponse")
    if found:
        assert list(found.iter_errors(answer)) == []
    assert "Something went wrong" not in str(answer.get("value"))
