"""A prepared select answers as SQLAlchemy does, on both databases."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from bot.store.base import UtcColumn
from bot.store.database import Database
from bot.store.postings import CardName, Place, Posting, PostingState, Showing, show
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.people.records import Person
from tests.support.desk import MONDAY_8_AM

_POSTINGS = table_of(Posting)
_BEFORE = bindparam("before", type_=UtcColumn())
OWED = (
    select(_POSTINGS)
    .where(_POSTINGS.c.due_at <= _BEFORE, _POSTINGS.c.state == PostingState.DUE)
    .order_by(_POSTINGS.c.id)
    .limit(2)
)


def test_every_value_comes_back_as_the_type_that_it_was(database: Database):
    prepared = Prepared(OWED)
    with database.transaction() as session:
        for number in range(3):
            showing = Showing(CardName("tests.card"), number, Place("person:1"))
            show(session, showing, at=MONDAY_8_AM)

        for _ in "first and again":
            found = rows(session, prepared, {"before": MONDAY_8_AM}).all()
            usual = rows(session, OWED, {"before": MONDAY_8_AM}).all()
            assert [row._asdict() for row in found] == [row._asdict() for row in usual]

    assert [(row.about, row.state, row.due_at) for row in found] == [
        (0, PostingState.DUE, MONDAY_8_AM),
        (1, PostingState.DUE, MONDAY_8_AM),
    ]


def test_times_of_day_and_flags_come_back_as_well(database: Database):
    people = table_of(Person)
    wanted = select(people).where(people.c.is_active, people.c.name == bindparam("name"))
    with database.transaction() as session:
        session.add(Person(entra_id="e", name="Ana", roles="agent", learned_at=MONDAY_8_AM))

        found = rows(session, Prepared(wanted), {"name": "Ana"}).one()

        assert found._asdict() == rows(session, wanted, {"name": "Ana"}).one()._asdict()
        assert rows(session, Prepared(wanted), {"name": "Bo"}).first() is None
