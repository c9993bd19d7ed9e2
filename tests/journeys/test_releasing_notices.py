"""Releasing suspension notices one after the other (R70)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.store.postings import Posting, PostingState
from bot.workflows.people.records import place_of
from bot.workflows.suspension import notices
from bot.workflows.suspension.notices import QUEUE_CARD
from tests.support.cases import Floor
from tests.support.desk import personal


@pytest.fixture
def floor(desk):
    return Floor(desk)


def test_a_released_notice_is_confirmed_with_nothing_to_release_and_its_place_kept(floor):
    for name in ("Hotel Aurora", "Hotel Borealis", "Hotel Cask"):
        floor.hotel(name)
    floor.steps()
    [card] = floor.queue(floor.lea)
    second = floor.desk.press(floor.lea, card, "Next")

    done = floor.desk.press(floor.lea, second, "Release")

    assert "Released: first notice, case 2 · Hotel Borealis" in done
    assert "2 more notices wait for release." in done
    assert done.titles == ["Next notice", "Case"]
    third = floor.desk.press(floor.lea, done, "Next notice")
    assert "Hotel Cask" in third
    assert "2 of 2 that wait" in third
    last = floor.desk.press(floor.lea, third, "Release")
    assert "Hotel Aurora" in floor.desk.press(floor.lea, last, "Next notice")


def test_a_lead_who_reads_on_finds_no_other_notice_in_the_place_of_it(floor):
    floor.hotel("Hotel Aurora")
    floor.hotel("Hotel Borealis")
    floor.steps()
    [card] = floor.queue(floor.lea)
    lead = place_of(floor.lea.id)
    with floor.desk.database.transaction() as session:
        posting = session.scalars(select(Posting).filter_by(place=lead, card=QUEUE_CARD)).one()
        posting.state, posting.message_id = PostingState.SHOWN, "m-1"
        wanted = posting.wanted
        notices.refresh_queue(session, on=floor.today, at=floor.desk.now)
    here = replace(personal(floor.lea), message_id="m-1")

    floor.desk.press(floor.lea, card, "Release", spot=here)

    with floor.desk.reading() as session:
        again = session.scalars(select(Posting).filter_by(place=lead, card=QUEUE_CARD)).one()
        assert (again.message_id, again.wanted) == (None, wanted + 1)
