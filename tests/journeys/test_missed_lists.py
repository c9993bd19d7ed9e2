"""Lists that were not posted, as a lead is told of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bot.chat.dialog import View
from bot.store.postings import Posting
from bot.workflows.worklists.missing import MISSED_CARD
from bot.workflows.worklists.records import MissedList
from dialogs import overrides
from scheduler import worklists
from scheduler.job import Tick
from scheduler.worklists import post_lists
from tests.support.desk import MONDAY_8_AM, TODAY, drawn


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


def test_r163_however_long_the_desk_was_off_each_list_is_recorded_as_missed(desk):
    for name in ("Ana", "Ben"):
        desk.person(name)
    desk.person("Lena", roles="lead")
    look(desk, "2026-06-16T08:00:00-04:00")

    said = look(desk, "2026-06-24T08:00:00-04:00")

    [card] = told(desk)
    assert said.startswith("2 lists posted: Ana, Ben; 8 lists missed")
    assert "8 lists were missed" in card
    assert "Wed 17 Jun\nAna, Ben\nThu 18 Jun\nAna, Ben\nMon 22 Jun" in card
    assert "Shifts before Mon 22 Jun were not handed over" in card


def test_r163_after_months_a_look_records_some_and_the_next_goes_on(desk, monkeypatch):
    monkeypatch.setattr(worklists, "MISSED_AT_ONCE", 30)
    desk.person("Ana")
    desk.person("Lena", roles="lead")
    look(desk, MONDAY_8_AM.isoformat())

    said = [look(desk, f"2026-08-10T08:0{minute}:00-04:00") for minute in range(4)]

    assert said[0].startswith("30 lists missed")
    assert said[1].startswith("1 list posted: Ana; 12 lists missed")
    assert said[2:] == ["No list is due now."] * 2
    with desk.reading() as session:
        days = list(session.scalars(select(MissedList.day).order_by(MissedList.id)))
    calendar = desk.policy.calendar
    assert days == [calendar.plus(TODAY, n) for n in range(1, 43)]
    first, second = told(desk)
    assert "Since Tue 9 Jun\n10 more\nWed 24 Jun" in first
    assert "12 lists were missed" in second


def test_one_list_that_was_missed_is_told_by_its_agent_and_day(desk):
    desk.person("Ana")
    desk.person("Lena", roles="lead")

    look(desk, "2026-06-08T17:00:00-04:00")

    [card] = told(desk)
    assert "A list was missed: Ana" in card
    assert "Ana's list for Mon 8 Jun was not posted" in card
