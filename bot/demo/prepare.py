"""Filling the demo's desk: files through the ordinary import, last week through operations."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import cycle
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.connectors import files
from bot.demo import cast, lastweek
from bot.demo.billing import MONDAY
from bot.demo.company import SEED, company
from bot.demo.files import KINDS, write
from bot.demo.rows import Book
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.store.database import Database
from bot.workflows.customers import queries as customers
from bot.workflows.imports import intake, mapping, parsing
from bot.workflows.imports.layouts import CUSTOMERS, INVOICES, PAYMENTS, PEOPLE, Layout
from bot.workflows.imports.tally import Tally
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Role

MARK: Final = ".made-by-ardesk-demo"
_LAYOUTS: Final = {one.name: one for one in (PEOPLE, CUSTOMERS, INVOICES, PAYMENTS)}
_SUFFIXES: Final = (".csv", ".xlsx")
_MANY: Final = 1_000_000
_NEW_YORK: Final = ZoneInfo("America/New_York")
_EARLIER: Final = date(2026, 6, 1)
"""The Monday before, when the sample company's book first came in."""
_IMPORTED: Final = time(6, 30)
SHIFT_START: Final = datetime.combine(MONDAY, time(8), _NEW_YORK)
"""When the sample company's Monday starts."""


SAMPLE_POLICY: Final = '''\
# The sample company's policy: any number of bot/policy.py can stand here.
company_name = "Northgate Networks"
company_address = """Northgate Networks, Inc.
100 Example Plaza
Albany, NY 12207"""
collections_address = "collections@northgate.example"
# Every first notice of the sample waits at once, so that any case can be gone through.
notice_drafts_at_once = 100
'''


class NotOurs(Refused):
    """A folder that the demo did not make will not be emptied."""


class AlreadyRunning(Refused):
    """Another demo uses the same home."""


class NoBook(Refused):
    """A folder holds nothing that can be imported."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of one file."""

    path: Path
    tally: Tally

    @property
    def sentence(self) -> str:
        """What is told of it."""
        count = self.tally.accepted
        taken = f"{self.path}: {count:,} {'row' if count == 1 else 'rows'} taken"
        if not self.tally.rejected:
            return f"{taken}."
        first = self.tally.problems[0]
        return (
            f"{taken}, {self.tally.rejected:,} left out (the first, line {first.line}: "
            f"{first.message})"
        )


@contextmanager
def claimed(home: Path) -> Iterator[None]:
    """
    Keep the demo's home to oneself.

    :raises AlreadyRunning: if another demo uses it.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"A demo is running already in {home}: stop it first, or set ARDESK_HOME."
            ) from None
        yield


def empty(home: Path) -> None:
    """
    Make the demo's home anew.

    :raises NotOurs: if there is a folder that the demo did not make.
    """
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists():
            raise NotOurs(f"{home} was not made by the demo, so it is left alone.")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).touch()


def write_policy(home: Path, own: Path | None, *, is_sample: bool) -> None:
    """Put the policy into the demo's home: the one there is, else the sample company's."""
    if own is not None:
        shutil.copyfile(own, home / "policy.toml")
    elif is_sample:
        (home / "policy.toml").write_text(SAMPLE_POLICY, "utf-8")


def fill_with_sample(database: Database, home: Path, *, policy: Policy) -> list[Brought]:
    """Bring in the sample company, and let last week happen."""
    book = company(SEED)
    write(_as_of(book, _EARLIER), home / "book-of-last-week")
    write(book, home / "book")
    bring_in(database, home / "book-of-last-week", at=_morning(_EARLIER))
    lastweek.live(database, seed=SEED, policy=policy)
    return bring_in(database, home / "book", at=_morning(MONDAY))


def fill_with(database: Database, folder: Path, home: Path, *, at: datetime) -> list[Brought]:
    """
    Bring in a company's own files.

    Where they name no people, the sample company's sit in, and its agents share the payers.

    :raises NoBook: if there are no invoices among them.
    """
    if any(_files_of(folder, PEOPLE.name)):
        return bring_in(database, folder, at=at)
    write(Book(people=cast.PEOPLE), home / "book")
    names = home / "book" / "people.csv"
    seated = Brought(names, _taken_in(database, PEOPLE, names, at=at))
    brought = bring_in(database, folder, at=at)
    with database.transaction() as session:
        _share_payers(session, at=at)
    return [seated, *brought]


def bring_in(database: Database, folder: Path, *, at: datetime) -> list[Brought]:
    """
    Import a folder's people, customers, invoices and payments, those of them that it holds.

    :raises NoBook: if there is no such folder, or it holds no invoices.
    :raises Refused: if one of its files cannot be imported.
    """
    if not folder.is_dir():
        raise NoBook(f"There is no folder {folder}.")
    found = [(_LAYOUTS[kind], path) for kind in KINDS for path in _files_of(folder, kind)]
    if not any(layout is INVOICES for layout, _ in found):
        raise NoBook(f"{folder} holds no invoices.csv or invoices.xlsx.")
    return [Brought(path, _taken_in(database, layout, path, at=at)) for layout, path in found]


def _files_of(folder: Path, kind: str) -> Iterable[Path]:
    paths = (folder / f"{kind}{suffix}" for suffix in _SUFFIXES)
    return [path for path in paths if path.is_file()][:1]


def _taken_in(database: Database, layout: Layout, path: Path, *, at: datetime) -> Tally:
    map_file = path.parent / "map.toml"
    column_map = mapping.load(map_file if map_file.exists() else None, layout)
    with files.open_rows(path, knows=parsing.knows(layout, column_map)) as rows:
        plan = intake.Plan(layout=layout, column_map=column_map)
        return intake.take_in(database, rows, plan, at=at)


def _as_of(book: Book, day: date) -> Book:
    """Return the book as it came in earlier: without the payments received since."""
    known = tuple(row for row in book.payments if row.received_on < day.isoformat())
    return replace(book, payments=known)


def _share_payers(session: Session, *, at: datetime) -> None:
    agents = people.in_roles(session, {Role.AGENT})
    alone = customers.without_agent(session, limit=_MANY)
    for payer, agent in zip(alone, cycle(agents)):
        payer.agent_id = agent.id
        audit.note(
            session,
            audit.Note(
                what="payer assigned",
                about=f"customer:{payer.id}",
                at=at,
                after={"agent": agent.id},
                why="the demo shares out what has no agent",
            ),
        )


def _morning(day: date) -> datetime:
    return datetime.combine(day, _IMPORTED, _NEW_YORK).astimezone(UTC)
