"""When the database is locked, full or away: a sentence, nothing half saved, and it goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from bot.store import audit
from bot.store import database as databases
from bot.store.audit import AuditEntry
from bot.store.database import Database, DeskBusy
from tests.support.databases import postgresql_url
from tests.support.desk import KEY, MONDAY_8_AM, Desk


def enter(database: Database, what: str, words: str = "") -> None:
    with database.transaction() as session:
        entry = audit.Note(what=what, about="call:1", at=MONDAY_8_AM, why=words)
        audit.note(session, entry)


def entered(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)))


def is_whole(database: Database) -> bool:
    with database.reading() as session:
        return list(audit.verify(session, KEY)) == []


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.1)
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}", audit_key=KEY)
    database.create_tables()
    yield database
    database.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_database_that_another_program_holds_is_a_sentence_and_works_again_later(
    sqlite: Database, tmp_path: Path
):
    enter(sqlite, "before")

    with locked(tmp_path / "desk.db"), pytest.raises(DeskBusy, match="Nothing was lost"):
        enter(sqlite, "meanwhile")

    enter(sqlite, "after")
    assert entered(sqlite) == ["before", "after"]
    assert is_whole(sqlite)


def test_reading_goes_on_while_another_program_writes(sqlite: Database, tmp_path: Path):
    enter(sqlite, "before")

    with locked(tmp_path / "desk.db"):
        assert entered(sqlite) == ["before"]


def test_what_was_typed_into_a_form_is_kept_when_the_database_is_locked(
    sqlite: Database, tmp_path: Path
):
    desk = Desk(sqlite)
    lead = desk.person("Lena Lead", roles="lead")
    ana = desk.person("Ana Cruz")
    form = desk.press(lead, desk.say(lead, "absent"), "Enter an absence")
    typed = {"person": str(ana.id), "first": "2026-06-15", "last": "2026-06-19"}

    with locked(tmp_path / "desk.db"):
        busy = desk.press(lead, form, "Enter it", typed)
    assert "Nothing was lost" in busy
    assert "2026-06-19" in busy

    assert "Entered: Ana Cruz" in desk.press(lead, busy, "Enter it")


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half_saved(sqlite: Database):
    enter(sqlite, "before")
    with sqlite.transaction() as session:
        [pages] = session.execute(text("PRAGMA page_count")).one()
        session.execute(text(f"PRAGMA max_page_count = {pages}"))

    with pytest.raises(DeskBusy):
        enter(sqlite, "too much", "words " * 10_000)

    with sqlite.transaction() as session:
        session.execute(text(f"PRAGMA max_page_count = {pages + 10_000}"))
    enter(sqlite, "after")
    assert entered(sqlite) == ["before", "after"]
    assert is_whole(sqlite)


def test_postgresql_going_away_in_the_middle_saves_nothing_and_is_found_again():
    url = postgresql_url()
    database = Database(url, audit_key=KEY)
    database.create_tables()
    enter(database, "before")

    with pytest.raises(DeskBusy), database.transaction() as session:
        audit.note(session, audit.Note(what="lost", about="call:1", at=MONDAY_8_AM))
        session.execute(text("SELECT 1"))
        cut_off_everybody(url)

    enter(database, "after")
    assert entered(database) == ["before", "after"]
    assert is_whole(database)
    database.close()


def cut_off_everybody(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


def test_a_database_server_that_is_not_there_is_a_sentence():
    database = Database("postgresql+psycopg://x@127.0.0.1:1/x", audit_key=KEY)

    with pytest.raises(DeskBusy):
        enter(database, "a")
    database.close()
