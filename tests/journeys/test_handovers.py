"""At a shift's end whoever comes next gets one card of what is under way (R161)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.store import audit
from bot.store.postings import Posting
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.handovers.records import Handover
from bot.workflows.people import absences
from bot.workflows.people.records import place_of
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import CaseState
from bot.workflows.worklists import conversations, shifts
from bot.workflows.worklists.scope import Scope
from dialogs.handovers import draw
from scheduler import handovers
from scheduler.job import Tick
from tests.support.desk import TODAY, Desk, Shown, buttons, drawn

NEW_YORK = ZoneInfo("America/New_York")
TUESDAY = date(2026, 6, 9)
FIVE_PM = datetime(2026, 6, 8, 21, 0, tzinfo=UTC)


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Cruz")


@pytest.fixture
def ben(desk: Desk):
    return desk.person("Ben Diaz")


@pytest.fixture
def lee(desk: Desk):
    return desk.person("Lee Long", "lead")


def owing(desk: Desk, agent, name: str, amount: str = "100.00") -> int:
    payer = desk.customer(name, agent=agent)
    desk.invoice(payer, amount, days_past_due=45)
    return payer


def outcome(desk: Desk, who, name: str, button: str, **typed: str) -> None:
    form = desk.press(who, desk.say(who, f"log {name}"), button)
    desk.press(who, form, "Save", typed)


def end_shift(desk: Desk, *, at: datetime = FIVE_PM) -> str:
    desk.now = at
    return handovers.hand_over(Tick(at=at, database=desk.database, policy=desk.policy))


def card_of(desk: Desk) -> Shown:
    with desk.reading() as session:
        made = session.scalars(select(Handover).order_by(Handover.id)).all()[-1]
        view = View(session=session, now=desk.now, policy=desk.policy, about=made.id)
        return drawn(draw(view))


def due_at(desk: Desk, who) -> datetime:
    with desk.reading() as session:
        found = select(Posting).filter_by(card="handovers.shift", place=place_of(who.id))
        return session.scalars(found).one().due_at


def away(desk: Desk, who, lead, *, cover=None, day: date = TUESDAY) -> None:
    absence = absences.Away(
        person_id=who.id,
        first_day=day,
        last_day=day,
        cover_id=cover.id if cover else None,
    )
    with desk.database.transaction() as session:
        absences.plan(session, absence, by=lead, at=desk.now, today=TODAY)


def test_everything_under_way_stands_on_one_card_for_the_agents_next_morning(desk, ana, lee):
    owing(desk, ana, "Untouched Inn", "70.00")
    owing(desk, ana, "Promiser")
    owing(desk, ana, "Caller")
    mill = owing(desk, ana, "Old Mill")
    with desk.database.transaction() as session:
        case = SuspensionCase(
            number=12, payer_id=mill, state=CaseState.SECOND_NOTICE, opened_on=TODAY
        )
        session.add(case)
        audit.note(session, audit.Note(what="case opened", about="case:12", at=desk.now))
    desk.say(ana, "list")
    outcome(desk, ana, "Promiser", "Promise", due_on="2026-06-09", words="By wire")
    outcome(desk, ana, "Caller", "Call back", on="2026-06-09", at="10:00")

    first, second = end_shift(desk), end_shift(desk)
    card = card_of(desk)

    assert (first, second) == ("1 shift handed over", "no shifts handed over")
    assert "Handover from Ana Cruz, Mon 8 Jun" in card
    assert "Open call-backs: 1" in card
    assert "Call-back agreed for Tue 9 Jun, 10:00 their time" in card
    assert "Promises due by Tue 9 Jun: 1" in card
    assert "Not called from the list: 2" in card
    assert "Cases in their two weeks: 1" in card
    assert "case 12, second notice" in card
    assert due_at(desk, lee) == FIVE_PM
    assert due_at(desk, ana) == datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


def test_whoever_covers_tomorrow_gets_it_at_once_and_nobody_else(desk, ana, ben, lee):
    owing(desk, ana, "Untouched Inn")
    away(desk, ana, lee, cover=ben)
    desk.say(ana, "list")

    assert end_shift(desk) == "1 shift handed over"
    assert due_at(desk, ben) == FIVE_PM
    assert "handovers.shift" not in desk.owed(place_of(lee.id))
    assert "handovers.shift" not in desk.owed(place_of(ana.id))


def test_who_comes_back_gets_what_their_cover_worked(desk, ana, ben, lee):
    owing(desk, ana, "Untouched Inn")
    away(desk, ana, lee, cover=ben, day=TODAY)
    desk.say(ben, "list")

    assert end_shift(desk) == "1 shift handed over"
    assert due_at(desk, ana) == FIVE_PM
    assert "Handover from Ben Diaz" in card_of(desk)


def test_with_nobody_to_come_next_the_lead_gets_it(desk, ana, lee):
    owing(desk, ana, "Untouched Inn")
    away(desk, ana, lee)
    desk.say(ana, "list")

    end_shift(desk)

    assert due_at(desk, lee) == FIVE_PM
    assert "handovers.shift" not in desk.owed(place_of(ana.id))


def test_nothing_to_hand_over_is_no_card(desk, ana, lee):
    owing(desk, ana, "Reached")
    desk.say(ana, "list")
    outcome(desk, ana, "Reached", "Refused", words="No")

    assert end_shift(desk) == "no shifts handed over"
    assert desk.owed(place_of(lee.id)) == []


def test_a_night_shift_hands_over_when_it_ends_after_midnight(desk, lee):
    mia = desk.person(
        "Mia Reyes", time_zone="Asia/Manila", shift_start=time(16), shift_end=time(1)
    )
    owing(desk, mia, "Untouched Inn")
    desk.now = datetime(2026, 6, 8, 21, 0, tzinfo=UTC)
    desk.say(mia, "list")

    before = end_shift(desk, at=datetime(2026, 6, 9, 4, 59, tzinfo=UTC))
    after = end_shift(desk, at=datetime(2026, 6, 9, 5, 0, tzinfo=UTC))

    assert (before, after) == ("no shifts handed over", "1 shift handed over")
    assert "Mon 8 Jun" in card_of(desk)
    assert due_at(desk, mia) == datetime(2026, 6, 9, 20, 0, tzinfo=UTC)


def test_before_a_weekend_the_next_day_is_monday(desk, ana, lee):
    desk.now += timedelta(days=4)
    owing(desk, ana, "Promiser")
    outcome(desk, ana, "Promiser", "Promise", due_on="2026-06-15", words="Monday")

    end_shift(desk, at=datetime(2026, 6, 12, 21, 0, tzinfo=UTC))

    assert "Promises due by Mon 15 Jun: 1" in card_of(desk)
    assert due_at(desk, ana) == datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def test_a_shift_that_ended_before_a_weekend_is_handed_over_after_it(desk, ana, lee):
    owing(desk, ana, "Untouched Inn")
    desk.say(ana, "list")
    end_shift(desk)
    desk.now = FIVE_PM + timedelta(days=3, hours=16)
    desk.say(ana, "list")

    end_shift(desk, at=datetime(2026, 6, 15, 12, 5, tzinfo=UTC))

    assert "Handover from Ana Cruz, Fri 12 Jun" in card_of(desk)


def test_r161_after_a_downtime_an_agent_at_work_gets_her_own_handover_at_once(desk, ana, lee):
    owing(desk, ana, "Untouched Inn")
    desk.say(ana, "list")
    tuesday_8_05 = datetime(2026, 6, 9, 12, 5, tzinfo=UTC)

    assert end_shift(desk, at=tuesday_8_05) == "1 shift handed over"

    assert due_at(desk, ana) == due_at(desk, lee) == tuesday_8_05
    assert any("Handover from Ana Cruz" in card.text for card in desk.installs(ana))


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("09T06:00", "09T20:00"),
        ("09T20:00", "09T20:00"),
        ("10T03:00", "10T03:00"),
        ("13T03:00", "13T03:00"),
        ("13T21:00", "15T20:00"),
    ],
    ids=["before it", "as it starts", "past midnight", "into Saturday", "on Saturday"],
)
def test_r161_who_is_in_a_night_shift_is_at_work_now(desk, at, due):
    mia = desk.person(
        "Mia Reyes", time_zone="Asia/Manila", shift_start=time(16), shift_end=time(1)
    )
    moments = [datetime.fromisoformat(f"2026-06-{one}:00+00:00") for one in (at, due)]

    work = shifts.at_work_from(mia, at=moments[0], policy=desk.policy)

    assert work == moments[1]


def test_the_handover_can_be_asked_for_and_by_a_lead_for_an_agent(desk, ana, ben, lee):
    owing(desk, ana, "Untouched Inn")
    desk.say(ana, "list")

    assert "Not called from the list: 1" in desk.say(ana, "handover")
    assert "Handover from Ana Cruz" in desk.say(lee, "handover ana")
    assert "Type handover and an agent's name" in desk.say(lee, "handover")
    assert "I know no such agent" in desk.say(ben, "handover ana")
    assert "hands over nothing" in desk.say(ben, "handover")


def test_a_handover_is_offered_again_to_who_comes_back(desk, ana, ben, lee):
    owing(desk, ana, "Untouched Inn")
    desk.say(ana, "list")
    end_shift(desk)

    assert any("Handover from Ana" in card.text for card in desk.installs(lee))
    assert not any("Handover" in card.text for card in desk.installs(ana))
    assert not any("Handover" in card.text for card in desk.installs(ben))


def test_shifts_that_end_together_are_one_card_for_the_lead(desk, ana, ben, lee):
    owing(desk, ana, "Hotel Aurora")
    owing(desk, ana, "Hotel Boreas", "50.00")
    owing(desk, ben, "Hotel Calypso")
    for agent in (ana, ben):
        desk.say(agent, "list")
        away(desk, agent, lee)

    end_shift(desk)

    with desk.reading() as session:
        cards = select(Posting).filter_by(card="handovers.shift", place=place_of(lee.id))
        [posting] = session.scalars(cards)
        view = View(
            session=session,
            now=desk.now,
            policy=desk.policy,
            about=posting.about,
            place=place_of(lee.id),
        )
        card = drawn(draw(view))
    assert "Handover from 2 agents, Mon 8 Jun" in card
    assert "Ana Cruz\n2 payers not called" in card
    assert "Ben Diaz\n1 payer not called" in card
    opened = desk.send(lee, *press_on(card, "Ana Cruz"))
    assert "Handover from Ana Cruz" in opened
    assert opened.text.index("Hotel Aurora") < opened.text.index("Hotel Boreas")
    assert "Handover from Ben" in desk.send(ben, *press_on(card, "Ben Diaz"))
    assert "for whoever comes next" in desk.send(ben, *press_on(card, "Ana Cruz"))
    assert "2 agents" in "".join(shown.text for shown in desk.installs(lee))


def test_a_shift_that_ends_later_is_a_card_of_its_own(desk, ana, lee):
    late = desk.person("Dora Late", shift_start=time(9), shift_end=time(18))
    for agent in (ana, late):
        owing(desk, agent, f"Hotel of {agent.name}")
        desk.say(agent, "list")
        away(desk, agent, lee)

    end_shift(desk)
    end_shift(desk, at=FIVE_PM + timedelta(hours=1))

    with desk.reading() as session:
        cards = select(Posting).filter_by(card="handovers.shift", place=place_of(lee.id))
        assert len(session.scalars(cards).all()) == 2


def press_on(card: Shown, title: str):
    """What pressing the line of that name sends."""
    [button] = [one for one in buttons(card.card) if one["title"] == title]
    return button["verb"], button["data"]


def test_r161_two_shifts_of_one_agent_on_one_card_are_told_apart_by_their_days(desk, ana, lee):
    owing(desk, ana, "Hotel Aurora")
    desk.say(ana, "list")
    outcome(desk, ana, "Hotel Aurora", "Call back", on="2026-06-09", at="10:00")

    end_shift(desk, at=FIVE_PM + timedelta(days=1, hours=12))

    with desk.reading() as session:
        made = session.scalars(select(Handover).order_by(Handover.id)).first()
        view = View(
            session=session,
            now=desk.now,
            policy=desk.policy,
            about=made.id,
            place=place_of(lee.id),
        )
        card = drawn(draw(view))
    assert "Handover from 1 agent, " in card
    assert "Ana Cruz, Mon 8 Jun" in card
    assert "Ana Cruz, Tue 9 Jun" in card


def test_r29_call_backs_handed_over_are_those_that_lists_are_made_of(desk, ana):
    chance = Random(161)
    payers = [owing(desk, ana, name) for name in ("Aurora", "Bristol", "Carlton", "Dome")]
    with desk.database.transaction() as session:
        session.add_all(some_call(chance, ana, chance.choice(payers)) for _ in range(60))
    scope, policy, found = Scope(agents=[ana.id]), desk.policy, 0
    with desk.reading() as session:
        for days in range(-20, 9):
            on = TODAY + timedelta(days=days)
            owed = conversations.owed(session, scope, on=on, policy=policy)
            contacts = conversations.contacts(session, scope, on=on, policy=policy)
            assert owed == {payer: one.owed for payer, one in contacts.items() if one.owed}
            found += len(owed)
    assert found > 10


def some_call(chance: Random, agent, payer: int) -> Call:
    at = FIVE_PM - timedelta(hours=chance.randrange(24 * 25))
    outcome = chance.choice(list(Outcome))
    is_agreed = outcome is Outcome.CALL_BACK_AT and chance.random() < 0.5
    return Call(
        payer_id=payer,
        agent_id=agent.id,
        at=at,
        day=at.astimezone(NEW_YORK).date(),
        direction=chance.choice(list(Direction)),
        outcome=outcome,
        is_reached=outcome.is_reached,
        next_on=TODAY - timedelta(days=chance.randrange(-5, 25)),
        next_at=at + timedelta(hours=chance.randrange(90)) if is_agreed else None,
        undone_at=at if chance.random() < 0.1 else None,
    )
