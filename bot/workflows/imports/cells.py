"""What a cell may hold, one parser a kind of cell. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Final
from zoneinfo import available_timezones

from bot.kernel.card_numbers import redact
from bot.kernel.money import Money, digits_of
from bot.workflows.imports.rows import Cell

MISSING: Final = "is missing"
LONGEST: Final = 500
LONGEST_KEY: Final = 100
FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_USUAL_AMOUNT: Final = re.compile(r"(-?\d{1,12})\.(\d\d)", re.ASCII)
"""How most files write amounts: read without ceremony, since there are millions of them."""
_FIGURE: Final = re.compile(r"\d", re.ASCII)
_CENTS: Final = 2
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EXTENSION: Final = re.compile(r"(.*?)[\s,;]*(?:x|ext\.?|extension)[\s.:]*(\d{1,8})", re.I)
_CARD_DIGITS: Final = 13
_YES: Final = frozenset({"yes", "y", "true", "t", "1", "x", "disputed"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", ""})


class BadCell(ValueError):  # noqa: N818 - reads as what it is
    """A cell does not hold what its column is for; the message says why, in plain words."""

    def __init__(self, message: str, *, column: str = "") -> None:
        super().__init__(message)
        self.column = column


def as_text(cell: Cell) -> str:
    """Return the cell as text, without the blanks around it."""
    return cell.strip() if isinstance(cell, str) else cell.isoformat()


def key(text: str) -> str:
    """
    Read what identifies a record in the source system.

    :raises BadCell: if it is too long, unprintable, or a card number (I29).
    """
    if len(text) > LONGEST_KEY:
        raise BadCell(f"is longer than {LONGEST_KEY} characters")
    if _UNPRINTABLE.search(text):
        raise BadCell("has characters that cannot be shown")
    if len(text) >= _CARD_DIGITS and redact(text) != text:
        raise BadCell("looks like a payment card number, which is never kept")
    return text


def words(text: str) -> str:
    """
    Read words; a card number among them is cut out (I29).

    :raises BadCell: if they are too long or unprintable.
    """
    if len(text) > LONGEST:
        raise BadCell(f"is longer than {LONGEST} characters")
    if _UNPRINTABLE.search(text):
        raise BadCell("has characters that cannot be shown")
    return redact(text) if len(text) >= _CARD_DIGITS else text


def day(date_format: str) -> Callable[[str], str]:
    """
    Return a parser of dates in a format; the result is ISO text.

    Without a format only `2026-06-08` is a date. Whatever the format, the day has to exist and
    lie within 1990 to 2100.
    """

    def parse(text: str) -> str:
        found = _day(text, date_format)
        if not FIRST_DAY <= found <= LAST_DAY:
            raise BadCell(f"{text!r} is not within {FIRST_DAY.year} to {LAST_DAY.year}")
        return found.isoformat()

    return parse


def optional_day(date_format: str) -> Callable[[str], str | None]:
    """Return a parser of dates that may be left out."""
    parse = day(date_format)
    return lambda text: parse(text) if text else None


def minor(currency: str) -> Callable[[str], int]:
    """Return a parser of amounts in a currency, exact, in minor units."""
    has_cents = digits_of(currency) == _CENTS

    def parse(text: str) -> int:
        if has_cents and (match := _USUAL_AMOUNT.fullmatch(text)):
            return int(match[1] + match[2])
        if not text:
            raise BadCell(MISSING)
        try:
            return Money.parse(text, currency).minor
        except ValueError as error:
            raise BadCell(str(error)) from None

    return parse


def with_point(decimal: str, thousands: str) -> Callable[[str], str]:
    """
    Return a reader of figures with other marks than ours: `1.234,50` becomes `1234.50`.

    Signs and currencies stay; what holds no figure (`yes`) stays as it is.

    :param thousands: the marks that may stand between thousands, one kind in a figure.
    """
    spaces = "\u00a0\u202f" if " " in thousands else ""
    mark = f"(?P<mark>[{re.escape(thousands + spaces)}])" if thousands else r"(?P<mark>(?!))"
    pattern = re.compile(
        rf"([^\d.,]*)(?P<whole>\d{{1,3}}(?:{mark}\d{{3}}(?:(?P=mark)\d{{3}})*)|\d*)"
        rf"(?:{re.escape(decimal)}(?P<part>\d+))?(?P<rest>[^\d.,]*)",
        re.ASCII,
    )
    example = f"1{thousands[:1]}234{decimal}50"

    def read(text: str) -> str:
        if not _FIGURE.search(text):
            return text
        match = pattern.fullmatch(text)
        if not match:
            raise BadCell(f"{text[:LONGEST_KEY]!r} is not an amount like {example}")
        whole = "".join(_FIGURE.findall(match["whole"]))
        part = f".{match['part']}" if match["part"] else ""
        return f"{match[1]}{whole}{part}{match['rest']}"

    return read


def currency(text: str) -> str:
    """
    Read an ISO 4217 code.

    :raises BadCell: if it is not three letters.
    """
    code = text.upper()
    if not _CURRENCY.fullmatch(code):
        raise BadCell(f"{text!r} is not a currency code of three letters, such as USD")
    return code


def one_of(*known: str) -> Callable[[str], str]:
    """Return a parser of a few known words, in any case."""

    def parse(text: str) -> str:
        if text.lower() not in known:
            raise BadCell(f"{text!r} is none of: {', '.join(known)}")
        return text.lower()

    return parse


def flag_or_amount(text: str) -> bool | str:
    """Read a flag (`yes`, `no`, `x`, `1`, ...), or return the text, which is an amount then."""
    bare = text.lower()
    if bare in _NO:
        return False
    return True if bare in _YES else text


def email(text: str) -> str:
    """
    Read an e-mail address.

    :raises BadCell: if it is none.
    """
    if text and not (len(text) <= LONGEST_KEY * 2 and _EMAIL.fullmatch(text)):
        raise BadCell(f"{text[:LONGEST_KEY]!r} is not an e-mail address")
    return text


def time_zone(text: str) -> str:
    """
    Read the name of a time zone (IANA).

    :raises BadCell: if nobody knows it.
    """
    if text and text not in available_timezones():
        raise BadCell(f"{text[:LONGEST_KEY]!r} is not a time zone, such as America/New_York")
    return text


def clock_time(text: str) -> time | None:
    """
    Read a time of day, `08:00`.

    :raises BadCell: if it is none.
    """
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", text, re.ASCII)
    if text and not match:
        raise BadCell(f"{text[:LONGEST_KEY]!r} is not a time of day, such as 08:00")
    return time(int(match[1]), int(match[2])) if match else None


def phone(text: str) -> tuple[str, str]:
    """
    Read a telephone number, and its extension where it has one (`+1 212 555 0100 x12`).

    :raises BadCell: if it is too long, or a card number.
    """
    if redact(text) != text or len(text) > LONGEST_KEY:
        raise BadCell("is not a telephone number")
    match = _EXTENSION.fullmatch(words(text))
    return (match[1].strip(), match[2]) if match else (text, "")


def _day(text: str, date_format: str) -> date:
    try:
        if date_format:
            return datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a date
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    wanted = _example(date_format)
    raise BadCell(
        f"{text[:LONGEST_KEY]!r} is not a date like {wanted}, or there is no such day"
    )


def _example(date_format: str) -> str:
    return date(2026, 6, 8).strftime(date_format) if date_format else "2026-06-08"
