"""`ardesk report`: aging, past due and DSO as of any date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from bot.cli.desk import open_desk
from bot.cli.output import Format, FormatOption, as_json, plain, say, table
from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.workflows.ledger.rules import BUCKETS, Aging
from bot.workflows.reports import queries as reports
from bot.workflows.reports.queries import AccountAging
from bot.workflows.reports.rules import Dso

_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2100

app = typer.Typer(no_args_is_help=True)


class BadDate(Refused):
    """The date given is none."""


class Breakdown(StrEnum):
    """What an aging is broken down by."""

    CUSTOMER = "customer"


AsOfOption = Annotated[
    str, typer.Option("--as-of", help="As it stood at the end of this day (2026-06-30).")
]


@app.callback()
def report() -> None:
    """Show figures of the book as of any date."""


@app.command("aging")
def aging(
    as_of: AsOfOption,
    by: Annotated[
        Breakdown | None, typer.Option("--by", help="A line for each `customer` as well.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show what is owed by age; buckets and unapplied credit add up to what is outstanding."""
    on = as_date(as_of)
    with open_desk() as desk, desk.database.reading() as session:
        total = reports.aging(session, on=on)
        accounts = reports.aging_by_customer(session, on=on) if by else None
    if output is Format.JSON:
        as_json(_aging_as_dict(on, total, accounts))
        return
    _show_aging(f"Aging as of {on:%a %d %b %Y}", "Currency", total.items())
    if accounts is not None:
        lines = [(one.name, aging) for one in accounts for aging in one.currencies.values()]
        _show_aging("By customer", "Customer", lines)


@app.command("past-due")
def past_due(
    as_of: AsOfOption,
    top: Annotated[int, typer.Option("--top", min=1, help="How many rows.")] = 20,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show who owes the most past its day, one row a customer and currency."""
    on = as_date(as_of)
    with open_desk() as desk, desk.database.reading() as session:
        rows = reports.past_due(session, on=on, top=top)
    if output is Format.JSON:
        as_json({"rows": [_past_due_as_dict(row) for row in rows]})
        return
    table(
        f"Past due as of {on:%a %d %b %Y}",
        ("Customer", "Name", ">Past due", ">Invoices", ">Oldest, days"),
        [
            (
                row.customer_id,
                row.name,
                str(row.past_due),
                f"{row.invoices:,}",
                f"{row.oldest_days:,}",
            )
            for row in rows
        ],
    )


@app.command("dso")
def dso(as_of: AsOfOption, output: FormatOption = Format.TEXT) -> None:
    """Show days sales outstanding in its three variants, and what is 31 days past due (R91)."""
    on = as_date(as_of)
    with open_desk() as desk, desk.database.reading() as session:
        found = reports.dso(session, on=on)
        late = reports.plus_31(session, on=on, policy=desk.policy)
    figures = {
        name: {
            "countback": _days(item.countback),
            "simple_90": _days(item.simple_90),
            "best_possible": _days(item.best_possible),
            "over_31": plain(late.get(name, Money(0, name))),
        }
        for name, item in found.items()
    }
    if output is Format.JSON:
        as_json({"as_of": on.isoformat(), "currencies": figures})
        return
    _show_dso(f"Days sales outstanding as of {on:%a %d %b %Y}", found, late)


def as_date(text: str) -> date:
    """
    Return the date that a text names.

    :raises BadDate: if it names none.
    """
    bare = text.strip()
    try:
        day = date.fromisoformat(bare) if re.fullmatch(r"\d{4}-\d\d-\d\d", bare, re.A) else None
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise BadDate(f"{bare!r} is not a date like 2026-06-30.")
    return day


def _aging_as_dict(
    on: date, total: Mapping[str, Aging], accounts: Sequence[AccountAging] | None
) -> dict[str, Any]:
    found: dict[str, Any] = {"as_of": on.isoformat(), "currencies": _by_currency(total)}
    if accounts is not None:
        found["customers"] = [
            {
                "customer_id": one.customer_id,
                "name": one.name,
                "currencies": _by_currency(one.currencies),
            }
            for one in accounts
        ]
    return found


def _by_currency(items: Mapping[str, Aging]) -> dict[str, Any]:
    return {
        currency: {
            **{name: plain(money) for name, money in item.named().items()},
            "unapplied": plain(Money(item.unapplied, currency)),
            "outstanding": plain(Money(item.outstanding, currency)),
            "invoices": item.invoices,
            "customers": item.customers,
        }
        for currency, item in items.items()
    }


def _past_due_as_dict(row: reports.PastDue) -> dict[str, Any]:
    return {
        "customer_id": row.customer_id,
        "name": row.name,
        "currency": row.past_due.currency,
        "past_due": plain(row.past_due),
        "invoices": row.invoices,
        "oldest_days": row.oldest_days,
    }


def _show_aging(title: str, first: str, lines: Iterable[tuple[str, Aging]]) -> None:
    columns = (first, *(f">{name}" for name in BUCKETS), ">Unapplied", ">Outstanding")
    rows = []
    for name, item in lines:
        extra = (Money(item.unapplied, item.currency), Money(item.outstanding, item.currency))
        amounts = (*item.named().values(), *extra)
        rows.append((name, *(str(money) for money in amounts), f"{item.invoices:,}"))
    table(title, (*columns, ">Invoices"), rows)


def _days(days: Decimal | None) -> str | None:
    return None if days is None else f"{days:.2f}"


def _show_dso(title: str, found: Mapping[str, Dso], late: Mapping[str, Money]) -> None:
    headings = ("Currency", ">Countback", ">Simple (90 days)", ">Best possible", ">31+ days")
    measured = {
        name: (item.countback, item.simple_90, item.best_possible)
        for name, item in found.items()
    }
    rows = [
        (name, *map(_shown, days), str(late.get(name, Money(0, name))))
        for name, days in measured.items()
    ]
    table(title, headings, rows)
    if any(None in days for days in measured.values()):
        say("–: there were no sales to measure by.")


def _shown(days: Decimal | None) -> str:
    return "–" if days is None else f"{days:,.2f} days"
