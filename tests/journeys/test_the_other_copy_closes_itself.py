"""What everybody sees of a decision, a moment after it is made (R167)."""

from __future__ import annotations

import asyncio

from bot.courier import Courier
from bot.store import postings
from bot.store.copies import Message
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from dialogs import DIALOGS
from tests.support.approvals import WAIVER, to_decide
from tests.support.desk import Desk
from tests.support.pretend import PretendTeams


def deliver(desk: Desk, teams: PretendTeams) -> None:
    courier = Courier(
        database=desk.database,
        dialogs=DIALOGS,
        messenger=teams,
        policy=desk.policy,
        clock=lambda: desk.now,
    )
    asyncio.run(courier.deliver_due())


def opens(desk: Desk, who: Member, *, in_message: str) -> None:
    """Open the first request of `approvals`; its message then shows the request."""
    answer = desk.press(who, desk.say(who, "approvals"), "Open").answer
    assert answer.showing is not None
    with desk.database.transaction() as session:
        postings.adopt(
            session,
            answer.showing,
            sent=Message(f"chat of {place_of(who.id)}", in_message),
            at=desk.now,
            keeps_earlier=answer.keeps_earlier,
        )


def test_a_decision_reaches_everybody_concerned_and_closes_the_other_copy(desk: Desk):
    ana = desk.person("Ana Cruz")
    carla = desk.person("Carla Reed", "controller")
    victor = desk.person("Victor Hale", "vp_finance")
    desk.customer("Hotel Aurora", agent=ana)
    teams = PretendTeams()
    form = desk.say(ana, "waive hotel aurora")
    desk.press(ana, form, "Send for decision", WAIVER)
    deliver(desk, teams)
    asked = [place for place, _ in teams.posted]
    desk.press(carla, to_decide(desk, carla), "Approve", {"words": "Once."})
    deliver(desk, teams)

    assert sorted(asked) == [place_of(carla.id), place_of(victor.id)]
    told = [place for place, _ in teams.posted[2:]]
    assert told == [place_of(ana.id)], "a new message, so that Teams notifies"
    assert place_of(victor.id) in [place for place, _, _ in teams.replaced]


def test_every_copy_in_the_same_chat_closes_itself(desk: Desk):
    ana = desk.person("Ana Cruz")
    carla = desk.person("Carla Reed", "controller")
    victor = desk.person("Victor Hale", "vp_finance")
    desk.customer("Hotel Aurora", agent=ana)
    teams = PretendTeams()
    form = desk.say(ana, "waive hotel aurora")
    desk.press(ana, form, "Send for decision", WAIVER)
    deliver(desk, teams)
    first = (
        f"message-{teams.posted.index((place_of(victor.id), 'Fee waiver: Hotel Aurora')) + 1}"
    )
    for message in ("m-2", "m-3", "m-3"):
        opens(desk, victor, in_message=message)

    desk.press(carla, to_decide(desk, carla), "Decline", {"words": "Not this time."})
    deliver(desk, teams)

    closed = [message for place, message, _ in teams.replaced if place == place_of(victor.id)]
    assert sorted(closed) == sorted([first, "m-2", "m-3"])
    assert "Declined by Carla Reed" in to_decide(desk, victor)
