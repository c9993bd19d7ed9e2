"""`ardesk report disputes`: what is disputed and why, and how long it takes to the money."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

import typer

from bot.cli.desk import open_desk
from bot.cli.output import Format, FormatOption, as_json, plain, say, table
from bot.cli.reports import AsOfOption, as_date
from bot.kernel.money import Money
from bot.workflows.disputes import causes
from bot.workflows.disputes.causes import Causes, Sum

_SPAN: Final = 90


def disputes(
    as_of: AsOfOption,
    days: Annotated[
        int, typer.Option("--days", min=1, help="Causes are counted over so many days.")
    ] = _SPAN,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show what is disputed by department and cause, and the days to answer and to cash."""
    on = as_date(as_of)
    with open_desk() as desk, desk.database.reading() as session:
        found = causes.counted(session, since=on - timedelta(days=days), as_of=on)
    if output is Format.JSON:
        as_json(_as_dict(found))
        return
    _show("Open on that day", "Department", found.open_by_department)
    _show(f"Raised in the {days} days before", "Cause", found.raised_by_reason)
    late = found.raised_late.count
    say(f"First raised on days 25–31 past due: {late or 'none'}.")
    for name, average in _averages(found).items():
        say(f"{name.replace('_', ' ').capitalize()}: {'–' if average is None else average}")


def _as_dict(found: Causes) -> dict[str, Any]:
    return {
        "as_of": found.as_of.isoformat(),
        "since": found.since.isoformat(),
        "open": {who.value: _sum(one) for who, one in found.open_by_department.items()},
        "causes": {why.value: _sum(one) for why, one in found.raised_by_reason.items()},
        "raised_late": _sum(found.raised_late),
        **_averages(found),
    }


def _averages(found: Causes) -> dict[str, str | None]:
    averages = {
        "days_to_answer": found.days_to_answer,
        "days_to_decide": found.days_to_decide,
        "days_to_cash": found.days_to_cash,
    }
    return {
        name: None if average is None else f"{average:.1f}"
        for name, average in averages.items()
    }


def _sum(one: Sum) -> dict[str, Any]:
    money = {code: plain(Money(minor, code)) for code, minor in sorted(one.money.items())}
    return {"count": one.count, "amounts": money}


def _show(title: str, first: str, found: dict[Any, Sum]) -> None:
    rows = [
        (name.value.replace("_", " "), str(one.count), code, str(Money(minor, code)))
        for name, one in found.items()
        for code, minor in sorted(one.money.items())
    ]
    table(title, (first, ">Disputes", "Currency", ">Amount"), rows)
