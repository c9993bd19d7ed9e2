"""Money: whole minor units of one currency, exact."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Self

from bot.kernel.shapes import value

_WHOLE: Final = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
        *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
    }
)
_THOUSANDTHS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_SIGNS: Final = {"USD": "$", "EUR": "€", "GBP": "£"}
_AMOUNT: Final = re.compile(r"(?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?:\.(?P<part>\d+))?", re.ASCII)
LARGEST: Final = 10**15
"""The largest amount the desk takes, in minor units: beyond it somebody mistyped."""


class MixedCurrencies(ValueError):  # noqa: N818 - reads as what happened
    """Two currencies were added or compared."""


def digits_of(currency: str) -> int:
    """Return how many decimals the currency's minor unit has (ISO 4217; 2 unless listed)."""
    if currency in _WHOLE:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


@value(frozen=True, slots=True)
class Money:
    """An amount: `minor` whole minor units (cents) of one ISO 4217 `currency`."""

    minor: int
    currency: str = "USD"

    @classmethod
    def parse(cls, text: str, currency: str = "USD") -> Self:
        """
        Read an amount the way people type it: `1250`, `1,250.00`, `$1,250`, `-3.10`, `(3.10)`.

        Only plain digits count: `1e5`, `1_000`, `NaN` and full-width digits are refused (I14).

        :raises ValueError: if the text is not an amount, is out of range, or has a fraction
            of a minor unit.
        """
        bare, is_negative = _without_sign(text.strip(), currency)
        match = _AMOUNT.fullmatch(bare)
        if not match or not (match["whole"] or match["part"]):
            raise ValueError(f"{text.strip()!r} is not an amount of money")
        minor = _minor(match["whole"], match["part"], digits_of(currency), text)
        return cls(-minor if is_negative else minor, currency)

    def share(self, ratio: Decimal) -> Money:
        """Return this amount times a ratio, rounded half up to the minor unit."""
        exact = Decimal(self.minor) * ratio
        return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), self.currency)

    def __add__(self, other: Money) -> Money:
        self._check_same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._check_same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._check_same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._check_same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    @property
    def plain(self) -> str:
        """The amount for programs: `-1234.50`, the currency's own number of decimals."""
        digits = digits_of(self.currency)
        sign, whole = ("-" if self.minor < 0 else ""), abs(self.minor)
        if not digits:
            return f"{sign}{whole}"
        return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"

    def __str__(self) -> str:
        digits = digits_of(self.currency)
        whole, part = divmod(abs(self.minor), 10**digits)
        sign, figure = ("-" if self.minor < 0 else ""), f"{whole:,}"
        if digits:
            figure += f".{part:0{digits}d}"
        if mark := _SIGNS.get(self.currency):
            return f"{sign}{mark}{figure}"
        return f"{sign}{figure} {self.currency}"

    def __abs__(self) -> Decimal:
        return Decimal(abs(self.minor)).scaleb(-digits_of(self.currency))

    def _check_same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency} cannot be mixed")


def total(amounts: Iterable[Money], currency: str = "USD") -> Money:
    """
    Return the sum of the amounts, zero when there are none.

    :raises MixedCurrencies: if an amount is in another currency.
    """
    return sum(amounts, start=Money(0, currency))


def _without_sign(text: str, currency: str) -> tuple[str, bool]:
    if text.startswith("(") and text.endswith(")"):
        return _without_mark(text[1:-1], currency), True
    bare = text.removeprefix("-")
    return _without_mark(bare, currency), bare != text


def _without_mark(text: str, currency: str) -> str:
    bare = text.strip().removesuffix(currency).strip()
    return bare.removeprefix(_SIGNS.get(currency, "\0")).strip()


def _minor(whole: str | None, part: str | None, digits: int, text: str) -> int:
    places = (part or "").rstrip("0")
    if len(places) > digits:
        raise ValueError(f"{text.strip()!r} has more than {digits} decimals")
    figure = (whole or "0").replace(",", "") + places.ljust(digits, "0")
    if len(figure) > len(str(LARGEST)) + 3 or int(figure) > LARGEST:
        raise ValueError(f"{text.strip()!r} is too large to be an amount")
    return int(figure)
