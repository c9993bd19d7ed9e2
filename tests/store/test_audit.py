"""The trail finds every kind of tampering (I24, I25)."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from bot.store import audit
from bot.store.database import Database
from tests.support.desk import KEY, MONDAY_8_AM


def enter(database: Database, *whats: str) -> str:
    for what in whats:
        with database.transaction() as session:
            audit.note(session, audit.Note(what=what, about="call:1", at=MONDAY_8_AM, by=7))
    with database.reading() as session:
        return audit.head(session)


def faults(database: Database, kept_head: str | None = None) -> list[str]:
    with database.reading() as session:
        return list(audit.verify(session, KEY, kept_head=kept_head))


def tamper(database: Database, *statements: str) -> None:
    off = {
        "sqlite": ["DROP TRIGGER audit_entries_keep", "DROP TRIGGER audit_entries_fix"],
        "postgresql": ["ALTER TABLE audit_entries DISABLE TRIGGER ALL"],
    }[database.engine.dialect.name]
    with database.engine.begin() as connection:
        for statement in (*off, *statements):
            connection.execute(text(statement))


def test_an_untouched_trail_is_whole(database: Database):
    kept = enter(database, "a", "b", "c")

    assert faults(database, kept) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET what = 'z'", "DELETE FROM audit_entries"]
)
def test_the_database_itself_refuses_changes(database: Database, statement: str):
    enter(database, "a")

    with pytest.raises(DatabaseError), database.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entries SET what = 'z' WHERE id = 2", "Entry 2"),
        ("UPDATE audit_entries SET about = 'call:2' WHERE id = 1", "Entry 1"),
        ("DELETE FROM audit_entries WHERE id = 2", "Entry 2 is missing"),
        ("UPDATE audit_entries SET id = 5 - id WHERE id = 2 OR id = 3", "altered or moved"),
        ("DELETE FROM audit_entries WHERE id = 4", "head does not fit"),
        ("DELETE FROM audit_entries", "head does not fit"),
    ],
)
def test_tampering_is_found(database: Database, statement: str, found: str):
    enter(database, "a", "b", "c", "d")
    statement = (
        statement
        if "5 - id" not in statement
        else ("UPDATE audit_entries SET id = CASE id WHEN 2 THEN 30 ELSE id END")
    )

    tamper(database, statement)

    assert any(found in fault or "missing" in fault for fault in faults(database))


def test_a_trail_rewritten_with_the_key_is_found_by_the_head_kept_outside(database: Database):
    kept = enter(database, "a", "b")
    tamper(database, "DELETE FROM audit_entries", "DELETE FROM audit_head")
    with database.engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_entries")).scalar() == 0

    enter(database, "a", "x")

    assert faults(database) == []
    assert faults(database, kept) != []


def test_a_rolled_back_change_leaves_no_entry(database: Database):
    with pytest.raises(RuntimeError), database.transaction() as session:
        audit.note(session, audit.Note(what="a", about="x", at=MONDAY_8_AM))
        raise RuntimeError

    assert enter(database).startswith("0:")
