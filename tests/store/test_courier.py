"""What is owed arrives once; what may have arrived is never sent again by itself (I02, I23)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.chat.card import Card
from bot.chat.dialog import Dialog, View
from bot.chat.messenger import (
    Ambiguous,
    Gone,
    NotSent,
    Rejected,
    Throttled,
    Vanished,
)
from bot.courier import Courier, pause_after
from bot.policy import Policy
from bot.store import deliveries, postings
from bot.store.copies import Message
from bot.store.database import Database
from bot.store.deliveries import LEASE, Claim, Shown
from bot.store.postings import CardName, Place, Posting, PostingState, Showing
from tests.support.desk import MONDAY_8_AM
from tests.support.pretend import PretendTeams

LIST = CardName("tests.list")
BROKEN = CardName("tests.broken")
ANA, BEN = Place("person:1"), Place("person:2")


@dataclass
class Round:
    """A courier, its clock set by hand, and what it delivers to."""

    database: Database
    teams: PretendTeams = field(default_factory=PretendTeams)
    now: datetime = MONDAY_8_AM
    titles: dict[int, str] = field(default_factory=dict)
    on_draw: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        dialog = Dialog("tests")

        @dialog.draws(LIST)
        def draw(view: View) -> Card:
            self.on_draw()
            return Card(title=self.titles.get(view.about, f"List {view.about}"))

        @dialog.draws(BROKEN)
        def broken(view: View) -> Card:
            raise RuntimeError("a bug in a drawing")

        self.courier = self.another()
        self.dialogs = (dialog,)
        self.courier = self.another()

    def another(self) -> Courier:
        return Courier(
            database=self.database,
            dialogs=getattr(self, "dialogs", ()),
            messenger=self.teams,
            policy=Policy(sends_a_second=1000),
            clock=lambda: self.now,
        )

    def show(
        self, place: Place, about: int = 1, *, card: CardName = LIST, **given: datetime
    ) -> None:
        with self.database.transaction() as session:
            postings.show(session, Showing(card, about, place), at=self.now, **given)

    def refresh(self, about: int = 1) -> None:
        with self.database.transaction() as session:
            postings.refresh(session, LIST, about=about, at=self.now)

    def deliver(self, **later: float) -> None:
        self.now += timedelta(**later)
        asyncio.run(self.courier.deliver_due())

    def claim(self, owner: str = "another courier") -> list[Claim]:
        with self.database.transaction() as session:
            return deliveries.claim(session, owner=owner, at=self.now, a_second=1000, most=10)

    def states(self) -> list[PostingState]:
        with self.database.reading() as session:
            return list(session.scalars(select(Posting.state).order_by(Posting.id)))

    def state(self) -> PostingState:
        [state] = self.states()
        return state

    def error(self) -> str:
        with self.database.reading() as session:
            return session.scalars(select(Posting.last_error)).one()

    def due_in(self) -> timedelta:
        with self.database.reading() as session:
            return session.scalars(select(Posting.due_at)).one() - self.now


@pytest.fixture
def round(database: Database) -> Round:
    return Round(database)


def test_a_card_is_posted_once_and_then_replaced_by_what_it_has_become(round: Round):
    round.show(ANA)
    round.deliver()
    round.titles[1] = "Changed"
    round.refresh()
    round.deliver()
    round.deliver()

    assert round.teams.posted == [(ANA, "List 1")]
    assert round.teams.replaced == [(ANA, "message-1", "Changed")]
    assert round.state() is PostingState.SHOWN


def test_what_changes_before_it_is_sent_is_sent_as_it_is_then(round: Round):
    round.show(ANA)
    round.titles[1] = "Changed"
    round.refresh()

    round.deliver()

    assert round.teams.posted == [(ANA, "Changed")]
    assert round.teams.replaced == []


def test_a_refresh_that_comes_in_while_the_card_is_being_sent_is_not_lost(round: Round):
    round.show(ANA)
    claims = round.claim("mine")
    round.titles[1] = "Changed"
    round.refresh()
    with round.database.transaction() as session:
        deliveries.shown(session, claims[0], Shown(1, "chat", "message-0"), at=round.now)

    round.deliver()

    assert round.teams.replaced == [(ANA, "message-0", "Changed")]


def test_a_throttled_card_waits_as_long_as_it_is_told(round: Round):
    round.show(ANA)
    round.teams.fail(ANA, Throttled("429", retry_after=30))
    round.deliver()

    assert round.state() is PostingState.DUE
    assert timedelta(seconds=30) <= round.due_in() < timedelta(seconds=32)
    round.deliver(seconds=29)
    assert round.teams.posted == []
    round.deliver(seconds=3)
    assert round.teams.posted == [(ANA, "List 1")]


def test_what_certainly_did_not_leave_is_tried_again_ever_more_slowly(round: Round):
    round.show(ANA)
    round.teams.fail(ANA, *(NotSent("refused") for _ in range(12)))
    pauses = []
    for _ in range(12):
        round.deliver()
        pauses.append(round.due_in())
        round.now += round.due_in()

    round.deliver()

    assert pauses[0] < timedelta(seconds=3)
    assert pauses[-1] <= timedelta(minutes=5)
    assert pauses[-1] > timedelta(minutes=3)
    assert round.state() is PostingState.SHOWN


def test_an_ambiguous_first_message_is_unknown_until_a_person_decides(round: Round):
    round.show(ANA)
    round.teams.fail(ANA, Ambiguous("504"))
    round.deliver()
    round.deliver(hours=5)
    round.refresh()
    round.deliver(hours=5)
    assert round.state() is PostingState.UNKNOWN
    assert "504" in round.error()

    with round.database.transaction() as session:
        [unknown] = postings.troubled(session)
        assert postings.send_again(session, unknown.id, at=round.now)
    round.deliver()

    assert round.teams.posted == [(ANA, "List 1")]
    assert round.state() is PostingState.SHOWN


def test_only_what_is_in_trouble_is_sent_again(round: Round):
    round.show(ANA)
    round.deliver()
    with round.database.transaction() as session:
        assert not postings.send_again(session, 1, at=round.now)
        assert not postings.send_again(session, 99, at=round.now)
        assert postings.troubled(session) == []


def test_an_ambiguous_replacement_is_repeated(round: Round):
    round.show(ANA)
    round.deliver()
    round.refresh()
    round.teams.fail(ANA, Ambiguous("504"))
    round.deliver()

    round.deliver(seconds=10)

    assert round.state() is PostingState.SHOWN
    assert len(round.teams.replaced) == 1


def test_a_card_for_somebody_without_the_app_waits_until_they_are_back(round: Round):
    round.show(ANA)
    round.teams.fail(ANA, Gone("403 MessageWritesBlocked"))
    round.deliver()
    round.deliver(hours=1)
    assert round.state() is PostingState.PARKED
    assert round.error() == "403 MessageWritesBlocked", "as a lead may read it"

    with round.database.transaction() as session:
        assert postings.revive(session, ANA, at=round.now) == 1
    round.deliver()

    assert round.teams.posted == [(ANA, "List 1")]


def test_a_message_that_vanished_is_posted_anew(round: Round):
    round.show(ANA)
    round.deliver()
    round.refresh()
    round.teams.fail(ANA, Vanished("404"))

    round.deliver()

    assert [place for place, _ in round.teams.posted] == [ANA, ANA]
    assert round.state() is PostingState.SHOWN


def reopen(round: Round, message: str) -> None:
    with round.database.transaction() as session:
        sent, showing = Message("chat of Ana", message), Showing(LIST, 1, ANA)
        postings.adopt(session, showing, sent=sent, at=round.now, keeps_earlier=True)


def replaced(round: Round) -> list[str]:
    return [message for _, message, _ in round.teams.replaced]


def test_every_copy_of_a_card_that_was_opened_again_is_redrawn(round: Round):
    round.show(ANA)
    round.deliver()
    reopen(round, "m-2")
    reopen(round, "m-2")

    round.refresh()
    round.deliver()

    assert replaced(round) == ["message-1", "m-2"]
    assert round.state() is PostingState.SHOWN


def test_a_copy_that_vanished_is_forgotten_and_stops_no_other(round: Round):
    round.show(ANA)
    round.deliver()
    reopen(round, "m-2")
    round.teams.fail(ANA, Vanished("gone"))

    for _ in range(2):
        round.refresh()
        round.deliver(minutes=1)

    assert replaced(round) == ["m-2", "m-2"]
    assert len(round.teams.posted) == 1


@pytest.mark.parametrize("fault", [Throttled("slow down"), Ambiguous("502"), NotSent("no")])
def test_a_copy_that_was_not_redrawn_is_tried_again(round: Round, fault: Exception):
    round.show(ANA)
    round.deliver()
    reopen(round, "m-2")
    round.teams.fail(ANA, fault)

    round.refresh()
    round.deliver()
    round.deliver(minutes=5)

    assert replaced(round) == ["message-1", "m-2"]
    assert len(round.teams.posted) == 1


def test_a_card_opened_while_its_first_message_is_on_its_way_is_kept_beside_it(round: Round):
    round.show(ANA)
    [claim] = round.claim()
    reopen(round, "m-2")
    with round.database.transaction() as session:
        deliveries.shown(session, claim, Shown(1, "chat", "message-1"), at=round.now)

    round.refresh()
    round.deliver()

    assert replaced(round) == ["m-2", "message-1"]


def test_a_card_that_cannot_be_drawn_or_is_refused_stops_no_other(round: Round):
    round.show(ANA, card=BROKEN)
    round.show(ANA, 2)
    round.show(BEN, 3)
    round.teams.fail(BEN, Rejected("413"))

    round.deliver()

    assert round.states() == [PostingState.FAILED, PostingState.SHOWN, PostingState.FAILED]
    with round.database.reading() as session:
        assert "a bug in a drawing" in postings.troubled(session)[0].last_error


def test_a_card_that_nobody_draws_fails_and_says_so(round: Round):
    round.show(ANA, card=CardName("tests.nobody"))

    round.deliver()

    assert round.state() is PostingState.FAILED


def test_a_first_message_of_a_courier_that_died_is_unknown(round: Round):
    round.show(ANA)
    assert round.claim()
    round.deliver(seconds=LEASE.total_seconds() - 1)
    assert round.state() is PostingState.SENDING

    round.deliver(seconds=2)

    assert round.state() is PostingState.UNKNOWN
    assert round.teams.posted == []


def test_a_replacement_of_a_courier_that_died_is_repeated(round: Round):
    round.show(ANA)
    round.deliver()
    round.refresh()
    assert round.claim()

    round.deliver(seconds=LEASE.total_seconds() + 1)

    assert len(round.teams.replaced) == 1


def test_a_courier_that_slept_past_its_lease_sends_nothing_under_it(round: Round):
    round.show(ANA)
    naps, draws = [LEASE], list[int]()

    def fall_asleep() -> None:
        round.now += naps.pop() if naps else timedelta()
        draws.append(1)
        round.titles[1] = f"Drawing {len(draws)}"

    round.on_draw = fall_asleep

    round.deliver()

    assert round.teams.posted == [(ANA, "Drawing 2")]
    assert round.teams.most_under_way == 1


def test_a_late_confirmation_counts_unless_somebody_else_has_taken_over(round: Round):
    round.show(ANA)
    [mine] = round.claim("mine")
    round.now += LEASE + timedelta(seconds=1)
    assert round.claim("theirs") == []
    assert round.state() is PostingState.UNKNOWN

    with round.database.transaction() as session:
        assert deliveries.shown(session, mine, Shown(1, "chat", "1"), at=round.now)
        assert not deliveries.shown(session, mine, Shown(1, "chat", "2"), at=round.now)

    assert round.state() is PostingState.SHOWN


def test_a_late_confirmation_does_not_undo_what_a_lead_decided(round: Round):
    round.show(ANA)
    [mine] = round.claim("mine")
    round.now += LEASE + timedelta(seconds=1)
    round.claim("theirs")
    with round.database.transaction() as session:
        postings.send_again(session, 1, at=round.now)

    with round.database.transaction() as session:
        assert not deliveries.shown(session, mine, Shown(1, "chat", "1"), at=round.now)

    assert round.state() is PostingState.DUE


def test_what_came_too_late_is_missed_and_can_be_shown_again_another_day(round: Round):
    round.show(ANA, until=round.now + timedelta(hours=9))
    round.deliver(hours=10)
    assert round.state() is PostingState.MISSED
    assert round.teams.posted == []

    round.show(ANA, until=round.now + timedelta(hours=9))
    round.deliver()

    assert round.state() is PostingState.SHOWN


def test_two_couriers_never_claim_the_same_card(round: Round):
    for number in range(1, 21):
        round.show(Place(f"person:{number}"), number)

    first, second = round.claim("one"), round.claim("two")

    claimed = [claim.posting_id for claim in first + second]
    assert len(claimed) == len(set(claimed)) == 20


def test_one_conversation_gets_one_card_at_a_time_and_in_order(round: Round):
    for number in (1, 2, 3):
        round.show(ANA, number)
    assert len(round.claim()) == 1
    assert round.claim() == []

    round.deliver(seconds=LEASE.total_seconds() + 1)

    assert round.teams.posted == [(ANA, "List 2"), (ANA, "List 3")]
    assert round.teams.most_under_way == 1


def test_a_running_courier_delivers_what_is_shown_within_a_second(round: Round):
    async def story() -> float:
        running = asyncio.create_task(round.courier.run())
        await asyncio.sleep(0.2)
        round.show(ANA)
        round.courier.wake()
        started = asyncio.get_running_loop().time()
        while not round.teams.posted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        took = asyncio.get_running_loop().time() - started
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return took

    assert asyncio.run(asyncio.wait_for(story(), 5)) < 1


@pytest.mark.parametrize("attempts", range(1, 40))
def test_a_pause_is_never_longer_than_five_minutes_unless_teams_says_so(attempts: int):
    pause = pause_after(attempts, 7, None)

    assert timedelta(seconds=1) <= pause <= timedelta(minutes=5)
    assert pause_after(attempts, 7, 900.0) >= timedelta(seconds=900)
