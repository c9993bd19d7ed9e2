"""`ardesk report daily`: a business day's figures, by what is known now or as posted (R4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from bot.cli.desk import open_desk
from bot.cli.output import Format, FormatOption, as_json, plain, say, table
from bot.cli.reports import as_date
from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.workflows.daily_lines import queries, rules
from bot.workflows.daily_lines.rules import Counted, Figures


class NotPosted(Refused):
    """No line was posted for that day."""


def daily(
    on: Annotated[str, typer.Option("--on", help="The day (2026-06-30).")] = "",
    as_posted: Annotated[  # noqa: FBT002 - how Typer declares a switch
        bool, typer.Option("--as-posted", help="As posted then, not by what is known now.")
    ] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show a day in figures: calls, promises, the +31 total, the window, cases, DSO."""
    with open_desk() as desk, desk.database.reading() as session:
        day = as_date(on) if on else desk.policy.company_date(desk.clock())
        line = queries.of_day(session, day)
        if as_posted and line is None:
            raise NotPosted(f"No daily line was posted for {day}.")
        figures = (
            queries.as_posted(line)
            if as_posted and line
            else queries.figures(session, on=day, policy=desk.policy)
        )
        posted_at = line.made_at.isoformat() if line else None
    if output is Format.JSON:
        kept = {"as_posted": as_posted, "posted_at": posted_at}
        as_json({"on": day.isoformat(), **kept, **as_dict(figures)})
        return
    _show(figures)


def as_dict(figures: Figures) -> dict[str, Any]:
    """Return a day's figures for programs."""
    return {
        "goal": figures.goal,
        "agents": [
            {"name": a.name, "attempted": a.attempted, "reached": a.reached, "away": a.is_away}
            for a in figures.agents
        ],
        "promises": {
            "made": counted_as_dict(figures.made),
            "kept": counted_as_dict(figures.kept),
            "partly_kept": counted_as_dict(figures.partly_kept),
            "broken": counted_as_dict(figures.broken),
        },
        **_late(figures),
        "window": {
            one.amount.currency: {
                "payers": one.payers,
                "contacted": one.contacted,
                "amount": plain(one.amount),
                "contacted_amount": plain(one.contacted_amount),
            }
            for one in figures.window
        },
        "cases": dict(figures.cases),
        "disputes": counted_as_dict(figures.disputes),
        "dso": None if figures.dso is None else f"{figures.dso:.2f}",
        "dso_target": figures.dso_target,
    }


def _late(figures: Figures) -> dict[str, Any]:
    needed = {one.customer_id for one in rules.keepers(figures)}
    return {
        "over_31": _amounts(figures.late),
        "limit": _amounts([figures.limit]),
        "at_or_over_limit": figures.is_over,
        "crossing_tonight": _amounts(figures.crossing),
        "largest_crossing": [
            {
                "customer_id": one.customer_id,
                "name": one.name,
                "currency": one.amount.currency,
                "amount": plain(one.amount),
                "keeps_it_below": one.customer_id in needed,
            }
            for one in figures.crossers
        ],
    }


def counted_as_dict(counted: Counted) -> dict[str, Any]:
    """Return a count and its amounts for programs."""
    return {"count": counted.count, "amounts": _amounts(counted.amounts)}


def _amounts(amounts: Iterable[Money]) -> dict[str, str]:
    return {one.currency: plain(one) for one in amounts}


def _show(figures: Figures) -> None:
    rows = [
        (one.name + (" (away)" if one.is_away else ""), str(one.attempted), str(one.reached))
        for one in figures.agents
    ]
    table(f"{figures.on:%a %d %b %Y}", ("Agent", f">Tried of {figures.goal}", ">Reached"), rows)
    say(
        f"Promises: {figures.made.count} made, {figures.kept.count} kept, "
        f"{figures.partly_kept.count} partly kept, {figures.broken.count} broken."
    )
    say(f"+31 total: {late_said(figures)}.")
    far = f"until {figures.until:%a %d %b}" if figures.spans_closed_days else "tonight"
    say(f"Crosses {far}: {said(figures.crossing)}.")
    for one in figures.crossers:
        say(f"  {one.name}: {one.amount}")
    for window in figures.window:
        share = f"{window.contacted} of {window.payers} payers"
        say(f"5–15 days: {share}, {window.contacted_amount} of {window.amount} reached.")
    cases = [f"{n} {state.replace('_', ' ')}" for state, n in figures.cases.items()]
    say(f"Suspension cases: {', '.join(cases) or 'none'}.")
    dso = "no sales" if figures.dso is None else f"{figures.dso:.2f} days"
    say(f"DSO (countback): {dso}; the target is below {figures.dso_target}.")


def late_said(figures: Figures) -> str:
    """Return the +31 total, and where it stands against its limit (R91)."""
    stands = "above" if figures.total > figures.limit else "below"
    if figures.total == figures.limit:
        stands = "at"
    return f"{said(figures.late)}; {stands} the limit of {figures.limit}"


def said(amounts: Iterable[Money]) -> str:
    """Return amounts for people."""
    return " + ".join(map(str, amounts)) or "nothing"
