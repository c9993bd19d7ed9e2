"""What stands on a statement, and when statements go out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Final

from bot.kernel.calendar import statement_day
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.workflows.ledger.rules import BUCKETS, bucket_of


class LineKind(StrEnum):
    """What a line of a statement is."""

    INVOICE = "invoice"
    CREDIT = "credit"
    CASH = "cash"
    """A payment that is not applied to an invoice."""


class Why(StrEnum):
    """Why a payer got no statement."""

    NO_ADDRESS = "no_address"
    STOPPED = "stopped"
    """A legal hold, or an exception, stops mail to it."""

    @property
    def words(self) -> str:
        """The reason as people say it."""
        return {
            Why.NO_ADDRESS: "no e-mail address: a task says so",
            Why.STOPPED: "mail to it is stopped",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An open item, a credit, or unapplied cash; minor units, credits and cash negative."""

    kind: LineKind
    customer_id: int
    number: str
    currency: str
    dated: date
    due_on: date | None
    """None of credits and cash."""
    amount: int
    balance: int
    disputed: int = 0
    """Of the balance."""

    def days_past_due(self, on: date) -> int:
        """Return how many days past its due date an item is; 0 or less: it is current."""
        return (on - self.due_on).days if self.due_on else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What is owed in one currency; minor units."""

    currency: str
    buckets: tuple[int, ...] = (0,) * len(BUCKETS)
    unapplied: int = 0
    """Credits and unapplied payments, as a negative."""
    disputed: int = 0
    """Of the buckets."""

    @property
    def outstanding(self) -> int:
        """Buckets and unapplied credit together, always."""
        return sum(self.buckets) + self.unapplied

    @property
    def past_due(self) -> int:
        """Everything at least one day past due."""
        return sum(self.buckets[1:])


def totals(lines: Iterable[Line], *, on: date) -> tuple[Total, ...]:
    """Return what the lines add up to, one total for each currency."""
    found: dict[str, Total] = {}
    for line in lines:
        found[line.currency] = _with(
            found.get(line.currency, Total(currency=line.currency)), line, on
        )
    return tuple(found[currency] for currency in sorted(found))


def by_account(lines: Iterable[Line]) -> dict[int, list[Line]]:
    """Return the lines of each account, in the order of their due dates."""
    ordered = sorted(lines, key=_order)
    return {account: list(each) for account, each in groupby(ordered, key=_account)}


def subtotals(lines: Iterable[Line]) -> Mapping[str, Money]:
    """Return what the lines add up to, by currency."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, 0) + line.balance
    return {currency: Money(minor, currency) for currency, minor in sorted(sums.items())}


def key_of(month: str, payer_id: int) -> str:
    """Return what makes a payer's statement of a month one only."""
    return f"statement:{month}:{payer_id}"


def month_of(day: date) -> str:
    """Return the month of a day, `2026-06`."""
    return f"{day:%Y-%m}"


def last_due(today: date) -> date:
    """Return the latest day, today or before, on which statements were due (R35–R37)."""
    this = statement_day(today.year, today.month)
    if this <= today:
        return this
    year, month = (
        (today.year, today.month - 1) if today.month > 1 else (today.year - 1, _DECEMBER)
    )
    return statement_day(year, month)


def missed_between(last: date, due: date) -> list[date]:
    """Return the statement days after `last` and before `due`, on which the desk was off."""
    missed: list[date] = []
    year, month = last.year, last.month
    while True:
        year, month = (year, month + 1) if month < _DECEMBER else (year + 1, 1)
        day = statement_day(year, month)
        if day >= due:
            return missed
        missed.append(day)


_DECEMBER: Final = 12


def _with(total: Total, line: Line, on: date) -> Total:
    if line.kind is not LineKind.INVOICE:
        return replace(total, unapplied=total.unapplied + line.balance)
    place = bucket_of(line.days_past_due(on))
    buckets = tuple(
        minor + (line.balance if at == place else 0) for at, minor in enumerate(total.buckets)
    )
    return replace(total, buckets=buckets, disputed=total.disputed + line.disputed)


def _order(line: Line) -> tuple[int, bool, date, str]:
    return (
        line.customer_id,
        line.kind is not LineKind.INVOICE,
        line.due_on or line.dated,
        line.number,
    )


def _account(line: Line) -> int:
    return line.customer_id
