"""`ardesk audit`: is the trail whole, and where does it end."""

from __future__ import annotations

import re
from typing import Annotated, Final

import typer

from bot.cli.desk import open_desk
from bot.cli.output import Format, FormatOption, as_json, say
from bot.kernel.errors import Refused
from bot.store import audit as trail

_HEAD: Final = re.compile(r"\d{1,18}:[0-9a-f]{64}")
TAMPERED: Final = 1
"""The exit code when the trail is not whole."""

app = typer.Typer(no_args_is_help=True)


class NoHead(Refused):
    """What was given is not the head of a trail."""


@app.callback()
def audit() -> None:
    """Check the trail of every change, and note where it ends."""


@app.command()
def head(output: FormatOption = Format.TEXT) -> None:
    """Print the trail's head, to be kept elsewhere and given to `verify` later."""
    with open_desk() as desk, desk.database.reading() as session:
        found = trail.head(session)
    if output is Format.JSON:
        as_json({"head": found})
    else:
        say(found)


@app.command()
def verify(
    kept: Annotated[
        str, typer.Option("--head", help="A head noted earlier (in the digest or the log).")
    ] = "",
    output: FormatOption = Format.TEXT,
) -> None:
    """Find every entry that was altered, removed or moved; exit 1 if there is one."""
    if kept and not _HEAD.fullmatch(kept.strip()):
        raise NoHead("A head looks like 1234: and 64 hexadecimal digits; see the digest.")
    with open_desk() as desk, desk.database.reading() as session:
        faults = list(trail.verify(session, desk.audit_key, kept_head=kept.strip() or None))
        found = trail.head(session)
    _tell(faults, found, output)
    if faults:
        raise typer.Exit(TAMPERED)


def _tell(faults: list[str], found: str, output: Format) -> None:
    number = int(found.partition(":")[0])
    if output is Format.JSON:
        as_json({"whole": not faults, "entries": number, "head": found, "faults": faults})
        return
    for fault in faults:
        say(fault)
    if not faults:
        say(f"The trail is whole: {number:,} entries. Head: {found}")
