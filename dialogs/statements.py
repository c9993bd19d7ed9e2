"""Statements in chat: a month's run for the leads, and one payer's lines."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Button, Card, Cell, Columns, Element, Facts, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.kernel.money import Money
from bot.store.rows import record
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import EVERYBODY, LEADS
from bot.workflows.statements import queries, rules
from bot.workflows.statements.operations import RUN_CARD
from bot.workflows.statements.records import StatementRun
from bot.workflows.statements.rules import Line, LineKind, Why
from dialogs import choosing, phrasing, statement_lists
from dialogs.statement_lists import STATES

dialog: Final = Dialog("statements")

_LINES: Final = 30
_NAMES: Final = 40


@dialog.draws(RUN_CARD)
def draw_run(view: View) -> Card:
    """Draw how far a month's statements are."""
    return _run(view, record(view.session, StatementRun, view.about))


@dialog.says("statements", help="the last month's statements", roles=LEADS, only_reads=True)
def say_statements(turn: Turn) -> Card:
    """Show the last run, or when the first one is due."""
    run = queries.last_run(turn.session)
    if run is None:
        return Card(
            title="No statements yet",
            body=(Text(text="They go out on the 15th (the 14th or 16th around a weekend)."),),
        )
    return _run(turn.view(run.id), run)


@dialog.on("left_out", only_reads=True, roles=LEADS)
def show_left_out(turn: Turn) -> Card:
    """Show who got no statement in a run, and why."""
    run = record(turn.session, StatementRun, turn.record)
    left = queries.left_out(turn.session, run.id)
    lines = tuple(
        Text(
            text=f"{customers.get(turn.session, one.payer_id).name}: "
            f"{one.words or one.why.words}",
            size="small",
            spacing="none",
        )
        for one in left[:_NAMES]
    )
    rest = len(left) - len(lines)
    more = (Text(text=f"and {rest} more", is_subtle=True),) if rest > 0 else ()
    month, payers = phrasing.month(run.month), wording.counted(len(left), "payer")
    return Card(
        title=f"No statement in {month}: {payers}",
        body=(*lines, *more),
        buttons=(Button(title="Back", verb="statements.run", about=run.id),),
    )


@dialog.on("run", only_reads=True, roles=LEADS)
def show_run(turn: Turn) -> Card:
    """Go back to a run."""
    return _run(turn.view(turn.record), record(turn.session, StatementRun, turn.record))


@dialog.says("statement NAME", help="what a payer's statement says today", only_reads=True)
def say_statement(turn: Turn) -> Card:
    """Show what stands on the statement of the payer named, as of today."""
    choosing.check_private(turn)
    found = choosing.payer_named(turn, turn.words, verb="statements.show")
    return found if isinstance(found, Card) else _payer(turn, found.id)


@dialog.on("show", only_reads=True, roles=EVERYBODY)
def show(turn: Turn) -> Card:
    """Show a payer's statement as of today."""
    choosing.check_private(turn)
    return _payer(turn, turn.record)


def _run(view: View, run: StatementRun) -> Card:
    title = f"Statements of {phrasing.month(run.month)}"
    if run.is_missed:
        words = (
            "The desk was off from their day until the next month's were due, so they were "
            "not sent. Send single ones with `send NAME`."
        )
        return Card(title=f"{title}: missed", body=(Text(text=words, tone="attention"),))
    left = queries.left_out(view.session, run.id)
    states = queries.states(view.session, run.id)
    pairs = (
        ("As of", wording.day(run.as_of)),
        ("Payers", f"{run.done:,} of {run.payers:,} served"),
        *(
            (STATES[state].capitalize(), f"{n:,}")
            for state, n in states.items()
            if state in STATES
        ),
        *_reasons([one.why for one in left]),
    )
    show_left = Button(title="Who was left out", verb="statements.left_out", about=run.id)
    return Card(
        title=f"{title}: {_progress(run)}",
        body=(*_missed(view, run), Facts(pairs=pairs)),
        buttons=(
            *((statement_lists.button(run),) if states else ()),
            *((show_left,) if left else ()),
        ),
    )


def _missed(view: View, run: StatementRun) -> tuple[Text, ...]:
    months = queries.missed_before(view.session, run)
    if not months:
        return ()
    words = (
        f"The desk was off: nothing was sent for {wording.listed(months)}. "
        f"These statements have what is open on {wording.day(run.as_of)}."
    )
    return (Text(text=words, tone="attention"),)


def _progress(run: StatementRun) -> str:
    if run.ended_at:
        return "done"
    return f"{100 * run.done // max(run.payers, 1)} %"


def _reasons(whys: list[Why]) -> tuple[tuple[str, str], ...]:
    return tuple(
        ("Left out", f"{whys.count(why):,}: {why.words}") for why in Why if why in whys
    )


def _payer(turn: Turn, payer_id: int) -> Card:
    payer = customers.get(turn.session, payer_id)
    lines = queries.lines_of(turn.session, payer_id, on=turn.today)
    ordered = [line for each in rules.by_account(lines).values() for line in each]
    last = queries.last_of_payer(turn.session, payer_id)
    sent = f"Last statement: {wording.day(last.as_of)}." if last else "No statement was sent."
    rest = len(ordered) - _LINES
    return Card(
        title=f"{payer.name}: statement as of {wording.day(turn.today)}",
        body=(
            *_sums(lines, turn),
            Text(text=sent, size="small", is_subtle=True),
            *(_line(line, turn) for line in ordered[:_LINES]),
            *((Text(text=f"and {rest} more lines", is_subtle=True),) if rest > 0 else ()),
        ),
        buttons=(
            Button(
                title="Send statement",
                verb="documents.statement",
                about=payer_id,
                style="positive",
            ),
            *(turn.view(payer_id).link(last.path, "Open the last one") if last else ()),
            Button(title="Account", verb="customers.open", about=payer_id),
        ),
    )


def _sums(lines: list[Line], turn: Turn) -> tuple[Element, ...]:
    totals = rules.totals(lines, on=turn.today)
    if not totals:
        return (Text(text="Nothing is open."),)
    pairs = tuple(
        (
            total.currency,
            f"{Money(total.outstanding, total.currency)} outstanding, "
            f"{Money(total.past_due, total.currency)} past due",
        )
        for total in totals
    )
    return (Facts(pairs=pairs),)


def _line(line: Line, turn: Turn) -> Columns:
    days = line.days_past_due(turn.today)
    age = f"{wording.counted(days, 'day')} past due" if days > 0 else "not yet due"
    if line.kind is not LineKind.INVOICE:
        age = "credit" if line.kind is LineKind.CREDIT else "payment on account"
    disputed = f" · {Money(line.disputed, line.currency)} disputed" if line.disputed else ""
    left = (
        Text(text=line.number, size="small"),
        Text(text=f"{age}{disputed}", size="small", is_subtle=True, spacing="none"),
    )
    owed = Text(text=str(Money(line.balance, line.currency)), size="small", align="right")
    return Columns(cells=(Cell(items=left), Cell(items=(owed,), width="auto")), spacing="small")
