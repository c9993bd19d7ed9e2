"""Moments come back as they were, whatever wrote them, on both databases."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime, bindparam, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError

from bot.store.base import UtcColumn
from bot.store.database import Database
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.ledger.records import BookUpdate
from tests.support.desk import MONDAY_8_AM

UPDATES = table_of(BookUpdate)
DIALECT = sqlite.dialect()
SINCE = Prepared(select(UPDATES.c.at).where(UPDATES.c.at >= bindparam("since")))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(
    datetime(1970, 1, 3),  # noqa: DTZ001 - the zone is drawn
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=offsets | st.just(UTC),
)


def update_at(at: object) -> dict[str, object]:
    return {"what": "x", "source": "", "accepted": 0, "rejected": 0, "changed": 0, "at": at}


@given(moments)
def test_a_moment_is_stored_in_the_text_that_sqlalchemy_makes_of_it(moment: datetime):
    usual = DateTime().dialect_impl(DIALECT).bind_processor(DIALECT)
    store, load = (
        UtcColumn().bind_processor(DIALECT),
        UtcColumn().result_processor(DIALECT, None),
    )
    assert usual
    assert store
    assert load

    stored = store(moment)

    assert stored == usual(moment.astimezone(UTC).replace(tzinfo=None))
    came_back = load(stored)
    assert came_back
    assert (came_back, came_back.tzinfo) == (moment, UTC)


def test_a_moment_of_another_zone_is_found_by_its_instant(database: Database):
    manila = MONDAY_8_AM.astimezone(timezone(timedelta(hours=8)))
    with database.transaction() as session:
        session.execute(insert(UPDATES).values(update_at(manila)))

        found = rows(session, SINCE, {"since": MONDAY_8_AM}).scalars()
        later = rows(session, SINCE, {"since": MONDAY_8_AM + timedelta(microseconds=1)})

    assert (found, later.all()) == ([MONDAY_8_AM], [])


def test_a_moment_without_a_zone_is_refused(database: Database):
    naive = MONDAY_8_AM.replace(tzinfo=None)

    with (
        pytest.raises((ValueError, StatementError), match="has no time zone"),
        database.reading() as session,
    ):
        rows(session, SINCE, {"since": naive})


@pytest.mark.parametrize(
    "written", ["2026-06-01 12:00:00+00:00", "2026-06-01 08:00:00-04:00", "2026-06-01 12:00:00"]
)
def test_a_text_that_something_else_wrote_is_read_as_its_instant(written: str):
    load = UtcColumn().result_processor(DIALECT, None)

    assert load
    assert load(written) == datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("sent", [MONDAY_8_AM, MONDAY_8_AM.date()])
def test_nothing_is_sent_to_sqlite_without_the_type_of_its_column(sent: object):
    with pytest.raises(TypeError, match="without the type of its column"):
        sqlite3.connect(":memory:").execute("SELECT ?", (sent,))
