"""Promises: what falls due, what was broken, and who keeps what (R47, R107)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from bot.chat.card import Button, Card, Cell, Columns, Element, Section, Text, Tone
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.store.rows import record
from bot.workflows.people import queries as people
from bot.workflows.people.rules import AT_THE_DESK
from bot.workflows.promises import judging, keeping, tallies
from bot.workflows.promises.keeping import BROKEN_CARD, Promised
from bot.workflows.promises.operations import LATE
from bot.workflows.promises.records import BrokenDay
from bot.workflows.promises.rules import PromiseState
from bot.workflows.promises.tallies import Tally
from bot.workflows.worklists import portfolio
from dialogs import phrasing
from dialogs.choosing import check_private

dialog: Final = Dialog("promises")

MOST: Final = 10
LATELY: Final = timedelta(days=7)
A_SEASON: Final = timedelta(days=90)
_WORDS: Final = {
    PromiseState.KEPT: "kept",
    PromiseState.PARTLY_KEPT: "partly kept",
    PromiseState.BROKEN: "broken",
}


@dialog.says(
    "promises",
    help="what is promised for today and tomorrow, and what was not kept",
    only_reads=True,
)
@dialog.on("list", only_reads=True, roles=AT_THE_DESK)
def show(turn: Turn) -> Card:
    """List a person's promises; for a lead everybody's, and who keeps what."""
    check_private(turn)
    owners = None
    if not turn.who.is_lead:
        owners = portfolio.covered(turn.session, turn.who.id, on=turn.today)
    soon = turn.policy.calendar.plus(turn.today, 1)
    today = keeping.due(turn.session, first=turn.today, last=turn.today, owners=owners)
    coming = keeping.due(turn.session, first=turn.today + ONE_DAY, last=soon, owners=owners)
    late = keeping.due(turn.session, first=date.min, last=turn.today - ONE_DAY, owners=owners)
    since = turn.today - LATELY
    broken = keeping.broken(turn.session, since=since, owners=owners)
    in_part = keeping.partly_kept(turn.session, since=since, owners=owners)
    view = turn.view(0)
    return Card(
        title="Promises" if owners is None else "Your promises",
        body=(
            *_part(view, "Due today", today),
            *_part(view, f"Due by {wording.day(soon)}", coming),
            *_part(view, "Past their day, still in grace", late),
            *_part(view, f"Broken in the last {LATELY.days} days", broken),
            *_part(view, f"Partly kept in the last {LATELY.days} days", in_part),
            *(_keepers(view) if owners is None else ()),
        ),
    )


@dialog.draws(BROKEN_CARD)
def draw_broken(view: View) -> Card:
    """Tell a lead of the promises that were found broken, or kept in part, on a day (R107)."""
    day = record(view.session, BrokenDay, view.about).day
    told = keeping.told_on(view.session, day)
    broken = [one for one in told if one.promise.state is PromiseState.BROKEN]
    short = [one for one in told if one.is_in_part]
    better = [one for one in told if one not in broken and one not in short]
    note = (Text(text=LATE, tone="good"),) if better else ()
    return Card(
        title=f"{_not_kept(len(broken), len(short))} on {wording.day(day)}",
        body=(*_lines(view, [*broken, *short]), *note, *_lines(view, better)),
        summary=_summary(broken, short, better),
    )


def _not_kept(broken: int, short: int) -> str:
    if not short:
        return f"{wording.counted(broken, 'promise')} broken"
    if not broken:
        return f"{wording.counted(short, 'promise')} kept only in part"
    return f"{wording.counted(broken, 'promise')} broken, {short} kept only in part"


def _summary(*told: Sequence[Promised]) -> str:
    """Return the worst of what became of a day's promises, with whose they are; empty: none."""
    heads = ("Broken", "Kept only in part", "Kept after all")
    for worst, found in zip(heads, told, strict=True):
        if found:
            return f"{worst}: {wording.listed([one.payer for one in found], most=3)}"
    return ""


def tallied(found: Iterable[Tally]) -> str:
    """
    Return what became of promises: `3 kept ($1,200.00), 1 broken ($80.00)`.

    Of those kept in part it says what came in: `1 partly kept ($50.00 of $80.00)`.
    """
    ends: dict[PromiseState, list[Tally]] = {state: [] for state in _WORDS}
    for one in found:
        ends[one.state].append(one)
    return ", ".join(
        f"{sum(one.count for one in same)} {_WORDS[state]} ({_sum(same)})"
        for state, same in ends.items()
        if same
    )


def _sum(found: Sequence[Tally]) -> str:
    promised, came_in = Counter[str](), Counter[str]()
    for one in found:
        promised[one.currency] += one.minor
        came_in[one.currency] += one.came_in
    whole = phrasing.amounts(promised)
    return f"{phrasing.amounts(came_in)} of {whole}" if came_in.total() else whole


def _part(view: View, title: str, found: Sequence[Promised]) -> tuple[Element, ...]:
    head = Text(text=f"{title}: {len(found) or 'none'}", is_bold=True, spacing="medium")
    rest = len(found) - MOST
    more = (Text(text=f"and {rest} more", is_subtle=True),) if rest > 0 else ()
    return (head, *_lines(view, found[:MOST]), *more)


def _lines(view: View, found: Sequence[Promised]) -> tuple[Columns, ...]:
    takers = {one.promise.made_by for one in found}
    names = {taker: people.get(view.session, taker).name for taker in takers}
    short = [one.promise for one in found if one.is_in_part]
    came_in = judging.came_in(view.session, short, on=view.today, policy=view.policy)
    return tuple(
        _line(one, names[one.promise.made_by], came_in.get(one.promise.id)) for one in found
    )


def _line(one: Promised, taker: str, came_in: int | None) -> Columns:
    """Draw a promise; one kept in part with what came in of it, in minor units."""
    promise = one.promise
    is_short = one.is_in_part or promise.state is PromiseState.BROKEN
    is_after_all = promise.told_on is not None and not is_short
    end = f"{_WORDS.get(promise.state, '')} after all: ".capitalize() if is_after_all else ""
    if one.is_in_part:
        end = "Kept only in part: "
    tone: Tone = "good" if is_after_all else "default"
    check = f" · check {promise.check_number}" if promise.check_number else ""
    back = " · its payment was returned" if one.went_back and not is_after_all else ""
    about = f"for {wording.day(promise.due_on)}{check} · taken by {taker}{back}"
    left = (
        Text(text=f"{end}{one.payer}", is_bold=True, tone=tone),
        Text(text=about, size="small", is_subtle=True, spacing="none"),
    )
    amount = phrasing.amount(promise.amount, promise.currency)
    if came_in is not None:
        amount = f"{phrasing.amount(came_in, promise.currency)} of {amount}"
    right = Text(text=amount, align="right")
    return Columns(
        cells=(Cell(items=left), Cell(items=(right,), width="auto")),
        spacing="small",
        press=Button(title=one.payer, verb="customers.open", about=promise.payer_id),
    )


def _keepers(view: View) -> tuple[Element, ...]:
    since, on = view.today - A_SEASON, view.today
    found = tallies.by_agent(view.session, since=since, on=on, policy=view.policy)
    if not found:
        return ()
    head = Text(text=f"What agents' promises came to in {A_SEASON.days} days", is_bold=True)
    lines = (
        Text(text=f"{people.get(view.session, taker).name}: {tallied(taken)}", size="small")
        for taker, taken in found.items()
    )
    return (Section(items=(head, *lines), has_separator=True),)
