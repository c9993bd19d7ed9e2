"""The morning list: whom to call, in what order, and why (R77-R79, R83, R92-R93, R163)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Facts, Section, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.inbound import SpotKind
from bot.kernel import wording
from bot.store.postings import Showing
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import EVERYBODY, Member, Role
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import pages, shifts
from bot.workflows.worklists import queries as lists
from bot.workflows.worklists.operations import WORKLIST_CARD
from bot.workflows.worklists.pages import Line
from bot.workflows.worklists.records import EntryState, Worklist
from dialogs import choosing, phrasing
from dialogs.call_card import Seat
from dialogs.calls import next_card

dialog = Dialog("worklists")

A_PAGE: Final = 10
"""Payers on one card: more would make it heavier than Teams takes."""

TIERS: Final = (
    "Owed today",
    "Finals just past due",
    "2+ months of MRR",
    "Over 31 days",
    "About to cross 31",
    "5–15 days",
    "Other past due",
)
"""What each tier is called on the card."""


@dialog.draws(WORKLIST_CARD)
def draw(view: View) -> Card:
    """Draw an agent's list as it is now, its first page."""
    return _page(view, lists.get(view.session, view.about), first=1)


@dialog.greets(roles=EVERYBODY)
def greet(turn: Turn) -> Reply | Card | None:
    """Welcome somebody who installs the app, with their current list."""
    if turn.spot.kind is not SpotKind.PERSONAL:
        return None
    welcome = f"Welcome to the AR desk, {turn.who.name}."
    if Role.AGENT in turn.who.roles:
        return _current(turn, note=f"{welcome} Type help at any time.")
    words = "What is addressed to you comes to this chat. Type help for what you can do here."
    return Card(title=welcome, body=(Text(text=words),))


@dialog.says("list", help="your list of today, as it is now")
def say_list(turn: Turn) -> Reply | Card:
    """Show the person's current list; it becomes the copy that is kept up to date."""
    return _current(turn)


@dialog.on("back")
def back(turn: Turn) -> Reply | Card:
    """Return from a payer to the list."""
    return _current(turn)


@dialog.on("page", only_reads=True)
def page(turn: Turn) -> Card:
    """Show another page of a list."""
    worklist = lists.get(turn.session, turn.record)
    return _page(turn.view(worklist.id), worklist, first=int(turn.fixed.get("first", 1)))


@dialog.on("left_off", only_reads=True)
def left_off(turn: Turn) -> Card:
    """Show who owes and is not on the list, and why."""
    worklist = lists.get(turn.session, turn.record)
    first = int(turn.fixed.get("first", 1))
    off = lists.left_off(turn.session, worklist.id)
    shown = off[first - 1 : first - 1 + 2 * A_PAGE]
    names = customers.names_of(turn.session, [line.payer_id for line in shown])
    body = tuple(_off(names[line.payer_id], line.reason) for line in shown)
    more = _more(worklist, "left_off", first + 2 * A_PAGE, len(off))
    return Card(
        title=f"Left off on {wording.day(worklist.day)}: {wording.counted(len(off), 'payer')}",
        body=body or (Text(text="Everybody who owes is on the list."),),
        buttons=(*more, Button(title="My list", verb="worklists.back")),
    )


@dialog.on("work", only_reads=True)
def work(turn: Turn) -> Card:
    """Show whom to call first, of the list or of the window's lane."""
    lane = bool(turn.fixed.get("lane"))
    entry = lists.next_entry(
        turn.session, turn.record, now=turn.now, policy=turn.policy, lane=lane
    )
    return next_card(turn, Seat(entry, lane))


def _current(turn: Turn, note: str = "") -> Reply | Card:
    choosing.check_private(turn)
    worklist = _make(turn)
    if worklist is None:
        return _no_list(turn, note)
    card = _page(turn.view(worklist.id), worklist, first=1, note=note)
    return Reply(card=card, showing=Showing(WORKLIST_CARD, worklist.id, place_of(turn.who.id)))


def _make(turn: Turn) -> Worklist | None:
    """Make the list now where the morning post is missing: it is never out of reach."""
    day = shifts.business_day(turn.who, at=turn.now, policy=turn.policy)
    if day is None or Role.AGENT not in turn.who.roles:
        return None
    return worklists.open_day(turn.session, turn.who, day=day, at=turn.now, policy=turn.policy)


def _no_list(turn: Turn, note: str) -> Card:
    if Role.AGENT not in turn.who.roles:
        words = "Lists are for agents. Type `help` for what you can do here."
        return Card(title="You have no list of your own", body=(Text(text=words),), note=note)
    start = shifts.next_start(turn.who, at=turn.now, policy=turn.policy)
    when = wording.moment(start, turn.who.zone)
    words = f"Your next list comes when your shift starts: {when}."
    return Card(title="No list just now", body=(Text(text=words),), note=note)


def _page(view: View, worklist: Worklist, *, first: int, note: str = "") -> Card:
    agent = people.get(view.session, worklist.agent_id)
    shown = pages.page(view.session, worklist, first=first, count=A_PAGE)
    payers = lists.progress(view.session, worklist.id, policy=view.policy).payers
    last = first + len(shown) - 1
    if shown:
        heading = f"{first}–{last} of {wording.counted(payers, 'payer')}"
    else:
        heading = "Nobody is to be called: every payer is paid up or left off."
    header = _header(view, worklist, agent) if first == 1 else ()
    title = f"Your list for {wording.day(worklist.day)}"
    return Card(
        title=title,
        body=(
            *header,
            Text(text=heading, is_subtle=True, size="small", spacing="medium"),
            *(_line(view, agent, line) for line in shown),
            *_foot(worklist, first, payers),
        ),
        note=note,
        summary=f"{title}: {wording.counted(payers, 'payer')}",
    )


def _header(view: View, worklist: Worklist, agent: Member) -> tuple[Element, ...]:
    done = lists.progress(view.session, worklist.id, policy=view.policy)
    book = worklist.book_at
    fresh = f"Book as of {wording.moment(book, agent.zone)}" if book else "The book is empty"
    count = f"{done.attempted}/{done.goal} tried · {done.reached} reached · {done.open} to call"
    return (
        Text(text=count, size="large", is_bold=True, spacing="none"),
        Text(text=fresh, is_subtle=True, size="small", spacing="none"),
        Facts(pairs=tuple(_tiers(view, worklist))),
        *_window(view, worklist),
    )


def _tiers(view: View, worklist: Worklist) -> Iterable[tuple[str, str]]:
    totals = lists.tier_totals(view.session, worklist.id)
    for (tier, rule), group in groupby(totals, key=lambda total: (total.tier, total.rule)):
        same = list(group)
        payers = sum(total.payers for total in same)
        sums = {total.ranked.currency: total.ranked.minor for total in same}
        yield (
            f"{TIERS[tier]} ({rule})",
            f"{wording.counted(payers, 'payer')}, {phrasing.amounts(sums)}",
        )


def _window(view: View, worklist: Worklist) -> tuple[Element, ...]:
    covered = lists.coverage(view.session, worklist.id)
    if not covered:
        return ()
    payers = sum(line.payers for line in covered)
    contacted = sum(line.contacted for line in covered)
    money = " + ".join(f"{line.contacted_amount} of {line.amount}" for line in covered)
    first, last = view.policy.window_days
    words = (
        f"{contacted} of {wording.counted(payers, 'payer')} reached since they entered it, "
        f"{money}. Aim for {view.policy.window_share} a day."
    )
    title = Text(text=f"Window of {first}–{last} days (R93)", is_bold=True, size="small")
    coverage = Text(text=words, size="small", spacing="none")
    return (Section(items=(title, coverage), style="emphasis"),)


def _foot(worklist: Worklist, first: int, payers: int) -> tuple[Element, ...]:
    work = Button(
        title="Work the list", verb="worklists.work", about=worklist.id, style="positive"
    )
    lane = Button(
        title="Work the window", verb="worklists.work", about=worklist.id, fixed={"lane": 1}
    )
    off = Button(title="Left off", verb="worklists.left_off", about=worklist.id)
    refresh = Button(title="Refresh", verb="worklists.back")
    more = _more(worklist, "page", first + A_PAGE, payers)
    return (Buttons(actions=(work, lane)), Buttons(actions=(*more, off, refresh)))


def _more(worklist: Worklist, verb: str, first: int, count: int) -> tuple[Button, ...]:
    if first > count:
        return ()
    return (
        Button(
            title="More",
            verb=f"worklists.{verb}",
            about=worklist.id,
            fixed={"first": first},
        ),
    )


def _line(view: View, agent: Member, line: Line) -> Columns:
    entry = line.entry
    name = Text(text=f"{entry.position}. {line.name}", is_bold=True, size="small")
    facts = Text(
        text=" · ".join(_facts(view, agent, line)),
        size="small",
        is_subtle=True,
        spacing="none",
    )
    why = Text(text=entry.reason, size="small", spacing="none")
    owed = phrasing.amount(entry.past_due, entry.currency)
    age = Text(
        text=wording.counted(entry.oldest_days, "day"),
        size="small",
        align="right",
        spacing="none",
    )
    amount = Text(text=owed, size="small", is_bold=True, align="right")
    return Columns(
        cells=(Cell(items=(name, why, facts)), Cell(items=(amount, age), width="auto")),
        has_separator=True,
        spacing="small",
        press=Button(
            title="Open",
            verb="calls.open",
            about=entry.payer_id,
            fixed={"entry": entry.id, "lane": 0},
        ),
    )


def _facts(view: View, agent: Member, line: Line) -> Iterable[str]:
    entry = line.entry
    yield f"tried {entry.attempts}/{view.policy.attempts_a_day}{_state(entry.state)}"
    yield _hours(view, agent, line)
    if line.last:
        yield f"last {wording.day(line.last.day)}: {line.last.outcome.words}"
    else:
        yield "never contacted"
    if promise := line.promise:
        owed = phrasing.amount(promise.minor, promise.currency)
        yield f"promised {owed} by {wording.day(promise.due_on)}"
    if entry.unapplied:
        yield f"credit {phrasing.amount(-entry.unapplied, entry.currency)}"


def _hours(view: View, agent: Member, line: Line) -> str:
    entry = line.entry
    if entry.ready_at > view.now:
        return f"opens {phrasing.clock(entry.ready_at, agent.zone)} your time"
    zone = phrasing.zone_of(line.time_zone)
    there = f"{phrasing.clock(view.now, zone)} there" if zone else "zone unknown"
    return there if view.now < entry.closes_at else f"{there}, closed"


def _state(state: EntryState) -> str:
    said = {
        EntryState.REACHED: " reached",
        EntryState.TRIED_OUT: " all tried",
        EntryState.LATER: " later",
    }
    return said.get(state, "")


def _off(name: str, reason: str) -> Columns:
    return Columns(
        cells=(
            Cell(
                items=(
                    Text(text=name, is_bold=True, size="small"),
                    Text(text=reason, size="small", spacing="none"),
                )
            ),
        ),
        spacing="small",
        has_separator=True,
    )
