"""Morning lists: at each agent's shift start, once, never after its end (R112, R161, R163)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy import select

from bot.store.database import Database
from bot.store.postings import Posting
from bot.store.runs import Run
from bot.workflows.people.records import Absence
from bot.workflows.people.rules import Member
from bot.workflows.worklists import queries
from bot.workflows.worklists.operations import WORKLIST_CARD
from bot.workflows.worklists.records import Worklist
from scheduler.job import Tick
from scheduler.worklists import post_lists
from tests.support.desk import TODAY, Desk

NIGHT: dict[str, Any] = {
    "shift_start": time(20),
    "shift_end": time(5),
    "shift_zone": "Asia/Manila",
}
EARLY: dict[str, Any] = {
    "shift_start": time(6),
    "shift_end": time(15),
    "shift_zone": "Asia/Manila",
}


def run(desk: Desk, at: str, database: Database | None = None) -> str:
    moment = datetime.fromisoformat(at)
    tick = Tick(at=moment, database=database or desk.database, policy=desk.policy)
    return post_lists(tick)


def posted(desk: Desk, agent: Member) -> list[str]:
    place = f"person:{agent.id}"
    with desk.reading() as session:
        days = (
            select(Worklist.day)
            .join(Posting, Posting.about == Worklist.id)
            .where(Posting.card == WORKLIST_CARD, Posting.place == place)
        )
        return [day.isoformat() for day in session.scalars(days.order_by(Worklist.day))]


def outcomes(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return [run.outcome.value for run in session.scalars(select(Run).order_by(Run.id))]


def agent(desk: Desk, name: str = "Ana", **given: Any) -> Member:
    person = desk.person(name, **given)
    desk.invoice(desk.customer(f"{name}'s", agent=person), "1.00", days_past_due=40)
    return person


def test_a_list_is_posted_at_shift_start_and_only_once(desk: Desk):
    ana = agent(desk)

    assert run(desk, "2026-06-08T07:59:59-04:00") == "No list is due now."
    assert run(desk, "2026-06-08T08:00:00-04:00") == "1 list posted: Ana."
    assert run(desk, "2026-06-08T08:00:30-04:00") == "No list is due now."
    assert posted(desk, ana) == ["2026-06-08"]
    with desk.reading() as session:
        until = session.scalar(select(Posting.until).where(Posting.card == WORKLIST_CARD))
    assert until == datetime.fromisoformat("2026-06-08T17:00:00-04:00")


def test_a_machine_that_was_off_catches_up_during_the_shift(desk: Desk):
    ana = agent(desk)

    assert run(desk, "2026-06-08T16:59:00-04:00") == "1 list posted: Ana."
    assert posted(desk, ana) == ["2026-06-08"]


def test_a_list_not_posted_by_the_shifts_end_is_missed_and_the_lead_is_told(desk: Desk):
    ana, lena = agent(desk), desk.person("Lena", roles="lead")

    assert run(desk, "2026-06-08T17:00:00-04:00") == "1 list missed: Ana."
    assert run(desk, "2026-06-08T17:01:00-04:00") == "No list is due now."
    assert (posted(desk, ana), outcomes(desk)) == ([], ["missed"])
    assert desk.owed(f"person:{lena.id}") == ["worklists.missed"]


def test_days_on_which_the_desk_was_off_are_each_missed_once(desk: Desk):
    ana = agent(desk)
    run(desk, "2026-06-08T08:00:00-04:00")

    said = run(desk, "2026-06-12T09:00:00-04:00")

    assert said == "1 list posted: Ana; 3 lists missed: Ana, Ana, Ana."
    assert posted(desk, ana) == ["2026-06-08", "2026-06-12"]


def test_who_asked_for_their_list_did_not_miss_it(desk: Desk):
    ana, lena = agent(desk), desk.person("Lena", roles="lead")
    desk.say(ana, "list")

    assert run(desk, "2026-06-08T17:30:00-04:00") == "No list is due now."
    assert desk.owed(f"person:{lena.id}") == []


@pytest.mark.parametrize("day", ["2026-06-06", "2026-06-07", "2026-07-03", "2026-12-25"])
def test_no_list_on_weekends_and_company_holidays(desk: Desk, day: str):
    agent(desk)

    assert run(desk, f"{day}T09:00:00-04:00") == "No list is due now."


def test_who_is_absent_gets_no_list_and_misses_none(desk: Desk):
    ana = agent(desk)
    away = Absence(person_id=ana.id, set_by=ana.id, set_at=desk.now)
    away.first_day = away.last_day = TODAY
    with desk.database.transaction() as session:
        session.add(away)

    assert run(desk, "2026-06-08T09:00:00-04:00") == "No list is due now."
    assert run(desk, "2026-06-08T18:00:00-04:00") == "No list is due now."


def test_a_night_shift_gets_its_list_at_its_start_and_keeps_it_over_midnight(desk: Desk):
    ana = agent(desk, **NIGHT)

    assert run(desk, "2026-06-08T19:59:00+08:00") == "No list is due now."
    assert run(desk, "2026-06-09T04:59:00+08:00") == "1 list posted: Ana."
    assert posted(desk, ana) == ["2026-06-08"]


def test_the_business_day_is_the_companys_date_at_the_shifts_start(desk: Desk):
    ana = agent(desk, **EARLY)

    assert run(desk, "2026-06-08T07:00:00+08:00") == "No list is due now."
    assert run(desk, "2026-06-09T06:00:00+08:00") == "1 list posted: Ana."
    assert run(desk, "2026-06-13T06:00:00+08:00").startswith("1 list posted: Ana")
    assert posted(desk, ana) == ["2026-06-08", "2026-06-12"]


@pytest.mark.parametrize(
    ("friday", "before", "after"),
    [
        ("2026-03-06", "2026-03-06T08:00:00-05:00", "2026-03-09T08:00:00-04:00"),
        ("2026-10-30", "2026-10-30T08:00:00-04:00", "2026-11-02T08:00:00-05:00"),
    ],
)
def test_daylight_saving_neither_moves_nor_doubles_nor_drops_a_list(
    desk: Desk, friday: str, before: str, after: str
):
    ana = agent(desk)
    manila = agent(
        desk, "Mia", shift_zone="Asia/Manila", shift_start=time(20), shift_end=time(5)
    )

    run(desk, before)
    run(desk, after)
    run(desk, after)

    monday = after[:10]
    assert posted(desk, ana) == [friday, monday]
    assert monday in posted(desk, manila)


def test_two_machines_never_post_a_list_twice(desk: Desk, database_url: str):
    ana = agent(desk)
    other = Database(database_url, audit_key=b"an audit key for tests")
    at = "2026-06-08T08:00:00-04:00"

    said = {run(desk, at), run(desk, at, other)}

    other.close()
    assert said == {"1 list posted: Ana.", "No list is due now."}
    assert posted(desk, ana) == ["2026-06-08"]
    assert date.fromisoformat(posted(desk, ana)[0]) == TODAY


def test_a_list_grows_when_its_agent_covers_for_somebody_who_falls_out_later(desk: Desk):
    ana, ben = agent(desk), agent(desk, "Ben")
    run(desk, "2026-06-08T08:00:00-04:00")
    away = Absence(person_id=ana.id, cover_id=ben.id, set_by=ana.id, set_at=desk.now)
    away.first_day = away.last_day = TODAY
    with desk.database.transaction() as session:
        session.add(away)

    assert run(desk, "2026-06-08T08:30:00-04:00") == "1 list grown: Ben."
    assert run(desk, "2026-06-08T08:31:00-04:00") == "No list is due now."
    with desk.reading() as session:
        made = session.scalars(select(Worklist).filter_by(agent_id=ben.id)).one()
        assert [line.turn for line in queries.entries(session, made.id)] == [1, 2]
