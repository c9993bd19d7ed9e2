"""A prepared select answers as SQLAlchemy does, on both databases."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BindParameter, Text, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, NoResultFound

from bot.store import bulk
from bot.store.base import UtcColumn
from bot.store.database import Database
from bot.store.postings import CardName, Place, Posting, PostingState, Showing, show
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import (
    amend,
    change,
    change_each,
    insert_new,
    locked,
    locked_records,
    record,
    rows,
    table_of,
)
from bot.workflows.people.records import Person
from tests.support.desk import KEY, MONDAY_8_AM

_POSTINGS = table_of(Posting)
_BEFORE = bindparam("before", type_=UtcColumn())
OWED = (
    select(_POSTINGS)
    .where(_POSTINGS.c.due_at <= _BEFORE, _POSTINGS.c.state == PostingState.DUE)
    .order_by(_POSTINGS.c.id)
    .limit(2)
)


def person(name: str) -> dict[str, object]:
    return {
        "entra_id": f"entra-{name}",
        "name": name,
        "roles": "agent",
        "learned_at": MONDAY_8_AM,
        "is_active": True,
        "shift_start": time(8),
        "shift_end": time(16),
        **dict.fromkeys(("tenant_id", "email", "time_zone", "shift_zone"), ""),
        "sales_partners": "",
    }


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


@pytest.mark.parametrize(
    "wanted", [(), (2,), (3, 1), (1, 2, 3), (4, 2, 0, 5, 1), tuple(range(300))]
)
def test_a_list_of_any_length_finds_what_the_usual_select_does(
    database: Database, wanted: tuple[int, ...]
):
    asked = (
        select(_POSTINGS)
        .where(
            _POSTINGS.c.about.in_(bindparam("wanted", expanding=True)),
            _POSTINGS.c.due_at <= _BEFORE,
            _POSTINGS.c.state.in_((PostingState.DUE, PostingState.SHOWN)),
        )
        .order_by(_POSTINGS.c.id)
    )
    prepared = Prepared(asked)
    with database.transaction() as session:
        for number in range(5):
            showing = Showing(CardName("tests.card"), number, Place("person:1"))
            show(session, showing, at=MONDAY_8_AM)
        for given in ((0,), wanted, wanted):
            values = {"wanted": given, "before": MONDAY_8_AM}
            found = rows(session, prepared, values).all()
            usual = rows(session, asked, values).all()
            assert [row._asdict() for row in found] == [row._asdict() for row in usual]

    assert {row.about for row in found} == set(wanted) & set(range(5))


def test_a_list_may_stand_at_several_places_of_a_question(database: Database):
    named: BindParameter[Any] = bindparam("named", expanding=True)
    asked = select(_POSTINGS.c.about).where(
        _POSTINGS.c.about.in_(named),
        _POSTINGS.c.wanted <= 1,
        (_POSTINGS.c.about + 0).in_(named),
    )
    with database.transaction() as session:
        for number in range(5):
            showing = Showing(CardName("tests.card"), number, Place("person:1"))
            show(session, showing, at=MONDAY_8_AM)
        found = rows(session, Prepared(asked), {"named": [1, 3, 9]})

    assert sorted(found.scalars()) == [1, 3]


def test_a_record_is_read_once_and_is_the_sessions_own(database: Database):
    with database.transaction() as session:
        show(session, Showing(CardName("tests.card"), 7, Place("person:1")), at=MONDAY_8_AM)
    with database.transaction() as session:
        held = session.scalars(select(Posting)).one()
        number = held.id
        assert record(session, Posting, number) is held
    with database.transaction() as session:
        found = record(session, Posting, number)
        assert (found.about, found.due_at, found.state) == (7, MONDAY_8_AM, PostingState.DUE)
        assert session.scalars(select(Posting)).one() is found
        found.attempts = 3
    with database.reading() as session:
        assert session.get_one(Posting, number).attempts == 3
        with pytest.raises(NoResultFound):
            record(session, Posting, number + 1)


def test_a_locked_record_is_the_sessions_own_as_it_is_now(database: Database):
    people = table_of(Person)
    of_name = select(people).where(people.c.name == bindparam("name")).with_for_update()
    with database.transaction() as session:
        number = change(session, PreparedChange(insert(people)), person("Ana")).new_id
        held = record(session, Person, number)
        session.connection().execute(update(people).values(name="Anna"))
        held.email = "ana@desk.example"

        assert locked(session, Person, number) is held
        assert (held.name, held.email) == ("Anna", "ana@desk.example")

        session.connection().execute(update(people).values(email=""))
        assert locked_records(session, Person, Prepared(of_name), {"name": "Anna"}) == [held]
        assert held.email == ""
        with pytest.raises(NoResultFound):
            locked(session, Person, number + 1)


def test_a_prepared_change_stores_what_the_usual_one_does(database: Database):
    people = table_of(Person)
    hire = PreparedChange(insert(people))
    rename = PreparedChange(
        update(people).where(people.c.id == bindparam("who")).values(name=bindparam("to"))
    )
    with database.transaction() as session:
        ana, bo = (change(session, hire, person(name)).new_id for name in ("Ana", "Bo"))
        counts = [change(session, rename, {"who": who, "to": "Bob"}).rows for who in (bo, 99)]
        session.execute(insert(people), person("Cy"))

    assert counts == [1, 0]
    kept = ("name", "learned_at", "is_active", "shift_start")
    with database.reading() as session:
        read = session.execute(select(people)).mappings()
        found = {one["id"]: [one[name] for name in kept] for one in read}
    assert [found[number][0] for number in (ana, bo)] == ["Ana", "Bob"]
    [cy] = [one for one in found.values() if one[0] == "Cy"]
    assert found[ana][1:] == cy[1:]


def test_a_change_carried_out_for_each_stores_what_single_ones_do(database: Database):
    people = table_of(Person)
    enter = PreparedChange(insert(people))
    rename = PreparedChange(
        update(people).where(people.c.name == bindparam("was")).values(name=bindparam("now"))
    )
    with database.transaction() as session:
        change_each(session, enter, [person("Ana"), person("Ben"), person("Cyd")])
        change_each(session, enter, [])
        change_each(session, rename, [{"was": "Ana", "now": "Anna"}, {"was": "X", "now": "Y"}])
    with pytest.raises(IntegrityError), database.transaction() as session:
        change_each(session, enter, [person("Dot"), person("Ben")])

    with database.reading() as session:
        found = session.scalars(select(Person).order_by(Person.id)).all()
        assert [one.name for one in found] == ["Anna", "Ben", "Cyd"]
        assert {(one.learned_at, one.shift_start) for one in found} == {(MONDAY_8_AM, time(8))}


def test_prepared_changes_copy_rows_and_remove_them(database: Database):
    people = table_of(Person)
    own = {"entra_id", "name"}
    others = [column for column in people.columns if column.name not in {"id", *own}]
    namesake = select(
        people.c.entra_id + bindparam("mark", type_=Text()), people.c.name, *others
    ).where(people.c.name == bindparam("like", type_=Text()))
    names = ["entra_id", "name", *(column.name for column in others)]
    double = PreparedChange(insert(people).from_select(names, namesake))
    remove = PreparedChange(delete(people).where(people.c.entra_id == bindparam("gone")))
    with database.transaction() as session:
        change_each(session, PreparedChange(insert(people)), [person("Ana"), person("Ben")])
        for name, mark in (("Ana", "-2"), ("Ben", "-3")):
            assert change(session, double, {"mark": mark, "like": name}).rows == 1
        assert change(session, remove, {"gone": "entra-Ana-2"}).rows == 1
        assert change(session, remove, {"gone": "entra-Ana-2"}).rows == 0

    with database.reading() as session:
        found = session.scalars(select(Person.entra_id).order_by(Person.id)).all()
        assert found == ["entra-Ana", "entra-Ben", "entra-Ben-3"]


def test_what_is_there_already_is_not_inserted_again(database: Database):
    postings = table_of(Posting)
    with database.transaction() as session:
        show(session, Showing(CardName("tests.card"), 1, Place("person:1")), at=MONDAY_8_AM)
        [row] = [dict(row._mapping) for row in session.execute(select(postings))]
        del row["id"]
        another = row | {"about": 2}

        assert insert_new(session, postings, []) == 0
        assert insert_new(session, postings, [row, another]) == 1
        assert insert_new(session, postings, [another]) == 0

    with database.reading() as session:
        assert session.scalars(select(postings.c.about).order_by(postings.c.id)).all() == [1, 2]


def test_a_prepared_change_that_the_database_refuses_says_so_as_the_usual_one_does(
    database: Database,
):
    postings = table_of(Posting)
    enter = PreparedChange(insert(postings))
    with database.transaction() as session:
        show(session, Showing(CardName("tests.card"), 1, Place("person:1")), at=MONDAY_8_AM)
        session.flush()
        [row] = [dict(row._mapping) for row in session.execute(select(postings))]

    with pytest.raises(IntegrityError), database.transaction() as session:
        change(session, enter, row)


def test_a_prepared_insert_leaves_no_column_to_a_default(tmp_path: Path):
    lite = Database(f"sqlite:///{tmp_path / 'desk.db'}", audit_key=KEY)
    lite.create_tables()
    given = {name: value for name, value in person("Ana").items() if name != "shift_start"}
    with lite.transaction() as session, pytest.raises(ValueError, match="shift_start"):
        change(session, PreparedChange(insert(table_of(Person))), given)


def test_a_change_that_is_first_in_a_loads_slice_goes_with_it(database: Database):
    enter = PreparedChange(insert(table_of(Person)))
    with bulk.opened(database) as load:
        with pytest.raises(ZeroDivisionError), load.slice() as session:
            change(session, enter, person("Ana"))
            _ = 1 // 0
        with load.slice() as session:
            change(session, enter, person("Ben"))

    with database.reading() as session:
        assert [one.name for one in session.scalars(select(Person))] == ["Ben"]


def test_a_record_is_amended_at_once_with_what_else_was_changed_of_it(database: Database):
    with database.transaction() as session:
        held = Person(**person("Ana"))
        session.add(held)
        session.flush()
        held.email = "ana@desk.example"

        amend(session, held, name="Anna", tenant_id="t-1")

        assert (held.name, held.tenant_id) == ("Anna", "t-1")
        assert not session.dirty

    with database.reading() as session:
        kept = session.scalars(select(Person)).one()
        assert (kept.name, kept.tenant_id, kept.email) == ("Anna", "t-1", "ana@desk.example")


def test_a_record_that_is_not_written_yet_is_amended_all_the_same(database: Database):
    with database.transaction() as session:
        held = Person(**person("Ana"))
        session.add(held)

        amend(session, held, name="Anna")

    with database.reading() as session:
        assert session.scalars(select(Person.name)).all() == ["Anna"]
