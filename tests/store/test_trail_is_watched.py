"""The watch itself: a change by a turn without an entry in the trail does not pass (I24)."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.store import audit, rows
from bot.store.base import Record
from bot.store.database import Database
from bot.store.prepared import PreparedChange
from bot.store.rows import table_of
from bot.workflows.people.records import Person
from bot.workflows.worklists.records import WindowStanding, WorklistEntry
from tests.support.desk import MONDAY_8_AM
from tests.support.trail import NotInTheTrail


def hire(session: Session) -> None:
    session.add(
        Person(
            entra_id="entra-ana",
            name="Ana",
            roles="agent",
            shift_start=time(8),
            learned_at=MONDAY_8_AM,
        )
    )


def rename(session: Session) -> None:
    session.execute(update(Person).values(name="Anna"))


def rename_prepared(session: Session) -> None:
    rows.change(session, PreparedChange(update(table_of(Person)).values(name="Anna")), {})


@pytest.mark.parametrize("change", [hire, rename, rename_prepared])
async def test_a_change_without_an_entry_fails(database: Database, change):
    with pytest.raises(NotInTheTrail, match="people"):
        await database.write(change)


@pytest.mark.parametrize("change", [hire, rename, rename_prepared])
async def test_a_change_with_an_entry_passes(database: Database, change):
    def work(session: Session) -> None:
        change(session)
        audit.note(session, audit.Note(what="changed", about="person:1", at=MONDAY_8_AM))

    await database.write(work)


@pytest.mark.parametrize("record", [WorklistEntry, WindowStanding])
async def test_where_a_list_has_got_to_is_watched_too(database: Database, record: type[Record]):
    def work(session: Session) -> None:
        session.execute(update(record).where(record.id == 1).values(id=1))

    with pytest.raises(NotInTheTrail, match=record.__tablename__):
        await database.write(work)


async def test_reading_needs_no_entry(database: Database):
    await database.write(lambda session: session.get(Person, 1))
