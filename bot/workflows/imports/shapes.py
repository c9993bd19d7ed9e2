"""From the parsed columns of a row to what is put aside of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

from bot.kernel.money import Money
from bot.workflows.imports import cells
from bot.workflows.imports.cells import BadCell

MOST_MONTHS: Final = 120
Staged = tuple[Any, ...]


class Shape(Protocol):
    """Turns the values of a row into the row that is put aside."""

    def shape(self, line: int, values: tuple[Any, ...]) -> Staged:
        """
        Return the row to put aside.

        :raises BadCell: if the columns do not go together.
        """

    @property
    def has_amounts(self) -> bool:
        """Tell if the rows carry money."""

    def amount_in(self, staged: Staged) -> tuple[str, int]:
        """Return the currency and the amount of a row that is put aside."""

    def amount_of(self, values: Mapping[str, Any]) -> Money | None:
        """
        Return the amount of a row that is left out, where that much can be read.

        :raises BadCell: if the amount itself is none.
        """


class WithoutAmounts:
    """Rows that carry no money."""

    has_amounts: Final = False

    @staticmethod
    def amount_in(staged: Staged) -> tuple[str, int]:
        """Return no currency."""
        return "", 0

    @staticmethod
    def amount_of(values: Mapping[str, Any]) -> Money | None:
        """Return nothing."""


class Amounts:
    """Reads amounts, each in its row's currency."""

    has_amounts: Final = True

    def __init__(self) -> None:
        self._by_currency: dict[str, Callable[[str], int]] = {}

    def minor(self, text: str, currency: str) -> int:
        """
        Return an amount in minor units.

        :raises BadCell: if it is none.
        """
        parse = self._by_currency.get(currency)
        if parse is None:
            parse = self._by_currency[currency] = cells.minor(currency)
        try:
            return parse(text)
        except BadCell as error:
            raise BadCell(str(error), column="amount") from None

    def amount_of(self, values: Mapping[str, Any]) -> Money | None:
        """
        Return the amount of a row that is left out, where that much can be read.

        :raises BadCell: if the amount itself is none.
        """
        text, currency = values.get("amount"), values.get("currency")
        if text is None or currency is None:
            return None
        return Money(self.minor(text, currency), currency)


class Period(NamedTuple):
    """The months that an invoice bills."""

    first: int
    """Year * 12 + month - 1."""
    months: int


class InvoiceShape(Amounts):
    """Invoices."""

    @staticmethod
    def amount_in(staged: Staged) -> tuple[str, int]:
        """Return the currency and the amount of a row that is put aside."""
        return staged[4], staged[7]

    def shape(self, line: int, values: tuple[Any, ...]) -> Staged:
        """
        Return the row to put aside: the columns of `STAGED_INVOICES`.

        :raises BadCell: if the amounts, or the service period, do not go together.
        """
        (number, customer, dated, due, text, name, agent, kind, currency, settled) = values[:10]
        disputed, service_from, service_to, terms, po = values[10:]
        minor = self.minor(text, currency)
        closed = settled if minor else dated
        held = self._disputed(disputed, minor, currency) if disputed else 0
        first, months = period(dated, service_from, service_to)
        return (
            line, number, customer, kind, currency, dated, due, minor, held, settled, closed,
            first, months, terms, po, name, agent,
        )  # fmt: skip

    def _disputed(self, disputed: bool | str, minor: int, currency: str) -> int:  # noqa: FBT001
        if disputed is True:
            return max(minor, 0)
        try:
            amount = self.minor(str(disputed), currency)
        except BadCell:
            said = f"{disputed!r} is neither yes, no, nor an amount"
            raise BadCell(said, column="disputed") from None
        if not 0 <= amount <= max(minor, 0):
            raise BadCell("is not between zero and the invoice's amount", column="disputed")
        return amount


class PaymentShape(Amounts):
    """Payments."""

    def __init__(self, last_day: date | None = None) -> None:
        super().__init__()
        self._last_day = last_day.isoformat() if last_day else ""
        self.ahead = 0
        """So many payments were received later than they can have been by now."""

    @staticmethod
    def amount_in(staged: Staged) -> tuple[str, int]:
        """Return the currency and the amount of a row that is put aside."""
        return staged[5], staged[4]

    def shape(self, line: int, values: tuple[Any, ...]) -> Staged:
        """
        Return the row to put aside: the columns of `STAGED_PAYMENTS`.

        Nothing received means that a known payment was taken back, such as a returned check.

        :raises BadCell: if less than nothing was received.
        """
        number, customer, received, text, currency, method, reference, invoice = values
        minor = self.minor(text, currency)
        if minor < 0:
            raise BadCell("is below zero: a payment is money received", column="amount")
        self.ahead += bool(self._last_day) and received > self._last_day
        return line, number, customer, received, minor, currency, method, reference, invoice


def period(dated: str, first: str | None, last: str | None) -> Period:
    """
    Return the months that an invoice bills: its own service period, else the month of its date.

    :raises BadCell: if the period ends before it starts, or is longer than ten years.
    """
    start = _month(first or last or dated)
    count = _month(last) - start + 1 if first and last else 1
    if first and last and last < first:
        raise BadCell("is before service_from", column="service_to")
    if count > MOST_MONTHS:
        raise BadCell("is more than ten years after service_from", column="service_to")
    return Period(start, count)


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1
