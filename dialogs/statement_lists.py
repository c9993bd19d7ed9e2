"""A month's statements payer by payer: found by name, each a tap away (R37)."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.chat.form import Form, TextField
from bot.store.rows import record
from bot.workflows.correspondence.records import MailState
from bot.workflows.people.rules import LEADS
from bot.workflows.statements import queries
from bot.workflows.statements.queries import Made, Page
from bot.workflows.statements.records import StatementRun
from dialogs import choosing, phrasing

dialog: Final = Dialog("statement_lists")

A_PAGE: Final = 20
STATES: Final = {
    MailState.HELD: "held until statements are released",
    MailState.DUE: "waiting to leave",
    MailState.SENDING: "leaving now",
    MailState.SENT: "sent",
    MailState.UNKNOWN: "may not have arrived",
    MailState.REFUSED: "came back: there is a task",
    MailState.CANCELLED: "cancelled",
}


class SearchForm(Form):
    """Whose statement is looked for."""

    name = TextField("Find a customer", longest=100, is_optional=True)


@dialog.on("open", only_reads=True, roles=LEADS)
def open_list(turn: Turn) -> Card:
    """Show a page of a run's statements; the button says which, and of whom."""
    choosing.check_private(turn)
    run = record(turn.session, StatementRun, turn.record)
    page = Page(
        skip=int(turn.fixed.get("skip", 0)),
        most=A_PAGE,
        name=str(turn.fixed.get("name", "")),
    )
    return _list(turn, run, page)


@dialog.on("find", only_reads=True, roles=LEADS)
def find(turn: Turn) -> Card:
    """Show the statements of the payers called like what was typed."""
    choosing.check_private(turn)
    run = record(turn.session, StatementRun, turn.record)
    return _list(turn, run, Page(skip=0, most=A_PAGE, name=SearchForm.read(turn.typed).name))


def button(run: StatementRun) -> Button:
    """Return the button that opens a run's list."""
    return Button(title="Statements of the run", verb="statement_lists.open", about=run.id)


def _list(turn: Turn, run: StatementRun, page: Page) -> Card:
    count = queries.count_made(turn.session, run.id, name=page.name)
    found = queries.made_in(turn.session, run.id, page)
    view = turn.view(run.id)
    return Card(
        title=f"Statements of {phrasing.month(run.month)}: {_where(page, len(found), count)}",
        body=(
            *SearchForm.inputs({"name": page.name}),
            Buttons(actions=(_go("Find", run, verb="find"),)),
            *(_line(view, made) for made in found),
        ),
        buttons=(*_turns(run, page, count), _back(run)),
    )


def _where(page: Page, shown: int, count: int) -> str:
    named = f" called like “{page.name}”" if page.name else ""
    if not shown:
        return f"none{named}"
    return f"{page.skip + 1:,} to {page.skip + shown:,} of {count:,}{named}"


def _line(view: View, made: Made) -> Columns:
    left: tuple[Element, ...] = (
        Text(text=made.name, size="small"),
        Text(text=STATES[made.state], size="small", is_subtle=True, spacing="none"),
    )
    links = view.link(made.path, "Open")
    right = Buttons(actions=links) if links else Text(text=made.path, size="small")
    width = "auto" if links else "stretch"
    return Columns(
        cells=(Cell(items=left), Cell(items=(right,), width=width)),
        spacing="small",
        has_separator=True,
    )


def _turns(run: StatementRun, page: Page, count: int) -> tuple[Button, ...]:
    before, after = max(0, page.skip - page.most), page.skip + page.most
    return (
        *((_go("Before", run, skip=before, name=page.name),) if page.skip else ()),
        *((_go("Next", run, skip=after, name=page.name),) if after < count else ()),
    )


def _go(title: str, run: StatementRun, verb: str = "open", **fixed: str | int) -> Button:
    return Button(
        title=title,
        verb=f"statement_lists.{verb}",
        about=run.id,
        fixed=fixed,
        checks_inputs=verb == "find",
    )


def _back(run: StatementRun) -> Button:
    return Button(title="Back", verb="statements.run", about=run.id, checks_inputs=False)
