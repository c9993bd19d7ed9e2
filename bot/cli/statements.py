"""`ardesk statement` and `ardesk statements`: what payers are told they owe."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from bot.cli.desk import open_desk
from bot.cli.naming import payer_named
from bot.cli.output import Format, FormatOption, as_json, plain, say, table
from bot.cli.reports import AsOfOption, as_date
from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.rendering.statement_sheet import Sheet, pencil
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.statements import queries, rules
from bot.workflows.statements.records import StatementRun
from bot.workflows.statements.rules import Line, Total
from scheduler import statement_words

AsPostedOption = Annotated[
    bool, typer.Option("--as-posted", help="As it was sent then, not by what is known now.")
]
statement = typer.Typer(add_completion=False)
statements = typer.Typer(add_completion=False)


class NoStatement(Refused):
    """There is no such statement."""


@statement.command()
def show(
    customer: Annotated[str, typer.Argument(help="The payer's number or name.")],
    as_of: AsOfOption,
    as_posted: AsPostedOption = False,  # noqa: FBT002 - how Typer declares a switch
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Write it to this file, too.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show a payer's statement as of any day: by what is known now, or as it was posted."""
    on = as_date(as_of)
    with open_desk() as desk, desk.database.reading() as session:
        payer = payer_named(session, customer)
        lines, day, kept = _lines(session, payer, on, as_posted=as_posted)
        sheet = statement_words.sheet(session, payer, lines, as_of=day, policy=desk.policy)
        ordered = [line for each in rules.by_account(lines).values() for line in each]
        found = _as_dict(session, payer, ordered, day)
    if pdf:
        _write(sheet, pdf, sent=desk.settings.home / kept)
    if output is Format.JSON:
        as_json(found)
    else:
        _show(found, ordered, day)


def _write(sheet: Sheet, path: Path, *, sent: Path) -> None:
    """Write a statement to a file: the one that was sent, if it is kept, else drawn now."""
    if sent.is_file():
        shutil.copyfile(sent, path)
        return
    with pencil() as drawing:
        drawing.draw(sheet, path)


def _show(found: Mapping[str, Any], lines: Sequence[Line], day: date) -> None:
    rows = [
        (
            line["document"],
            line["account"],
            line["due"] or "",
            f"{line['days_past_due']:,}",
            str(Money(one.balance, one.currency)),
            str(Money(one.disputed, one.currency)),
        )
        for line, one in zip(found["lines"], lines, strict=True)
    ]
    headings = ("Document", "Account", "Due", ">Days past due", ">Open", ">Disputed")
    table(f"{found['name']}, statement as of {day:%a %d %b %Y}", headings, rows)
    for total in rules.totals(lines, on=day):
        owed, late = (
            Money(minor, total.currency) for minor in (total.outstanding, total.past_due)
        )
        say(f"{total.currency}: {owed} outstanding, {late} past due.")


@statements.command()
def month(
    named: Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2026-06.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Show how a month's statements went: sent, held, left out and why."""
    with open_desk() as desk, desk.database.reading() as session:
        run = queries.run_of(session, _month(named))
        if run is None:
            raise NoStatement(f"No statements were begun for {named!r}.")
        found = _run_as_dict(session, run)
    if output is Format.JSON:
        as_json(found)
        return
    say(f"{found['served']} of {found['payers']} payers served, as of {found['as_of']}.")
    for state, number in found["states"].items():
        say(f"{state}: {number}")
    for one in found["left_out"]:
        say(f"left out: {one['customer_id']} ({one['why'].replace('_', ' ')})")


def _month(named: str) -> str:
    """
    Return the month as runs are named by it: `2026-06`.

    :raises NoStatement: if there is no such month.
    """
    try:
        return f"{date.fromisoformat(f'{named.strip()}-01'):%Y-%m}"
    except ValueError:
        raise NoStatement(f"{named!r} is no month: write it like 2026-06.") from None


def _run_as_dict(session: Session, run: StatementRun) -> dict[str, Any]:
    return {
        "month": run.month,
        "scheduled_on": run.scheduled_on.isoformat(),
        "as_of": run.as_of.isoformat(),
        "missed": run.is_missed,
        "ended": run.ended_at is not None,
        "payers": run.payers,
        "served": run.done,
        "states": {state.value: n for state, n in queries.states(session, run.id).items()},
        "left_out": [
            {
                "customer_id": customers.get(session, one.payer_id).number,
                "why": one.why.value,
            }
            for one in queries.left_out(session, run.id)
        ],
    }


def _lines(
    session: Session, payer: Customer, on: date, *, as_posted: bool
) -> tuple[list[Line], date, str]:
    """Return the lines, the day they are as of, and the file that was sent, if it was."""
    if not as_posted:
        return queries.lines_of(session, payer.id, on=on), on, ""
    sent = queries.as_posted(session, payer.id, on=on)
    if sent is None:
        raise NoStatement(f"{payer.name} was sent no statement by {on.isoformat()}.")
    return queries.lines_as_posted(session, sent), sent.as_of, sent.path


def _as_dict(
    session: Session, payer: Customer, lines: Sequence[Line], day: date
) -> dict[str, Any]:
    numbers = {one.id: one.number for one in customers.sites_of(session, payer.id)}
    return {
        "customer_id": payer.number,
        "name": payer.name,
        "as_of": day.isoformat(),
        "lines": [
            _line_as_dict(line, numbers.get(line.customer_id, payer.number), day)
            for line in lines
        ],
        "currencies": {
            total.currency: _total_as_dict(total) for total in rules.totals(lines, on=day)
        },
    }


def _line_as_dict(line: Line, account: str, day: date) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "document": line.number,
        "account": account,
        "dated": line.dated.isoformat(),
        "due": line.due_on.isoformat() if line.due_on else None,
        "days_past_due": max(line.days_past_due(day), 0),
        "currency": line.currency,
        "amount": plain(Money(line.amount, line.currency)),
        "balance": plain(Money(line.balance, line.currency)),
        "disputed": plain(Money(line.disputed, line.currency)),
    }


def _total_as_dict(total: Total) -> dict[str, str]:
    figures = {
        "outstanding": total.outstanding,
        "past_due": total.past_due,
        "unapplied": total.unapplied,
        "disputed": total.disputed,
    }
    return {name: plain(Money(minor, total.currency)) for name, minor in figures.items()}
