"""No sequence of reservations ever breaks one of Teams' limits."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store import pace
from bot.store.database import Database
from bot.store.pace import SECOND, Level
from bot.store.postings import Place
from tests.support.desk import MONDAY_8_AM

LIMITS = ((7, 1), (8, 2), (60, 30), (1800, 3600))
NOW = pace.microseconds(MONDAY_8_AM)


def most_within(moments: list[int], seconds: int) -> int:
    return max(
        sum(start <= moment < start + seconds * SECOND for moment in moments)
        for start in moments
    )


@given(st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=150))
@settings(max_examples=100, deadline=None)
def test_one_conversation_never_gets_more_than_teams_allows(gaps: list[int]):
    level, now, sent = Level(), NOW, []

    for gap in gaps:
        now += gap
        moment = level.earliest(now)
        level.take(moment)
        sent.append(moment)

    for most, seconds in LIMITS:
        assert most_within(sent, seconds) <= most


def test_an_hour_of_one_conversation_stays_within_its_limit():
    level, moment, sent = Level(), NOW, []

    while moment < NOW + 2 * 3600 * SECOND:
        moment = level.earliest(moment)
        level.take(moment)
        sent.append(moment)

    first_hour = [moment for moment in sent if moment < NOW + 3600 * SECOND]
    assert 1700 <= len(first_hour) <= 1800


def test_the_whole_desk_keeps_its_beat_over_several_replicas(database: Database):
    places = [Place(f"person:{number}") for number in range(100)]
    sent: list[int] = []

    for look in range(10):
        with database.transaction() as session:
            reserved = pace.reserve(
                session,
                places[len(sent) :],
                now=NOW + look * SECOND // 10,
                horizon=SECOND // 2,
                a_second=30,
            )
        sent += reserved.leaving.values()

    assert sent == sorted(sent)
    assert most_within(sent, 1) <= 30
    assert len(sent) >= 40


def test_a_conversation_that_had_a_lot_waits_and_stops_no_other(database: Database):
    busy, calm = Place("channel:1"), Place("person:2")
    with database.transaction() as session:
        for number in range(4):
            pace.reserve(session, [busy], now=NOW + number, horizon=SECOND, a_second=1000)

        reserved = pace.reserve(
            session, [busy, calm], now=NOW + 9, horizon=SECOND, a_second=1000
        )

    assert list(reserved.leaving) == [calm]
    assert 0 < reserved.waiting[busy] - NOW < SECOND


def test_a_clock_that_is_put_back_does_not_silence_the_desk(database: Database):
    place = [Place("person:1")]
    with database.transaction() as session:
        pace.reserve(session, place, now=NOW + 3600 * SECOND, horizon=SECOND // 2, a_second=30)

        reserved = pace.reserve(session, place, now=NOW, horizon=SECOND // 2, a_second=30)

    assert reserved.leaving
