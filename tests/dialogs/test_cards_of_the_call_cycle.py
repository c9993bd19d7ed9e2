"""The cards of tasks, calls that come in, follow-ups, promises, guides and handovers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.connectors.company import guides
from bot.policy import Policy
from bot.store.database import Database
from bot.workflows.follow_ups.records import FollowUpBatch
from bot.workflows.handovers.records import Handover
from bot.workflows.promises.records import BrokenDay
from dialogs import follow_ups as follow_up_cards
from dialogs import handovers as handover_cards
from dialogs import promises as promise_cards
from scheduler import follow_ups, handovers, promises
from scheduler.job import Tick
from tests.support.contracts import faults_of
from tests.support.desk import KEY, Desk, drawn

PAYERS = 30


@pytest.fixture
def desk(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}", audit_key=KEY)
    yield Desk(database, policy=Policy(guides=guides.read(None)))
    database.close()


@pytest.fixture
def ana(desk: Desk):
    ana = desk.person("Ana Cruz")
    for n in range(PAYERS):
        name = f"Hotel {n:02d} with a rather long name of its own"
        payer = desk.customer(name, agent=ana, email="a@b.example")
        for age in range(4):
            desk.invoice(payer, f"{900 + n}.00", days_past_due=40 + age)
    return ana


def test_every_card_of_the_call_cycle_holds_to_the_contracts(desk, ana, shared: Path):
    lee = desk.person("Lee Long", "lead")
    card = desk.press(ana, desk.say(ana, "list"), "Work the list")
    for _ in range(PAYERS - 12):
        card = desk.press(ana, card, "No answer")
    for n in range(PAYERS - 12, PAYERS):
        form = desk.press(ana, desk.say(ana, f"log Hotel {n:02d} with"), "Promise")
        desk.press(ana, form, "Save", {"due_on": "2026-06-10", "words": "Yes"})
        desk.say(ana, f"remind Hotel {n:02d} with on friday: look whether it is in")
    desk.now += timedelta(hours=9)
    tick = Tick(at=desk.now, database=desk.database, policy=desk.policy)
    follow_ups.ask(tick)
    handovers.hand_over(tick)
    shown = [desk.say(lee, "promises")]
    desk.now += timedelta(days=4)
    promises.settle(Tick(at=desk.now, database=desk.database, policy=desk.policy))

    shown += [
        desk.say(ana, "drafts"),
        desk.say(ana, "tasks"),
        desk.press(ana, desk.say(ana, "tasks"), "New task"),
        desk.say(ana, "call in Hotel 01 with"),
        desk.press(ana, desk.say(ana, "call in Hotel 01 with"), "Voicemail or message"),
        desk.say(ana, "call in Nobody We Know"),
        desk.say(ana, "guides"),
        desk.say(ana, "guide hardship"),
        desk.say(ana, "customer Hotel 20 with"),
        desk.say(lee, "without a next step"),
        desk.say(lee, "promises"),
        desk.say(lee, "help"),
        *_posted(desk),
    ]

    for card in shown:
        assert card.card is not None, card.sentence
        assert faults_of(card.card, shared) == []


def _posted(desk: Desk):
    cards = (
        (FollowUpBatch, follow_up_cards.draw),
        (Handover, handover_cards.draw),
        (BrokenDay, promise_cards.draw_broken),
    )
    with desk.reading() as session:
        for record, draw in cards:
            about = session.scalars(select(record.id)).one()
            view = View(session=session, now=desk.now, policy=desk.policy, about=about)
            yield drawn(draw(view))
