"""A week's figures as tables of a workbook (R110)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.kernel import wording
from bot.kernel.money import Money
from bot.rendering.tables_sheet import DAY, Cell, Table, Tables
from bot.workflows.daily_lines.rules import Counted, Figures
from bot.workflows.daily_lines.weeks import Week


def of(week: Week) -> Tables:
    """Return the week's days, agents, and disputes by cause, a sheet each."""
    first, last = wording.day(week.days[0].on), wording.day(week.last.on)
    return Tables(
        title=f"{first} to {last} {week.last.on.year}: the week in figures",
        tables=(_days(week), _agents(week), _causes(week)),
    )


def _days(week: Week) -> Table:
    figures = ("Payers tried", "Reached", "Promises made", "Kept", "Partly kept", "Broken")
    columns = (
        ("Day", 12),
        *((name, 14) for name in figures),
        ("Currency", 10),
        ("+31 total", 16),
        ("Crosses next", 16),
        ("DSO", 10),
    )
    rows = [row for day in week.days for row in _of_day(day)]
    return Table(name="Days", columns=columns, rows=rows)


def _of_day(day: Figures) -> Iterator[tuple[Cell, ...]]:
    """Return a row a currency: counts and the DSO stand on the limit's own."""
    counts: tuple[Cell, ...] = (
        sum(agent.attempted for agent in day.agents),
        sum(agent.reached for agent in day.agents),
        day.made.count,
        day.kept.count,
        day.partly_kept.count,
        day.broken.count,
    )
    dso: Cell = "" if day.dso is None else (f"{day.dso:.2f}",)
    on = (day.on.isoformat(), DAY)
    yield (on, *counts, *_late(day, day.limit.currency), dso)
    for currency in sorted({one.currency for one in (*day.late_apart, *day.crossing)}):
        if currency != day.limit.currency:
            yield (on, *("",) * len(counts), *_late(day, currency), "")


def _late(day: Figures, currency: str) -> tuple[Cell, ...]:
    return (currency, _amount(day.late, currency), _amount(day.crossing, currency))


def _amount(amounts: Iterable[Money], currency: str) -> Cell:
    return (next((one.plain for one in amounts if one.currency == currency), "0"),)


def _agents(week: Week) -> Table:
    columns = (("Agent", 30), ("Tried", 10), ("Of", 10), ("Reached", 10))
    rows = [(one.name, one.attempted, week.goal, one.reached) for one in week.agents]
    return Table(name="Agents", columns=columns, rows=rows)


def _causes(week: Week) -> Table:
    columns = (("Cause", 30), ("Disputes", 10), ("Currency", 10), ("Amount", 16))
    rows = [row for cause, one in week.causes.items() for row in _of_cause(cause, one)]
    return Table(name="Disputes", columns=columns, rows=rows)


def _of_cause(cause: str, counted: Counted) -> Iterator[tuple[Cell, ...]]:
    for place, amount in enumerate(counted.amounts):
        yield (cause, "" if place else counted.count, amount.currency, (amount.plain,))
