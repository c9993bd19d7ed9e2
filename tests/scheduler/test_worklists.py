"""Morning lists: at each agent's shift start, once, never after its end (R112, R161, R163)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.store.base import Record
from bot.store.database import Database
from bot.store.postings import Posting
from bot.store.runs import Run
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import PendingUpdate
from bot.workflows.people.records import Absence
from bot.workflows.people.rules import Member
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import portfolio, queries
from bot.workflows.worklists.operations import WORKLIST_CARD
from bot.workflows.worklists.portfolio import Draft
from bot.workflows.worklists.records import (
    Override,
    OverrideKind,
    Worklist,
    WorklistEntry,
)
from scheduler.job import Tick
from scheduler.worklists import post_lists
from tests.support.desk import MONDAY_8_AM, TODAY, Desk

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


def test_lists_due_together_are_all_posted_each_with_its_own_payers(desk: Desk):
    names = ["Ana", "Ben", "Cai", "Dee", "Eva", "Fay", "Gus"]
    agents = [agent(desk, name) for name in names]

    said = run(desk, "2026-06-08T08:00:00-04:00")

    assert said.startswith("7 lists posted: Ana, Ben")
    assert {who.name: payers(desk, who) for who in agents} == {
        who.name: [f"{who.name}'s"] for who in agents
    }


def test_one_list_that_fails_stops_no_other(desk: Desk):
    agents = [agent(desk, name) for name in ("Ana", "Ben", "Cai")]
    remember(desk, nonsense_for(agents[0]))

    with pytest.raises(ExceptionGroup, match="could not be made"):
        run(desk, "2026-06-08T08:00:00-04:00")

    assert [posted(desk, who) for who in agents] == [[], ["2026-06-08"], ["2026-06-08"]]
    with desk.database.transaction() as session:
        session.execute(update(Override).values(lifted_at=desk.now))
    assert run(desk, "2026-06-08T08:01:00-04:00") == "1 list posted: Ana."


def test_a_list_that_was_still_lacking_when_the_desk_went_off_is_missed(desk: Desk):
    ana, ben = agent(desk, "Ana"), desk.person("Ben", shift_start=time(9))
    assert run(desk, "2026-06-05T09:00:00-04:00") == "2 lists posted: Ana, Ben."
    remember(desk, nonsense_for(ana))
    with pytest.raises(ExceptionGroup):
        run(desk, "2026-06-08T09:00:00-04:00")
    assert [posted(desk, who)[-1] for who in (ana, ben)] == ["2026-06-05", "2026-06-08"]
    with desk.database.transaction() as session:
        session.execute(update(Override).values(lifted_at=desk.now))

    said = run(desk, "2026-06-10T07:00:00-04:00")

    assert said == "3 lists missed: Ana, Ana, Ben."


def test_a_draft_that_nothing_overtook_is_the_list(desk: Desk):
    ana, ben = agent(desk), agent(desk, "Ben")
    drafts = drafted(desk, ana, ben)
    post(desk, ana, drafts[ana.id])

    with desk.reading() as session:
        assert portfolio.still_holds(session, drafts[ben.id])
    post(desk, ben, drafts[ben.id])

    assert payers(desk, ben) == ["Ben's"]


def test_a_list_knows_what_changed_after_it_was_drafted(desk: Desk):
    ana = agent(desk)
    desk.invoice(desk.customer("Late", agent=ana), "1.00", days_past_due=50)
    draft = drafted(desk, ana)[ana.id]
    desk.press(ana, desk.say(ana, "log Late"), "No answer")
    pinned = desk.customer("Pinned", agent=ana)
    desk.invoice(pinned, "1.00", days_past_due=3)

    post(desk, ana, draft)

    assert sorted(payers(desk, ana)) == ["Ana's", "Late", "Pinned"]
    with desk.reading() as session:
        [attempts] = session.scalars(
            select(WorklistEntry.attempts)
            .join(Customer, Customer.id == WorklistEntry.payer_id)
            .where(Customer.name == "Late")
        )
    assert attempts == 1


def test_a_draft_does_not_hold_while_an_update_of_the_book_is_merged(desk: Desk):
    ana = agent(desk)
    draft = drafted(desk, ana)[ana.id]
    remember(desk, PendingUpdate(last_invoice_id=0))

    with desk.reading() as session:
        assert not portfolio.still_holds(session, draft)


def drafted(desk: Desk, *agents: Member) -> dict[int, Draft]:
    ids = [who.id for who in agents]
    with desk.reading() as session:
        return portfolio.drafts(session, ids, on=TODAY, policy=desk.policy)


def post(desk: Desk, who: Member, draft: Draft) -> None:
    with desk.database.transaction() as session:
        worklists.post_drafted(session, who, draft, at=desk.now, policy=desk.policy)


def payers(desk: Desk, who: Member) -> list[str]:
    with desk.reading() as session:
        lines = (
            select(Customer.name)
            .join(WorklistEntry, WorklistEntry.payer_id == Customer.id)
            .join(Worklist, Worklist.id == WorklistEntry.worklist_id)
            .where(Worklist.agent_id == who.id)
        )
        return list(session.scalars(lines.order_by(WorklistEntry.position)))


def nonsense_for(who: Member) -> Override:
    """An order of tiers that cannot be read."""
    return Override(
        kind=OverrideKind.TIERS,
        tiers="first, second",
        agent_id=who.id,
        first_day=TODAY,
        last_day=TODAY,
        reason="None",
        set_by=who.id,
        set_at=MONDAY_8_AM,
    )


def remember(desk: Desk, record: Record) -> None:
    with desk.database.transaction() as session:
        session.add(record)
