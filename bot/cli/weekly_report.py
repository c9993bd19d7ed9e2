"""`ardesk report weekly`: a week's figures, its days as they were posted (R5)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bot.cli.daily_report import as_dict, counted_as_dict, late_said, said
from bot.cli.desk import open_desk
from bot.cli.output import Format, FormatOption, as_json, say, table
from bot.cli.reports import as_date
from bot.kernel.errors import Refused
from bot.rendering import tables_sheet
from bot.rendering.apart import CannotDraw
from bot.workflows.daily_lines import weeks
from bot.workflows.daily_lines.weeks import Week
from scheduler import weekly_tables


class NotDrawn(Refused):
    """The workbook could not be written."""


_SUMS: Final = ("made", "kept", "partly_kept", "broken")


def weekly(
    on: Annotated[str, typer.Option("--on", help="A day of the week (2026-06-30).")] = "",
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Draw it as a workbook.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show the week of a day, up to that day, in figures; posted days as they were posted."""
    with open_desk() as desk, desk.database.reading() as session:
        day = as_date(on) if on else desk.policy.company_date(desk.clock())
        week = weeks.week(session, on=day, policy=desk.policy)
    if xlsx:
        _draw(week, xlsx)
    if output is Format.JSON:
        as_json(_as_dict(week))
        return
    _show(week)


def _draw(week: Week, path: Path) -> None:
    try:
        tables_sheet.draw(weekly_tables.of(week), path)
    except (OSError, CannotDraw) as error:
        raise NotDrawn(f"{path} could not be drawn: {error}.") from error


def _as_dict(week: Week) -> dict[str, Any]:
    return {
        "first": week.days[0].on.isoformat(),
        "last": week.last.on.isoformat(),
        "goal": week.goal,
        "agents": [
            {"name": one.name, "attempted": one.attempted, "reached": one.reached}
            for one in week.agents
        ],
        "promises": {name: counted_as_dict(week.summed(name)) for name in _SUMS},
        "disputes_raised": {cause: counted_as_dict(one) for cause, one in week.causes.items()},
        "posted_days": week.posted,
        "days": [{"on": day.on.isoformat(), **as_dict(day)} for day in week.days],
    }


def _show(week: Week) -> None:
    first, last = week.days[0], week.last
    rows = [(one.name, str(one.attempted), str(one.reached)) for one in week.agents]
    title = f"{first.on:%a %d %b} to {last.on:%a %d %b %Y}"
    table(title, ("Agent", f">Tried of {week.goal}", ">Reached"), rows)
    made, kept, partly, broken = (week.summed(name).count for name in _SUMS)
    say(f"Promises: {made} made, {kept} kept, {partly} partly kept, {broken} broken.")
    say(f"+31 total: {late_said(last)}.")
    say(f"Crosses next: {said(last.crossing)}.")
    for cause, one in week.causes.items():
        say(f"Disputes raised, {cause.lower()}: {one.count} ({said(one.amounts)}).")
    dso = "no sales" if last.dso is None else f"{last.dso:.2f} days"
    say(f"DSO (countback): {dso}; the target is below {last.dso_target}.")
