"""`ardesk activity`: an agent's activity sheet of a day, as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.desk import open_desk
from bot.cli.output import say
from bot.cli.reports import as_date
from bot.cli.worklists import agent_named
from bot.kernel import wording
from bot.rendering import activity_sheet
from bot.workflows.calls import activity
from scheduler import calls

app = typer.Typer(add_completion=False)

Day = Annotated[str, typer.Option("--on", help="The day (2026-06-30).")]
Out = Annotated[Path | None, typer.Option("--out", help="Where; the desk's own place if not.")]


@app.command()
def draw(
    agent: Annotated[str, typer.Argument(help="Their e-mail, Entra id or name.")],
    on: Day,
    out: Out = None,
) -> None:
    """Draw the activity sheet of an agent's shift of that day, as it stands now."""
    day = as_date(on)
    with open_desk() as desk:
        with desk.database.reading() as session:
            member = agent_named(session, agent)
            first, last = calls.span_of(member, day, desk.policy)
            found = activity.of_shift(session, member.id, starts_at=first, ends_at=last)
            sheet = calls.sheet_of(found, member, day=day, policy=desk.policy)
        path = out or calls.path_of(desk.settings.home, member, day)
        activity_sheet.draw(sheet, path)
    say(f"{wording.counted(len(sheet.rows), 'call')} of {member.name}: {path}")
