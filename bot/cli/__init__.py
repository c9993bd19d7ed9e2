"""
The command line: a thin face over the workflows, for operators and scripts.

Each command is named here with what it does and the module that holds it, and that module is
imported only when the command is used: `serve` never loads what draws files, `--help` nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Entry(NamedTuple):
    """A command in the list of all."""

    place: str
    """`module:attribute`, a Typer app."""
    help: str
    """What it does, in the words of the command itself."""


COMMANDS: Final[Mapping[str, Entry]] = {
    "serve": Entry(
        "bot.cli.serve:app",
        "Run the bot: take what Teams sends, deliver cards, keep the timetable.",
    ),
    "demo": Entry(
        "bot.cli.demo:app",
        "Set up a desk of its own, and open it in Microsoft's local Teams client.",
    ),
    "import": Entry(
        "bot.cli.imports:app",
        "Bring invoices, customers, payments and people into the desk.",
    ),
    "report": Entry(
        "bot.cli.reporting:app",
        "Show figures of the book as of any date.",
    ),
    "worklist": Entry(
        "bot.cli.worklists:worklist",
        "Show an agent's whole list for a day: by what is known now, or as it was posted.",
    ),
    "calendar": Entry(
        "bot.cli.worklists:calendar",
        "Show when statements go out and finals work starts, for each month of a year.",
    ),
    "activity": Entry(
        "bot.cli.activity:app",
        "Draw the activity sheet of an agent's shift of that day, as it stands now.",
    ),
    "statement": Entry(
        "bot.cli.statements:statement",
        "Show a payer's statement as of any day: by what is known now, or as it was posted.",
    ),
    "statements": Entry(
        "bot.cli.statements:statements",
        "Show how a month's statements went: sent, held, left out and why.",
    ),
    "certificate": Entry(
        "bot.cli.certificates:app",
        "Keep the register of tax-exempt certificates.",
    ),
    "case": Entry(
        "bot.cli.cases:case",
        "Show a suspension case: accounts, clocks, evidence, what is missing, what happened.",
    ),
    "digest": Entry(
        "bot.cli.digest:app",
        "Show the suspension digest of a day, by what is known now or as it was posted.",
    ),
    "template": Entry(
        "bot.cli.cases:template",
        "Look at the wording of suspension notices, and have the company's own approved.",
    ),
    "mail": Entry(
        "bot.cli.mail:app",
        "Look at e-mail to customers, and send again what failed.",
    ),
    "job": Entry(
        "bot.cli.jobs:app",
        "Look at the timetable, or do one of its jobs now.",
    ),
    "doctor": Entry(
        "bot.cli.doctor:app",
        "Check settings, database, trail, Teams' endpoints and backlog; exit 1 if one fails.",
    ),
    "package": Entry(
        "bot.cli.package:app",
        "Write the Teams app package (.zip) to upload, checked against Teams' own schema.",
    ),
    "audit": Entry(
        "bot.cli.audit:app",
        "Check the trail of every change, and note where it ends.",
    ),
    "backup": Entry(
        "bot.cli.backup:backup",
        "Save the whole desk in one file (database, files, keys); it may go on meanwhile.",
    ),
    "restore": Entry(
        "bot.cli.backup:restore",
        "Put a saved desk back, and check its trail; stop `ardesk serve` before.",
    ),
    "db": Entry(
        "bot.cli.database:app",
        "Bring the database's tables up to date.",
    ),
}
