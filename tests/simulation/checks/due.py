"""What the book makes due on a day, against what was done: calls, steps, lists, statements."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from tests.simulation.book import Book
from tests.simulation.checks.raw import Tables, as_day
from tests.simulation.world import World

STAGES = {"day_5": range(5, 15), "day_15": range(15, 31)}
RUNGS = ((45, 3), (31, 2), (15, 1))
OUT_OF_PLAY = (
    "SELECT DISTINCT i.number FROM invoices i WHERE i.id IN ("
    "SELECT invoice_id FROM disputed_invoices UNION SELECT invoice_id FROM promised_invoices "
    "UNION SELECT invoice_id FROM planned_invoices)"
)
CONTACTS = (
    "SELECT i.number FROM finals_contact_invoices c JOIN invoices i ON i.id = c.invoice_id "
    "WHERE c.stage = :stage"
)
CHASED = {
    "contact": "SELECT c.number FROM finals_contacts f JOIN customers c ON c.id = f.payer_id "
    "WHERE f.stage != 'confirmation' AND f.opened_on = :on AND f.opened_at > :at",
    "step": "SELECT c.number FROM escalation_steps s JOIN customers c ON c.id = s.payer_id "
    'WHERE s."on" = :on AND s.at > :at',
    "list": "SELECT c.number FROM worklist_entries e JOIN customers c ON c.id = e.payer_id "
    "JOIN worklists w ON w.id = e.worklist_id "
    "WHERE w.day = :on AND w.made_at > :at AND e.tier > 0",
}


LISTED = (
    "SELECT c.number, e.past_due FROM worklist_entries e JOIN customers c "
    "ON c.id = e.payer_id JOIN worklists w ON w.id = e.worklist_id WHERE w.day = :on "
    "UNION SELECT c.number, p.past_due FROM worklist_posted_lines p JOIN customers c "
    "ON c.id = p.payer_id JOIN worklists w ON w.id = p.worklist_id "
    "WHERE w.day = :on AND p.position IS NOT NULL"
)
POSTED = (
    "SELECT w.id, a.after, (SELECT COUNT(p.position) FROM worklist_posted_lines p "
    "WHERE p.worklist_id = w.id) FROM worklists w JOIN audit_entries a "
    "ON a.about = 'worklist:' || w.id AND a.what = 'list made' WHERE w.day = :on"
)


class Open(NamedTuple):
    """A bill with something left, its payer, and its age."""

    number: str
    payer: str
    kind: str
    left: int
    disputed: int
    age: int


def check(found: Tables, world: World, on: date) -> Iterator[str]:
    """Compare, for whatever had its chance since the book was brought."""
    bills = _open(world.book, on)
    taken = {row[0] for row in found.rows(OUT_OF_PLAY)}
    money = _money(world.book, on)
    free = _unpaid([one for one in bills if one.number not in taken], money)
    if has_looked(world, "finals"):
        yield from _finals(found, free, on)
    if has_looked(world, "escalation-ladder") and world.policy.calendar.is_open(on):
        yield from _ladders(found, free, on)
    yield from _chased(found, world, bills, money, on)
    yield from lists(found, bills, on)
    yield from _statements(found, world.book, on)


def _open(book: Book, on: date) -> list[Open]:
    return [
        Open(n, book.accounts[bill.account].payer, bill.kind, left, bill.disputed, age)
        for n in book.open_bills
        if (bill := book.bills[n]).minor > 0
        and (left := book.left(n, on)) > 0
        and (age := (on - bill.due).days) > -99
    ]


def _money(book: Book, on: date) -> Counter[str]:
    """Return what each payer has on account: credits, and what of receipts settles nothing."""
    money = Counter[str]()
    for number in book.open_bills:
        money[book.accounts[book.bills[number].account].payer] -= min(book.left(number, on), 0)
    for number in book.loose:
        money[book.accounts[book.receipts[number].account].payer] += book.unapplied(number, on)
    return money


def _unpaid(bills: list[Open], money: Counter[str]) -> list[Open]:
    """Leave out what is past due and money on account pays, the oldest first."""
    till, unpaid = Counter(money), []
    for one in sorted(bills, key=lambda one: (-one.age, one.number)):
        asked = max(one.left - one.disputed, 0) if one.age > 0 else 0
        if not asked or till[one.payer] < asked:
            unpaid.append(one)
        till[one.payer] -= min(max(till[one.payer], 0), asked)
    return unpaid


def _chased(
    found: Tables, world: World, bills: list[Open], money: Counter[str], on: date
) -> Iterator[str]:
    """Nobody whose money on account pays all that is past due is asked for it."""
    owed = Counter[str]()
    for one in bills:
        owed[one.payer] += one.left if one.age > 0 else 0
    for what, chased in CHASED.items():
        for (payer,) in found.rows(chased, on=on, at=world.brought_at):
            if money[payer] >= owed[payer] > 0:
                yield f"{payer} is chased by a {what}, and has {money[payer]} on account"


def has_looked(world: World, job: str) -> bool:
    """Test if a job looked since the book was brought."""
    looks = world.desk.watch.looks[job]
    return bool(looks and world.brought_at and looks[-1] > world.brought_at)


def _finals(found: Tables, bills: list[Open], on: date) -> Iterator[str]:
    """Each final invoice of an age was called about at that age, and written to."""
    began = found.one("SELECT MIN(started_on) FROM finals_months")
    if began is None:
        return
    since = (on - as_day(began)).days
    for stage, ages in STAGES.items():
        made = {row[0] for row in found.rows(CONTACTS, stage=stage)}
        for one in bills:
            is_due = one.age in ages and one.age - ages[0] <= since
            if one.kind == "final" and is_due and not one.disputed and one.number not in made:
                yield f"{one.number} is {one.age} days past due without {stage}"


def _ladders(found: Tables, bills: list[Open], on: date) -> Iterator[str]:
    """Nobody with aged MRR is lower than its age says, for longer than a step a day takes."""
    oldest: dict[str, int] = {}
    for one in bills:
        if one.kind == "mrr" and not one.disputed:
            oldest[one.payer] = max(oldest.get(one.payer, 0), one.age)
    standing = {
        row[0]: (row[1], as_day(row[2]))
        for row in found.rows(
            "SELECT c.number, l.rung, l.rung_on FROM escalation_ladders l "
            "JOIN customers c ON c.id = l.payer_id WHERE l.closed_on IS NULL"
        )
    }
    for payer, age in oldest.items():
        wanted = next((rung for days, rung in RUNGS if age >= days), 0)
        rung, since = standing.get(payer, (0, None))
        if rung < wanted and since != on:
            yield f"{payer}, {age} days past due, stands on rung {rung} since {since}"


def lists(found: Tables, bills: list[Open], on: date) -> Iterator[str]:
    """What a list of the day says is past due, is; each is kept whole as it was posted."""
    owed = Counter[str]()
    for one in bills:
        owed[one.payer] += one.left if one.age > 0 else 0
    for payer, past_due in found.rows(LISTED, on=on):
        if past_due != owed[payer]:
            yield f"the list says that {payer} owes {past_due}, the book {owed[payer]}"
    for number, said, kept in found.rows(POSTED, on=on):
        if json.loads(said)["payers"] != kept:
            yield f"list {number} was made as {said}, and {kept} lines are kept as posted"


def _statements(found: Tables, book: Book, on: date) -> Iterator[str]:
    """A statement of the day says what the book says, and every payer that owes was served."""
    runs = found.rows("SELECT id FROM statement_runs WHERE as_of = :on", on=on)
    if not runs:
        return
    owed = Counter[str]()
    for number in book.open_bills:
        owed[book.accounts[book.bills[number].account].payer] += book.left(number, on)
    for number in book.loose:
        owed[book.accounts[book.receipts[number].account].payer] -= book.unapplied(number, on)
    served = set()
    for payer, total in found.rows(
        "SELECT c.number, SUM(l.balance) FROM statements s JOIN statement_lines l "
        "ON l.statement_id = s.id JOIN customers c ON c.id = s.payer_id "
        "WHERE s.run_id = :run GROUP BY c.number",
        run=runs[0][0],
    ):
        served.add(payer)
        if total != owed[payer]:
            yield f"the statement of {payer} comes to {total}, the book to {owed[payer]}"
    left_out = found.rows(
        "SELECT c.number FROM statements_left_out l JOIN customers c ON c.id = l.payer_id "
        "WHERE l.run_id = :run",
        run=runs[0][0],
    )
    missing = {payer for payer, total in owed.items() if total} - served
    missing -= {row[0] for row in left_out}
    if missing:
        yield f"neither served nor left out: {sorted(missing)}"
