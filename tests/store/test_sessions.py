"""A session is lent with nothing in it of whoever had it before, and only to one at a time."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.store import audit, postings, sessions
from bot.store.database import Database, DeskBusy
from bot.store.postings import CardName, Place, Posting, Showing
from bot.store.sessions import connection_of
from tests.support.desk import KEY, MONDAY_8_AM


def show(session: Session, number: int) -> None:
    postings.show(session, Showing(CardName("a.card"), number, Place("desk")), at=MONDAY_8_AM)
    audit.note(session, audit.Note(what="shown", about=f"card:{number}", at=MONDAY_8_AM))


def shown(database: Database) -> list[int]:
    with database.reading() as session:
        assert list(audit.verify(session, KEY)) == []
        return sorted(session.scalars(select(Posting.about)))


def test_what_one_leaves_behind_the_next_does_not_have(database: Database):
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        show(session, 1)
        session.add(Posting(card="a.card", about=2, place="desk", due_at=MONDAY_8_AM))
        session.info["left"] = "behind"
        _ = 1 / 0

    with database.transaction() as session:
        assert "left" not in session.info
        assert not session.new
        assert not session.identity_map.values()
        show(session, 3)
    assert shown(database) == [3]


def test_a_record_lives_on_when_its_session_is_lent_anew(database: Database):
    with database.transaction() as session:
        show(session, 1)
    with database.reading() as session:
        held = session.scalars(select(Posting)).one()
    with database.transaction() as session:
        session.execute(text("UPDATE postings SET about = 7"))
    assert held.about == 1
    with database.reading() as session:
        assert session.scalars(select(Posting.about)).one() == 7
        assert held not in session


def test_each_reading_sees_what_was_saved_before_it(database: Database):
    for number in range(1, 4):
        with database.transaction() as session:
            show(session, number)
        assert shown(database) == list(range(1, number + 1))


def test_several_read_and_one_writes_at_a_time(database: Database):
    with database.reading() as one, database.reading() as other:
        assert connection_of(one) is not connection_of(other)
        with database.transaction() as session:
            show(session, 1)
        assert list(one.scalars(select(Posting.about))) in ([], [1])
    assert shown(database) == [1]


def test_who_waits_too_long_for_a_connection_is_told(
    lite: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sessions, "PATIENCE", 0.01)
    with lite.transaction():
        with pytest.raises(DeskBusy), lite.transaction():
            pass
        with lite.reading() as session:
            assert list(session.scalars(select(Posting.about))) == []
    with lite.transaction() as session:
        show(session, 1)
    assert shown(lite) == [1]


def test_a_commit_that_fails_leaves_no_transaction_open(
    lite: Database, monkeypatch: pytest.MonkeyPatch
):
    def fail(_connection: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(lite.engine.dialect, "do_commit", fail)
        with pytest.raises(DeskBusy), lite.transaction() as session:
            show(session, 1)
    assert shown(lite) == []
    with lite.transaction() as session:
        show(session, 2)
    assert shown(lite) == [2]


def test_a_connection_that_is_broken_is_not_lent_again(lite: Database):
    with pytest.raises(DeskBusy), lite.reading() as session:
        broken = connection_of(session)
        broken.connection.dbapi_connection.close()  # type: ignore[union-attr]
    with lite.reading() as session:
        assert connection_of(session) is not broken
        assert list(session.scalars(select(Posting.about))) == []
