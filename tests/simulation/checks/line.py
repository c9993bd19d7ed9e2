"""The daily line's figures, against the bare tables and the simulation's own book."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime

from bot.policy import Policy
from tests.simulation.book import Book
from tests.simulation.checks.raw import Tables, as_moment

LATE_DAYS = 31
CALLS = (
    "SELECT p.name, COUNT(DISTINCT c.payer_id), "
    "COUNT(DISTINCT CASE WHEN c.is_reached THEN c.payer_id END) "
    "FROM calls c JOIN people p ON p.id = c.agent_id WHERE c.day = :on AND c.at <= :made "
    "AND c.direction = 'out' AND (c.undone_at IS NULL OR c.undone_at > :made) GROUP BY p.name"
)


def check(found: Tables, book: Book, on: date, brought_at: datetime | None) -> Iterator[str]:
    """Compare the day's line, if it was posted and the book has not changed since."""
    lines = found.rows("SELECT made_at, figures FROM daily_lines WHERE day = :on", on=on)
    if not lines:
        return
    made, figures = as_moment(lines[0][0]), json.loads(lines[0][1])
    yield from _calls(found, figures, on, made)
    if brought_at is None or brought_at > made:
        return
    ahead = (Policy().calendar.plus(on, 1) - on).days
    for name, wanted in (
        ("late", _owed(book, on, range(LATE_DAYS, 9_999))),
        ("crossing", _owed(book, on, range(LATE_DAYS - ahead, LATE_DAYS))),
    ):
        said = sum(int(one["minor"]) for one in figures[name])
        if said != wanted:
            yield f"the line says {name} {said}, the book {wanted}"


def _calls(
    found: Tables, figures: dict[str, list[dict[str, object]]], on: date, made: datetime
) -> Iterator[str]:
    called = {row[0]: (row[1], row[2]) for row in found.rows(CALLS, on=on, made=made)}
    for agent in figures["agents"]:
        wanted = called.get(agent["name"], (0, 0))
        if (agent["attempted"], agent["reached"]) != wanted:
            yield f"the line says of {agent}, the calls {wanted}"


def _owed(book: Book, on: date, ages: range) -> int:
    return sum(
        max(0, book.left(number, on))
        for number in book.open_bills
        if (on - book.bills[number].due).days in ages
    )
