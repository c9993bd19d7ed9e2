"""The morning list as a card: progress, tiers, the window, and a page of payers (R83, R92)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Facts, Section, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.calls.queries import Touch
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member
from bot.workflows.worklists import pages
from bot.workflows.worklists import queries as lists
from bot.workflows.worklists.pages import Line
from bot.workflows.worklists.progress import Progress
from bot.workflows.worklists.records import AnyList, EntryState
from dialogs import phrasing

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


def draw(view: View, worklist: AnyList, *, first: int, note: str = "") -> Card:
    """Draw a page of a list, from a position on; its first page has the figures, too."""
    agent = people.get(view.session, worklist.agent_id)
    shown = pages.page(view.session, worklist, first=first, count=A_PAGE)
    done = lists.progress(view.session, worklist, policy=view.policy)
    last = first + len(shown) - 1
    if shown:
        heading = f"{first}–{last} of {wording.counted(done.payers, 'payer')}"
    else:
        heading = "Nobody is to be called: every payer is paid up or left off."
    header = _header(view, worklist, agent, done) if first == 1 else ()
    title = f"Your list for {wording.day(worklist.day)}"
    return Card(
        title=title,
        body=(
            *header,
            Text(text=heading, is_subtle=True, size="small", spacing="medium"),
            *(_line(view, agent, line, worklist.day) for line in shown),
            *_foot(worklist, first, done.payers),
        ),
        note=note,
        summary=f"{title}: {wording.counted(done.payers, 'payer')}",
    )


def _header(
    view: View, worklist: AnyList, agent: Member, done: Progress
) -> tuple[Element, ...]:
    book = worklist.book_at
    fresh = (
        f"Book as of {wording.moment(book, agent.zone, today=view.today)}"
        if book
        else "The book is empty"
    )
    reached = phrasing.reached(done.reached, done.called_in)
    count = f"{done.attempted}/{done.goal} tried · {reached} · {done.open} to call"
    return (
        Text(text=count, size="large", is_bold=True, spacing="none"),
        Text(text=fresh, is_subtle=True, size="small", spacing="none"),
        Facts(pairs=tuple(_tiers(view, worklist))),
        *_window(view, worklist),
    )


def _tiers(view: View, worklist: AnyList) -> Iterable[tuple[str, str]]:
    totals = lists.tier_totals(view.session, worklist.id)
    for (tier, rule), group in groupby(totals, key=lambda total: (total.tier, total.rule)):
        same = list(group)
        payers = sum(total.payers for total in same)
        sums = {total.ranked.currency: total.ranked.minor for total in same}
        yield (
            f"{TIERS[tier]} ({rule})",
            f"{wording.counted(payers, 'payer')}, {phrasing.amounts(sums)}",
        )


def _window(view: View, worklist: AnyList) -> tuple[Element, ...]:
    covered = lists.coverage(view.session, worklist.id)
    if not covered:
        return ()
    payers = sum(line.payers for line in covered)
    contacted = sum(line.contacted for line in covered)
    reached = phrasing.amounts(
        {line.amount.currency: line.contacted_amount.minor for line in covered}
    )
    whole = phrasing.amounts({line.amount.currency: line.amount.minor for line in covered})
    first, last = view.policy.window_days
    words = (
        f"{contacted} of {wording.counted(payers, 'payer')} reached since they entered it, "
        f"{reached} of {whole}. Aim for {view.policy.window_share} a day."
    )
    title = Text(text=f"Window of {first}–{last} days (R93)", is_bold=True, size="small")
    coverage = Text(text=words, size="small", spacing="none")
    return (Section(items=(title, coverage), style="emphasis"),)


def _foot(worklist: AnyList, first: int, payers: int) -> tuple[Element, ...]:
    work = Button(
        title="Work the list", verb="worklists.work", about=worklist.id, style="positive"
    )
    lane = Button(
        title="Work the window", verb="worklists.work", about=worklist.id, fixed={"lane": 1}
    )
    off = Button(title="Left off", verb="worklists.left_off", about=worklist.id)
    refresh = Button(title="Refresh", verb="worklists.back")
    more = more_button(worklist, "page", first + A_PAGE, payers)
    return (Buttons(actions=(work, lane)), Buttons(actions=(*more, off, refresh)))


def more_button(worklist: AnyList, verb: str, first: int, count: int) -> tuple[Button, ...]:
    """Return the button for what follows, if anything does."""
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


def _line(view: View, agent: Member, line: Line, day: date) -> Columns:
    entry = line.entry
    name = Text(text=f"{entry.position}. {entry.name}", is_bold=True, size="small")
    facts = Text(
        text=" · ".join(_facts(view, agent, line)),
        size="small",
        is_subtle=True,
        spacing="none",
    )
    why = Text(text=entry.reason, size="small", spacing="none")
    owed, since = _figures(line, day)
    age = Text(text=since, size="small", align="right", spacing="none")
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


def _figures(line: Line, day: date) -> tuple[str, str]:
    """
    Return a line's amount and age, which rank it: what is past due.

    Where nothing is, what is open of the finals to be confirmed, and when that is due (R40).
    """
    if line.to_confirm is None or line.entry.past_due:
        return _past_due(line)
    due = wording.near(line.to_confirm.due_on, day)
    return phrasing.amounts(line.to_confirm.sums), f"due {due}"


def _past_due(line: Line) -> tuple[str, str]:
    owed = phrasing.amount(line.entry.past_due, line.entry.currency)
    return owed, wording.counted(line.entry.oldest_days, "day")


def _facts(view: View, agent: Member, line: Line) -> Iterable[str]:
    entry = line.entry
    late = {entry.currency: entry.past_due}
    if line.to_confirm and entry.past_due and late != line.to_confirm.sums:
        yield f"{phrasing.amounts(line.to_confirm.sums)} to be confirmed"
    yield f"tried {entry.attempts}/{view.policy.attempts_a_day}{_state(entry.state)}"
    yield _hours(view, agent, line)
    if line.last:
        yield f"last {wording.day(line.last.day)}: {_last(line.last)}"
    else:
        yield "never contacted"
    if promise := line.promise:
        owed = phrasing.amount(promise.minor, promise.currency)
        yield f"promised {owed} by {wording.day(promise.due_on)}"
    if entry.unapplied:
        yield f"credit {phrasing.amount(-entry.unapplied, entry.currency)}"


def _last(call: Touch) -> str:
    """Return how the last call ended; who left the voicemail, where it was they."""
    if call.direction is Direction.IN and call.outcome is Outcome.LEFT_VOICEMAIL:
        return "they left a voicemail"
    return call.outcome.words


def _hours(view: View, agent: Member, line: Line) -> str:
    entry = line.entry
    if entry.ready_at > view.now:
        return f"opens {phrasing.clock(entry.ready_at, agent.zone)} your time"
    zone = phrasing.zone_of(entry.time_zone)
    there = f"{phrasing.clock(view.now, zone)} there" if zone else "zone unknown"
    return there if view.now < entry.closes_at else f"{there}, closed"


def _state(state: EntryState) -> str:
    said = {
        EntryState.REACHED: " reached",
        EntryState.TRIED_OUT: " all tried",
        EntryState.LATER: " later",
    }
    return said.get(state, "")


def off_line(name: str, reason: str) -> Columns:
    """Return the line of a payer that is left off."""
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
