"""What everybody sees of a decision, a moment after it is made (R167)."""

from __future__ import annotations

import asyncio

from bot.courier import Courier
from bot.workflows.people.records import place_of
from dialogs import DIALOGS
from tests.support.approvals import WAIVER, to_decide
from tests.support.desk import Desk
from tests.support.pretend import PretendTeams


def test_a_decision_reaches_everybody_concerned_and_closes_the_other_copy(desk: Desk):
    ana = desk.person("Ana Cruz")
    carla = desk.person("Carla Reed", "controller")
    victor = desk.person("Victor Hale", "vp_finance")
    desk.customer("Hotel Aurora", agent=ana)
    teams = PretendTeams()

    def deliver() -> None:
        courier = Courier(
            database=desk.database,
            dialogs=DIALOGS,
            messenger=teams,
            policy=desk.policy,
            clock=lambda: desk.now,
        )
        asyncio.run(courier.deliver_due())

    form = desk.say(ana, "waive hotel aurora")
    desk.press(ana, form, "Send for decision", WAIVER)
    deliver()
    asked = [place for place, _ in teams.posted]
    desk.press(carla, to_decide(desk, carla), "Approve", {"words": "Once."})
    deliver()

    assert sorted(asked) == [place_of(carla.id), place_of(victor.id)]
    told = [place for place, _ in teams.posted[2:]]
    assert told == [place_of(ana.id)], "a new message, so that Teams notifies"
    assert place_of(victor.id) in [place for place, _, _ in teams.replaced]
