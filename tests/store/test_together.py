"""Changes that wait together are committed together, and each is whole or not there at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.store import audit, postings
from bot.store.database import Database, DeskBusy
from bot.store.postings import CardName, Place, Posting, Showing
from tests.support.desk import KEY, MONDAY_8_AM

CARD = CardName("tests.card")


def shows(number: int) -> Callable[[Session], int]:
    def work(session: Session) -> int:
        postings.show(session, Showing(CARD, number, Place("person:1")), at=MONDAY_8_AM)
        audit.note(session, audit.Note(what="shown", about=f"card:{number}", at=MONDAY_8_AM))
        return number

    return work


def refuses(session: Session) -> int:
    shows(99)(session)
    session.flush()
    raise Refused("No.")


def breaks(session: Session) -> int:
    shows(98)(session)
    session.flush()
    shows(98)(session)
    session.add(Posting(card=CARD, about=98, place="person:1", due_at=MONDAY_8_AM))
    return 98


def kept(database: Database) -> list[int]:
    with database.reading() as session:
        assert list(audit.verify(session, KEY)) == []
        return sorted(session.scalars(select(Posting.about)))


async def all_of(database: Database, *works: Callable[[Session], int]) -> list[object]:
    writes = (database.write(work) for work in works)
    return await asyncio.gather(*writes, return_exceptions=True)


async def test_changes_that_come_at_once_are_all_saved_in_order(database: Database):
    results = await all_of(database, *(shows(number) for number in range(40)))

    assert results == list(range(40))
    assert kept(database) == list(range(40))


async def test_a_change_that_fails_takes_back_itself_alone(database: Database):
    results = await all_of(database, shows(1), refuses, shows(2), breaks, shows(3))

    assert [type(result).__name__ for result in results] == [
        "int",
        "Refused",
        "int",
        "IntegrityError",
        "int",
    ]
    assert kept(database) == [1, 2, 3]


async def test_a_first_change_that_fails_takes_back_itself_alone(database: Database):
    results = await all_of(database, breaks, refuses, shows(1), refuses, shows(2))

    assert [type(result).__name__ for result in results] == [
        "IntegrityError",
        "Refused",
        "int",
        "Refused",
        "int",
    ]
    assert kept(database) == [1, 2]


async def test_on_sqlite_they_share_commits(lite: Database):
    commits: list[object] = []
    event.listen(lite.engine, "commit", commits.append)

    await all_of(lite, *(shows(number) for number in range(64)))

    assert len(commits) < 32
    lite.close()


async def test_a_change_sees_the_trail_of_those_committed_with_it(lite: Database):
    def looks(session: Session) -> str:
        return audit.head(session).partition(":")[0]

    heads = await asyncio.gather(
        lite.write(shows(1)), lite.write(looks), lite.write(shows(2)), lite.write(looks)
    )

    assert list(heads) == [1, "1", 2, "2"]
    lite.close()


async def test_nobody_is_told_that_a_change_is_saved_when_the_commit_fails(lite: Database):
    def fail(connection: object) -> None:
        event.remove(lite.engine, "commit", fail)
        raise OSError("the disk is gone")

    event.listen(lite.engine, "commit", fail)
    results = await all_of(lite, shows(1), shows(2))
    first_commit = [r for r in results if isinstance(r, OSError)]

    assert first_commit
    assert kept(lite) == [n for n in (1, 2) if n in results]
    lite.close()


async def test_when_the_database_takes_back_everything_nobody_is_told_otherwise(
    lite: Database,
):
    def loses_everything(session: Session) -> int:
        session.connection().connection.driver_connection.execute("ROLLBACK")  # type: ignore[union-attr]
        return 7

    results = await all_of(lite, shows(1), loses_everything, shows(2))

    assert isinstance(results[1], DeskBusy)
    assert kept(lite) == [n for n in (1, 2) if n in results]
    lite.close()
