"""`ardesk import`: bring a company's own files, or Sage Intacct's answers, into the book."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bot.cli.desk import OpenDesk, open_desk
from bot.cli.output import Format, FormatOption, as_json, plain, say, table
from bot.connectors import files
from bot.connectors.intacct import recordings
from bot.kernel.money import Money
from bot.workflows.imports import intacct, intake, mapping, parsing
from bot.workflows.imports.intake import NotWhole, Plan
from bot.workflows.imports.layouts import CUSTOMERS, INVOICES, PAYMENTS, PEOPLE, Layout
from bot.workflows.imports.tally import Tally
from scheduler import promises
from scheduler.job import Tick

_SHOWN: Final = 20

app = typer.Typer(no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="A CSV or XLSX file.")]
MapOption = Annotated[
    Path | None, typer.Option("--map", help="A TOML file that says whose columns are ours.")
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Take all rows or none (exit code 2).")
]


@app.callback()
def import_() -> None:
    """Bring invoices, customers, payments and people into the desk."""


@app.command("invoices")
def invoices(
    file: FileArgument,
    map_file: MapOption = None,
    strict: StrictOption = False,  # noqa: FBT002 - an option of the command line
    output: FormatOption = Format.TEXT,
) -> None:
    """Import invoices and credits; rows with an error are listed and left out."""
    _bring_in(INVOICES, file, map_file, output, is_strict=strict)


@app.command("customers")
def customers(
    file: FileArgument,
    map_file: MapOption = None,
    strict: StrictOption = False,  # noqa: FBT002
    output: FormatOption = Format.TEXT,
) -> None:
    """Import customers, their payers and their agents."""
    _bring_in(CUSTOMERS, file, map_file, output, is_strict=strict)


@app.command("payments")
def payments(
    file: FileArgument,
    map_file: MapOption = None,
    strict: StrictOption = False,  # noqa: FBT002
    output: FormatOption = Format.TEXT,
) -> None:
    """Import payments; each is applied to the invoice that it names."""
    _bring_in(PAYMENTS, file, map_file, output, is_strict=strict)


@app.command("people")
def people(
    file: FileArgument,
    map_file: MapOption = None,
    strict: StrictOption = False,  # noqa: FBT002
    output: FormatOption = Format.TEXT,
) -> None:
    """Import the people at the desk: roles, time zones, shifts."""
    _bring_in(PEOPLE, file, map_file, output, is_strict=strict)


@app.command("intacct")
def intacct_(
    folder: Annotated[Path, typer.Argument(help="A folder of recorded or exported answers.")],
    strict: StrictOption = False,  # noqa: FBT002
    output: FormatOption = Format.TEXT,
) -> None:
    """Import customers and invoices from answers of Sage Intacct's REST interface."""
    answers = recordings.read_folder(folder)
    with open_desk() as desk:
        try:
            tally = intacct.take_in(
                desk.database, answers, at=desk.clock(), policy=desk.policy, is_strict=strict
            )
        except NotWhole as refusal:
            show(refusal.tally, "from Intacct", output)
            raise
        _look_again_at_promises(desk)
    show(tally, "from Intacct", output)


def _bring_in(
    layout: Layout, file: Path, map_file: Path | None, output: Format, *, is_strict: bool
) -> None:
    column_map = mapping.load(map_file, layout)
    with (
        files.open_rows(file, knows=parsing.knows(layout, column_map)) as rows,
        open_desk() as desk,
    ):
        ahead = timedelta(days=desk.policy.payment_ahead_days)
        plan = Plan(
            layout=layout,
            column_map=column_map,
            is_strict=is_strict,
            last_day=desk.policy.company_date(desk.clock()) + ahead,
        )
        try:
            tally = intake.take_in(desk.database, rows, plan, at=desk.clock())
        except NotWhole as refusal:
            show(refusal.tally, layout.name, output)
            raise
        _look_again_at_promises(desk)
    show(tally, layout.name, output)


def _look_again_at_promises(desk: OpenDesk) -> None:
    """Judge again what was judged before the money, just imported, was known (R47)."""
    promises.look_again(Tick(at=desk.clock(), database=desk.database, policy=desk.policy))


def show(tally: Tally, what: str, output: Format) -> None:
    """Print what came of an import, for people or for programs."""
    if output is Format.JSON:
        as_json(as_dict(tally))
    else:
        _tell(tally, what)


def as_dict(tally: Tally) -> dict[str, Any]:
    """Return a tally for programs; money as strings."""
    return {
        "accepted": tally.accepted,
        "rejected": tally.rejected,
        "accepted_total": _plain(tally.money(tally.accepted_total)),
        "rejected_total": _plain(tally.money(tally.rejected_total)),
        "unreadable_amounts": tally.unreadable_amounts,
        "errors": [problem._asdict() for problem in tally.by_line],
        "errors_not_listed": tally.not_listed,
        "new": tally.new,
        "changed": tally.changed,
        "repeated": tally.repeated,
        "notes": tally.notes,
    }


def _tell(tally: Tally, what: str) -> None:
    totals = (tally.money(tally.accepted_total), tally.money(tally.rejected_total))
    rows = [
        ("Accepted", f"{tally.accepted:,}", _spoken(totals[0])),
        ("  new", f"{tally.new:,}", ""),
        ("  changed", f"{tally.changed:,}", ""),
        ("  repeated in the file", f"{tally.repeated:,}", ""),
        ("Rejected", f"{tally.rejected:,}", _spoken(totals[1])),
        ("  amount not readable", f"{tally.unreadable_amounts:,}", ""),
    ]
    shown = [row for row in rows if not row[0].startswith(" ") or row[1] != "0"]
    table(f"Imported {what}", ("", ">Rows", ">Amount"), shown)
    listed = [(f"{one.line:,}", one.column, one.message) for one in tally.by_line[:_SHOWN]]
    if listed:
        table("Left out", (">Line", "Column", "Why"), listed)
    if (more := len(tally.problems) + tally.not_listed - len(listed)) > 0:
        say(f"{more:,} more problems: --format json lists them.")
    for note in tally.notes:
        say(note)


def _plain(totals: dict[str, Money]) -> dict[str, str]:
    return {currency: plain(money) for currency, money in totals.items()}


def _spoken(totals: dict[str, Money]) -> str:
    return ", ".join(str(money) for money in totals.values())
