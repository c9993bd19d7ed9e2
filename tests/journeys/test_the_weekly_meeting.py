"""The weekly meeting: digest, proposals, decisions, one case at a time (R80-R82, R168-R169)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.chat.dialog import View
from bot.kernel.errors import Refused
from bot.store import addresses
from bot.store.addresses import AddressKind, Heard
from bot.store.database import Database
from bot.workflows.approvals.rules import Act
from bot.workflows.ledger.records import Invoice
from bot.workflows.meetings import deciding
from bot.workflows.meetings import queries as meetings
from bot.workflows.meetings.deciding import Seen
from bot.workflows.meetings.records import Decision, Proposal
from bot.workflows.meetings.rules import ProposalState
from bot.workflows.meetings.trail import LAST_CALL_CARD, PROPOSAL_CARD, REMINDER_CARD
from bot.workflows.people.records import Absence
from bot.workflows.people.rules import Role
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension.case_records import (
    CaseAccount,
    CaseEvent,
    NoticeState,
    OrderKind,
    SupportOrder,
    SuspensionNotice,
)
from bot.workflows.suspension.orders import ORDER_CARD
from bot.workflows.suspension.records import CaseHold, DigestMove
from bot.workflows.suspension.rules import CaseState, Change, Group
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks.records import Task
from dialogs import suspension as faces
from scheduler.meetings import expire, remind
from scheduler.suspension import post_digest
from tests.support.cases import Floor
from tests.support.databases import ON_SQLITE
from tests.support.desk import KEY, TODAY, Desk, channel, drawn

WEDNESDAY = date(2026, 6, 10)
EIGHT = time(8)


class Room(Floor):
    """A floor, and somebody who only comes to the meeting."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.mia = self.desk.person("Mia Meeting", "meeting")


@pytest.fixture
def floor(desk):
    return Room(desk)


def name_channel(floor):
    heard = Heard(
        conversation_id=channel().conversation_id,
        kind=AddressKind.CHANNEL,
        tenant_id="t",
        service_url="https://smba.trafficmanager.net/teams/",
    )
    with floor.desk.database.transaction() as session:
        addresses.remember(session, heard, at=floor.desk.now)
    floor.desk.say(floor.lea, "use this channel for suspension", spot=channel())


def digest_on(floor, day=WEDNESDAY):
    floor.on(day, EIGHT)
    return post_digest(floor.tick())


def view(floor, session, about):
    desk = floor.desk
    return View(session=session, now=desk.now, policy=desk.policy, about=about)


def latest(session):
    digest = digests.latest(session)
    assert digest is not None
    return digest


def pages(floor):
    with floor.desk.reading() as session:
        digest = latest(session)
        return [
            drawn(faces.draw_page(view(floor, session, page.id)))
            for page in digests.pages_of(session, digest.id)
        ]


def head(floor):
    with floor.desk.reading() as session:
        return drawn(faces.draw_head(view(floor, session, latest(session).id)))


def lines(floor):
    with floor.desk.reading() as session:
        found = digests.lines(session, latest(session).id)
        session.expunge_all()
        return found


def propose(floor, who, page, **typed):
    form = floor.desk.press(who, page, "Propose", spot=channel())
    filled = {"words": "They do not answer.", **typed}
    return floor.desk.press(who, form, "Propose", filled, spot=channel())


def ready_on_the_digest(floor):
    """A payer whose case is ready, on the digest of its next meeting."""
    hotel = floor.hotel("Hotel Aurora", "Aurora Beach")
    floor.climb(hotel)
    digest_on(floor, date(2026, 6, 24))
    return hotel


def proposal(floor) -> Any:
    with floor.desk.reading() as session:
        found = session.scalars(select(Proposal).order_by(Proposal.id.desc())).first()
        names = ("id", "state", "expires_at")
        return found and SimpleNamespace(**{name: getattr(found, name) for name in names})


# the digest


def test_cases_stand_under_the_decision_that_they_need(floor):
    ready_on_the_digest(floor)

    [page] = pages(floor)

    assert "Ready: suspend or not" in page
    assert "waits for decision: whether to suspend" in page
    assert "Evidence" in page.text
    assert "✓ First notice sent" in page
    assert "2 accounts" in page or "Aurora Beach: ready" in page
    assert "Ready" in head(floor)


def test_each_step_is_reported_on_one_digest(floor):
    """I06."""
    hotel = floor.hotel("Hotel Aurora")
    floor.on(TODAY)
    floor.steps()
    digest_on(floor)
    assert [one.record.change for one in lines(floor)] == [Change.NEW]
    floor.on(date(2026, 6, 11))
    floor.steps()
    floor.release()
    floor.prove_contacts(hotel)

    digest_on(floor, date(2026, 6, 17))

    [line] = lines(floor)
    assert line.record.change is Change.MOVED
    assert "First notice" in line.pack.moves
    assert "Moved: " in head(floor)
    digest_on(floor, date(2026, 6, 24))
    [line] = lines(floor)
    assert "First notice (was watch)" not in line.pack.moves


@pytest.mark.parametrize(
    ("sites", "whose"),
    [((), ""), (("Aurora Beach", "Aurora Hill"), " (all 3 sites)")],
)
def test_r80_a_step_that_several_accounts_took_is_told_once(floor, sites, whose):
    floor.hotel("Hotel Aurora", *sites)
    floor.steps()
    digest_on(floor)
    floor.on(date(2026, 6, 11))
    floor.steps()
    floor.release()

    digest_on(floor, date(2026, 6, 17))

    [line] = lines(floor)
    moved = "Thu 11 Jun: First notice (was watch): the first notice left Thu 11 Jun"
    assert line.pack.moves == f"{moved}{whose}"


def test_r80_a_step_that_only_some_sites_took_names_them_as_their_accounts_are(floor):
    payer = floor.hotel("Hotel Aurora", "Omaha, NE", "Phoenix, AZ")
    late = floor.desk.customer("Hill", payer=payer, site="Hill, NY")
    floor.bill(late, "10.00", days=25)
    floor.steps()
    digest_on(floor)
    floor.on(date(2026, 6, 11))
    floor.steps()
    floor.release()

    digest_on(floor, date(2026, 6, 17))

    [line] = lines(floor)
    assert line.pack.moves.endswith(" (Hotel Aurora; Omaha, NE; Phoenix, AZ)")


def test_a_hold_that_ends_before_the_next_meeting_stands_under_its_heading(floor):
    hotel = floor.hotel("Hotel Aurora")
    floor.climb(hotel)
    digest_on(floor, date(2026, 6, 24))
    propose(floor, floor.mia, pages(floor)[0], kind="hold", until="2026-07-06")
    confirmed = decide(floor, floor.lea, "Confirm")

    assert "Confirmed by Lea Lead" in confirmed
    digest_on(floor, date(2026, 7, 1))

    assert [one.heading for one in lines(floor)] == [Group.HOLD_EXPIRING]


def test_what_changed_after_posting_is_marked(floor):
    hotel = ready_on_the_digest(floor)
    with floor.desk.reading() as session:
        invoice = session.scalars(select(Invoice.id).filter_by(payer_id=hotel)).first()

    floor.pay(invoice, 1_000_00)
    floor.steps()

    assert "Since posted: " in pages(floor)[0]
    assert "down $1,000.00" in pages(floor)[0]


@ON_SQLITE
def test_three_hundred_cases_are_all_on_cards_that_teams_takes(desk):
    floor = Floor(desk)
    for n in range(300):
        hotel = desk.customer(f"Hotel Nº {n} “Ω”", agent=floor.ana, email="ap@hotel.example")
        floor.bill(hotel, "1,000.00", days=31 + n % 90)

    digest_on(floor)

    shown = pages(floor)
    assert all(len(json.dumps(each.card)) < 28_000 for each in [head(floor), *shown])
    assert {one.number for one in lines(floor)} == set(range(1, 301))
    assert sum(each.text.count("No note yet.") for each in shown) == 300


# proposals and decisions


def decide(floor, who, title, typed=None):
    shown = floor.cards(who, PROPOSAL_CARD)[-1]
    return floor.desk.press(who, shown, title, typed or {})


def test_a_proposal_to_suspend_becomes_an_order_when_a_principal_confirms_it(floor):
    name_channel(floor)
    ready_on_the_digest(floor)

    page = propose(floor, floor.mia, pages(floor)[0], kind="suspend")

    assert "It waits for the Corporate Controller or the VP Finance." in page
    assert "Proposed by Mia Meeting: suspend. Waits for a decision until" in page
    assert floor.cards(floor.lea, PROPOSAL_CARD) == []
    [shown] = floor.cards(floor.vip, PROPOSAL_CARD)
    assert "Suspend? Case 1 · Hotel Aurora" in shown
    assert "Aurora Beach: ready, $1,000.00" in shown
    confirmed = floor.desk.press(floor.vip, shown, "Confirm")
    again = floor.desk.press(floor.con, floor.cards(floor.con, PROPOSAL_CARD)[0], "Case")

    assert "Confirmed by Vip Finance" in confirmed
    assert "Case 1" in again
    assert "Confirmed by Vip Finance" in pages(floor)[0]
    with floor.desk.reading() as session:
        given = session.scalars(select(SupportOrder)).all()
        assert [(one.kind, one.asked_by) for one in given] == [
            (OrderKind.SUSPEND, floor.vip.id)
        ] * 2
        assert len(meetings.not_carried_out(session)) == 1
    for order in floor.cards(floor.sam, ORDER_CARD):
        floor.desk.press(floor.sam, order, "Suspended")
    with floor.desk.reading() as session:
        assert meetings.not_carried_out(session) == []


def test_a_decision_looks_at_the_case_as_it_is_not_as_the_last_sweep_left_it(floor):
    name_channel(floor)
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    with floor.desk.database.transaction() as session:
        for account in session.scalars(select(CaseAccount)):
            account.state = CaseState.FINAL_NOTICE

    assert "Confirmed by Vip Finance" in decide(floor, floor.vip, "Confirm")


def test_the_next_digest_opens_with_what_was_decided_and_is_not_done(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    decide(floor, floor.con, "Confirm")

    digest_on(floor, date(2026, 7, 1))

    top = head(floor)
    assert "Decided, not carried out: 1" in top
    assert "Support\n1 · Hotel Aurora: suspend, 7 days ago" in top
    assert "suspend" in floor.desk.say(floor.mia, "decisions")


def test_a_second_tap_and_a_second_decider_change_nothing(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    [first], [second] = (floor.cards(who, PROPOSAL_CARD) for who in (floor.vip, floor.con))
    floor.desk.press(floor.vip, first, "Confirm")

    again = floor.desk.press(floor.vip, first, "Confirm")
    other = floor.desk.press(floor.con, second, "Decline", {"reason": "No"})

    for shown in (again, other):
        assert "This is closed already" in shown
        assert "Confirmed by Vip Finance" in shown
    with floor.desk.reading() as session:
        assert len(session.scalars(select(Decision)).all()) == 1
        assert len(session.scalars(select(SupportOrder)).all()) == 2


def test_however_many_decide_at_once_there_is_one_decision(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    seen = Seen(proposal(floor).id, 1)
    desk = floor.desk

    def click(n: int) -> bool:
        act = Act(by=(floor.vip, floor.con)[n % 2], at=desk.now, on=floor.today)
        try:
            with desk.database.transaction() as session:
                if n % 4 < 2:
                    deciding.confirm(session, seen, reason="", act=act, policy=desk.policy)
                else:
                    deciding.decline(session, seen, reason="No", act=act, policy=desk.policy)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(click, range(24)))

    assert won.count(True) == 1
    with desk.reading() as session:
        decided = session.scalars(select(Decision)).all()
        assert len(decided) == (won.index(True) % 4 < 2)
        assert len(session.scalars(select(SupportOrder)).all()) == 2 * len(decided)


def test_the_same_form_pressed_twice_proposes_once(floor):
    ready_on_the_digest(floor)
    form = floor.desk.press(floor.mia, pages(floor)[0], "Propose", spot=channel())
    filled = {"kind": "suspend", "words": "Now."}

    for _ in range(2):
        floor.desk.press(floor.mia, form, "Propose", filled, spot=channel())
    other = propose(floor, floor.lea, pages(floor)[0], kind="suspend")

    assert "Mia Meeting has proposed that already" in other
    with floor.desk.reading() as session:
        assert len(session.scalars(select(Proposal)).all()) == 1


def test_who_proposed_does_not_decide_and_a_lead_does_not_suspend(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.con, pages(floor)[0], kind="suspend")
    assert floor.cards(floor.con, PROPOSAL_CARD)[0].titles == ["Withdraw", "Case"]
    [shown] = floor.cards(floor.vip, PROPOSAL_CARD)

    own = floor.desk.press(floor.con, shown, "Confirm")
    lead = floor.desk.press(floor.lea, shown, "Confirm")
    support = floor.desk.press(floor.sam, shown, "Decline", {"reason": "No"})

    assert "You proposed this yourself" in own
    for refused in (lead, support):
        assert "for the Corporate Controller or the VP Finance to decide" in refused
    assert proposal(floor).state is ProposalState.OPEN


def test_a_no_needs_a_reason_and_the_proposer_is_told(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    [shown] = floor.cards(floor.vip, PROPOSAL_CARD)

    missing = floor.desk.press(floor.vip, shown, "Decline")
    declined = floor.desk.press(floor.vip, shown, "Decline", {"reason": "Wait for the wire"})

    assert "a no needs a reason" in missing
    assert "Declined by Vip Finance" in declined
    assert "Wait for the wire." in floor.cards(floor.mia, PROPOSAL_CARD)[0]


def test_a_notice_that_the_meeting_lets_go_is_read_as_of_the_day_it_leaves(floor):
    """R70, R82: what a decider confirms is what the card shows; a night makes it another."""
    name_channel(floor)
    floor.hotel("Hotel Aurora")
    floor.on(TODAY)
    floor.steps()
    digest_on(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="release")
    yesterdays = floor.cards(floor.lea, PROPOSAL_CARD)[-1]
    assert "1,000.00" in yesterdays
    floor.on(date(2026, 6, 11))
    floor.steps()

    first = floor.desk.press(floor.lea, yesterdays, "Confirm", {"reason": "Yes."})
    second = floor.desk.press(floor.lea, first, "Confirm", {"reason": "Yes."})

    assert "the notice has today's date and figures now" in first
    assert "11 Jun 2026" in first
    assert "Confirmed by Lea Lead" in second
    with floor.desk.reading() as session:
        [notice] = session.scalars(select(SuspensionNotice)).all()
        assert (notice.state, notice.released_by) == (NoticeState.RELEASED, floor.lea.id)


def test_a_decider_confirms_the_notice_of_the_day_with_one_tap(floor):
    name_channel(floor)
    floor.hotel("Hotel Aurora")
    floor.on(TODAY)
    floor.steps()
    digest_on(floor)
    floor.steps()
    propose(floor, floor.mia, pages(floor)[0], kind="release")

    assert "Confirmed by Lea Lead" in decide(floor, floor.lea, "Confirm")


def test_a_short_hold_is_a_leads_to_decide_and_stops_the_clock(floor):
    hotel = ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="hold", until="2026-07-08")

    decide(floor, floor.lea, "Confirm")

    file = floor.file(hotel)
    assert file.held_until == date(2026, 7, 8)
    assert file.waits_words == "on hold until Wed 8 Jul 2026"
    assert file.state is not CaseState.READY
    with floor.desk.reading() as session:
        [hold] = session.scalars(select(CaseHold))
        assert hold.by == floor.lea.id
        assert meetings.not_carried_out(session) == []
    floor.on(date(2026, 7, 9))
    floor.steps()
    assert floor.state(hotel) is CaseState.READY


def test_a_hold_beyond_two_weeks_is_for_a_principal(floor):
    ready_on_the_digest(floor)
    page = propose(floor, floor.mia, pages(floor)[0], kind="hold", until="2026-07-09")

    assert "It waits for the Corporate Controller or the VP Finance." in page
    assert floor.cards(floor.lea, PROPOSAL_CARD) == []
    assert "Hold until Thu 9 Jul 2026? Case 1" in floor.cards(floor.vip, PROPOSAL_CARD)[0]


def test_deciding_on_a_hold_ends_the_proposal_to_suspend(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    suspend = proposal(floor).id
    propose(floor, floor.mia, pages(floor)[0], kind="hold", until="2026-07-01")

    decide(floor, floor.lea, "Confirm")

    with floor.desk.reading() as session:
        assert meetings.get(session, suspend).state is ProposalState.SUPERSEDED


@pytest.mark.parametrize(
    ("kind", "title", "department"),
    [
        ("plan", "File the payment plan request", "collections"),
        ("refer", "Refer to third-party collections", "credit & collections"),
        ("close", "Clear what keeps the case open, so that it closes", "AR management"),
    ],
)
def test_a_plan_a_referral_and_a_closing_become_tasks(floor, kind, title, department):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind=kind)

    decide(floor, floor.col, "Confirm")

    with floor.desk.database.transaction() as session:
        [pending] = meetings.not_carried_out(session)
        assert pending.decision.department == department
        task = session.get_one(Task, pending.decision.task_id)
        assert task.title == f"{title}: case 1 · Hotel Aurora"
        assert (task.owner_id, task.role) == {
            "plan": (floor.ana.id, Role.LEAD),
            "refer": (None, Role.ASSISTANT_MANAGER),
            "close": (None, Role.LEAD),
        }[kind]
        tasks.finish(session, task, result="Done", by=floor.lea, at=floor.desk.now)
        session.flush()
        assert meetings.not_carried_out(session) == []


def test_r82_what_is_not_ready_is_not_proposed_and_each_thing_missing_has_its_line(floor):
    floor.hotel("Hotel Aurora")
    digest_on(floor)

    refused = propose(floor, floor.mia, pages(floor)[0], kind="suspend")

    assert "is not ready to be suspended. What is missing:\n" in refused.text
    assert "\n✗ Second contact: not tried yet\n✗ First notice: not sent yet\n" in refused.text
    assert "yet;" not in refused.text


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": ""}, "Please fill in “What do you propose?”."),
        ({"kind": "burn"}, "Please choose what you propose."),
        ({"kind": "hold"}, "Until which day"),
        ({"kind": "hold", "until": "2026-06-01"}, "a day to come"),
        ({"kind": "hold", "until": "soon"}, "Until (for a hold)"),
        ({"kind": "close", "words": " "}, "Please fill in “Why”."),
        ({"kind": "release"}, "No notice of this case waits"),
    ],
)
def test_a_form_that_makes_no_sense_keeps_what_was_typed(floor, typed, sentence):
    floor.hotel("Hotel Aurora")
    digest_on(floor)

    again = propose(floor, floor.mia, pages(floor)[0], **typed)

    assert sentence in again
    assert proposal(floor) is None


def test_auditors_and_strangers_portfolios_propose_nothing(floor):
    floor.hotel("Hotel Aurora")
    digest_on(floor)
    auditor, ben = floor.desk.person("Al Auditor", "auditor"), floor.desk.person("Ben Other")

    assert "is for" in floor.desk.press(auditor, pages(floor)[0], "Propose", spot=channel())
    refused = floor.desk.press(ben, pages(floor)[0], "Propose", spot=channel())
    assert "Ana Reyes's account" in refused


def test_nobodys_answer_in_time_is_a_no(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    [shown] = floor.cards(floor.vip, PROPOSAL_CARD)
    floor.desk.now = proposal(floor).expires_at

    late = floor.desk.press(floor.vip, shown, "Confirm")
    ended = expire(floor.tick())
    again = expire(floor.tick())

    assert "The time for an answer has run out" in late
    assert ended == "1 proposal ran out of time."
    assert again == "No proposal has run out of time."
    assert proposal(floor).state is ProposalState.EXPIRED
    assert "the answer is no" in floor.cards(floor.mia, PROPOSAL_CARD)[0]


def test_r168_who_may_decide_is_reminded_once_after_four_business_hours(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    floor.on(date(2026, 6, 24), time(12))

    early = remind(floor.tick())
    floor.on(date(2026, 6, 24), time(13))
    told, again = remind(floor.tick()), remind(floor.tick())

    assert (early, told, again) == (
        "no reminders sent",
        "2 reminders sent",
        "no reminders sent",
    )
    [shown] = floor.cards(floor.vip, REMINDER_CARD)
    assert "It still waits for your decision; no answer means no." in shown
    assert floor.cards(floor.mia, REMINDER_CARD) == []
    assert floor.cards(floor.lea, REMINDER_CARD) == []
    floor.desk.press(floor.vip, shown, "Confirm")
    [other] = floor.cards(floor.con, REMINDER_CARD)
    assert "Confirmed by" in other
    assert "Confirm" not in other.titles


def test_before_the_end_the_principal_who_is_there_is_told_that_the_other_is_away(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    with floor.desk.database.transaction() as session:
        away = Absence(
            person_id=floor.con.id,
            first_day=date(2026, 6, 25),
            last_day=date(2026, 6, 30),
            set_by=floor.con.id,
            set_at=floor.desk.now,
        )
        session.add(away)
    remind(floor.tick())
    floor.desk.now = proposal(floor).expires_at - timedelta(hours=1)

    said = remind(floor.tick())

    assert said == "2 reminders sent"
    assert "The other principal is away" in floor.cards(floor.vip, LAST_CALL_CARD)[0]
    assert floor.cards(floor.con, LAST_CALL_CARD) == []


def test_r105_a_referral_is_not_done_before_both_managers_have_acted(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="refer")

    decide(floor, floor.con, "Confirm")

    with floor.desk.database.transaction() as session:
        found = session.scalars(select(Task).where(Task.about.like("meeting_proposal:%"))).all()
        assert {task.role for task in found} == {
            Role.COLLECTIONS_MANAGER,
            Role.ASSISTANT_MANAGER,
        }
        for left, task in ((1, found[0]), (0, found[1])):
            tasks.finish(session, task, result="Spoken", by=floor.lea, at=floor.desk.now)
            session.flush()
            assert len(meetings.not_carried_out(session)) == left


def test_a_proposer_takes_it_back(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    [own] = floor.cards(floor.mia, PROPOSAL_CARD)
    [theirs] = floor.cards(floor.vip, PROPOSAL_CARD)

    taken = decide(floor, floor.mia, "Withdraw")

    assert "Your words (a no needs them)" in theirs
    assert "Your words" not in own
    assert "Withdrawn by Mia Meeting" in taken


def test_r82_from_the_case_a_decider_comes_back_to_the_proposal(floor):
    ready_on_the_digest(floor)
    propose(floor, floor.mia, pages(floor)[0], kind="suspend")
    [asked] = floor.cards(floor.vip, PROPOSAL_CARD)

    case = floor.desk.press(floor.vip, asked, "Case")
    again = floor.desk.press(floor.vip, case, "Decide: suspend")

    assert again.titles == asked.titles
    assert "Decide: suspend" not in floor.desk.say(floor.lea, "case 1").titles
    assert "Confirmed by Vip Finance" in floor.desk.press(floor.vip, again, "Confirm")


# one case at a time


def test_the_meeting_goes_through_its_cases_one_at_a_time(floor):
    for name, amount in (("Hotel Aurora", "300.00"), ("Bay Inn", "200.00"), ("Cap", "100.00")):
        floor.hotel(name, amount=amount)
    digest_on(floor)

    first = floor.desk.press(floor.lea, head(floor), "Present", spot=channel())
    second = floor.desk.say(floor.lea, "next", spot=channel())
    third = floor.desk.press(floor.lea, second, "Next", spot=channel())
    back = floor.desk.press(floor.lea, third, "Previous", spot=channel())
    again = floor.desk.say(floor.lea, "next", spot=channel())
    end = floor.desk.say(floor.lea, "next", spot=channel())

    assert "1 · Hotel Aurora" in first
    assert "1 of 3" in first
    assert "Bay Inn" in second
    assert "Cap" in third
    assert "Next" not in third.titles
    assert "Bay Inn" in back
    assert again.text == third.text
    assert "last case" in end
    assert {"Propose", "Comment"} <= set(first.titles)
    assert "Bay Inn" not in floor.desk.say(floor.ana, "next")


def spacings(node: Any, words: str) -> list[str]:
    """Return how far below what is before it each account's line stands on a card."""
    if isinstance(node, list):
        return [one for part in node for one in spacings(part, words)]
    if not isinstance(node, dict):
        return []
    if f": {words}, " in str(node.get("text", "")):
        return [node.get("spacing", "Default").capitalize()]
    return spacings(list(node.values()), words)


def test_r80_the_screen_lists_accounts_only_where_there_are_several(floor):
    floor.hotel("Hotel Aurora", "Aurora Beach", amount="300.00")
    floor.hotel("Bay Inn", amount="200.00")
    digest_on(floor)

    several = floor.desk.press(floor.lea, head(floor), "Present", spot=channel())
    alone = floor.desk.press(floor.lea, several, "Next", spot=channel())

    assert "\nAccounts\n" in several.text
    assert "Aurora Beach: watch" in several
    assert spacings(several.card, "watch") == ["Small", "Small"]
    assert "\nAccounts\n" not in alone.text
    assert "Ready two weeks after the first notice" in alone


def test_the_screen_stays_at_its_case_while_it_is_commented_and_proposed_on(floor):
    for name, amount in (("Hotel Aurora", "300.00"), ("Bay Inn", "200.00")):
        floor.hotel(name, amount=amount)
    digest_on(floor)
    first = floor.desk.press(floor.lea, head(floor), "Present", spot=channel())
    second = floor.desk.press(floor.lea, first, "Next", spot=channel())

    left = floor.desk.press(
        floor.lea, floor.desk.press(floor.lea, second, "Propose", spot=channel()), "Back"
    )
    refused = propose(floor, floor.lea, second, kind="suspend")
    typed = {"kind": "hold", "until": "2026-06-19", "words": "They pay on Friday."}
    proposed = floor.desk.press(floor.lea, refused, "Propose", typed, spot=channel())
    form = floor.desk.press(floor.lea, proposed, "Comment", spot=channel())
    said = floor.desk.press(
        floor.lea, form, "Save comment", {"words": "Asked twice."}, spot=channel()
    )

    assert left.text == second.text
    assert "is not ready to be suspended" in refused
    assert "Proposed for case 2: hold until" in proposed
    assert "Your comment on case 2 is kept." in said
    for shown in (proposed, said):
        assert "2 of 2" in shown
        assert "Proposed by Lea Lead: hold until" in shown


def test_without_a_digest_there_is_nothing_to_present(floor):
    assert "no suspension digest" in floor.desk.say(floor.lea, "next", spot=channel())


# I06


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    weeks=st.lists(
        st.lists(
            st.tuples(st.integers(0, 3), st.sampled_from(("bill", "pay", "return", "steps"))),
            max_size=5,
        ),
        min_size=2,
        max_size=4,
    )
)
def test_whatever_happens_each_change_of_state_is_on_exactly_one_digest(
    tmp_path_factory, weeks
):
    """I06."""
    folder = tmp_path_factory.mktemp("meeting")
    desk = Desk(Database(f"sqlite:///{folder / 'desk.db'}", audit_key=KEY))
    floor = Floor(desk)
    hotels = [desk.customer(f"Hotel {n}", agent=floor.ana) for n in range(4)]
    day = WEDNESDAY
    for week in weeks:
        for which, what in week:
            happen(floor, hotels[which], what)
        digest_on(floor, day)
        day += timedelta(weeks=1)

    with desk.reading() as session:
        events = set(session.scalars(select(CaseEvent.id)))
        reported = list(session.scalars(select(DigestMove.event_id)))
    assert sorted(reported) == sorted(events)


def happen(floor, hotel, what):
    desk = floor.desk
    with desk.reading() as session:
        still = select(Invoice.id).where(Invoice.payer_id == hotel, Invoice.closed_on.is_(None))
        gone = select(Invoice.id).where(
            Invoice.payer_id == hotel, Invoice.closed_on.is_not(None)
        )
        open_one, closed = session.scalars(still).first(), session.scalars(gone).first()
    if what == "bill":
        floor.bill(hotel, "100.00", days=40)
    elif what == "pay" and open_one:
        floor.pay(open_one, 100_00, number=f"PAY-{open_one}")
    elif what == "return" and closed:
        floor.pay(closed, 0, number=f"PAY-{closed}")
    else:
        floor.steps()
