"""An agent's list of a day: made once, worked payer by payer, brought up to date by calls."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.policy import Policy
from bot.workflows.calls import activity
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.customers.records import Customer
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.people.records import Absence
from bot.workflows.people.rules import Member
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState
from bot.workflows.special_handling import operations as special_handling
from bot.workflows.special_handling.operations import NewHold
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import portfolio, queries
from bot.workflows.worklists.operations import SteppedAside
from bot.workflows.worklists.records import EntryState, WorklistEntry
from bot.workflows.worklists.rules import Ranking
from tests.support.desk import TODAY, Desk

TOMORROW = date(2026, 6, 9)


def ranking(desk: Desk, agent: Member, on: date = TODAY) -> Ranking:
    with desk.database.reading() as session:
        return portfolio.ranking(session, agent, on=on, policy=desk.policy)


def listed(desk: Desk, agent: Member, on: date = TODAY) -> list[str]:
    return [entry.payer.name for entry in ranking(desk, agent, on).entries]


def left_off(desk: Desk, agent: Member, on: date = TODAY) -> dict[str, str]:
    return {off.payer.name: off.reason for off in ranking(desk, agent, on).left_off}


def opened(desk: Desk, agent: Member, day: date = TODAY) -> int:
    with desk.database.transaction() as session:
        made = worklists.open_day(session, agent, day=day, at=desk.now, policy=desk.policy)
        return made.id


def upcoming(desk: Desk, worklist_id: int, *, lane: bool = False) -> str | None:
    with desk.database.reading() as session:
        entry = queries.next_entry(
            session, worklist_id, now=desk.now, policy=desk.policy, lane=lane
        )
        return session.get_one(Customer, entry.payer_id).name if entry else None


def line(desk: Desk, worklist_id: int, payer_id: int) -> WorklistEntry:
    with desk.database.reading() as session:
        mine = select(WorklistEntry).filter_by(worklist_id=worklist_id, payer_id=payer_id)
        found = session.scalars(mine).one()
        session.expunge(found)
        return found


def remember(desk: Desk, *records: Any) -> None:
    with desk.database.transaction() as session:
        for record in records:
            session.add(record)
            session.flush()


def called(desk: Desk, payer_id: int, agent: Member, outcome: Outcome, **given: Any) -> None:
    known: dict[str, Any] = {"at": desk.now, "day": TODAY, "direction": Direction.OUT}
    call = Call(
        payer_id=payer_id,
        agent_id=agent.id,
        outcome=outcome,
        is_reached=outcome.is_reached,
        **known | given,
    )
    remember(desk, call)


def test_a_list_is_made_once_and_holds_the_whole_portfolio(desk: Desk):
    ana, ben = desk.person("Ana"), desk.person("Ben")
    aurora = desk.customer("Aurora", agent=ana)
    desk.invoice(aurora, "100.00", days_past_due=40)
    desk.invoice(desk.customer("Ben's", agent=ben), "1.00")
    desk.invoice(desk.customer("Nobody's"), "1.00")
    first = opened(desk, ana)
    desk.invoice(desk.customer("Later", agent=ana), "5.00", days_past_due=50)

    second = opened(desk, ana)

    assert first == second
    with desk.database.reading() as session:
        [entry] = queries.entries(session, first)
        assert (entry.payer_id, entry.position, entry.past_due) == (aurora, 1, 100_00)


def test_a_call_covers_all_sites_of_a_payer_in_one_line(desk: Desk):
    ana, ben = desk.person("Ana"), desk.person("Ben")
    group = desk.customer("Hotel Group", agent=ana)
    site = desk.customer("Site", agent=ben, payer=group)
    desk.invoice(group, "10.00", days_past_due=40)
    desk.invoice(site, "20.00", days_past_due=40)

    [entry] = ranking(desk, ana).entries

    assert (entry.payer.name, entry.debt.past_due) == ("Hotel Group", 30_00)
    assert listed(desk, ben) == []


def test_lists_read_together_are_those_read_one_by_one(desk: Desk):
    agents = [desk.person(name) for name in ("Ana", "Ben", "Cai", "Dee", "Eva", "Fay", "Gus")]
    for agent in agents:
        desk.invoice(desk.customer(f"{agent.name}'s", agent=agent), "1.00", days_past_due=40)
    away = Absence(
        person_id=agents[0].id, cover_id=agents[6].id, set_by=agents[0].id, set_at=desk.now
    )
    away.first_day = away.last_day = TODAY
    with desk.database.transaction() as session:
        session.add(away)

    with desk.database.reading() as session:
        ids = [agent.id for agent in agents]
        drafts = portfolio.drafts(session, ids, on=TODAY, policy=desk.policy)

    together = {agent_id: draft.ranking for agent_id, draft in drafts.items()}
    assert together == {agent.id: ranking(desk, agent) for agent in agents}
    assert len(together[agents[6].id].entries) == 2


def test_whoever_covers_for_an_absent_colleague_has_their_payers_too(desk: Desk):
    ana, ben, cai = desk.person("Ana"), desk.person("Ben"), desk.person("Cai")
    for agent in (ana, ben, cai):
        desk.invoice(desk.customer(f"{agent.name}'s", agent=agent), "1.00")
    for who, cover in ((ana, ben), (ben, cai)):
        away = Absence(person_id=who.id, cover_id=cover.id, set_by=who.id, set_at=desk.now)
        away.first_day = away.last_day = TODAY
        remember(desk, away)

    assert sorted(listed(desk, cai)) == ["Ana's", "Ben's", "Cai's"]
    assert listed(desk, cai, TOMORROW) == ["Cai's"]


def test_a_dispute_leaves_the_ranking_and_the_undisputed_rest_goes_on(desk: Desk):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    price = desk.invoice(aurora, "100.00", days_past_due=40)
    dispute = Dispute(
        payer_id=aurora,
        reason="price",
        description="Too much",
        department="billing",
        currency="USD",
        amount=70_00,
        raised_on=TODAY,
        raised_at=desk.now,
        raised_by=ana.id,
        answer_due_on=TODAY,
    )
    remember(desk, dispute)
    remember(desk, DisputedInvoice(dispute_id=dispute.id, invoice_id=price, amount=70_00))

    [today] = ranking(desk, ana).entries
    [before] = ranking(desk, ana, TODAY - timedelta(days=1)).entries

    assert (today.debt.past_due, today.debt.ranked) == (100_00, 30_00)
    assert (before.debt.past_due, before.debt.ranked) == (100_00, 100_00)


def promise(desk: Desk, payer: int, invoice: int, agent: Member, **given: Any) -> None:
    known: dict[str, Any] = {"made_on": TODAY, "due_on": TODAY + timedelta(days=4)}
    record = Promise(
        payer_id=payer,
        currency="USD",
        amount=100_00,
        made_at=desk.now,
        made_by=agent.id,
        **known | given,
    )
    remember(desk, record)
    remember(desk, PromisedInvoice(promise_id=record.id, invoice_id=invoice, amount=100_00))


def test_a_live_promise_keeps_a_payer_off_until_its_day(desk: Desk):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    promise(desk, aurora, desk.invoice(aurora, "100.00", days_past_due=40), ana)

    assert left_off(desk, ana) == {
        "Aurora": "All that is past due is promised until Fri 12 Jun."
    }
    assert listed(desk, ana, date(2026, 6, 12)) == []
    assert listed(desk, ana, date(2026, 6, 13)) == ["Aurora"]


def test_after_a_second_broken_promise_a_new_one_no_longer_pauses_calls(desk: Desk):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    invoice = desk.invoice(aurora, "100.00", days_past_due=40)
    broken = {"state": PromiseState.BROKEN, "state_on": TODAY, "due_on": TODAY}
    promise(desk, aurora, invoice, ana)
    promise(desk, aurora, invoice, ana, **broken)
    assert listed(desk, ana) == []

    promise(desk, aurora, invoice, ana, **broken)

    [entry] = ranking(desk, ana).entries
    assert (entry.debt.ranked, entry.payer.has_broken) == (100_00, True)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (
            HoldKind.EXCEPTION,
            "Exception (R118): No calls before the 10th (through Wed 10 Jun 2026).",
        ),
        (
            HoldKind.REFERRAL,
            "Referred to third-party collections (R105): No calls before the 10th "
            "(through Wed 10 Jun 2026).",
        ),
    ],
)
def test_a_hold_keeps_a_payer_off_for_its_days(desk: Desk, kind: HoldKind, reason: str):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    desk.invoice(aurora, "100.00")
    until = date(2026, 6, 10)
    hold = NewHold(
        payer_id=aurora,
        kind=kind,
        reason="No calls before the 10th",
        first_day=TODAY,
        last_day=until,
    )
    with desk.database.transaction() as session:
        special_handling.place(session, hold, by=ana.id, at=desk.now)

    assert left_off(desk, ana) == {"Aurora": reason}
    assert left_off(desk, ana, until) == {"Aurora": reason}
    assert listed(desk, ana, until + timedelta(days=1)) == ["Aurora"]
    assert listed(desk, ana, TODAY - timedelta(days=1)) == ["Aurora"]


def test_a_lifted_hold_no_longer_counts_from_that_company_date_on(desk: Desk):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    desk.invoice(aurora, "100.00")
    hold = NewHold(
        payer_id=aurora, kind=HoldKind.EXCEPTION, reason="x", first_day=TODAY - timedelta(5)
    )
    late_evening = desk.now + timedelta(hours=15, minutes=59)
    with desk.database.transaction() as session:
        placed = special_handling.place(session, hold, by=ana.id, at=desk.now)
        special_handling.lift(session, placed.id, by=ana.id, at=late_evening, why="over")

    assert listed(desk, ana) == ["Aurora"]
    assert listed(desk, ana, TODAY - timedelta(days=1)) == []


@pytest.mark.parametrize("flag", ["legal_hold", "consumer,Never_Suspend", "bankruptcy"])
def test_a_legal_flag_of_the_book_stops_calls(desk: Desk, flag: str):
    ana = desk.person("Ana")
    desk.invoice(desk.customer("Aurora", agent=ana, flags=flag), "100.00")

    assert left_off(desk, ana)["Aurora"].startswith("Legal hold: ")


def test_after_a_conversation_the_next_touch_is_the_recorded_step_or_three_days_later(
    desk: Desk,
):
    ana = desk.person("Ana")
    plain, stepped = desk.customer("Plain", agent=ana), desk.customer("Stepped", agent=ana)
    missed = desk.customer("Missed", agent=ana)
    for payer in (plain, stepped, missed):
        desk.invoice(payer, "100.00", days_past_due=40)
    called(desk, plain, ana, Outcome.REFUSED)
    called(desk, stepped, ana, Outcome.REFUSED, next_on=date(2026, 6, 10))
    called(desk, missed, ana, Outcome.NO_ANSWER)

    assert left_off(desk, ana) == {
        "Plain": "Cool-down after the last conversation: next touch Thu 11 Jun.",
        "Stepped": "Cool-down after the last conversation: next touch Wed 10 Jun.",
    }
    assert sorted(listed(desk, ana, date(2026, 6, 10))) == ["Missed", "Stepped"]
    assert sorted(listed(desk, ana, date(2026, 6, 11))) == ["Missed", "Plain", "Stepped"]


def test_an_agreed_call_back_is_owed_on_its_day_until_somebody_is_reached(desk: Desk):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    desk.invoice(aurora, "100.00", days_past_due=2)
    desk.invoice(desk.customer("Old", agent=ana), "900.00", days_past_due=90)
    agreed = datetime.fromisoformat("2026-06-09T15:30:00-04:00")
    called(desk, aurora, ana, Outcome.CALL_BACK_AT, next_on=TOMORROW, next_at=agreed)

    assert listed(desk, ana) == ["Old"]
    assert listed(desk, ana, TOMORROW) == ["Aurora", "Old"]
    first = ranking(desk, ana, TOMORROW).entries[0]
    assert (first.tier, first.reason) == (
        0,
        "Call-back agreed for Tue 9 Jun, 15:30 their time (R29).",
    )

    called(desk, aurora, ana, Outcome.NO_ANSWER, day=TOMORROW, at=agreed)
    assert ranking(desk, ana, date(2026, 6, 10)).entries[0].tier == 0

    called(desk, aurora, ana, Outcome.REFUSED, day=TOMORROW, at=agreed + timedelta(hours=1))
    assert listed(desk, ana, date(2026, 6, 10)) == ["Old"]


def test_a_voicemail_that_came_in_is_owed_the_same_day(desk: Desk):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    called(desk, aurora, ana, Outcome.LEFT_VOICEMAIL, direction=Direction.IN)

    [entry] = ranking(desk, ana).entries

    assert (entry.tier, entry.reason) == (0, "Voicemail of Mon 8 Jun to return (R29).")


def test_an_undone_call_means_nothing(desk: Desk):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    desk.invoice(aurora, "100.00")
    called(desk, aurora, ana, Outcome.REFUSED, undone_at=desk.now)

    assert listed(desk, ana) == ["Aurora"]


def test_a_consumer_is_left_in_peace_after_seven_calls_or_a_conversation(desk: Desk):
    ana = desk.person("Ana")
    often = desk.customer("Often", agent=ana, flags="consumer")
    spoken = desk.customer("Spoken", agent=ana, flags="sole_proprietor")
    for payer in (often, spoken):
        desk.invoice(payer, "100.00")
    for days in range(7):
        day = TODAY - timedelta(days=days)
        called(desk, often, ana, Outcome.NO_ANSWER, day=day, at=desk.now - timedelta(days=days))
    called(desk, spoken, ana, Outcome.REFUSED, next_on=TODAY)

    assert left_off(desk, ana) == {
        "Often": "Consumer: 7 calls in 7 days, 7 at most.",
        "Spoken": "Consumer: spoken to on Mon 8 Jun, silence until Mon 15 Jun.",
    }
    assert listed(desk, ana, TOMORROW) == ["Often"]
    assert sorted(listed(desk, ana, date(2026, 6, 15))) == ["Often", "Spoken"]


def test_r84_a_consumers_calls_are_counted_over_all_the_days_of_the_policy(desk: Desk):
    desk.policy = Policy(consumer_calls=(7, 14))
    ana = desk.person("Ana")
    often = desk.customer("Often", agent=ana, flags="consumer")
    desk.invoice(often, "100.00")
    for days in range(0, 14, 2):
        day = TODAY - timedelta(days=days)
        called(desk, often, ana, Outcome.NO_ANSWER, day=day, at=desk.now - timedelta(days=days))

    assert left_off(desk, ana) == {"Often": "Consumer: 7 calls in 14 days, 7 at most."}


def test_a_payer_comes_back_two_hours_after_a_miss_in_its_own_place(desk: Desk):
    ana = desk.person("Ana")
    large = desk.customer("Large", agent=ana)
    desk.invoice(large, "900.00", days_past_due=40)
    desk.invoice(desk.customer("Small", agent=ana), "1.00", days_past_due=40)
    made = opened(desk, ana)
    assert upcoming(desk, made) == "Large"

    with desk.database.transaction() as session:
        worklists.after_call(
            session,
            large,
            outcome_state=EntryState.OPEN,
            attempts=1,
            back_at=desk.now + timedelta(hours=2),
            at=desk.now,
        )

    assert upcoming(desk, made) == "Small"
    assert (line(desk, made, large).attempts, line(desk, made, large).version) == (1, 2)
    desk.wait(hours=2)
    assert upcoming(desk, made) == "Large"


def test_a_payer_that_was_reached_is_done_and_undoing_brings_it_back(desk: Desk):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    desk.invoice(aurora, "900.00", days_past_due=9)
    made = opened(desk, ana)
    with desk.database.transaction() as session:
        state = EntryState.REACHED
        worklists.after_call(
            session, aurora, outcome_state=state, attempts=1, back_at=None, at=desk.now
        )
        [covered] = queries.coverage(session, made)
    assert upcoming(desk, made) is None
    assert (covered.payers, covered.contacted, covered.contacted_amount.minor) == (1, 1, 900_00)

    with desk.database.transaction() as session:
        worklists.restore(session, aurora, attempts=0, back_at=None, at=desk.now)
        [covered] = queries.coverage(session, made)

    assert upcoming(desk, made) == "Aurora"
    assert covered.contacted == 0


def test_a_call_changes_every_list_of_the_day_that_holds_the_payer_and_no_older_one(desk: Desk):
    ana, ben = desk.person("Ana"), desk.person("Ben")
    aurora = desk.customer("Aurora", agent=ana)
    desk.invoice(aurora, "900.00", days_past_due=40)
    friday = opened(desk, ana, date(2026, 6, 5))
    mine = opened(desk, ana)
    away = Absence(person_id=ana.id, cover_id=ben.id, set_by=ana.id, set_at=desk.now)
    away.first_day = away.last_day = TODAY
    remember(desk, away)
    theirs = opened(desk, ben)

    with desk.database.transaction() as session:
        worklists.after_call(
            session,
            aurora,
            outcome_state=EntryState.REACHED,
            attempts=1,
            back_at=None,
            at=desk.now,
        )

    states = [line(desk, made, aurora).state for made in (mine, theirs, friday)]
    assert states == [EntryState.REACHED, EntryState.REACHED, EntryState.OPEN]


def test_not_now_puts_a_payer_back_without_using_an_attempt(desk: Desk):
    ana = desk.person("Ana")
    large = desk.customer("Large", agent=ana)
    desk.invoice(large, "900.00", days_past_due=40)
    desk.invoice(desk.customer("Small", agent=ana), "1.00", days_past_due=40)
    made = opened(desk, ana)
    entry = line(desk, made, large)

    with desk.database.transaction() as session:
        worklists.put_back(
            session, entry.id, version=1, by=ana, at=desk.now, policy=desk.policy
        )

    assert upcoming(desk, made) == "Small"
    assert line(desk, made, large).attempts == 0
    with desk.database.transaction() as session, pytest.raises(SteppedAside):
        worklists.put_back(
            session, entry.id, version=1, by=ana, at=desk.now, policy=desk.policy
        )
    desk.wait(minutes=30)
    assert upcoming(desk, made) == "Large"


def test_a_payer_outside_its_calling_hours_steps_back_until_it_opens(desk: Desk):
    ana = desk.person("Ana")
    west = desk.customer("West", agent=ana, time_zone="America/Los_Angeles")
    desk.invoice(west, "900.00", days_past_due=90)
    east = desk.customer("East", agent=ana, time_zone="America/New_York")
    desk.invoice(east, "1.00", days_past_due=40)
    made = opened(desk, ana)

    assert upcoming(desk, made) == "East"
    assert line(desk, made, west).ready_at.isoformat() == "2026-06-08T15:00:00+00:00"
    desk.wait(hours=3)
    assert upcoming(desk, made) == "West"
    desk.wait(hours=10)
    assert upcoming(desk, made) is None


def test_when_nobody_may_be_called_now_it_is_whoever_opens_first(desk: Desk):
    ana = desk.person("Ana")
    for name, zone in (("West", "America/Los_Angeles"), ("Middle", "America/Chicago")):
        desk.invoice(desk.customer(name, agent=ana, time_zone=zone), "1.00", days_past_due=40)

    assert upcoming(desk, opened(desk, ana)) == "Middle"


def test_a_payer_tried_three_times_that_day_already_is_not_tried_again(desk: Desk):
    ana = desk.person("Ana")
    aurora = desk.customer("Aurora", agent=ana)
    desk.invoice(aurora, "1.00", days_past_due=40)
    for _ in range(3):
        called(desk, aurora, ana, Outcome.NO_ANSWER)

    made = opened(desk, ana)

    assert line(desk, made, aurora).state is EntryState.TRIED_OUT
    assert upcoming(desk, made) is None


def test_the_lane_gives_the_largest_of_the_window_first(desk: Desk):
    ana = desk.person("Ana")
    for name, amount, days in (("Old", "900.00", 90), ("Small", "1.00", 9), ("Big", "9.00", 6)):
        desk.invoice(desk.customer(name, agent=ana), amount, days_past_due=days)
    made = opened(desk, ana)

    assert upcoming(desk, made) == "Old"
    assert upcoming(desk, made, lane=True) == "Big"
    with desk.database.reading() as session:
        assert len(queries.window(session, made)) == 2
        assert [total.rule for total in queries.tier_totals(session, made)] == ["R79", "R93"]


def test_progress_counts_distinct_payers_and_not_what_was_undone(desk: Desk):
    ana = desk.person("Ana")
    payers = [desk.customer(name, agent=ana) for name in ("A", "B", "C")]
    for payer in payers:
        desk.invoice(payer, "1.00", days_past_due=40)
    made = opened(desk, ana)
    called(desk, payers[0], ana, Outcome.NO_ANSWER)
    called(desk, payers[0], ana, Outcome.REFUSED)
    called(desk, payers[1], ana, Outcome.LEFT_VOICEMAIL)
    called(desk, payers[2], ana, Outcome.REFUSED, undone_at=desk.now)

    with desk.database.reading() as session:
        done = queries.progress(session, queries.look_at(session, made), policy=desk.policy)

    assert (done.attempted, done.reached, done.goal, done.payers) == (2, 1, 75, 3)


def test_r83_reached_are_those_who_were_called_and_who_called_in_stand_beside_them(
    desk: Desk,
):
    ana = desk.person("Ana")
    payers = [desk.customer(name, agent=ana) for name in ("A", "B", "C")]
    for payer in payers:
        desk.invoice(payer, "1.00", days_past_due=40)
    made = opened(desk, ana)
    called(desk, payers[0], ana, Outcome.REFUSED)
    called(desk, payers[0], ana, Outcome.REFUSED, direction=Direction.IN)
    called(desk, payers[1], ana, Outcome.NO_ANSWER)
    called(desk, payers[1], ana, Outcome.REFUSED, direction=Direction.IN)
    called(desk, payers[2], ana, Outcome.LEFT_VOICEMAIL, direction=Direction.IN)

    with desk.database.reading() as session:
        done = queries.progress(session, queries.look_at(session, made), policy=desk.policy)
        shift = activity.of_shift(
            session, ana.id, starts_at=desk.now, ends_at=desk.now + timedelta(hours=1)
        )

    assert (done.attempted, done.reached, done.called_in) == (2, 1, 1)
    assert (shift.attempted, shift.reached, shift.called_in) == (2, 1, 1)
    assert "2/75 tried · 1 reached · 1 called in" in desk.say(ana, "list")
