"""Lists that were not posted, as a lead is told of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bot.chat.dialog import View
from bot.store.postings import Posting
from bot.workflows.worklists.missing import MISSED_CARD
from dialogs import overrides
from scheduler.job import Tick
from scheduler.worklists import post_lists
from tests.support.desk import MONDAY_8_AM, drawn


def look(desk, at):
    moment = datetime.fromisoformat(at)
    return post_lists(Tick(at=moment, database=desk.database, policy=desk.policy))


def told(desk):
    with desk.reading() as session:
        about = select(Posting.about).filter_by(card=MISSED_CARD).order_by(Posting.id)
        views = (
            View(session=session, now=desk.now, policy=desk.policy, about=one)
            for one in session.scalars(about).all()
        )
        return [drawn(overrides.draw_missed(view)) for view in views]


def test_after_a_downtime_the_lead_has_one_card_that_names_all(desk):
    for name in ("Ana", "Ben"):
        desk.person(name)
    desk.person("Lena", roles="lead")
    look(desk, MONDAY_8_AM.isoformat())

    look(desk, "2026-06-11T07:00:00-04:00")
    look(desk, "2026-06-11T07:01:00-04:00")

    [card] = told(desk)
    assert "4 lists were missed" in card
    assert "Tue 9 Jun\nAna, Ben\nWed 10 Jun\nAna, Ben" in card


def test_one_list_that_was_missed_is_told_by_its_agent_and_day(desk):
    desk.person("Ana")
    desk.person("Lena", roles="lead")

    look(desk, "2026-06-08T17:00:00-04:00")

    [card] = told(desk)
    assert "A list was missed: Ana" in card
    assert "Ana's list for Mon 8 Jun was not posted" in card
